"""A busy machine reads the same pictures as an idle one: effort is work, not time that passed."""

from __future__ import annotations

import time

from gatekeeper.system import EffortClock, SystemClock


def test_time_in_which_nothing_was_done_counts_for_a_fifth() -> None:
    """Whoever works beside others gets five times as long, and no longer."""
    before, effort, wall = SystemClock().monotonic(), EffortClock(), SystemClock()
    after = wall.monotonic()
    time.sleep(0.02)  # as if others had the processor
    least = wall.monotonic() - after
    counted = effort.monotonic()
    most = wall.monotonic() - before
    assert least // EffortClock.WAIT_MAX - 1 <= counted < most // 2
