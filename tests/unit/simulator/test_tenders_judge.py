"""What the judge of moved tenders says of a ticket that a till and the office take back."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import msgspec
import pytest

from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import ClaimId, DeviceId, TicketId, ZoneId
from simulator.further_events.ended_keys_and_copied_events.ground import Site
from simulator.further_events.moved_tenders.checks import (
    TendersEvidence,
    check_accused,
    check_back,
)
from simulator.further_events.moved_tenders.evening import Tenders
from simulator.further_events.moved_tenders.record import CASH, PRICE, Purchase
from simulator.further_events.second_event.owner import Owner
from simulator.judging.ledger_and_device_views import LedgerConflict, LedgerView
from simulator.kernel.stage import Stage

FIRST, SECOND = TicketId(1), TicketId(2)
PAID_BACK = WithdrawalBody(
    claim_id=ClaimId("dv_1.1"),
    ticket_id=FIRST,
    generation=0,
    purpose="refund",
    mode="offline",
    reason="ill",
    amount_minor=PRICE,
    tender=CASH,
)
NOTHING_OWED = (409, {"detail": "Only 0 minor units are owed back."})
SENT = (201, [{"amount_minor": PRICE, "tender": CASH}])
EMPTY = LedgerView(
    epoch=1,
    head=0,
    tickets={},
    uses={},
    entries={},
    forks={},
    refusals={},
    conflicts=[],
    feed=[],
    pending_effects=0,
    inside={},
    shares={},
)
Found = TypeVar("Found")


class AtOffice(Tenders):
    """The office of an evening at which everything else is said by the test."""

    def __init__(self, at_till: list[WithdrawalBody], answer: tuple[int, Any]) -> None:
        """Let the till have so much on record, and the server answer whoever sends money."""
        # Of an evening that is played there is a whole world: here its records alone.
        self.wrong: list[str] = []
        self._at_till, self._answers = at_till, iter([(200, None), answer])
        self.site = cast("Site", SimpleNamespace(path="/events/1"))
        self.owner = cast("Owner", SimpleNamespace(attempt=self._attempt))

    async def _attempt(self, *_asked: object) -> tuple[int, Any]:
        return next(self._answers)

    async def _find_order(self, one: Purchase) -> None:
        one.order_id = "or_1"

    async def _find(self, kind: type[Found], is_it: Callable[[Found], bool]) -> Found | None:
        bodies = [one for one in self._at_till if isinstance(one, kind) and is_it(one)]
        return bodies[0] if bodies else None

    def _note(self, what: str) -> None:
        pass


def bought(*tickets: TicketId) -> Purchase:
    """Sell tickets for cash."""
    paid = Counter({CASH: PRICE * len(tickets)})
    return Purchase(sale_id="7" * 32, tickets=tickets, paid=paid, keyed=paid, shift=1)


def take_back(one: Purchase, at_till: list[WithdrawalBody], answer: tuple[int, Any]) -> AtOffice:
    """Let the office take the one ticket back that is left, and send its money."""
    office = AtOffice(at_till, answer)
    dice = Stage("office").dice.stream("office")
    asyncio.run(office._give_back_at_office(one, dice))
    return office


def judge(one: Purchase, office: AtOffice, *named: TicketId) -> list[str]:
    """Say what is found where such tickets are named as paid twice."""
    conflicts = [
        LedgerConflict(
            id=f"cf_{ticket}",
            kind="paid_out_twice",
            subject=f"{ticket:016x}",
            ticket_id=ticket,
            zone_id=ZoneId(""),
            device_id=DeviceId(""),
            disposition="open",
            sides=frozenset(),
            evidenced=frozenset(),
        )
        for ticket in named
    ]
    evidence = TendersEvidence(
        purchases=[one],
        told=[],
        counter=[],
        accounts={one.sale_id: {"open_minor": 0}},
        report={},
        shifts=[],
        ledger=msgspec.structs.replace(EMPTY, conflicts=conflicts),
        wrong=office.wrong,
        has_true_server=True,
    )
    return [*check_back(evidence), *check_accused(evidence)]


def test_debt_that_a_till_has_paid_before_the_office_could_is_paid_once() -> None:
    """The till was cut off, and its journal came before the office's word, which is late."""
    one = bought(FIRST)
    office = take_back(one, [PAID_BACK], NOTHING_OWED)
    one.back[FIRST] = PRICE, CASH  # the cashier says so later: the till had died
    assert judge(one, office) == []
    assert judge(one, office, FIRST), "it was paid once, and the till is accused"


def test_money_that_neither_till_nor_office_gave_is_missed() -> None:
    """A server that owes what it took back, and refuses to send it, keeps the customer's money."""
    one = bought(FIRST)
    assert len(judge(one, take_back(one, [], NOTHING_OWED))) == 2


@pytest.mark.parametrize("amount", [0, PRICE - 1, 2 * PRICE])
def test_till_that_settles_a_debt_settles_all_of_it(amount: int) -> None:
    """What the customer was handed is counted, whatever is on record of it."""
    one = bought(FIRST)
    office = take_back(one, [PAID_BACK], NOTHING_OWED)
    if amount:
        one.back[FIRST] = amount, CASH
    assert judge(one, office)


def test_ticket_that_both_have_paid_for_is_named() -> None:
    """The office has sent what it owed, and the till, which was cut off, had paid it."""
    one = bought(FIRST)
    office = take_back(one, [PAID_BACK], SENT)
    one.back[FIRST] = PRICE, CASH
    assert judge(one, office)
    assert judge(one, office, FIRST) == []


def test_settled_debt_may_be_named_where_the_office_has_sent_money_of_the_same_sale() -> None:
    """No payout says which of a sale's tickets it is for."""
    one = bought(FIRST, SECOND)
    one.taken.add(SECOND)
    one.sent.append((PRICE, CASH))
    office = take_back(one, [PAID_BACK], NOTHING_OWED)
    one.back[FIRST] = PRICE, CASH
    assert judge(one, office) == judge(one, office, FIRST) == []
    assert judge(one, office, SECOND), "nobody but the office has paid that one"
