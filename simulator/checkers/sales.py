"""I9: no sale is lost or doubled, receipts have no gaps, nothing is sold beyond the allotment."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.judging.evidence import Evidence

PRICE_MINOR = 4_500


def check_sales(evidence: Evidence) -> Iterator[str]:
    """Yield each sale that does not add up."""
    tickets: dict[int, str] = {}
    receipts: dict[str, list[int]] = {}
    for node, held, sale in evidence.sales:
        name = f"{node} receipt {sale.receipt_number}"
        receipts.setdefault(node, []).append(sale.receipt_number)
        if sale.total_minor != sum(ticket.price_minor for ticket in sale.tickets):
            yield f"{name}: {sale.total_minor} is not the sum of its tickets"
        for ticket in sale.tickets:
            if ticket.ticket_id in tickets:
                yield f"{name}: ticket {ticket.ticket_id:016x} sold by {tickets[ticket.ticket_id]}"
            tickets[ticket.ticket_id] = name
            there = evidence.ledger.tickets.get(ticket.ticket_id)
            if there is None:
                yield f"{name}: ticket {ticket.ticket_id:016x} is not in the ledger"
            elif held.entry.event_id != evidence.venue.event_id:
                yield f"{name}: sold for another event"
    for node, numbers in receipts.items():
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"{node}: receipts are not 1 to {len(numbers)}: {numbers[:20]}"
    strangers = evidence.ledger.tickets.keys() - tickets.keys() - evidence.presold.keys()
    strangers -= _ordered(evidence)
    if strangers:
        yield f"{len(strangers)} tickets of the ledger were sold by nobody"
    if evidence.ledger.pending_effects:
        yield f"{evidence.ledger.pending_effects} sales were never booked"
    yield from _match_receipts(evidence)


def _ordered(evidence: Evidence) -> set[int]:
    """Return the tickets of orders that were placed by the web."""
    office = evidence.till_office
    if office is None:
        return set()
    placed = {one.order_id for one in office.record.orders}
    return {
        ticket_id
        for order in office.books.orders
        if order.order_id in placed
        for ticket_id in order.tickets
    }


def _match_receipts(evidence: Evidence) -> Iterator[str]:
    """What was handed over cost what the journal says."""
    sold = {(node, sale.sale_id): sale for node, _, sale in evidence.sales}
    for shown in evidence.history.sales:
        kept = sold.get((shown.node, shown.sale.sale_id))
        if kept is None:
            continue  # I2 says so
        if kept.total_minor != shown.sale.total.minor_units:
            yield f"{shown.node}: receipt {kept.receipt_number} shows another total"
        if evidence.till_office is None and kept.total_minor != PRICE_MINOR * len(kept.tickets):
            yield f"{shown.node}: receipt {kept.receipt_number} has another price"
