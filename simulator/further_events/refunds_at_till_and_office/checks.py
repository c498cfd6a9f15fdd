"""What is promised of a ticket that a till and the office both take away, judged by its money.

Whoever was told that a ticket is cancelled is told the truth: it lets nobody in, whatever becomes
of the till that was just paying it back, and all that it cost goes back. Each ticket that nobody
ended lets in. What goes back is counted here, coin by coin: by tills' journals, by what the office
has sent, and by what its books say is still to be sent. More than was paid goes back only where a
manager went on all the same, where a till was cut off, or where the server has forgotten; and then
somebody is told. Each that was given back can be sold once more, and none twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from shared.journal.entry import ReleaseBody
from shared.journal.withdrawal_body import WithdrawalBody
from simulator.further_events.refunds_at_till_and_office.evening import LIMIT, PRICE, PaidBack
from simulator.further_events.refunds_at_till_and_office.record import Bought, OfficeAct, TillPaid
from simulator.history import PutBack
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.ledger_and_device_views import LedgerView, view_ledger
from simulator.judging.seen_visits import Card, Visit

OFFLINE: Final = "offline"


class PaidBackEvidence(msgspec.Struct):
    """All of it, when it is quiet.

    Attributes:
        orders: What was bought.
        acts: What the office was asked, and still knows.
        unsure: Orders of which nobody can tell what an older copy has kept.
        forgotten: Orders to which the office did something that an older copy does not know.
        at_till: What tills' journals say.
        accounts: The office's books, by order.
        lamps: What the gate showed in the end, by ticket.
        ledger: The ledger.
        at_till_left: How many tickets lie with the till, to be sold there.
        sells_rest: Whether the office could sell all that are nobody's for certain.
        sells_more: Whether it then sold more than can be left.
        wrong: What was answered to the organizer and should not have been.
    """

    orders: list[Bought]
    acts: list[OfficeAct]
    unsure: set[str]
    forgotten: set[str]
    at_till: list[TillPaid]
    accounts: dict[str, dict[str, Any]]
    lamps: dict[int, Visit[Card]]
    ledger: LedgerView
    wrong: list[str]
    at_till_left: int = 0
    sells_rest: bool = True
    sells_more: bool = False

    def sure(self) -> Iterator[tuple[Bought, list[OfficeAct]]]:
        """Yield each order of which all is known, with what the office did to it."""
        for bought in self.orders:
            acts = [one for one in self.acts if one.order_id == bought.order_id]
            if bought.order_id not in self.unsure and all(one.ended is not None for one in acts):
                yield bought, acts

    def paid_for(self, bought: Bought) -> list[TillPaid]:
        """Return what tills have paid for an order's tickets."""
        ids = {card.ticket_id for card in bought.cards}
        return [one for one in self.at_till if one.ticket_id in ids]

    def count_taken(self) -> tuple[int, int]:
        """Count the tickets that are taken for certain, and those that may be."""
        taken = {card.ticket_id for one in self.orders for card in one.cards}
        certain = set()
        for bought, acts in self.sure():
            gone = {one.ticket_id for one in self.paid_for(bought)}
            for act in acts:
                if act.is_done and act.is_ending:
                    gone |= {card.ticket_id for card in act.cards}
            taken -= gone
            certain |= {card.ticket_id for card in bought.cards} - gone
        return len(certain) + self.at_till_left, len(taken) + self.at_till_left

    def is_named(self, bought: Bought) -> bool:
        """Tell whether a person is told of an order's money."""
        ids = {card.ticket_id for card in bought.cards}
        return any(
            one.ticket_id in ids and one.disposition != "withdrawn"
            for one in self.ledger.conflicts
        )


def check_ended(evidence: PaidBackEvidence) -> Iterator[str]:
    """Yield each ticket that lets in though it was ended, or does not though nobody has."""
    for bought, acts in evidence.sure():
        paid = {one.ticket_id for one in evidence.paid_for(bought)}
        for card in bought.cards:
            mine = [one for one in acts if one.is_done and card in one.cards]
            endings = [one for one in mine if one.is_ending]
            blocked = [one.what for one in mine if not one.is_ending]
            visit = evidence.lamps[card.ticket_id]
            if visit.is_green and endings:
                yield f"{visit}: let in after {endings[0]}"
            if visit.is_green and card.ticket_id in paid:
                yield f"{visit}: let in, and a till has paid it back"
            is_good = not endings and card.ticket_id not in paid
            reason = "" if visit.answer is None else visit.answer.reason
            if bought.order_id in evidence.forgotten and reason == "cancelled":
                continue  # its money went back: the gate knows of that, and an older copy does not
            if is_good and visit.is_green != (blocked[-1:] != ["block"]):
                yield f"{visit}: nobody has ended it, and it was last {blocked[-1:]}"


def check_money(evidence: PaidBackEvidence) -> Iterator[str]:
    """Yield each order of which not just that goes back which its ended tickets have cost."""
    for bought, acts in evidence.sure():
        paid = evidence.paid_for(bought)
        endings = [one for one in acts if one.is_done and one.is_ending]
        gone = {one.ticket_id for one in paid}
        gone |= {card.ticket_id for one in endings for card in one.cards}
        at_till = sum(one.amount_minor for one in paid)
        sent = sum(one.amount_minor for one in acts if one.what == "pay_out" and one.is_done)
        waits = int(evidence.accounts[bought.order_id]["open_minor"])
        back, due = at_till + sent + waits, PRICE * len(gone)
        name = f"order {bought.order_id}: {at_till} by tills, {sent} by the office, {waits} to go"
        if back < due:
            yield f"{name}, of {due} for {len(gone)} that were ended"
        if back <= due:
            continue
        is_excused = any(one.is_forced for one in endings)
        is_excused = is_excused or bought.order_id in evidence.forgotten
        if not is_excused and all(one.mode != OFFLINE for one in paid):
            yield f"{name}, and {due} were to go back: nobody has gone on against a till"
        if not evidence.is_named(bought):
            yield f"{name}, and {due} were to go back: nobody is told"


def check_books(evidence: PaidBackEvidence) -> Iterator[str]:
    """Yield each order whose books say otherwise, by tender, than what was handed out."""
    for bought, acts in evidence.sure():
        account = evidence.accounts[bought.order_id]
        if int(account["paid_minor"]) != PRICE * len(bought.cards):
            yield f"order {bought.order_id}: {account['paid_minor']} were paid by its books"
        handed: dict[str, int] = {}
        for one in evidence.paid_for(bought):
            handed[one.tender] = handed.get(one.tender, 0) + one.amount_minor
        for act in acts:
            if act.what == "pay_out" and act.is_done:
                handed[bought.tender] = handed.get(bought.tender, 0) + act.amount_minor
        booked = int(account["paid_out_minor"])
        if booked != sum(handed.values()):
            yield f"order {bought.order_id}: {handed} went back, {booked} by its books"
        for payout in account["payouts"]:
            if payout["tender"] not in handed:
                yield f"order {bought.order_id}: {payout['tender']} went back by its books alone"
    yield from evidence.wrong


def check_stock(evidence: PaidBackEvidence) -> Iterator[str]:
    """Yield what is for sale twice, though it came back once, and what came back and is not."""
    least, most = evidence.count_taken()
    if not evidence.sells_rest:
        yield f"{LIMIT - most} tickets of {LIMIT} are nobody's, and the office cannot sell them"
    if evidence.sells_more:
        yield f"at most {LIMIT - least} tickets of {LIMIT} are nobody's, and the office sells more"


def check_named(evidence: PaidBackEvidence) -> Iterator[str]:
    """Yield each ticket that somebody is accused of, and both took it away by right.

    A till that was granted it, whatever has been forgotten since, bears the ledger's own word.
    """
    for conflict in evidence.ledger.conflicts:
        if conflict.ticket_id is None:
            if conflict.kind not in OF_CLOCKS:
                yield f"conflict {conflict.kind} of {conflict.device_id}, for nothing"
            continue
        for bought, acts in evidence.sure():
            if all(card.ticket_id != conflict.ticket_id for card in bought.cards):
                continue
            is_excused = any(one.is_forced and one.is_done for one in acts)
            is_excused = is_excused or bought.order_id in evidence.forgotten
            if not is_excused and all(one.mode != OFFLINE for one in evidence.paid_for(bought)):
                yield f"order {bought.order_id}: conflict {conflict.kind}, for nothing"


async def judge_paid_back(evening: PaidBack) -> list[Violation]:
    """Come to the gate with everything, read journals and books, and run every check."""
    ledger = await view_ledger(evening.server, evening.site.event_id)
    accounts = {one.order_id: await evening.read_account(one) for one in evening.orders}
    await evening.come()
    if unrest := await evening.rest():
        return [Violation("live", f"paid back: {unrest}")]
    acts, unsure = _remembered(evening.acts, evening.put_back)
    evidence = PaidBackEvidence(
        orders=evening.orders,
        acts=acts,
        unsure=unsure,
        forgotten={
            one.order_id
            for one in evening.acts
            if one not in acts and one.may_be_done and one.what not in {"block", "let_go"}
        },
        at_till=_read_till(evening),
        accounts=accounts,
        lamps={one.card.ticket_id: one for one in evening.visits},
        ledger=ledger,
        wrong=evening.owner.refused,
        at_till_left=await evening.count_at_tills(),
    )
    least, most = evidence.count_taken()
    evidence.sells_rest = most >= LIMIT or await evening.can_buy(LIMIT - most)
    evidence.sells_more = await evening.can_buy(most - least + 1)
    return run_checks(
        "paid back", evidence, check_ended, check_money, check_books, check_stock, check_named
    )


def _remembered(
    acts: list[OfficeAct], put_back: list[PutBack]
) -> tuple[list[OfficeAct], set[str]]:
    """Leave out what an older copy has forgotten; names the orders of which that is not sure."""
    unsure: set[str] = set()
    kept = []
    for act in acts:
        ended = act.ended
        lost = [one for one in put_back if act.began <= one.at and (ended or one.at) > one.copied]
        if not lost:
            kept.append(act)
        elif act.may_be_done and any(
            act.began < one.copied or (ended or one.at) >= one.at for one in lost
        ):
            unsure.add(act.order_id)
    return kept, unsure


def _read_till(evening: PaidBack) -> list[TillPaid]:
    """Read what the till has paid back, by its journal."""
    bodies = [held.body for held in evening.read_journals().values()]
    gone = {one.claim_id for one in bodies if isinstance(one, ReleaseBody)}
    return [
        TillPaid(
            ticket_id=one.ticket_id,
            amount_minor=one.amount_minor,
            tender=one.tender,
            mode=one.mode,
        )
        for one in bodies
        if isinstance(one, WithdrawalBody) and one.claim_id not in gone
    ]
