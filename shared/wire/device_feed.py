"""What single devices are told by the feed: questions to homes, recalls, shares of capacity.

Everybody reads these items; only the device that is named answers, by an entry of its journal.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec

from shared.admission.evacuation import STOPPED
from shared.admission.reasons import Reason, Verdict
from shared.journal.bounds import GivenIdOf, Small
from shared.kernel.id_types import ClaimId, DeviceId, GateId, TicketId, ZoneId
from shared.kernel.ids import TICKET_ID_COUNT
from shared.kernel.instant import INSTANT_MAX, Instant
from shared.kernel.message_authentication_codes import TAG_SIZE
from shared.manifest.case_of_shown_code import PAUSED

LedgerCode = Annotated[bytes, msgspec.Meta(max_length=TAG_SIZE)]
"""By which the ledger knows again what it has granted or asked; empty where it came without."""
Time = Annotated[Instant, msgspec.Meta(ge=0, le=INSTANT_MAX)]


class HomeRequest(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A device asks a ticket's home for one entry; the home answers by a `give` entry.

    Attributes:
        home_device_id: Who is asked.
        claim_id: Of the device that asks.
        ticket_id: Which ticket.
        key_id, generation: Of the credential that was shown, or None for other codes.
        gate_id: Where the holder stands.
        device_id: Who asks.
        count: Persons.
        pending_acknowledged: Staff were told of the debt and confirmed.
        ticket_type_code: Of the credential, for a ticket that a till has sold cut off.
        valid_from, valid_until: The window that the credential signs, or None; by it the home
            judges what is newer than its list, and for which occurrence it is.
        code: By which the ledger knows its own question again when a copy of it was put back;
            empty over the venue's network.
    """

    home_device_id: GivenIdOf[DeviceId]
    claim_id: GivenIdOf[ClaimId]
    ticket_id: TicketId
    key_id: Small | None
    generation: Small | None
    gate_id: GivenIdOf[GateId]
    device_id: GivenIdOf[DeviceId]
    count: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    pending_acknowledged: bool = False
    ticket_type_code: Small = 0
    valid_from: Time | None = None
    valid_until: Time | None = None
    code: LedgerCode = b""

    def __post_init__(self) -> None:
        """Refuse what is no ticket's id; the bounds of a type cannot say 64 bits."""
        if not 0 <= self.ticket_id < TICKET_ID_COUNT:
            raise ValueError("not a ticket's id")


class Recall(msgspec.Struct, frozen=True, array_like=True):
    """The organizer moves homes: the device gives up tickets, by a `surrender` entry.

    Attributes:
        device_id: Whose.
        move_id: The order.
        number: Assignments up to this one.
        ticket_ids: Which tickets; none for all of the event.
    """

    device_id: DeviceId
    move_id: str
    number: int
    ticket_ids: tuple[TicketId, ...] = ()


class ShareChange(msgspec.Struct, frozen=True, array_like=True):
    """A device's share of a zone's capacity has changed.

    Attributes:
        device_id: Whose.
        zone_id: Of which zone.
        granted: Persons ever granted; never falls.
        keep: What the device should keep unspent, giving the rest back by a `return` entry;
            None to keep all.
        code: Proves the total to the ledger, also to one that has forgotten it. The device keeps
            it and shows it with the total (`shared.wire.exchange.ZoneShare`).
    """

    device_id: DeviceId
    zone_id: ZoneId
    granted: int
    keep: int | None = None
    code: LedgerCode = b""


Word = HomeRequest | Recall | ShareChange
"""What is addressed to one device."""


def read_stop(reason: str) -> str:
    """Return why nobody is let in where the holder stands, if a home keeps for that; else ""."""
    return reason if reason in {STOPPED, PAUSED} else ""


def read_kept(reason: str) -> Reason:
    """Return why a home keeps an entry; what is no denial that this version knows says nothing."""
    if read_stop(reason):
        return Reason.RULES_DENIED
    try:
        kept = Reason(reason)
    except ValueError:
        return Reason.OFFLINE_POLICY
    return kept if kept.verdict is Verdict.DENY else Reason.OFFLINE_POLICY


def words_of(bodies: Iterable[object]) -> tuple[Word, ...]:
    """Pick out of a page's items what is addressed to single devices."""
    return tuple(body for body in bodies if isinstance(body, HomeRequest | Recall | ShareChange))
