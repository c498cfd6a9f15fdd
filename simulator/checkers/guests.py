"""Each guest who was given places is named at the office, and no list is ever overfull.

A name is on the order of the sale that a cashier was told of, or, where the till died before it
said anything, on one that nobody was told of; on no other, and on one only.
"""

from __future__ import annotations

from collections.abc import Iterator

from simulator.boxoffice.books import BookedOrder, OfficeEvidence
from simulator.boxoffice.offers import PLUS
from simulator.judging.evidence import Evidence


def check_guests(evidence: Evidence) -> Iterator[str]:
    """Yield each guest without a name, each name without a guest, and each place too many."""
    office = evidence.till_office
    if office is None:
        return
    guests = office.record.prices[0].prices.guests
    if guests is None:
        return
    ours = [one for one in office.books.orders if guests.code in {line.code for line in one.lines}]
    seen: dict[str, int] = {}
    for order in ours:
        yield from (f"order {order.number}: {one}" for one in _named(office, order))
        if order.buyer in seen:
            yield f"orders {seen[order.buyer]} and {order.number} are both for {order.buyer}"
        seen[order.buyer] = order.number
        heads = sum(line.count for line in order.lines)
        if heads > 1 + PLUS:
            yield f"order {order.number}: {heads} came for one guest and {PLUS} more"
    for name in office.record.added.values():
        if name not in seen:
            yield f"{name} was added, and nobody knows of it"
    for node, count in office.untold.items():
        if count:
            yield f"{node}: {count} names were never told"
    tickets = [one for order in ours for one in order.tickets.values()]
    there = sum(one not in {"cancelled", "payment_expired"} for one in tickets)
    if guests.limit is not None and there > guests.limit:
        yield f"{there} are on a list of {guests.limit}"


def _named(office: OfficeEvidence, order: BookedOrder) -> Iterator[str]:
    if not order.buyer:
        yield "a guest whose name was lost"
        return
    if not order.key.startswith("till:"):
        return
    _, device_id, sale_id = order.key.split(":")
    told = office.record.added.get(sale_id)
    node = next(name for name, own in office.record.device_ids.items() if own == device_id)
    if told is not None and told != order.buyer:
        yield f"is for {order.buyer}, and {told} was added"
    if (node, order.buyer) not in {(one.node, one.name) for one in office.record.guests}:
        yield f"is for {order.buyer}, whom nobody wrote down there"
