"""What the running counts come to: the live board, added up. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import starmap

import msgspec

from server.devices.models import Device
from server.http.body_and_answer_types import moment_of, to_moment
from server.ledger.zone_shares_of_devices import Shares
from server.live.queue_estimate import WAITING_MINUTES, estimate_waiting
from server.tallies.rows import Count
from server.tallies.what_is_counted import MINUTE_US, Stat
from server.ticketing.inventory import available
from server.ticketing.models import Inventory, TicketType
from server.venues_and_gates.models import Gate, Zone
from shared.kernel.id_types import EventId, GateId, TicketTypeId, ZoneId
from shared.kernel.instant import Instant
from shared.wire.live_board import (
    LiveArrivals,
    LiveBoard,
    LiveDenials,
    LiveDevice,
    LiveGate,
    LiveSales,
    LiveSold,
    LiveTender,
    LiveZone,
)

OVERRIDE = "override"


class EventPlaces(msgspec.Struct, frozen=True, kw_only=True):
    """What an event has: its places, what it sells, which devices are silent.

    Attributes:
        paused: Since when entry is paused, by the ids of gates and zones.
        lost: What disputes took back for good, by tender and currency, in minor units.
    """

    zones: Sequence[Zone]
    gates: Sequence[Gate]
    kinds: Sequence[TicketType]
    stock: Mapping[str, Inventory]
    away: Sequence[Device]
    paused: Mapping[str, Instant]
    lost: Mapping[tuple[str, str], int]
    now: Instant


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted of it, all in one snapshot.

    Attributes:
        head: The newest number of its feed.
        totals: Of all time.
        by_minute: Of the minutes of `span`, since 1970.
    """

    head: int
    totals: Sequence[Count]
    by_minute: Sequence[Count]
    shares: Shares
    span: range

    def of(self, *stats: Stat) -> list[Count]:
        """Return what was counted in all."""
        return [one for one in self.totals if one.stat in stats]

    def in_minutes(self, *stats: Stat) -> list[Count]:
        """Return what was counted minute by minute."""
        return [one for one in self.by_minute if one.stat in stats]

    def no_minutes(self) -> list[int]:
        """Return a zero for each minute."""
        return [0] * len(self.span)


def tell(event_id: EventId, places: EventPlaces, counts: Counts) -> LiveBoard:
    """Say how an event stands."""
    zones = _zones(places, counts)
    came, passed = counts.of(Stat.IN), counts.of(Stat.IN, Stat.OUT)
    entries = sum(one.count for one in came)
    overrides = sum(one.count for one in passed if one.what == OVERRIDE)
    return LiveBoard(
        event_id=event_id,
        at=moment_of(places.now),
        head=counts.head,
        since=moment_of(Instant(counts.span.start * MINUTE_US)),
        minutes=len(counts.span),
        admitted=sum(one.amount for one in came),
        inside=sum(zone.inside for zone in zones),
        overrides=overrides,
        override_rate=round(min(1.0, overrides / entries), 4) if entries else 0.0,
        denied=sum(one.count for one in counts.of(Stat.DENIED)),
        zones=zones,
        gates=_gates(places, counts),
        away=[
            LiveDevice(
                device_id=one.id,
                name=one.name,
                gate_id=one.gate_id,
                heard_at=to_moment(one.last_seen_at),
            )
            for one in places.away
        ],
        arrivals=_arrivals(counts),
        denials=[
            LiveDenials(GateId(one.place), one.scope, one.what, one.count)
            for one in counts.of(Stat.DENIED)
        ],
        sales=_sales(places, counts),
        sold=[
            LiveSold(
                ticket_type_id=TicketTypeId(one.place),
                channel=one.scope,
                currency=one.what,
                tickets=one.count,
                amount_minor=one.amount,
            )
            for one in counts.of(Stat.SOLD)
        ],
        revenue=_revenue(counts, places.lost),
    )


def _zones(places: EventPlaces, counts: Counts) -> list[LiveZone]:
    found = {one.scope: (one.count, one.amount) for one in counts.of(Stat.INSIDE)}
    told = []
    for zone in places.zones:
        inside, sure = found.get(zone.id, (0, 0))
        shares = counts.shares.get(zone.id)
        unheard = None if shares is None else sum(share.left for share in shares.values())
        told.append(
            LiveZone(
                zone_id=zone.id,
                name=zone.name,
                capacity=zone.capacity,
                inside=inside,
                at_least=sure,
                at_most=None if unheard is None else inside + unheard,
                paused_at=to_moment(places.paused.get(zone.id)),
            )
        )
    return told


def _gates(places: EventPlaces, counts: Counts) -> list[LiveGate]:
    sums: Counter[tuple[str, str]] = Counter()
    for one in counts.of(Stat.IN, Stat.OUT):
        sums[one.place, one.stat] += one.amount
        if one.what == OVERRIDE:
            sums[one.place, OVERRIDE] += one.count
    for one in counts.of(Stat.DENIED):
        sums[one.place, one.stat] += one.count
    came = _minutes(counts, ((one.place, one, one.amount) for one in counts.in_minutes(Stat.IN)))
    scanned = counts.in_minutes(Stat.IN, Stat.DENIED)
    scans = _minutes(counts, ((one.place, one, one.count) for one in scanned))
    names = {str(gate.id): gate.name for gate in places.gates}
    paused = {str(gate.id): _paused_since(gate, places.paused) for gate in places.gates}
    names |= {place: "" for place, _ in sums if place not in names}

    def gate(gate_id: str, name: str) -> LiveGate:
        # The minute that is not over tells of no minute's persons; nor does a pause of a queue.
        since = paused.get(gate_id)
        waiting = None if since else estimate_waiting(scans.get(gate_id, counts.no_minutes())[:-1])
        latest = came.get(gate_id, counts.no_minutes())[:-1][-WAITING_MINUTES:]
        return LiveGate(
            gate_id=GateId(gate_id),
            name=name,
            came=sums[gate_id, Stat.IN],
            went=sums[gate_id, Stat.OUT],
            overrides=sums[gate_id, OVERRIDE],
            denied=sums[gate_id, Stat.DENIED],
            per_minute=round(sum(latest) / len(latest), 1) if latest else 0.0,
            waiting=None if waiting is None else waiting.persons,
            waiting_s=None if waiting is None else waiting.seconds,
            paused_at=to_moment(since),
        )

    return list(starmap(gate, names.items()))


def _paused_since(gate: Gate, paused: Mapping[str, Instant]) -> Instant | None:
    """Return since when nobody comes in at a gate, by its own pause or its zone's."""
    since = [paused[place] for place in (gate.id, gate.zone_id) if place in paused]
    return min(since, default=None)


def _minutes(counts: Counts, values: Iterable[tuple[str, Count, int]]) -> dict[str, list[int]]:
    """Sum values by key and minute."""
    found: dict[str, list[int]] = {}
    for key, one, value in values:
        found.setdefault(key, counts.no_minutes())[one.minute - counts.span.start] += value
    return found


def _arrivals(counts: Counts) -> list[LiveArrivals]:
    found: dict[tuple[str, str], list[int]] = {}
    for one in counts.in_minutes(Stat.IN):
        minutes = found.setdefault((one.place, one.scope), counts.no_minutes())
        minutes[one.minute - counts.span.start] += one.amount
    return [
        LiveArrivals(GateId(gate), ZoneId(zone), minutes)
        for (gate, zone), minutes in sorted(found.items())
    ]


def _sales(places: EventPlaces, counts: Counts) -> list[LiveSales]:
    sold = counts.in_minutes(Stat.SOLD)
    tickets = _minutes(counts, ((one.place, one, one.count) for one in sold))
    return [
        LiveSales(
            ticket_type_id=kind.id,
            name=kind.name,
            tickets=tickets.get(kind.id, counts.no_minutes()),
            limit=stock.quantity_limit,
            sold=stock.sold,
            held=stock.held,
            allotted=stock.allotted,
            available=available(stock),
        )
        for kind in places.kinds
        if (stock := places.stock.get(kind.id)) is not None
    ]


def _revenue(counts: Counts, lost: Mapping[tuple[str, str], int]) -> list[LiveTender]:
    came = {(one.place, one.what): one for one in counts.of(Stat.RECEIVED)}
    went = {(one.place, one.what): one for one in counts.of(Stat.PAID_BACK)}
    told = []
    for tender, currency in sorted(came.keys() | went.keys()):
        received, back = came.get((tender, currency)), went.get((tender, currency))
        got = 0 if received is None else received.amount
        gone = 0 if back is None else back.amount
        charged = lost.get((tender, currency), 0)
        told.append(
            LiveTender(
                tender=tender,
                currency=currency,
                payments=0 if received is None else received.count,
                received_minor=got,
                payouts=0 if back is None else back.count,
                paid_back_minor=gone,
                net_minor=got - gone - charged,
                charged_back_minor=charged,
            )
        )
    return told
