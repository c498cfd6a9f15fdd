"""Until when a ticket may get another holder."""

from __future__ import annotations

import pytest

from shared.kernel.instant import Instant
from shared.sales.transfer_terms import may_be_passed_on

END = Instant(1_000)


@pytest.mark.parametrize(
    ("until", "at", "may"),
    [
        (None, END, True),
        (END, Instant(END - 1), True),
        (END, END, False),
        (Instant(0), Instant(0), False),
    ],
)
def test_the_end_of_passing_on_is_not_included(
    until: Instant | None, at: Instant, *, may: bool
) -> None:
    """For good, to the instant before the end, and never."""
    assert may_be_passed_on(until, at) is may
