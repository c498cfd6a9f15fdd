"""What is promised of tills whose server another machine takes over, by what they have sold.

Each sale that a till has shown is in the second server's books, once. A server that was told of
its successor charges no voucher and gives no stock. Of each voucher so much is gone at the second
as tills' journals say was paid with it; where two servers let more be paid than it was worth, it
is spent, and somebody is told. Of what is limited every ticket is sold in the end, and more only
where two servers have given the same away, which is named. Whoever bought at a till comes in once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from shared.journal.sale_body import SaleBody
from shared.kernel.instant import SECOND
from simulator.further_events.take_over.evening import TakeOver
from simulator.further_events.take_over.tills import LIMIT, read_granted
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.ledger_and_device_views import LedgerView, hold
from simulator.nodes.server_node import ServerNode

VOUCHER: Final = "voucher"
PAID: Final = "paid"
OVERSOLD: Final = "oversold"
MISMATCH: Final = "price_mismatch"
OF_TILLS: Final = frozenset({OVERSOLD, MISMATCH})
SALE_ID_SIZE: Final = 32


class Charge(msgspec.Struct, frozen=True):
    """What a server has charged a voucher for a till."""

    voucher_id: str
    amount: int
    state: str
    created_at: int


class TakenTillsEvidence(msgspec.Struct):
    """All of it, when it is quiet.

    Attributes:
        evening: Who played it.
        ledger: The second server's.
        sales: What the tills' journals say.
        booked: What the second has of each sale, by the till's number, as often as it is.
        spent: What is off each voucher there, by id.
        charges: At the second.
        former: At the former.
        granted: What the former has given tills by now.
    """

    evening: TakeOver
    ledger: LedgerView
    sales: list[SaleBody]
    booked: dict[str, list[int]]
    spent: dict[str, int]
    charges: list[Charge]
    former: list[Charge]
    granted: int

    @property
    def named(self) -> Counter[str]:
        """So many conflicts stand, by kind."""
        return Counter(one.kind for one in self.ledger.conflicts if one.disposition != "withdrawn")


def check_booked(evidence: TakenTillsEvidence) -> Iterator[str]:
    """Yield each sale of a till that the second has not once, or that no till has made."""
    for sold in evidence.evening.tills.sold:
        if (booked := evidence.booked.get(sold.sale_id, [])) != [sold.total]:
            yield f"{sold.sale_id} of {sold.node} cost {sold.total}, booked: {booked}"
    for sale_id in evidence.booked.keys() - {one.sale_id for one in evidence.sales}:
        yield f"{sale_id} is booked, and no till has sold it"


def check_told(evidence: TakenTillsEvidence) -> Iterator[str]:
    """Yield what the former has charged or given tills since it was told."""
    record = evidence.evening.record
    for one in evidence.former:
        is_late = record.told is not None and one.created_at > record.told + SECOND
        if is_late and one.state == PAID:
            yield f"{one} by the former server, which had been told"
    if record.granted is not None and evidence.granted > record.granted:
        given = evidence.granted - record.granted
        yield f"{given} tickets given to tills by the former server, which had been told"


def check_vouchers(evidence: TakenTillsEvidence) -> Iterator[str]:
    """Yield each voucher of which more or less is gone than was paid with it."""
    paid = _paid(evidence)
    is_doubted = False
    for voucher in evidence.evening.tills.vouchers:
        tried = sum(
            one.amount
            for one in (*evidence.charges, *evidence.former)
            if one.voucher_id == voucher.id and one.state == "reversed"
        )
        spent, due = evidence.spent[voucher.id], paid[voucher.id]
        if due + tried > voucher.value:
            is_doubted = True
            if spent > voucher.value:
                yield f"{spent} are off a voucher of {voucher.value}"
        elif spent != due:
            yield f"{spent} are off a voucher of {voucher.value}, and {due} were paid with it"
        if due > voucher.value and not evidence.named[MISMATCH]:
            yield f"{due} were paid with a voucher of {voucher.value}, and nobody is told"
    if evidence.named[MISMATCH] and not is_doubted:
        yield f"{evidence.named[MISMATCH]} sales cost something else, and none did"


def _paid(evidence: TakenTillsEvidence) -> Counter[str]:
    paid: Counter[str] = Counter()
    for sale in evidence.sales:
        for part in sale.payments:
            if part.kind == VOUCHER and part.amount_minor:
                paid[part.reference.split(".")[1]] += part.amount_minor
    return paid


def check_limit(evidence: TakenTillsEvidence) -> Iterator[str]:
    """Yield whether fewer tickets are out than there were, or more and nobody is told."""
    tills = evidence.evening.tills
    out = sum(len(one.tickets) for one in evidence.sales) + tills.office
    if out < LIMIT:
        yield f"{out} of {LIMIT} are sold, and nobody sells another one"
    if (out > LIMIT) is not (evidence.named[OVERSOLD] > 0):
        yield f"{out} of {LIMIT} are sold, and named is {evidence.named[OVERSOLD]}"


def check_let_in(evidence: TakenTillsEvidence) -> Iterator[str]:
    """Yield each ticket of a till's by which nobody comes in when all is told."""
    evening = evidence.evening
    came = {one.card.ticket_id for one in evening.visits if one.is_green}
    for card in evening.tills.cards:
        if card.ticket_id not in came:
            seen = [str(one) for one in evening.visits if one.card.ticket_id == card.ticket_id]
            yield f"{card.ticket_id:016x} lets nobody in: {seen}"


async def judge_tills(evening: TakeOver, ledger: LedgerView) -> list[Violation]:
    """Read everything, and run every check; both servers are up."""
    orders = await _read(
        evening.second,
        "SELECT client_key, total_minor FROM ticket_order"
        " WHERE event_id = ? AND client_key LIKE 'till:%'",
        evening.venue.event_id,
    )
    booked: dict[str, list[int]] = {}
    for key, total in orders:
        booked.setdefault(key[-SALE_ID_SIZE:], []).append(total)
    spent = await _read(evening.second, "SELECT id, spent_minor FROM voucher")
    evidence = TakenTillsEvidence(
        evening=evening,
        ledger=ledger,
        sales=[
            body
            for node in evening.tills.nodes
            for _, signed in node.session.store.journal.read(
                1, node.session.store.journal.last_seq
            )
            if isinstance(body := hold(signed).body, SaleBody)
        ],
        booked=booked,
        spent=dict(spent),
        charges=await _charges(evening.second),
        former=await _charges(evening.former),
        granted=await read_granted(evening.former, evening.venue),
    )
    return run_checks(
        "taken tills",
        evidence,
        check_booked,
        check_told,
        check_vouchers,
        check_limit,
        check_let_in,
    )


async def _charges(server: ServerNode) -> list[Charge]:
    rows = await _read(
        server,
        "SELECT voucher_id, amount_minor, state, created_at FROM voucher_spend"
        " WHERE voucher_id IS NOT NULL",
    )
    return [Charge(*row) for row in rows]


async def _read(server: ServerNode, sql: str, *said: object) -> list[Any]:
    inline = server.context.database.inline
    assert inline is not None
    async with inline.reading():
        return inline.connection.execute(sql, said).fetchall()
