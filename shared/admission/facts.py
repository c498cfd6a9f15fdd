"""All that the admission decision looks at: of ticket, zone, gate, earlier uses and the scan.

Facts that can be built can be decided: what would make the decision fail (a zone that does not
exist, a count below 1) is refused here. Instants are microseconds since the Unix epoch; ids are
opaque text.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from shared.admission.local_time import time_zone
from shared.admission.organizer_rule_tree import Rule
from shared.kernel.errors import BadInput
from shared.kernel.id_types import ClaimId, GateId, OccurrenceId, ZoneId
from shared.kernel.instant import MINUTE, Duration, Instant

ASKING_MAX: Final[Duration] = 2 * MINUTE
"""Nobody comes too late by what staff ask or look at meanwhile: a question, then a proof, each of
which a gate's screen keeps for a minute, and the way to the ledger."""


class Direction(StrEnum):
    """Which way the holder passes the gate."""

    IN = "in"
    OUT = "out"


class TicketState(StrEnum):
    """How far the ticket's order has come, as far as admission cares."""

    PAID = "paid"
    PENDING = "pending"
    PENDING_ADMISSIBLE = "pending_admissible"
    PENDING_APPROVAL = "pending_approval"
    CANCELLED = "cancelled"
    PAYMENT_EXPIRED = "payment_expired"


GONE: Final = (TicketState.CANCELLED, TicketState.PAYMENT_EXPIRED)
"""Of tickets that are none any more, whatever is said of those that wait for their payment."""


class CredentialKind(StrEnum):
    """What was shown at the gate, and how its signature came out."""

    UNSIGNED = "unsigned"
    SIGNED_VALID = "signed_valid"
    SIGNED_BAD_SIGNATURE = "signed_bad_signature"
    MEDIUM = "medium"


class EventTimes(msgspec.Struct, frozen=True, kw_only=True):
    """The times of the occurrence that the gate serves.

    Raises:
        BadInput: if `timezone` is unknown.
    """

    timezone: str
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    doors_at: Instant | None = None

    def __post_init__(self) -> None:
        """Refuse a time zone that does not exist."""
        time_zone(self.timezone)


class Medium(msgspec.Struct, frozen=True, kw_only=True):
    """A wristband or card that points at the ticket."""

    active: bool
    expires_at: Instant | None = None


class TicketFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the ticket and of the credential that was shown for it.

    Attributes:
        known: Whether a row of the ticket is at hand. Without one, a signed credential is judged
            by what is signed: the caller leaves `state` at PAID and `blocked` at False.
        occurrence: The one it is for. A caller whose ticket is good for several occurrences
            gives the one that the zone asks for.
        revoked: This credential was withdrawn; the ticket may have a newer one.
        persons: How many one code stands for, at least 1.
        is_doubtful: The signature does not suffice, and nothing else speaks for the ticket: where
            no rule denies the way in, a person decides.
        newer: What the credential says of itself, where it is newer than what is known and says
            something else: only what both allow is allowed. What stands against the ticket (block,
            debt, cancellation) is said in both. None where nothing differs.

    Raises:
        BadInput: if `persons` is below 1.
    """

    known: bool
    event: str
    ticket_type: str
    occurrence: OccurrenceId | None = None
    variant: str | None = None
    state: TicketState = TicketState.PAID
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    blocked: bool = False
    revoked: bool = False
    credential: CredentialKind = CredentialKind.SIGNED_VALID
    medium: Medium | None = None
    persons: int = 1
    is_doubtful: bool = False
    newer: TicketFacts | None = None

    def __post_init__(self) -> None:
        """Refuse a ticket for nobody."""
        _require_person(self.persons, "persons")


class ZoneRules(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate leads into, and who may go there.

    Attributes:
        zone_id: Whose; only uses of this zone count.
        occurrence: None: any.
        ticket_types: None: all; empty: none.
        admit_pending: Unpaid tickets pass once staff have acknowledged the debt.
        multiple_entries: No limit on entries.
        reentry_after_exit: Who went out may come back; what counts is who is inside now.
        strict_anti_passback: Nobody leaves who is not recorded inside.
    """

    event: str
    occurrence: OccurrenceId | None = None
    ticket_types: frozenset[str] | None = None
    admit_pending: bool = False
    multiple_entries: bool = False
    reentry_after_exit: bool = False
    rule: Rule | None = None
    strict_anti_passback: bool = False
    zone_id: ZoneId = ZoneId("")


class GateRules(msgspec.Struct, frozen=True, kw_only=True):
    """What holds at a gate whatever is shown there; build once, use for every scan.

    Attributes:
        times: Of the occurrence that the gate serves.
        zone: Where it leads.
        only_way: The only one that it serves; None: both.
        event_state: How far the event has come, as its organizer says; "" or a later program's
            word where it closes nothing.
    """

    times: EventTimes
    zone: ZoneRules
    only_way: Direction | None = None
    event_state: str = ""


class UseFact(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded use of the ticket so far, in whatever zone.

    Raises:
        BadInput: if `count` is below 1.
    """

    direction: Direction
    at: Instant
    zone_id: ZoneId = ZoneId("")
    claim_id: ClaimId = ClaimId("")
    annulled: bool = False
    count: int = 1

    def __post_init__(self) -> None:
        """Refuse a passage of nobody."""
        _require_person(self.count, "count")


class ScanFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The scan to decide.

    Attributes:
        gate_id: Where, or "".
        claim_id: The same at each retry, or "".
        count: Persons who want to pass now, at least 1.
        forced: A device admitted it already, on its own; this is the upload.
        pending_acknowledged: Staff were told of the debt and confirmed.
        zone_id: Of a passage on record: where it led, wherever its gate leads by this plan; "" for
            the gate's own.
        asked_at: When the holder showed the code, where staff had to ask or look since; else None.

    Raises:
        BadInput: if `count` is below 1.
    """

    direction: Direction
    at: Instant
    gate_id: GateId = GateId("")
    claim_id: ClaimId = ClaimId("")
    count: int = 1
    forced: bool = False
    pending_acknowledged: bool = False
    zone_id: ZoneId = ZoneId("")
    asked_at: Instant | None = None

    def __post_init__(self) -> None:
        """Refuse a passage of nobody."""
        _require_person(self.count, "count")

    @property
    def came_at(self) -> Instant:
        """The instant by which the holder may be too late: who was in time is not made late."""
        asked_at = self.at if self.asked_at is None else self.asked_at
        return asked_at if self.at - ASKING_MAX <= asked_at < self.at else self.at


def _require_person(count: int, name: str) -> None:
    if count < 1:
        raise BadInput(f"{name} must be at least 1")
