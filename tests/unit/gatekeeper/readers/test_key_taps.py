"""Taps of fingers, told from what scanners type."""

from __future__ import annotations

import pytest

from gatekeeper.readers.key_taps import CERTAIN_AFTER, KEY_HELD_MIN, HoldJudge, Press, TapJudge
from shared.kernel.instant import MILLISECOND, Duration

START = 5_000_000


def press(at_ms: int, code: int = 76) -> Press:
    return Press(code, 0, "l", Duration(START + at_ms * MILLISECOND))


@pytest.mark.parametrize(("held_ms", "is_tap"), [(1, False), (39, False), (40, True), (300, True)])
def test_a_key_is_a_tap_if_it_was_held_long_enough(held_ms: int, is_tap: bool) -> None:
    """Fingers rest on a key for tens of milliseconds, scanners do not."""
    judge = TapJudge()
    judge.press(press(0))
    judge.release(76, Duration(START + held_ms * MILLISECOND))
    assert (judge.settle(Duration(START + 400 * MILLISECOND)) is not None) == is_tap


def test_a_key_that_is_still_down_is_a_tap() -> None:
    """Nobody has to let go before it acts."""
    judge = TapJudge()
    judge.press(press(0))
    assert CERTAIN_AFTER >= KEY_HELD_MIN
    assert judge.settle(Duration(START + CERTAIN_AFTER)) == press(0)


def test_each_tap_is_told_once() -> None:
    """A tap acts once, however often it is asked for."""
    judge = TapJudge()
    judge.press(press(0))
    judge.settle(Duration(START + CERTAIN_AFTER))
    assert judge.settle(Duration(START + 2 * CERTAIN_AFTER)) is None


@pytest.mark.parametrize("gap_ms", [0, 1, 50])
def test_keys_near_each_other_are_no_taps(gap_ms: int) -> None:
    """Neither the first nor the second of two keys at a scanner's speed acts."""
    judge = TapJudge()
    assert not judge.press(press(0))
    assert judge.press(press(gap_ms, code=13))
    assert judge.settle(Duration(START + 500 * MILLISECOND)) is None


def test_keys_of_a_person_are_judged_apart() -> None:
    """A key after a pause is a tap of its own."""
    judge = TapJudge()
    judge.press(press(0))
    assert not judge.press(press(200, code=70))
    judge.release(70, Duration(START + 290 * MILLISECOND))
    assert judge.settle(Duration(START + 300 * MILLISECOND)) == press(200, code=70)


def test_a_key_that_rests_is_a_hold_when_its_time_has_come() -> None:
    """A finger that rests on a key decides; it is told once, and not again when it lifts."""
    judge = HoldJudge()
    judge.press(press(0))
    assert judge.settle() == press(0)
    assert judge.release(76, Duration(START + 900 * MILLISECOND)) is None


@pytest.mark.parametrize(("held_ms", "is_hold"), [(90, False), (299, False), (300, True)])
def test_a_key_that_was_let_go_is_judged_by_its_own_times(held_ms: int, is_hold: bool) -> None:
    """However busy the window was, what counts is how long the key was down."""
    judge = HoldJudge()
    judge.press(press(0))
    released = judge.release(76, Duration(START + held_ms * MILLISECOND))
    assert (released is not None) == is_hold
    assert judge.settle() is None


def test_a_second_key_ends_a_hold() -> None:
    """Two keys at once, or one after the other at a scanner's speed, decide nothing."""
    judge = HoldJudge()
    judge.press(press(0))
    judge.press(press(200, code=70))
    assert judge.settle() is None
    judge.press(press(220))
    assert judge.settle() is None
