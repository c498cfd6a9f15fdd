"""What is said of a supervisor before and while one allows what a cashier may not."""

from __future__ import annotations

import pytest

from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterRequest
from gatekeeper.boxoffice.shift_requests import ShiftRequest
from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.presenters.till.approval_presses import begin_allowing
from gatekeeper.presenters.till.presenter import TillPresenter
from gatekeeper.presenters.till.state import TillStep
from gatekeeper.presenters.till.window_requests import (
    Allowed,
    FoundCode,
    Lock,
    LookAt,
    PersonAtTill,
    SettleSale,
    Unlock,
    allowed_by,
)
from gatekeeper.supervisor.unlocking_and_locking_again import Badge, UnlockAnswer
from gatekeeper.terminals.printer_and_terminal import UseTerminal
from gatekeeper.wording.texts import TEXTS
from shared.admission.purpose import Purpose
from shared.kernel.ids import parse_ticket_id
from shared.sales.cashier_rights import CashierRights
from shared.sales.tenders import Tender
from tests.factories.till_facts import PAST, facts

BADGE = Badge("sv_1", "Ottoline")
IDS = tuple(parse_ticket_id(f"beef30a1c2d4e5f{place}") for place in range(2))
_MARKS = dict.fromkeys(map(ord, "\u2066\u2068\u2069\u2060"))


def plain(text: str) -> str:
    """Return a text without the marks that hold it together."""
    return text.translate(_MARKS).replace("\u00a0", " ")


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


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (ShiftRequest(act="no_sale"), "Open the drawer"),
        (ShiftRequest(act="close"), "Close shift"),
        (ShiftRequest(act="x"), "X report"),
        (ShiftRequest(act="approve", z_number=7), "Approve Z report 7"),
        (ShiftRequest(act="paid_out", amount_minor=500), "Take cash out · €5.00"),
        (ShiftRequest(act="hand_over", amount_minor=500), "Hand the drawer over · €5.00"),
        (ShiftRequest(act="tender_moved", tender_to="card"), "Correct payment: Card · €114.00"),
        (SellRequest(lines=(), tenders=()), "Total · €37.50"),
        (SellRequest(lines=(), tenders=(Tender(kind="comp"),)), "Give away · €37.50"),
        (AfterRequest(purpose=Purpose.REPRINT, ticket_ids=IDS), "2 × Print again"),
        (AfterRequest(purpose=Purpose.HAND_OVER, code="1"), "Hand over"),
        (SettleSale("give_up", "sale"), "Cancel sale"),
        (UseTerminal("zvt:192.168.1.70", "ca_ben"), "Card terminal · zvt:192.168.1.70"),
    ],
)
def test_whoever_allows_sees_what(request_: Allowed, said: str) -> None:
    """But for money out of the drawer they were shown the word 'Supervisor's badge' alone."""
    till = choosing(CashierRights(sell=True))
    till.state.counts[1] = 3
    begin_allowing(till.state, request_)
    assert plain(till.screen().title) == said
    till.take(LookAt("GKB1"), FoundCode(badge=BADGE))
    assert [plain(TEXTS.beside(one.text, one.amount)) for one in till.screen().rows] == [said]


def test_a_badge_that_is_withdrawn_before_its_pin_is_nobodys() -> None:
    """The PIN was called wrong, and each try counted against the till's next supervisor."""
    till = choosing(CashierRights(sell=True))
    begin_allowing(till.state, ShiftRequest(act="no_sale"))
    till.take(LookAt("GKB1"), FoundCode(badge=BADGE))
    for digit in "483920":
        till.press(f"digit:{digit}")
    unlock = till.press("enter")
    assert isinstance(unlock, Unlock)
    assert till.take(unlock, UnlockAnswer(is_right=False, is_withdrawn=True)) == Lock()
    assert till.state.step is TillStep.ALLOW
    assert till.screen().note == TEXTS.say("till.badge_unknown")
