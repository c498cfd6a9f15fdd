"""A code is used in no more orders than it may be, at tills, cut off or not, and by the web.

The judge counts journals and orders: each sale or order that a limited promotion has made cheaper
is one use. What tills hold and have not used is gone for everybody else, and nothing besides: who
is told that a code is used up is told so because of others.
"""

from __future__ import annotations

from collections.abc import Iterator

from simulator.boxoffice.books import OfficeEvidence
from simulator.boxoffice.offers import Deal
from simulator.judging.evidence import Evidence


def check_codes(evidence: Evidence) -> Iterator[str]:
    """Yield each code that was used too often, or is counted otherwise."""
    office = evidence.till_office
    if office is None or evidence.history.restores:
        return
    for deal in office.record.prices[0].prices.deals:
        if deal.uses is not None:
            yield from (f"{deal.word}: {one}" for one in _used(evidence, office, deal, deal.uses))


def _used(evidence: Evidence, office: OfficeEvidence, deal: Deal, allowed: int) -> Iterator[str]:
    at_tills = 0
    for node, _, sale in evidence.sales:
        named = [one.count for one in sale.uses if one.id == deal.id]
        is_cheaper = any(deal.id in line.promo.split(",") for line in sale.lines)
        at_tills += bool(named)
        if named not in ([], [1]) or (is_cheaper and not named):
            yield f"{node} receipt {sale.receipt_number} says that it was used {named} times"
    live = {one.order_id for one in office.books.orders if one.state in {"paid", "pending"}}
    by_web = sum(deal.word in one.words and one.order_id in live for one in office.record.orders)
    used = at_tills + by_web
    if used > allowed:
        yield f"used {used} times, of {allowed}"
    out = office.books.out.get(deal.id, 0)
    taken = office.books.taken.get(deal.id, 0)
    # A server that dies as it commits an order has told nobody of it.
    known = {one.order_id for one in office.record.orders}
    by_till = {one.order_id for one in office.books.orders if one.key.startswith("till:")}
    unseen = len(live - known - by_till)
    if used + out > allowed or not used + out <= taken <= min(allowed, used + out + unseen):
        yield f"used {used} times of {allowed}, {out} are at tills, {taken} are counted"
