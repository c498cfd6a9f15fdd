"""A device's pace: a burst, then so many a minute."""

from __future__ import annotations

import pytest

from shared.admission.pace import BURST, NO_LIMIT, PACE_DEFAULT, PaceLimit
from shared.kernel.instant import MINUTE, SECOND, Duration

START = Duration(0)


def let_in(
    limit: PaceLimit, tries: int, *, mark: Duration = START, now: Duration = START
) -> tuple[int, Duration]:
    """Let in at one instant as long as there is one left; returns how many, and the mark."""
    admitted = 0
    for _ in range(tries):
        if limit.left(mark, now) == 0:
            break
        mark = limit.passed(mark, now)
        admitted += 1
    return admitted, mark


def test_burst_passes_at_once_and_no_more() -> None:
    """The 301st of one instant is a person's business."""
    assert let_in(PaceLimit(), 2 * BURST)[0] == BURST


@pytest.mark.parametrize("per_minute", [1, 7, PACE_DEFAULT, 1_000])
def test_so_many_come_back_in_a_minute(per_minute: int) -> None:
    """And never more than the burst, however long nobody came."""
    limit = PaceLimit(per_minute)
    _, mark = let_in(limit, BURST)
    again, _ = let_in(limit, 2 * BURST, mark=mark, now=MINUTE)
    assert again == min(per_minute, BURST)
    assert let_in(limit, 2 * BURST, mark=mark, now=1_000 * MINUTE)[0] == BURST


def test_fast_lane_is_never_stopped() -> None:
    """Two a second for an hour, after a burst."""
    limit = PaceLimit()
    mark = START
    for number in range(2 * 3_600):
        now = number * SECOND // 2
        assert limit.left(mark, now) != 0
        mark = limit.passed(mark, now)


def test_load_generator_has_no_limit() -> None:
    """However many it lets in."""
    limit = PaceLimit(NO_LIMIT)
    assert limit.left(limit.passed(START, START, 10**6), START) is None
