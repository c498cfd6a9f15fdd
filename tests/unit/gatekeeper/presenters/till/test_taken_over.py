"""A cashier's badge in the middle of what another one has begun."""

from __future__ import annotations

import pytest

from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterRequest
from gatekeeper.boxoffice.shift_requests import ShiftRequest
from gatekeeper.presenters.till.presenter import TillPresenter
from gatekeeper.presenters.till.state import TillStep
from gatekeeper.presenters.till.window_requests import PersonAtTill
from tests.factories.till_facts import ORDERS, PAST, facts

BEN, MARA = PersonAtTill("ca_ben", "Ben"), PersonAtTill("ca_mara", "Mara")


def at_work(person: PersonAtTill, step: TillStep) -> TillPresenter:
    till = TillPresenter()
    till.take_facts(facts())
    till.state.person, till.state.step = person, step
    return till


def test_who_pays_back_is_who_is_named_on_the_screen() -> None:
    """Not who has chosen the tickets, whose rights may reach further, or less far."""
    till = at_work(BEN, TillStep.SALE)
    till.state.past, till.state.picked = PAST[0], frozenset({PAST[0].tickets[0].ticket_id})
    till.press("back_why:mistake")
    till.take_person(MARA)
    asked = till.press("pay_back")
    assert isinstance(asked, AfterRequest)
    assert asked.cashier == MARA.id


def test_who_takes_cash_out_is_who_is_named_on_the_screen() -> None:
    """Between the amount and its reason another badge was shown."""
    till = at_work(BEN, TillStep.MENU)
    for key in ("cash_act:paid_out", "digit:5", "digit:00", "enter"):
        till.press(key)
    till.take_person(MARA)
    asked = till.press("why:purchase")
    assert isinstance(asked, ShiftRequest)
    assert (asked.amount_minor, asked.cashier) == (500, MARA.id)


@pytest.mark.parametrize("step", [TillStep.ORDERS, TillStep.ORDER])
def test_buyers_whom_one_cashier_has_found_are_not_shown_to_another(step: TillStep) -> None:
    """Whose right to find them it is, leaves with them; who shows a badge again stays there."""
    till = at_work(BEN, step)
    till.state.orders, till.state.order = ORDERS, ORDERS[0]
    till.take_person(BEN)
    assert till.screen().step is step
    till.take_person(MARA)
    assert till.screen().step is TillStep.SELL
    assert not till.state.orders
    assert till.state.order is None
