"""What a counted price promises, judged by what was sold and by no count of the product's.

Of the lower price there are so many tickets, whoever sells them, and whatever is cut off, and so
many in all; where the organizer has said so anew, never more than they have ever said, and never
more in all than they have said last. In the end each of them is sold that the last word leaves.
Each ticket costs one of the two prices. What a till has sold, the server has booked at the same
sum.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from shared.journal.sale_body import SaleBody
from simulator.further_events.counted_prices.evening import LOWER, PRICE, Counts, Sold, Tiered
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.ledger_and_device_views import LedgerView, hold, view_ledger

SALE_ID_SIZE: Final = 32
"""Digits of a till's sale; the key of its order ends with them."""


class TieredEvidence(msgspec.Struct):
    """All of it, when it is quiet.

    Attributes:
        shown: Sales that somebody saw.
        kept: Sales by journals and orders that stand; a till may have stopped before it showed
            one.
        lapsed: Orders that were cancelled.
        last: What the office sold when the tills had given all back.
        counts: The organizer's words, in order.
        booked: What the server has booked of tills' sales, by their number.
        ledger: The ledger.
        wrong: What was answered to the organizer and should not have been.
        has_true_server: The server's clock was right all evening.
    """

    shown: list[Sold]
    kept: list[Sold]
    lapsed: set[str]
    last: list[Sold]
    counts: list[Counts]
    booked: dict[str, int]
    ledger: LedgerView
    wrong: list[str]
    has_true_server: bool


def check_count(evidence: TieredEvidence) -> Iterator[str]:
    """Yield it if more were sold than there are, at the lower price or in all, or fewer."""
    sold = sum(one.count for one in evidence.kept)
    cheap = sum(cheap_of(one) for one in evidence.kept)
    before = cheap - sum(cheap_of(one) for one in evidence.last)
    said, most = evidence.counts[-1], max(one.cheap for one in evidence.counts)
    if cheap > most:
        yield f"{cheap} were sold at the lower price, of {most}: {_by_seller(evidence.kept)}"
    if sold != said.limit:
        yield f"{sold} were sold in the end, of {said.limit}"
    left = sum(one.count for one in evidence.last)
    wanted = max(before, min(said.cheap, before + left))
    if cheap < wanted:
        yield f"{cheap} were sold at the lower price, of {said.cheap}; {before} before the end"


def _by_seller(sold: list[Sold]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in sold:
        found[one.seller] = found.get(one.seller, 0) + cheap_of(one)
    return found


def check_prices(evidence: TieredEvidence) -> Iterator[str]:
    """Yield each sale that is at neither price, and the first one if it is not at the lower."""
    for one in evidence.kept:
        cheap = cheap_of(one)
        if not 0 <= cheap <= one.count or cheap * LOWER + (one.count - cheap) * PRICE != one.total:
            yield f"{one.seller} sold {one.count} tickets for {one.total}"
    for one in evidence.shown[:1]:
        if cheap_of(one) != one.count:
            yield f"{one.seller} sold the first {one.count} for {one.total}"


def check_books(evidence: TieredEvidence) -> Iterator[str]:
    """Yield each sale that journals, screens and the server's books do not know alike."""
    kept = {one.sale_id: one for one in evidence.kept}
    for one in evidence.shown:
        if one.sale_id in evidence.lapsed:
            continue
        if kept.get(one.sale_id) != one:
            yield f"{one.seller} showed {one.total} for {one.count}: {kept.get(one.sale_id)}"
    for one in evidence.kept:
        if evidence.booked.get(one.sale_id) != one.total:
            booked = evidence.booked.get(one.sale_id)
            yield f"{one.seller} sold {one.count} for {one.total}, and {booked} is booked"
    for conflict in evidence.ledger.conflicts:
        if conflict.kind in OF_CLOCKS and not evidence.has_true_server:
            continue  # by a wrong clock of the server others seem wrong
        yield f"conflict {conflict.kind} of {conflict.device_id}, and nothing of it happened"
    yield from evidence.wrong


def cheap_of(one: Sold) -> int:
    """Tell how many of a sale were at the lower price."""
    return (one.count * PRICE - one.total) // (PRICE - LOWER)


async def judge_tiered(tiered: Tiered) -> list[Violation]:
    """Read everything, and run every check."""
    kept = [
        one for one in tiered.sold if one.seller == "office" and one.sale_id not in tiered.lapsed
    ]
    for node in tiered.nodes:
        journal = node.session.store.journal
        for _, signed in journal.read(1, journal.last_seq):
            body = hold(signed).body
            if isinstance(body, SaleBody):
                kept.append(Sold(node.name, body.sale_id, len(body.tickets), body.total_minor))
    evidence = TieredEvidence(
        shown=tiered.sold,
        kept=kept,
        lapsed=tiered.lapsed,
        last=tiered.sold[tiered.last :],
        counts=tiered.counts,
        booked=await _read_books(tiered),
        ledger=await view_ledger(tiered.server, tiered.site.event_id),
        wrong=tiered.owner.refused + tiered.unfinished,
        has_true_server=tiered.scenario.has_true_server,
    )
    return run_checks("tiers", evidence, check_count, check_prices, check_books)


async def _read_books(tiered: Tiered) -> dict[str, int]:
    rows = await tiered.read_books(
        "SELECT id, coalesce(client_key, ''), total_minor FROM ticket_order WHERE event_id=?",
        tiered.site.event_id,
    )
    found: dict[str, int] = {}
    for order_id, key, total in rows:
        found[order_id] = found[key[-SALE_ID_SIZE:]] = total
    return found
