"""The live board, as the server tells it and the desk shows it: how an event stands now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from shared.kernel.id_types import DeviceId, EventId, GateId, TicketTypeId, ZoneId


class LiveZone(msgspec.Struct, frozen=True, kw_only=True):
    """Who is inside a zone.

    Attributes:
        capacity: The most that may be inside; null for no limit.
        inside: By all that is known.
        at_least: Those whose entry a gate's signed journal has confirmed, less everybody whose
            exit was asked for.
        at_most: With those whom gates may have let in unheard, on their shares of the capacity;
            null where the zone is not limited.
        paused_at: Since when entry to the whole zone is paused; null where it is not.
    """

    zone_id: ZoneId
    name: str
    capacity: int | None
    inside: int
    at_least: int
    at_most: int | None
    paused_at: datetime | None = None


class LiveGate(msgspec.Struct, frozen=True, kw_only=True):
    """What passes through a gate.

    Attributes:
        gate_id: Which; "" for what names a gate that is none of the event's.
        came, went: Persons.
        overrides: Passages that a supervisor allowed against the rules.
        denied: Scans that let nobody in, those that were sent to a person among them.
        per_minute: Persons who came, on the mean of the last whole minutes.
        waiting: Persons in its queue, estimated by how busy its scans show it; null where they
            tell too little.
        waiting_s: How long the last of them waits, in seconds; likewise.
        paused_at: Since when entry there is paused, by itself or with its zone; null where it is
            not. Of a gate that is paused no queue is estimated.
    """

    gate_id: GateId
    name: str
    came: int
    went: int
    overrides: int
    denied: int
    per_minute: float
    waiting: float | None
    waiting_s: float | None
    paused_at: datetime | None = None


class LiveDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device at a gate that was not heard of for a while: what it did is not in the numbers.

    Attributes:
        heard_at: When it was heard of last; null for never.
    """

    device_id: DeviceId
    name: str
    gate_id: GateId | None
    heard_at: datetime | None


class LiveArrivals(msgspec.Struct, frozen=True):
    """Who came through a gate into a zone, minute by minute.

    Attributes:
        persons: Of each minute from `since` on; the last one is not over.
    """

    gate_id: GateId
    zone_id: ZoneId
    persons: Sequence[int]


class LiveDenials(msgspec.Struct, frozen=True):
    """Scans at a gate that let nobody in, by reason.

    Attributes:
        verdict: `deny`, or `refer`: it was sent to a person.
    """

    gate_id: GateId
    verdict: str
    reason: str
    count: int


class LiveSales(msgspec.Struct, frozen=True, kw_only=True):
    """What was sold of a ticket type, and what is left of it.

    Attributes:
        tickets: Paid for in each minute from `since` on; the last one is not over.
        limit, available: Null for no limit.
        sold, held, allotted: Of the stock: sold, in unpaid orders and holds, given to tills.
    """

    ticket_type_id: TicketTypeId
    name: str
    tickets: Sequence[int]
    limit: int | None
    sold: int
    held: int
    allotted: int
    available: int | None


class LiveSold(msgspec.Struct, frozen=True, kw_only=True):
    """What was sold of a ticket type over one channel, ever; what went back is in `revenue`."""

    ticket_type_id: TicketTypeId
    channel: str
    currency: str
    tickets: int
    amount_minor: int


class LiveTender(msgspec.Struct, frozen=True, kw_only=True):
    """Money by one tender, in one currency.

    Attributes:
        received_minor: Of payments whose money has come.
        paid_back_minor: Of payouts that are done.
        net_minor: What is left of it, less what disputes took back.
        charged_back_minor: What disputes took back for good.
    """

    tender: str
    currency: str
    payments: int
    received_minor: int
    payouts: int
    paid_back_minor: int
    net_minor: int
    charged_back_minor: int = 0


class LiveBoard(msgspec.Struct, frozen=True, kw_only=True):
    """How an event stands.

    Attributes:
        at: When it was read.
        head: The newest number of the event's feed then: all numbers hold what it tells.
        since: The first of the minutes that are told one by one; there are `minutes` of them.
        admitted: Persons let in, each entry counted.
        inside: Of all zones together.
        overrides: Passages that a supervisor allowed against the rules.
        override_rate: How many of all entries these were, from 0 to 1.
        denied: Scans that let nobody in.
        away: Devices at gates that were not heard of for a while.
    """

    event_id: EventId
    at: datetime
    head: int
    since: datetime
    minutes: int
    admitted: int
    inside: int
    overrides: int
    override_rate: float
    denied: int
    zones: Sequence[LiveZone]
    gates: Sequence[LiveGate]
    away: Sequence[LiveDevice]
    arrivals: Sequence[LiveArrivals]
    denials: Sequence[LiveDenials]
    sales: Sequence[LiveSales]
    sold: Sequence[LiveSold]
    revenue: Sequence[LiveTender]
