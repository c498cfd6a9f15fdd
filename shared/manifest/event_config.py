"""An event as gates and server both see it: times, zones, gates, types, policies.

The server compiles this from its tables; the manifest and the feed carry it; the facts of every
decision, on either side, are built from it (`shared.manifest.fact_building`).
"""

from __future__ import annotations

from typing import Final

import msgspec

from shared.admission.code_guessing import MISSES_PER_MINUTE_DEFAULT
from shared.kernel.id_types import (
    DeviceId,
    EventId,
    GateId,
    OccurrenceId,
    OrganizationId,
    TicketTypeId,
    ZoneId,
)
from shared.kernel.instant import SECOND, Duration, Instant
from shared.manifest.door_questions import DoorQuestion
from shared.manifest.price_plan import PricePlan
from shared.manifest.ticket_design import TicketDesign

CLAIM_BUDGET_MS_DEFAULT: Final = 250
KNOWLEDGE_AGE_MAX_S_DEFAULT: Final = 86_400
"""What a gate waits for the ledger, and how old its knowledge may be, where no event says so."""

CONFIG_VERSION: Final = 1


class DateTimes(msgspec.Struct, frozen=True, array_like=True):
    """When a date was to be, before it was moved."""

    starts_at: Instant
    ends_at: Instant | None = None
    doors_at: Instant | None = None


class OccurrenceConfig(msgspec.Struct, frozen=True, array_like=True):
    """One date of the event, as gates and tills know it.

    Attributes:
        earlier: When it was to be before it was moved, the latest last: what was signed for then
            holds for it now.
        is_cancelled: It was called off: nobody comes in by a ticket for it.
    """

    id: OccurrenceId
    name: str
    starts_at: Instant
    ends_at: Instant | None = None
    doors_at: Instant | None = None
    earlier: tuple[DateTimes, ...] = ()
    is_cancelled: bool = False


class ZoneConfig(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A zone: the scope within which a ticket is used.

    Attributes:
        id: Zone id.
        name: Shown on screens.
        occurrence_id: The occurrence it serves, or None for any.
        ticket_type_ids: The types it takes, or None for all; () for none.
        admit_pending: Unpaid orders may enter with staff's acknowledgement.
        multiple_entries: Each entry counts, none is refused as used.
        reentry_after_exit: A recorded exit lets the holder in again.
        strict_anti_passback: An exit needs a recorded entry.
        rule: JSON text of the rule tree, or None.
        capacity: The most persons present, or None.
    """

    id: ZoneId
    name: str
    occurrence_id: OccurrenceId | None = None
    ticket_type_ids: tuple[TicketTypeId, ...] | None = None
    admit_pending: bool = False
    multiple_entries: bool = False
    reentry_after_exit: bool = True
    strict_anti_passback: bool = False
    rule: str | None = None
    capacity: int | None = None


class GateConfig(msgspec.Struct, frozen=True, array_like=True):
    """An entrance to a zone; direction is `in`, `out` or `both`."""

    id: GateId
    name: str
    zone_id: ZoneId
    direction: str = "both"
    lanes: int = 1


class TicketTypeConfig(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A ticket type as gates and tills know it: what it admits to, and its price at the door.

    Attributes:
        id: Ticket type id.
        code: Its number in credentials, unique within the event.
        name: Shown on screens and tickets.
        occurrence_id: The occurrence it admits to, or None for any.
        persons: How many persons one ticket stands for.
        price_minor: Door price in minor units, or None where tills do not sell it.
        currency: ISO 4217, or "".
        offline_policy: Overrides the event's, or None.
        check_id: The holder's identity or entitlement is looked at on the way in.
        questions: What staff ask on the holder's first way in, in order; at most `QUESTIONS_MAX`.
        valid_from, valid_until: The window that new tickets get, or None: a till signs it.
    """

    id: TicketTypeId
    code: int
    name: str
    occurrence_id: OccurrenceId | None = None
    persons: int = 1
    price_minor: int | None = None
    currency: str = ""
    offline_policy: str | None = None
    check_id: bool = False
    questions: tuple[DoorQuestion, ...] = ()
    valid_from: Instant | None = None
    valid_until: Instant | None = None


class SupervisorConfig(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """Somebody who may decide at the gates.

    Attributes:
        id: Opaque; the only thing of theirs that stands in journals.
        name: Shown on the screen while they are at work.
        pin_hash: Argon2id in PHC form, as `shared.credential.badges_and_pins` makes it; empty
            where `pin_box` holds it.
        badge_hash: 64 hex digits, of the badge's code.
        sign_key: What the badge signs is verified with it (`shared.manifest.badge_signatures`);
            empty for a badge that signs nothing.
        pin_box: The PIN's hash sealed to the badge (`shared.manifest.pin_seal`); empty for badges
            that the organizer chose.
    """

    id: str
    name: str
    pin_hash: str
    badge_hash: str
    sign_key: bytes = b""
    pin_box: bytes = b""


class StewardConfig(msgspec.Struct, frozen=True, array_like=True):
    """Gate staff who may read names at work; they unlock and sign nothing.

    Attributes:
        id: Opaque; the only thing of theirs that stands in journals.
        name: Shown on the screen while they are on duty.
        badge_hash: 64 hex digits, of the badge's code.
    """

    id: str
    name: str
    badge_hash: str


class HomePlace(msgspec.Struct, frozen=True, array_like=True):
    """The gate at which a device stands that may be a ticket's home."""

    device_id: DeviceId
    gate_id: GateId


class IssuerConfig(msgspec.Struct, frozen=True, array_like=True):
    """The organization as it stands at the head of the papers that its tills print.

    Attributes:
        name: The organization's; "" where a server before this field said nothing.
        legal_name: Stands on receipts in its place; "" for the name.
        address: Lines under it on receipts, each on a line of its own.
        tax_number: Stands below them; "" for none.
    """

    name: str = ""
    legal_name: str = ""
    address: str = ""
    tax_number: str = ""


class EntryPause(msgspec.Struct, frozen=True, array_like=True):
    """Nobody is let in at a gate, or at all gates of a zone, until the organizer resumes it.

    Attributes:
        place_id: The gate's id, or the zone's.
        since: When it began.
    """

    place_id: str
    since: Instant


class EventConfig(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """All that decides admission besides tickets, keys and scans.

    Attributes:
        v: `CONFIG_VERSION`.
        organization_id: Whose event.
        event_id: Which event.
        name: Shown on screens.
        timezone: IANA name of the venue's zone.
        state: The event's state on the server.
        sequence: Raised at every change.
        occurrences: In order of start.
        zones: In order of name.
        gates: In order of name.
        ticket_types: In order of code.
        offline_policy: `open`, `home`, `supervisor` or `closed`.
        claim_budget_ms: How long a gate waits for the ledger before it goes on.
        knowledge_age_max: Older knowledge sends scans to a supervisor; None for no bound.
        supervisors: Who may unlock a gate, in order of name.
        places: Where devices stand that may be homes, in order of id; none unless the policy
            `home` holds for the event or one of its types.
        manual_guesses_per_minute: How many manual codes that no ticket has a device may try in
            the long run; see `shared.admission.code_guessing`.
        stewards: Whose badges show names on verdicts, in order of name.
        stewards_may_search: Whether they may look guests up by name as well.
        prices: What tickets cost, when, and to whom.
        issuer: Whose papers tills print.
        design: How tickets look on paper; None for plain.
        pauses: Where entry is paused now, in order of place; exits pass.
    """

    v: int
    organization_id: OrganizationId
    event_id: EventId
    name: str
    timezone: str
    state: str
    sequence: int
    occurrences: tuple[OccurrenceConfig, ...]
    zones: tuple[ZoneConfig, ...]
    gates: tuple[GateConfig, ...]
    ticket_types: tuple[TicketTypeConfig, ...]
    offline_policy: str = "open"
    claim_budget_ms: int = CLAIM_BUDGET_MS_DEFAULT
    knowledge_age_max: Duration | None = KNOWLEDGE_AGE_MAX_S_DEFAULT * SECOND
    supervisors: tuple[SupervisorConfig, ...] = ()
    places: tuple[HomePlace, ...] = ()
    manual_guesses_per_minute: int = MISSES_PER_MINUTE_DEFAULT
    stewards: tuple[StewardConfig, ...] = ()
    stewards_may_search: bool = False
    prices: PricePlan = PricePlan()
    issuer: IssuerConfig = IssuerConfig()
    design: TicketDesign | None = None
    pauses: tuple[EntryPause, ...] = ()
