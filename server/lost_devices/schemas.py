"""Bodies of devices' standings, of lost ones, and of what revoked ones brought."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from server.http.body_and_answer_types import Answer, Body, IdOf, Text
from server.tills.schemas import MaybeSold
from shared.field_limits import TEXT_SIZE_MAX
from shared.kernel.id_types import DeviceId, EventId, GateId, SeatId, TicketTypeId

Boot = Annotated[
    str,
    msgspec.Meta(
        max_length=16, pattern="^[0-9a-f]{16}$", description="16 hex digits, as entries name boots"
    ),
]


class ShareAnswer(Answer):
    """What a till was given of a type, and what is known to be sold of it."""

    ticket_type_id: TicketTypeId
    granted: int
    sold: int


class StandingAnswer(Answer):
    """A device as the server knows it, and what it may hold beyond that.

    Attributes:
        heard_at: Its last contact, to within half a minute; null before the first.
        boot, dseq: Its newest boot, hex, and the last entry of it that is held.
        entries: Of this event, held; the last of them came at `received_at`.
        unconfirmed: Entries that wait for a person, since the device is revoked.
        refused, forked: Entries that were altered, or contradict others.
        open_conflicts: About the device itself: forks, damage, its clock.
        open_grants: Persons whom the ledger let it admit and whom its journal has not confirmed.
        homes: Tickets whose home it is.
        could_admit: Tickets that it could have admitted alone since its last contact, at most.
        used_since: Those of them that another device admitted since: doubles, if it did.
        could_sell: Tickets that it may have sold beyond what is known.
        rehearsal: What its own entry says of its last rehearsal: `ready`, or what was wrong; null
            before the first.
        rehearsed_at: When the server received that.
        rehearsed_cursor: Up to where it had read the feed then.
    """

    device_id: DeviceId
    name: str
    role: str
    profile: str
    gate_id: GateId | None
    heard_at: datetime | None
    revoked_at: datetime | None
    revoked_because: str | None
    boot: str | None
    dseq: int
    entries: int
    received_at: datetime | None
    unconfirmed: int
    refused: int
    forked: int
    open_conflicts: int
    open_grants: int
    homes: int
    shares: list[ShareAnswer]
    could_admit: int
    used_since: int
    could_sell: int
    rehearsal: str | None = None
    rehearsed_at: datetime | None = None
    rehearsed_cursor: int = 0


class RefusalAnswer(Answer):
    """Something that a device sent and nobody could take.

    Attributes:
        entry_hash: SHA-256 of its bytes, hex.
        problem: A sentence.
    """

    device_id: DeviceId
    device: str
    entry_hash: str
    problem: str
    received_at: datetime


class WaitingAnswer(Answer):
    """An entry of a revoked device, which takes effect only if somebody accepts it.

    Attributes:
        at: When the device says that it happened, corrected as far as its clock is known.
        at_error_us: How far `at` may be off either way; null while unknown.
        gate_id, ticket_id, direction, count, verdict, reason, mode: Of a scan.
        sale_id, currency, total_minor, tickets: Of a sale.
    """

    boot: str
    dseq: int
    kind: str
    event_id: EventId
    received_at: datetime
    at: datetime
    at_error_us: int | None
    gate_id: GateId | None = None
    ticket_id: str | None = None
    direction: str | None = None
    count: int | None = None
    verdict: str | None = None
    reason: str | None = None
    mode: str | None = None
    sale_id: str | None = None
    currency: str | None = None
    total_minor: int | None = None
    tickets: int | None = None


class PlaceBody(Body):
    """An entry of the device."""

    boot: Boot
    dseq: Annotated[int, msgspec.Meta(ge=1, le=1 << 61)]


class RulingBody(Body):
    """Which entries are ruled on; null for the oldest that wait, 500 at most."""

    entries: Annotated[list[PlaceBody], msgspec.Meta(max_length=500)] | None = None
    note: Text = ""


class RulingAnswer(Answer):
    """What was done.

    Attributes:
        ruled: Entries that were ruled on now; a second ruling changes nothing.
        remaining: Entries of the device that still wait.
    """

    ruled: int
    remaining: int


class LostBody(Body):
    """That a device is lost: nobody waits for its word.

    Attributes:
        to_device_id: Whose its tickets' homes become; null to spread them.
        reason: For the record.
        revokes: Take its keys' word away as well, as of a device that is in other hands.
    """

    reason: Annotated[str, msgspec.Meta(max_length=TEXT_SIZE_MAX)] = ""
    to_device_id: IdOf[DeviceId] | None = None
    revokes: bool = False


class MaybeUsed(Answer):
    """How often a lost till may have used a counted price that nobody has heard of."""

    price_id: str
    count: int


class LostAnswer(Answer):
    """What a lost device has given up, in one act.

    Attributes:
        homes_move_id: The order that moves its tickets' homes, and frees its shares of zones.
        maybe_sold: What it may have sold of its stock, which is free again from now on.
        maybe_sold_total: All of that.
        maybe_used: Uses of quantity tiers and limited promotions that it may have sold, likewise.
        seats: Reserved seats that it may have sold; they stay held until a person frees them
            (`.../till-stock/{device_id}/reserved/free`).
    """

    device_id: DeviceId
    homes_move_id: str
    maybe_sold: list[MaybeSold]
    maybe_sold_total: int
    maybe_used: list[MaybeUsed]
    seats: list[SeatId]
