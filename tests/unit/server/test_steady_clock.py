"""The server's time goes on whatever the machine's clock does, until that has stood for hours."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.steady_clock import SLEWED_MAX, WAITS, YOUNG, SteadyClock
from shared.kernel.instant import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Duration
from tests.fakes.clock import ManualClock

AN_EVENING: Final = 2_000
"""Looks, of 10 s each: less than a step waits."""


def machine() -> ManualClock:
    """Give a machine that has run for a day."""
    clock = ManualClock()
    clock.advance(DAY)
    return clock


@given(
    steps=st.lists(st.integers(min_value=-2 * DAY, max_value=2 * DAY).map(Duration), max_size=8),
    pause=st.integers(min_value=0, max_value=10 * MINUTE).map(Duration),
)
def test_time_is_what_has_passed_whatever_steps_the_clock_takes(
    steps: list[Duration], pause: Duration
) -> None:
    """No step moves it by more than time services slew, nor one that is started later."""
    clock = machine()
    steady, began = SteadyClock(clock), clock.wall()
    passed = Duration(0)
    for step in steps:
        clock.step_wall(step)
        later = SteadyClock(clock, steady.state)
        clock.advance(pause)
        passed += pause
        slewed = len(steps) * (SLEWED_MAX + pause // 1_000)
        assert abs(steady.wall() - began - passed) <= slewed
        assert abs(later.wall() - steady.wall()) <= SLEWED_MAX + pause // 1_000


def test_time_goes_on_while_the_clock_stands_still() -> None:
    """And the clock is believed again once it is set right."""
    clock = machine()
    steady, began = SteadyClock(clock), clock.wall()
    for _ in range(AN_EVENING // 10):
        clock.advance(10 * SECOND)
        clock.step_wall(-10 * SECOND)
        steady.wall()
    assert steady.wall() - began == AN_EVENING * SECOND
    assert steady.held == -AN_EVENING * SECOND
    clock.step_wall(AN_EVENING * SECOND)
    clock.advance(10 * SECOND)
    assert steady.wall() == clock.wall()
    assert steady.held == 0


def test_what_a_time_service_slews_is_followed() -> None:
    """A clock that is drawn up by a part in two thousand is followed all the way."""
    clock = machine()
    steady = SteadyClock(clock)
    for _ in range(AN_EVENING):
        clock.advance(10 * SECOND)
        clock.step_wall(5 * MILLISECOND)
        assert abs(steady.wall() - clock.wall()) <= 5 * MILLISECOND
    assert steady.held == 0


@pytest.mark.parametrize("step", [-HOUR, HOUR])
def test_a_step_that_has_stood_for_longer_than_an_evening_is_believed(step: Duration) -> None:
    """A server that nobody starts again shows the right time the next day."""
    clock = machine()
    steady = SteadyClock(clock)
    clock.step_wall(step)
    waited = Duration(0)
    while steady.wall() != clock.wall():
        clock.advance(MINUTE)
        waited += MINUTE
    assert WAITS <= waited <= WAITS + 2 * MINUTE


def test_a_machine_without_a_battery_is_set_right_at_its_start() -> None:
    """It begins in 1970, and its time service comes a minute later, or after a day."""
    clock = ManualClock()
    right = clock.wall()
    for off, ran in ((-56 * 365 * DAY, MINUTE), (-56 * 365 * DAY, DAY), (HOUR, MINUTE)):
        clock = ManualClock(right + off)
        clock.advance(ran)
        steady = SteadyClock(clock)
        clock.advance(MINUTE)
        clock.set_wall(right)
        clock.advance(YOUNG // 2)
        assert steady.wall() == clock.wall()
        assert steady.held == 0


def test_a_server_that_is_started_again_believes_the_clock() -> None:
    """Whoever has set it right need not wait."""
    clock = machine()
    SteadyClock(clock)
    clock.step_wall(HOUR)
    assert SteadyClock(clock).wall() == clock.wall()


@pytest.mark.parametrize("off", [-7 * MINUTE, 7 * MINUTE])
def test_a_host_that_began_by_another_clock_keeps_it_when_its_own_is_set_right(
    off: Duration,
) -> None:
    """It is not off by as much the other way afterwards, however soon that is."""
    for clock in (machine(), ManualClock()):
        right = clock.wall()
        clock.step_wall(off)
        steady = SteadyClock(clock, ahead=-off)
        assert steady.wall() == right
        clock.advance(MINUTE)
        assert (steady.wall(), steady.held) == (right + MINUTE, 0)
        clock.step_wall(-off)
        for _ in range(3):
            clock.advance(WAITS)
            assert (steady.wall(), steady.held) == (clock.wall(), 0)


@pytest.mark.parametrize("between", [2 * SECOND, -7 * MINUTE, HOUR])
@pytest.mark.parametrize("own", [-56 * 365 * DAY, 74 * 365 * DAY, -2 * HOUR, 3 * MINUTE])
@pytest.mark.parametrize("ran", [MINUTE, DAY])
def test_a_host_that_is_set_right_is_never_off_by_what_it_was_behind_another(
    own: Duration, between: Duration, ran: Duration
) -> None:
    """Not even where that other clock, by which it began, is not right to the second."""
    clock = ManualClock()
    clock.advance(ran)
    right = clock.wall()
    clock.step_wall(own)
    steady = SteadyClock(clock, ahead=Duration(between - own))
    assert steady.wall() == right + between
    clock.step_wall(Duration(-own))
    for _ in range(WAITS // HOUR + 1):
        clock.advance(HOUR)
        assert abs(steady.wall() - clock.wall()) <= abs(between)
    assert steady.held == 0


def test_a_host_does_not_begin_with_the_time_of_a_database_whose_clock_was_never_set() -> None:
    """It would tell 1970 until it is started again."""
    clock = machine()
    assert SteadyClock(clock, ahead=Duration(-clock.wall())).wall() == clock.wall()
