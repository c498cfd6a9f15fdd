"""What a shop's evening promises, judged by the bank's own books and by who came with what.

An order is paid once all of its price has come and the office has heard of it in time; then its
tickets are good, whatever else was told, and in whatever order. What came beside that, what came
for an order that was over, and what tickets cost that were taken back is the buyers', once. When
the evening is off, each cent that came has gone back, and none twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from simulator.further_events.online_payments.evening import PaidOnline
from simulator.further_events.online_payments.record import Books, Bought
from simulator.judging.evening_evidence import EveningEvidence
from simulator.judging.evidence import make_judge
from simulator.judging.seen_visits import Card

OnlineEvidence = EveningEvidence[PaidOnline, Card]


def check_good(evidence: OnlineEvidence) -> Iterator[str]:
    """Yield each who came in on a ticket that was not paid, or did not on one that was."""
    orders = {one.tickets[0]: one for one in evidence.evening.orders}
    for visit in evidence.visits:
        bought = orders[f"{visit.card.ticket_id:016x}"]
        if visit.ended is None:
            continue
        if visit.is_green and bought.came_by(visit.ended) < bought.price:
            yield f"{visit}: let in, and {bought.came_by(visit.ended)} of {bought.price} had come"
        taken = bought.taken.get(bought.tickets[0])
        if not visit.is_green and (taken is None or taken > visit.ended):
            yield f"{visit}: not let in, and the office gave the ticket out as paid"


def check_books(evidence: OnlineEvidence) -> Iterator[str]:
    """Yield each order whose money the office's books have otherwise than the bank's."""
    for bought in evidence.evening.orders:
        first, last = bought.books
        for books in bought.books:
            name, said = f"order {bought.order_id} ({books.state})", books.account
            if said["paid_minor"] != books.told or said["paid_out_minor"] != books.went:
                yield (
                    f"{name}: {books.told} came and {books.went} went, and by the books"
                    f" {said['paid_minor']} and {said['paid_out_minor']}"
                )
        name = f"order {bought.order_id} ({first.state})"
        owed = _owed(bought, first) - first.went
        if first.account["open_minor"] != owed:
            yield f"{name}: {first.account['open_minor']} is to go back by the books, not {owed}"
        is_paid = evidence.has_true_server and first.is_surely_paid and not bought.taken
        if is_paid and first.state != "paid":
            yield f"{name}: it was paid in time"
        if first.state == "paid" and first.told < bought.price:
            yield f"{name}: {first.told} of {bought.price} had come"
        if last.went != bought.came:
            yield f"{name}: {bought.came} came, and {last.went} went back when all was called off"


def _owed(bought: Bought, books: Books) -> int:
    """Reckon what of an order's money is the buyer's."""
    if books.state == "pending":
        return 0
    if books.state in {"expired", "cancelled"}:
        return books.told
    return bought.each * len(bought.gone) + books.told - bought.price


def check_once(evidence: OnlineEvidence) -> Iterator[str]:
    """Yield each payout by which the bank has sent more than was the buyer's."""
    for bought in evidence.evening.orders:
        for one in bought.sent:
            if one.before + one.amount > one.theirs:
                yield (
                    f"order {bought.order_id}: {one.amount} sent after {one.before},"
                    f" and {one.theirs} was the buyer's"
                )


def check_report(evidence: OnlineEvidence) -> Iterator[str]:
    """Yield each tender that has brought something else by the report than by the bank's books."""
    evening = evidence.evening
    for tender in sorted(evening.report.keys() | evening.brought.keys()):
        said, brought = evening.report.get(tender, 0), evening.brought[tender]
        if said != brought:
            yield f"{tender} has brought {said} by the report, and {brought}"


def check_stopped(evidence: OnlineEvidence) -> Iterator[str]:
    """Yield what was written to go back while refunds were stopped, and what is left at last."""
    first, then = evidence.evening.resting
    for name in sorted(then - first):
        yield f"payout {name} was written while refunds were stopped"
    if evidence.evening.late:
        yield f"{evidence.evening.late} orders are left open, however often refunds go on"
    yield from evidence.wrong
    taken = {int(ticket, 16) for one in evidence.evening.orders for ticket in one.taken}
    came = {visit.card.ticket_id for visit in evidence.visits if visit.is_green}
    for conflict in evidence.ledger.conflicts:
        # The office took a ticket back whose holder a gate that was cut off had let in.
        is_so = conflict.kind == "payout_and_entry" and conflict.ticket_id in taken & came
        if evidence.has_true_server and not is_so:
            yield f"conflict {conflict.kind} of {conflict.subject}, for nothing"


judge_online: Final = make_judge(
    "online",
    OnlineEvidence.gather,
    check_good,
    check_books,
    check_once,
    check_report,
    check_stopped,
)
