"""What is said of a supervisor before and while one allows what a cashier may not."""

from __future__ import annotations

import pytest

from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterRequest
from gatekeeper.presenters.till.approval_presses import begin_allowing
from gatekeeper.presenters.till.presenter import TillPresenter
from gatekeeper.presenters.till.state import TillStep
from gatekeeper.presenters.till.window_requests import (
    FoundCode,
    LookAt,
    PersonAtTill,
    Unlock,
    allowed_by,
)
from gatekeeper.supervisor.unlocking_and_locking_again import Badge, UnlockAnswer
from gatekeeper.wording.texts import TEXTS
from shared.sales.cashier_rights import CashierRights
from tests.factories.till_facts import PAST, facts

BADGE = Badge("sv_1", "Ottoline")


def choosing(rights: CashierRights) -> TillPresenter:
    """Return a till where a ticket of 24.00 that was paid in cash is chosen."""
    till = TillPresenter()
    till.take_facts(facts())
    till.state.person = PersonAtTill("ca_ben", "Ben", rights)
    till.state.past, till.state.step = PAST[0], TillStep.SALE
    till.state.picked = frozenset({PAST[0].tickets[0].ticket_id})
    return till


@pytest.mark.parametrize(("most", "is_said"), [(0, True), (1, True), (1_000_000, False)])
def test_it_is_said_beforehand_that_paying_back_takes_a_supervisor(
    most: int, *, is_said: bool
) -> None:
    """It was said of the other tender alone, as if this one took none."""
    till = choosing(CashierRights(sell=True, refund_minor=most))
    till.press("back_why:mistake")
    hints = {one.key: one.hint for one in till.screen().ways}
    assert (hints["pay_back"] == TEXTS.say("till.by_supervisor")) == is_said
    assert hints["pay_back:card"] == TEXTS.say("till.by_supervisor")


def test_a_pin_says_how_much_of_it_is_missing_and_that_it_is_looked_at() -> None:
    """A key that did nothing looked like one, and the last try's refusal stood there meanwhile.

    The places are as many as a drawn PIN has: six of them, all filled, led whoever has eight
    digits to press Allow, and cost a try.
    """
    till = choosing(CashierRights(sell=True))
    till.press("back_why:mistake")
    asked = till.press("pay_back")
    assert isinstance(asked, AfterRequest)
    begin_allowing(till.state, asked)
    till.take(LookAt("GKB1"), FoundCode(badge=BADGE))
    for digit in "48392":
        till.press(f"digit:{digit}")
    screen = till.screen()
    assert (screen.amount, screen.foot[-1].is_enabled) == ("●●●●●○○○", False)
    assert till.press("enter") is None
    till.press("digit:0")
    assert till.screen().foot[-1].is_enabled
    unlock = till.press("enter")
    assert isinstance(unlock, Unlock)
    till.take(unlock, UnlockAnswer(is_right=False, tries_left=4))
    assert till.screen().note == TEXTS.say("unlock.wrong", count=4)
    for digit in "483920":
        till.press(f"digit:{digit}")
    till.press("enter")
    assert till.screen().note == TEXTS.say("till.working")


def test_a_pin_allows_in_the_name_of_the_badge_that_it_was_typed_under() -> None:
    """Whose badge was shown while another's PIN was looked at had allowed it, without a PIN."""
    till = choosing(CashierRights(sell=True))
    till.press("back_why:mistake")
    asked = till.press("pay_back")
    assert isinstance(asked, AfterRequest)
    begin_allowing(till.state, asked)

    def type_pin() -> Unlock:
        for digit in "483920":
            till.press(f"digit:{digit}")
        unlock = till.press("enter")
        assert isinstance(unlock, Unlock)
        return unlock

    till.take(LookAt("GKB1"), FoundCode(badge=BADGE))
    first = type_pin()
    till.take(LookAt("GKB2"), FoundCode(badge=Badge("sv_2", "Pim")))
    till.press("digit:7")
    assert till.take(first, UnlockAnswer(is_right=True)) is None
    assert (till.state.step, till.state.typed, till.screen().note) == (TillStep.PIN, "7", "")
    till.press("erase")
    second = type_pin()
    allowed = till.take(second, UnlockAnswer(is_right=True))
    assert allowed is not None
    assert allowed_by(allowed) == "sv_2"
