"""What a counted price promises where the server has forgotten some of what was sold at it.

By the tills' own journals and what the office's books hold in the end: each sale of a till is
booked once, at its sum. Where more tickets were sold at the price than there were, or more in all,
that is named, as sold beyond what there was; where it was not, nobody is. No till is accused of a
price that it was given. What nobody has is sold in the end, at the lower price first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec

from shared.journal.sale_body import SaleBody
from simulator.further_events.counted_prices.checks import cheap_of
from simulator.further_events.counted_prices.evening import CHEAP, LIMIT, LOWER, PRICE, Sold
from simulator.further_events.counted_prices_put_back.evening import Recounted
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evidence import make_judge
from simulator.judging.ledger_and_device_views import LedgerView, hold, view_ledger

OVERSOLD: Final = "oversold"
BEYOND: Final = "sold_out_of_range"


class RecountedEvidence(msgspec.Struct):
    """All of it, when it is quiet.

    Attributes:
        kept: The tills' sales by their journals.
        orders: The orders that stand in the office's books.
        ledger: The ledger.
        wrong: What was answered to the organizer and should not have been.
        has_true_server: The server's clock was right all evening.
    """

    kept: list[Sold]
    orders: list[Sold]
    ledger: LedgerView
    wrong: list[str]
    has_true_server: bool

    @property
    def sold(self) -> list[Sold]:
        """What tills have on record, and what the office has sold by its books."""
        return [*self.kept, *(one for one in self.orders if one.seller == "office")]


def check_books(evidence: RecountedEvidence) -> Iterator[str]:
    """Yield each sale of a till that is not once in the books, at its sum, and each other one."""
    booked = Counter(
        (one.sale_id, one.count, one.total) for one in evidence.orders if one.seller == "till"
    )
    kept = Counter((one.sale_id, one.count, one.total) for one in evidence.kept)
    for sale_id, count, total in sorted((booked - kept) + (kept - booked)):
        there = booked[sale_id, count, total]
        yield f"sale {sale_id[-4:]} of {count} for {total} is {there} times in the books"


def check_prices(evidence: RecountedEvidence) -> Iterator[str]:
    """Yield each sale that is at neither price."""
    for one in evidence.sold:
        cheap = cheap_of(one)
        if not 0 <= cheap <= one.count or cheap * LOWER + (one.count - cheap) * PRICE != one.total:
            yield f"{one.seller} sold {one.count} tickets for {one.total}"


def check_named(evidence: RecountedEvidence) -> Iterator[str]:
    """Yield it if more was sold than there is and is not named, or named and was not."""
    cheap, sold = sum(map(cheap_of, evidence.sold)), sum(one.count for one in evidence.sold)
    kinds = {one.kind for one in evidence.ledger.conflicts if one.disposition != "withdrawn"}
    if (cheap > CHEAP or sold > LIMIT) is not (OVERSOLD in kinds):
        said = f"{cheap} of {CHEAP} at the lower price and {sold} of {LIMIT} in all"
        yield f"{said} are sold, and named is {sorted(kinds)}"
    # Of the type no more is believed to have been given than there is (`docs/specs/sync.md`).
    for kind in kinds - {OVERSOLD} - ({BEYOND} if sold > LIMIT else set()):
        if kind not in OF_CLOCKS or evidence.has_true_server:
            yield f"conflict {kind}, and nothing of it happened"
    yield from evidence.wrong


def check_rest(evidence: RecountedEvidence) -> Iterator[str]:
    """Yield what nobody has and the office did not sell in the end."""
    cheap, sold = sum(map(cheap_of, evidence.sold)), sum(one.count for one in evidence.sold)
    if cheap < CHEAP:
        yield f"{cheap} were sold at the lower price, of {CHEAP}"
    if sold < LIMIT:
        yield f"{sold} were sold in the end, of {LIMIT}"


async def gather_recounted(evening: Recounted) -> RecountedEvidence:
    """Read everything."""
    kept = [
        Sold(node.name, body.sale_id, len(body.tickets), body.total_minor)
        for node in evening.nodes
        for _, signed in node.session.store.journal.read(1, node.session.store.journal.last_seq)
        if isinstance(body := hold(signed).body, SaleBody)
    ]
    return RecountedEvidence(
        kept=kept,
        orders=await evening.read_orders(),
        ledger=await view_ledger(evening.server, evening.site.event_id),
        wrong=evening.owner.refused + evening.unfinished,
        has_true_server=evening.scenario.has_true_server,
    )


judge_recounted: Final = make_judge(
    "recounted", gather_recounted, check_books, check_prices, check_named, check_rest
)
