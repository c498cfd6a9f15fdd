"""PINs cannot be guessed by patience, by taking turns, or by pulling the plug."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.supervisor.pin_tries import (
    PIN_PAUSE,
    PIN_PAUSE_MAX,
    PIN_TRIES_MAX,
    PinLimits,
    decode_limits,
    encode_limits,
)
from shared.kernel.errors import BadInput
from shared.kernel.instant import SECOND, Duration

ANN, BEN = "sv_ann", "sv_ben"
NOW = 7_000_000_000


def guess_wrong(limits: PinLimits, person: str, times: int, now: int = NOW) -> PinLimits:
    for _ in range(times):
        limits = limits.after_wrong(person, Duration(now))
    return limits


def test_five_wrong_guesses_are_a_pause_and_four_are_none() -> None:
    """The fifth wrong PIN closes the way for a minute."""
    assert guess_wrong(PinLimits(), ANN, PIN_TRIES_MAX - 1).wait(ANN, Duration(NOW)) == 0
    limits = guess_wrong(PinLimits(), ANN, PIN_TRIES_MAX)
    assert limits.wait(ANN, Duration(NOW)) == PIN_PAUSE
    assert limits.wait(ANN, Duration(NOW + PIN_PAUSE)) == 0


def test_each_pause_is_twice_as_long_up_to_an_hour() -> None:
    """Whoever goes on guessing waits longer and longer."""
    limits, now, waits = PinLimits(), NOW, []
    for _ in range(9):
        limits = guess_wrong(limits, ANN, PIN_TRIES_MAX, now)
        waits.append(limits.wait(ANN, Duration(now)))
        now += waits[-1]
    assert waits[:3] == [PIN_PAUSE, 2 * PIN_PAUSE, 4 * PIN_PAUSE]
    assert waits[-1] == PIN_PAUSE_MAX


def test_guessing_at_several_persons_is_limited_by_the_device() -> None:
    """Taking turns between badges gives no more tries."""
    limits = PinLimits()
    for number in range(PIN_TRIES_MAX):
        limits = limits.after_wrong(f"sv_{number}", Duration(NOW))
    assert limits.wait("sv_other", Duration(NOW)) == PIN_PAUSE


def test_a_right_pin_clears_what_was_held_against_person_and_device() -> None:
    """Who mistyped and then remembered starts with five tries again."""
    limits = guess_wrong(PinLimits(), ANN, 3).after_right(ANN)
    assert limits.tries_left(ANN) == PIN_TRIES_MAX
    assert limits.wait(ANN, Duration(NOW)) == 0


def test_a_right_pin_of_one_person_clears_nothing_of_another() -> None:
    """A colleague's own PIN does not buy tries at somebody else's."""
    limits = guess_wrong(PinLimits(), ANN, 4).after_right(BEN)
    assert limits.tries_left(ANN) == 1


def test_a_pause_goes_on_with_the_machine_and_begins_again_with_another_run_of_it() -> None:
    """No clock that is set ends one, or makes it longer; nor does a machine that was restarted."""
    limits = guess_wrong(PinLimits().resumed(7, Duration(NOW)), ANN, PIN_TRIES_MAX)
    later = Duration(NOW + PIN_PAUSE // 2)
    assert limits.resumed(7, later).wait(ANN, later) == PIN_PAUSE // 2
    for boot in (8, 0):
        assert limits.resumed(boot, Duration(0)).wait(ANN, Duration(0)) == PIN_PAUSE
    over = guess_wrong(limits, ANN, 1, NOW + PIN_PAUSE)
    assert over.resumed(8, Duration(0)).wait(ANN, Duration(0)) == 0


def test_limits_survive_the_disk() -> None:
    """Switching the gate off and on gives no new tries."""
    limits = guess_wrong(PinLimits(), ANN, PIN_TRIES_MAX)
    assert decode_limits(encode_limits(limits)) == limits
    assert decode_limits(None) == PinLimits()
    with pytest.raises(BadInput):
        decode_limits(b"{tampered")


@given(st.lists(st.tuples(st.sampled_from([ANN, BEN]), st.integers(0, 120)), max_size=200))
def test_no_strategy_gives_more_than_five_tries_a_minute(steps: list[tuple[str, int]]) -> None:
    """Whatever order and timing, within any minute at most five guesses are looked at."""
    limits, now = PinLimits(), NOW
    tried: list[int] = []
    for person, seconds in steps:
        now += seconds * SECOND
        if limits.wait(person, Duration(now)) == 0:
            limits = limits.after_wrong(person, Duration(now))
            tried.append(now)
    for start in tried:
        in_a_minute = [at for at in tried if start <= at < start + PIN_PAUSE]
        assert len(in_a_minute) <= 2 * PIN_TRIES_MAX - 1
    if len(tried) > PIN_TRIES_MAX:
        assert tried[PIN_TRIES_MAX] - tried[PIN_TRIES_MAX - 1] >= PIN_PAUSE
