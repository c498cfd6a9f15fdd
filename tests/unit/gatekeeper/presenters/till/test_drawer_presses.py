"""What a cashier keys in at the drawer, and what the till says of it."""

from __future__ import annotations

import pytest

from gatekeeper.boxoffice.shift_requests import OpenShift, ShiftAnswer, ShiftReason, ShiftRequest
from gatekeeper.presenters.till.presenter import TillPresenter
from gatekeeper.presenters.till.state import TillFacts, TillStep
from gatekeeper.presenters.till.window_requests import PersonAtTill, PrintRequest
from gatekeeper.wording.texts import TEXTS

NOOR = PersonAtTill("ca_noor", "Noor")


def drawer(step: TillStep, purpose: str = "") -> TillPresenter:
    """Return a till whose drawer is asked about."""
    till = TillPresenter()
    till.take_facts(TillFacts(event="Fair", currency="EUR"))
    till.state.person = PersonAtTill("ca_mara", "Mara")
    till.state.purpose, till.state.receiver = purpose, NOOR
    till.state.counted = ShiftAnswer(ok=True, counted_minor=0)
    till.state.go(step)
    return till


@pytest.mark.parametrize(
    ("step", "purpose"),
    [
        (TillStep.FLOAT, ""),
        (TillStep.COUNT, ""),
        (TillStep.COUNT, "hand_over"),
        (TillStep.AMOUNT, "terminal"),
        (TillStep.AMOUNT, "left"),
        (TillStep.AMOUNT, "paid_out"),
        (TillStep.AMOUNT, "drop"),
    ],
)
def test_an_enter_before_anything_is_keyed_in_counts_nothing(step: TillStep, purpose: str) -> None:
    """Nor does it show what a blind count is to find."""
    till = drawer(step, purpose)
    assert till.press("enter") is None
    assert till.state.step is step
    assert till.screen().note == TEXTS.say("till.nothing_keyed")
    till.press("digit:5")
    assert till.screen().note != TEXTS.say("till.nothing_keyed")
    till.press("erase")
    assert till.press("enter") is None
    assert till.state.step is step


@pytest.mark.parametrize(
    ("step", "purpose", "act"),
    [
        (TillStep.FLOAT, "", "open"),
        (TillStep.COUNT, "", "count"),
        (TillStep.COUNT, "hand_over", "count"),
    ],
)
@pytest.mark.parametrize(("keys", "amount"), [("0", 0), ("00", 0), ("05", 5), ("10", 10)])
def test_an_empty_drawer_is_a_zero_that_is_keyed_in(
    step: TillStep, purpose: str, act: str, keys: str, amount: int
) -> None:
    """Whichever of the two keys has it."""
    till = drawer(step, purpose)
    for key in (keys,) if keys == "00" else keys:
        till.press(f"digit:{key}")
    asked = till.press("enter")
    assert isinstance(asked, ShiftRequest)
    assert (asked.act, asked.amount_minor) == (act, amount)


def test_nothing_is_taken_out_where_zero_was_keyed_in() -> None:
    """It leads back to what is done at the drawer."""
    till = drawer(TillStep.AMOUNT, "paid_out")
    till.press("digit:0")
    assert till.press("enter") is None
    assert till.state.step is TillStep.MENU


@pytest.mark.parametrize(
    ("over", "key"),
    [(5_000, "till.float_more"), (-19_800, "till.float_less"), (0, ""), (None, "")],
)
def test_a_float_that_is_not_what_the_last_shift_left_is_told(over: int | None, key: str) -> None:
    """Two zeros too few are seen before the first sale, not at the close."""
    till = drawer(TillStep.FLOAT)
    for digit in "200":
        till.press(f"digit:{digit}")
    asked = till.press("enter")
    assert asked is not None
    till.take(asked, ShiftAnswer(ok=True, shift_id="5f" * 16, float_differs_minor=over))
    screen = till.screen()
    said = TEXTS.say(key, amount=till.state.spell(abs(over or 0))) if key else ""
    assert (screen.step, screen.note, screen.is_bad) == (TillStep.SELL, said, bool(key))


def test_a_slip_beyond_all_that_came_in_is_said_before_a_badge_is_asked_for() -> None:
    """Going back leads to where the amount is keyed in again; nothing was taken out."""
    till = drawer(TillStep.AMOUNT, "drop")
    for digit in ("5", "00", "00", "00"):
        till.press(f"digit:{digit}")
    asked = till.press("enter")
    assert isinstance(asked, ShiftRequest)
    till.take(asked, ShiftAnswer(ok=False, reason=ShiftReason.FAR_BEYOND))
    screen = till.screen()
    assert (screen.step, screen.is_bad) == (TillStep.ALLOW, True)
    assert screen.note == TEXTS.say("till.drawer.far_beyond")
    said, amount = TEXTS.say("till.act.drop"), till.state.spell(50_000_00)
    assert screen.title == TEXTS.beside(said, amount), "whoever allows it sees how much it is"
    till.state.step = TillStep.PIN
    assert [(row.text, row.amount) for row in till.screen().rows] == [(said, amount)]
    till.state.step = TillStep.ALLOW
    till.press("back")
    assert till.state.step is TillStep.AMOUNT
    assert till.state.typed == ""


def test_only_a_close_that_found_open_sales_names_them() -> None:
    """The next count asks for a plain close again: sales that are open then were not seen yet."""
    till = drawer(TillStep.COMPARED)
    asked = till.press("close")
    assert isinstance(asked, ShiftRequest)
    till.take(asked, ShiftAnswer(ok=False, reason=ShiftReason.OPEN_SALES))
    offered = [(one.key, one.is_main) for one in till.screen().foot]
    kept = [("count", False), ("close_named", False), ("open", True)]
    assert offered == kept, "the tired press what is filled, or the same place again"
    assert till.press("enter") is None
    assert till.state.step is TillStep.OPEN
    counted = ShiftRequest(act="count", amount_minor=0, cashier="ca_mara")
    till.take(counted, ShiftAnswer(ok=True, counted_minor=0, expected_minor=0))
    texts = {one.label for one in till.screen().foot}
    assert TEXTS.say("till.close_shift") in texts
    assert TEXTS.say("till.close_named") not in texts


def test_a_closed_shift_leaves_the_next_nothing_of_a_guest_who_has_gone() -> None:
    """The next shift's first guest was charged for what lay in the basket, or given its credit."""
    till = drawer(TillStep.COMPARED)
    till.state.counts, till.state.credit, till.state.why = {1: 2}, 2_500, "artist"
    asked = till.press("close")
    assert isinstance(asked, ShiftRequest)
    till.take(asked, ShiftAnswer(ok=False, reason=ShiftReason.NOT_COUNTED))
    assert till.state.counts == {1: 2}, "its guest may still be there"
    till.take(asked, ShiftAnswer(ok=True, z_number=1))
    state = till.state
    assert (state.counts, state.credit, state.giving, state.why) == ({}, 0, (), "")


@pytest.mark.parametrize(("key", "is_printed"), [("printed", True), ("reprint", False)])
@pytest.mark.parametrize("step", [TillStep.SELL, TillStep.MENU])
def test_a_paper_that_somebody_has_to_look_at_stands_among_the_tiles(
    step: TillStep, key: str, is_printed: bool
) -> None:
    """Before somebody answers nothing later is printed: it stood in the drawer's menu alone."""
    desk = drawer(step)
    assert "paper" not in {one.key for one in desk.screen().ways}
    desk.state.facts = desk.state.facts._replace(asked_job=7)
    if step is TillStep.SELL:
        assert "paper" in {one.key for one in desk.screen().ways}
        assert desk.press("paper") is None
    assert desk.press(key) == PrintRequest(7, is_printed)


@pytest.mark.parametrize(("purpose", "is_said"), [("", True), ("hand_over", False)])
def test_it_is_said_beforehand_that_a_close_leaves_nothing_to_sell(
    purpose: str, is_said: bool
) -> None:
    """Who changed over by closing, cut off, had a till that sold nothing more all evening."""
    till = drawer(TillStep.COMPARED, purpose)
    assert till.screen().foot[-1].hint == ""
    till.take_facts(till.state.facts._replace(is_emptied_by_close=True))
    said = TEXTS.say("till.emptied_by_close") if is_said else ""
    assert till.screen().foot[-1].hint == said


def test_it_is_said_beforehand_that_another_ones_drawer_takes_a_supervisor_to_close() -> None:
    """Who had only changed over in mid-queue counted it all, and then might not."""
    till = drawer(TillStep.COMPARED)
    for cashier, hint in (("ca_mara", ""), (NOOR.id, TEXTS.say("till.by_supervisor"))):
        shift = OpenShift(shift_id="5f" * 16, currency="EUR", cashier=cashier, opened_seq=1)
        till.take_facts(till.state.facts._replace(shift=shift))
        assert till.screen().foot[-1].hint == hint
