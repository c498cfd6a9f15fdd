"""What is promised of tills whose server was put back, by their journals, their coins and guests.

Whatever the server had forgotten, and whoever brought it again in which order: in the end its
books have each sale once, by the tenders that it stands under, and each closed drawer with the
coins that lay there, as if nothing had happened. Nobody is named for it. Each ticket that
nobody has given back lets its holder in, and no other does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from shared.journal.sale_body import SaleBody
from simulator.further_events.moved_tenders.checks import (
    TendersEvidence,
    check_accused,
    check_back,
    check_drawer,
    check_office,
    check_parts,
    gather_tenders,
)
from simulator.further_events.moved_tenders.record import PRICE
from simulator.further_events.tills_of_server_put_back.evening import LIMIT, Resent
from simulator.judging.evidence import make_judge
from simulator.judging.seen_visits import Card, Visit


class ResentEvidence(TendersEvidence):
    """All of it, when it is quiet.

    Attributes:
        kept: The numbers of the sales that tills have on record, one after another.
        booked: What is in the books of each sale, by its number, as often as it is.
        visits: Who came to the gate in the end.
        at_tills: How many tickets lie with tills, to be sold there.
        sells_rest: Whether the office could sell all that are nobody's.
        sells_more: Whether it then sold one more.
    """

    kept: list[str]
    booked: dict[str, list[int]]
    visits: list[Visit[Card]]
    at_tills: int
    sells_rest: bool
    sells_more: bool


def check_once(evidence: ResentEvidence) -> Iterator[str]:
    """Yield each sale that is not once on its till's record and once in the books."""
    sold = {one.sale_id: PRICE * len(one.tickets) for one in evidence.purchases}
    if sorted(evidence.kept) != sorted(sold):
        yield f"{len(sold)} sales were handed out, and tills have {len(evidence.kept)} on record"
    for sale_id in sorted(sold.keys() | evidence.booked):
        booked, due = evidence.booked.get(sale_id, []), [sold[sale_id]] if sale_id in sold else []
        if booked != due:
            yield f"sale {sale_id[-4:]}: {due} was paid, and the books have {booked}"


def check_gate(evidence: ResentEvidence) -> Iterator[str]:
    """Yield each good ticket that does not let in, and each that does and was given back."""
    good = {ticket for one in evidence.purchases for ticket in one.kept}
    for visit in evidence.visits:
        if visit.is_green != (visit.card.ticket_id in good):
            yield f"{visit}: it is {'good' if visit.card.ticket_id in good else 'given back'}"


def check_stock(evidence: ResentEvidence) -> Iterator[str]:
    """Yield what the office cannot sell though it is nobody's, or sells though it is not."""
    kept = _count_kept(evidence)
    if not evidence.sells_rest:
        yield f"of {LIMIT} {kept} are kept, {evidence.at_tills} at tills, and the rest is not sold"
    if evidence.sells_more:
        yield f"of {LIMIT} {kept} are kept, {evidence.at_tills} at tills, and more are sold"


def _count_kept(evidence: TendersEvidence) -> int:
    return sum(len(one.kept) for one in evidence.purchases)


async def gather_resent(evening: Resent) -> ResentEvidence:
    """Read everything, and buy what is left."""
    journals = evening.read_journals(*(one.till for one in evening.counters)).values()
    tenders = await gather_tenders(*evening.counters)
    booked, at_tills = await evening.read_booked(), await evening.count_at_tills()
    rest = LIMIT - _count_kept(tenders) - at_tills
    return ResentEvidence(
        **msgspec.structs.asdict(tenders),
        kept=[one.body.sale_id for one in journals if isinstance(one.body, SaleBody)],
        booked=booked,
        visits=evening.visits,
        at_tills=at_tills,
        sells_rest=rest <= 0 or await evening.can_buy(rest),
        sells_more=await evening.can_buy(1),
    )


judge_resent: Final = make_judge(
    "resent",
    gather_resent,
    check_drawer,
    check_parts,
    check_office,
    check_back,
    check_accused,
    check_once,
    check_gate,
    check_stock,
)
