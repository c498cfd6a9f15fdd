"""What a terminal has taken in a shift, also where the shift before left its own there."""

from __future__ import annotations

import pytest

from gatekeeper.terminals.terminal_day import DaySum


def sum_of(day: DaySum) -> int:
    return day.settled_minor + day.running_minor


@pytest.mark.parametrize("card", [0, 2_500, 5_000, 8_000, 20_000])
@pytest.mark.parametrize("over", [0, 1_200, -300])
@pytest.mark.parametrize("is_settled", [True, False])
def test_what_a_shift_has_left_in_the_terminals_day_is_not_the_next_ones(
    card: int, over: int, *, is_settled: bool
) -> None:
    """Whether the terminal goes on with that day, or has settled it by itself meanwhile."""
    left = DaySum("s1").as_left(5_000)
    runs = card + over + (0 if is_settled else 5_000)
    assert sum_of(left.of_shift("s2").with_running(max(0, runs), card)) == max(0, runs) - (
        0 if is_settled else 5_000
    )


def test_what_several_shifts_have_left_adds_up() -> None:
    """The terminal was off for two evenings."""
    second = DaySum("s1").as_left(5_000).of_shift("s2").as_left(3_000)
    assert sum_of(second.of_shift("s3").with_running(9_000, 1_000)) == 1_000
    assert sum_of(second.of_shift("s3").with_running(1_000, 1_000)) == 1_000


def test_a_close_that_is_done_after_all_leaves_nothing() -> None:
    """It was tried, and the terminal was asked the second time."""
    day = DaySum("s1").as_left(5_000).of_shift("s1").with_running(5_000, 5_000)
    assert sum_of(day) == 5_000
    assert sum_of(day.of_shift("s2").with_running(700, 700)) == 700
