"""What moved tenders promise, by a plain ledger of what customers paid and had back.

The drawer holds the coins that came in, less those that went out. A report says so but for what
was keyed in wrongly and not moved yet, to the minor unit; at the close, so much is over or short.
The office's books say of each sale, and its report of all of them, what tills' reports say. What
goes back goes by the tender under which the sale stands by then. What was paid in part is known to
a till that has died, until the tickets are handed out or the money is given back. No till moves to
anything but the other of cash and card, nor more than there is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from simulator.further_events.moved_tenders.evening import Tenders
from simulator.further_events.moved_tenders.record import (
    CARD,
    CASH,
    PRICE,
    OnCounter,
    Purchase,
    Told,
)
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evidence import make_judge
from simulator.judging.ledger_and_device_views import LedgerView, view_ledger


class TendersEvidence(msgspec.Struct):
    """All of it, when it is quiet.

    Attributes:
        purchases: What was bought.
        told: What reports of the drawer said.
        counter: What the till said of parts that had been paid.
        accounts: The office's books of each sale, by its number.
        report: What each tender has brought by the office's report.
        shifts: Of each closed shift at the office, in order: counted, and expected.
        ledger: The ledger.
        wrong: What the till or the office did that they should not have.
        has_true_server: The server's clock was right all evening.
    """

    purchases: list[Purchase]
    told: list[Told]
    counter: list[OnCounter]
    accounts: dict[str, dict[str, Any]]
    report: dict[str, int]
    shifts: list[tuple[int, int]]
    ledger: LedgerView
    wrong: list[str]
    has_true_server: bool


def check_drawer(evidence: TendersEvidence) -> Iterator[str]:
    """Yield each report, at the till and at the office, that does not agree with the coins."""
    for one in evidence.told:
        if one.said != one.seen:
            yield f"the {one.what} report says {one.said}, and it is {one.seen}"
    closed = [one for one in evidence.told if one.what == "close"]
    due = [(one.coins, one.seen[0]) for one in closed]
    if evidence.shifts != due:
        yield f"the office has shifts of {evidence.shifts}, and they came to {due}"


def check_parts(evidence: TendersEvidence) -> Iterator[str]:
    """Yield each time that a till that had died did not say which parts were paid."""
    for one in evidence.counter:
        if one.said not in one.may:
            due = " or ".join(map(str, sorted(one.may)))
            yield f"sale {one.sale_id[-4:]}: {one.said} is paid by the till, and it is {due}"


def check_office(evidence: TendersEvidence) -> Iterator[str]:
    """Yield each sale that the office's books have under other tenders, and their sum."""
    total: Counter[str] = Counter()
    for one in evidence.purchases:
        account = evidence.accounts[one.sale_id]
        if "payments" not in account:
            yield f"sale {one.sale_id[-4:]} is not in the books"
            continue
        held: Counter[str] = Counter()
        for payment in account["payments"]:
            held[payment["tender"]] += int(payment["amount_minor"])
        for payout in account["payouts"]:
            held[payout["tender"]] -= int(payout["amount_minor"])
        total.update(held if one.twice else one.net)
        if not one.twice and _amounts(held) != _amounts(one.net):
            yield f"sale {one.sale_id[-4:]} brought {_amounts(one.net)}, {_amounts(held)} by books"
    if _amounts(evidence.report) != _amounts(total):
        yield f"all sales brought {_amounts(total)}, {_amounts(evidence.report)} by the report"


def check_back(evidence: TendersEvidence) -> Iterator[str]:
    """Yield each sale of which not just that went back which its tickets have cost."""
    for one in evidence.purchases:
        handed = sum(amount for amount, _ in one.back.values())
        back = handed + sum(amount for amount, _ in one.sent)
        ended = len(one.back.keys() | one.taken) + len(one.twice)
        if back != PRICE * ended:
            yield f"sale {one.sale_id[-4:]}: {back} went back for {ended} tickets"
        if int(evidence.accounts[one.sale_id].get("open_minor", 0)):
            yield f"sale {one.sale_id[-4:]}: the office owes more"
    yield from evidence.wrong


def check_accused(evidence: TendersEvidence) -> Iterator[str]:
    """Yield who is accused for nothing: only what till and office have both paid is named."""
    twice = {ticket for one in evidence.purchases for ticket in one.twice}
    # A payout may come before the sale of its ticket, and is named until that has come.
    named = [one for one in evidence.ledger.conflicts if one.disposition != "withdrawn"]
    for ticket in twice - {one.ticket_id for one in named}:
        yield f"ticket {ticket:016x} was paid back twice, and nobody is told"
    # More than was paid has gone out of such a sale: whichever ticket came last is told of.
    excused = {ticket for one in evidence.purchases if one.twice for ticket in one.tickets}
    # No payout says which ticket it is for: where any was sent, what a till settled may be named.
    excused |= {ticket for one in evidence.purchases if one.sent for ticket in one.settled}
    for conflict in named:
        if conflict.ticket_id in excused:
            continue
        if conflict.kind not in OF_CLOCKS or evidence.has_true_server:
            yield f"conflict {conflict.kind} of {conflict.subject}, for nothing"


async def gather_tenders(*tills: Tenders) -> TendersEvidence:
    """Read everything of the tills of one evening."""
    evening = tills[0]
    purchases = [one for till in tills for one in till.purse.purchases]
    return TendersEvidence(
        purchases=purchases,
        told=[one for till in tills for one in till.told_of],
        counter=[one for till in tills for one in till.counter],
        accounts={one.sale_id: await evening.read_account(one) for one in purchases},
        report=await evening.read_report(),
        shifts=[one for till in tills for one in await till.read_shifts()],
        ledger=await view_ledger(evening.server, evening.site.event_id),
        wrong=[*(one for till in tills for one in till.wrong), *evening.owner.refused],
        has_true_server=evening.scenario.has_true_server,
    )


judge_tenders: Final = make_judge(
    "tenders", gather_tenders, check_drawer, check_parts, check_office, check_back, check_accused
)


def _amounts(held: Counter[str] | dict[str, int]) -> dict[str, int]:
    return {kind: held[kind] for kind in sorted({CASH, CARD, *held}) if held[kind]}
