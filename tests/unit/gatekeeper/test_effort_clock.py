"""A busy machine reads the same pictures as an idle one: effort is work, not time that passed."""

from __future__ import annotations

import pytest

from command_line.clock_and_randomness import SystemClock
from gatekeeper.this_machine import EffortClock
from shared.kernel.instant import MINUTE


def test_time_in_which_nothing_was_done_counts_for_a_fifth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever works beside others gets five times as long, and no longer."""
    effort = EffortClock()
    before = SystemClock().monotonic()
    monkeypatch.setattr(SystemClock, "monotonic", lambda _self: before + 5 * MINUTE)
    assert MINUTE <= effort.monotonic() < MINUTE + MINUTE // 10
