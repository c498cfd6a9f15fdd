"""Whatever is pressed in whatever order, the till's window has a page to show."""

from __future__ import annotations

import copy
import random

import pytest

from gatekeeper.boxoffice.answers import ExchangeAnswer, TicketOutcome, TillAnswer
from gatekeeper.boxoffice.finding_past_sales import TicketLook
from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterAnswer, AfterRequest
from gatekeeper.boxoffice.shift_requests import ShiftAnswer, ShiftRequest
from gatekeeper.boxoffice.till_requests import SellRequest, TicketExchangeRequest
from gatekeeper.presenters.till.presenter import TillPresenter
from gatekeeper.presenters.till.state import TillScreen
from gatekeeper.presenters.till.window_requests import (
    AddGuest,
    Answer,
    AskWorth,
    FoundCode,
    ListSales,
    LookAt,
    LookUp,
    Orders,
    Park,
    Parked,
    PersonAtTill,
    Request,
    Sales,
    Settled,
    SettleSale,
    TakenUp,
    TakeUp,
    Unlock,
    Worth,
)
from gatekeeper.supervisor.unlocking_and_locking_again import Badge, UnlockAnswer
from shared.sales.sale_refusals import SaleReason
from tests.factories.strength import sized
from tests.factories.till_facts import ORDERS, PAST, SALE, X_REPORT
from tests.factories.till_screens import till_states

STATES = list(till_states())
PRESSES = 40
ALWAYS = ("back", "enter", "erase", "digit:1", "letter:Q", "letter: ", "plus:99", "order:99")
LOOK = TicketLook(code="1", ticket_id="beef30a1c2d4e5f0", ticket_type="Stalls", sale=PAST[0])
LOOKED_UP: tuple[Answer, ...] = (
    Orders(()),
    Orders(ORDERS),
    Orders(ORDERS[:1]),
    Orders((), SaleReason.NOT_ALLOWED.value),
    FoundCode(ticket=LOOK),
)
FOUND: tuple[Answer, ...] = (
    FoundCode(),
    FoundCode(person=PersonAtTill("ca_x", "Noor")),
    FoundCode(badge=Badge("sv_1", "Jo")),
    FoundCode(ticket=LOOK),
)


def sold(chance: random.Random) -> TillAnswer:
    if chance.random() < 0.5:
        return TillAnswer(reason=SaleReason.OK, mode="online", sale=SALE)
    reasons = [one for one in SaleReason if one is not SaleReason.OK]
    return TillAnswer(reason=chance.choice(reasons), mode="offline")


def taken_back(chance: random.Random, request: AfterRequest) -> AfterAnswer:
    count = chance.randint(0, len(request.ticket_ids) or 1)
    last = chance.choice(("ok", "supervisor", "cancelled"))
    tickets = tuple(
        TicketOutcome(
            ticket_id=f"beef{number:012x}",
            reason=last if number == count - 1 else "ok",
            digits="1",
            manual_code="7K2M",
        )
        for number in range(count)
    )
    reason = last if tickets else chance.choice(("unknown_ticket", "not_allowed", "check_id"))
    return AfterAnswer(reason=reason, mode="online", tickets=tickets, tender="cash")


def exchanged(chance: random.Random) -> ExchangeAnswer:
    sale = sold(chance)
    if sale.is_ok:
        return ExchangeAnswer(
            reason="ok", mode="online", sale=sale, tender="cash", paid_out_by={"cash": 100}
        )
    reason = chance.choice(("not_allowed", "supervisor", "cancelled"))
    return ExchangeAnswer(reason=reason, mode="offline", sale=chance.choice((None, sale)))


def answer_to(chance: random.Random, request: Request) -> Answer:
    """Answer as an engine may, whether it was done or not."""
    match request:
        case SellRequest() | SettleSale() | AddGuest():
            return sold(chance)
        case TicketExchangeRequest():
            return exchanged(chance)
        case AfterRequest():
            return taken_back(chance, request)
        case ShiftRequest():
            sums = X_REPORT.sums if request.act == "x" else None
            return ShiftAnswer(ok=chance.random() < 0.5, sums=sums)
        case Unlock():
            return UnlockAnswer(is_right=chance.random() < 0.5, tries_left=3)
        case Park():
            return Parked("a" * 32)
        case TakeUp():
            return TakenUp(None)
        case _:
            return look_for(chance, request)


def look_for(chance: random.Random, request: Request) -> Answer:
    """Answer what is only looked up."""
    match request:
        case LookUp():
            return chance.choice(LOOKED_UP)
        case LookAt():
            return chance.choice(FOUND)
        case AskWorth():
            return chance.choice((Worth(5_000), Worth(), Worth(reason="unknown_ticket")))
        case ListSales():
            return Sales(chance.choice(((), PAST)))
        case _:
            return Settled()


def offered(screen: TillScreen) -> list[str]:
    """Return the keys that can be pressed, and those that a keyboard always has."""
    buttons = [one.key for one in (*screen.ways, *screen.foot) if one.is_enabled]
    return [*buttons, *(one.key for one in screen.rows if one.key), *ALWAYS]


@pytest.mark.parametrize("seed", sized(range(1), range(3)))
def test_there_is_a_page_whatever_was_pressed_and_answered(seed: int) -> None:
    """From every page on, by every way; badges and tickets are scanned in between."""
    chance = random.Random(seed)
    for _, state in STATES:
        desk = TillPresenter()
        for field, value in vars(state).items():
            setattr(desk.state, field, copy.copy(value))
        screen = desk.screen()
        for _ in range(PRESSES):
            if chance.random() < 0.1:
                request = desk.take_code(chance.choice(("GKC1-NOOR", "1234", "")))
            else:
                request = desk.press(chance.choice(offered(screen)))
            while request is not None:
                request = desk.take(request, answer_to(chance, request))
            screen = desk.screen()
            assert screen.step is desk.state.step
