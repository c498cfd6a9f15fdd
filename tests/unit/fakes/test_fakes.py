"""The fakes keep the promises of the ports that they stand for."""

from __future__ import annotations

from shared.kernel.instant import HOUR, SECOND
from shared.kernel.ports import Clock, Entropy
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy


def test_manual_clock_moves_both_times_when_advanced() -> None:
    """Time that passes shows on the wall and in the monotonic clock."""
    clock = ManualClock()
    port: Clock = clock
    wall, monotonic = port.wall(), port.monotonic()
    clock.advance(5 * SECOND)
    assert port.wall() - wall == port.monotonic() - monotonic == 5 * SECOND


def test_manual_clock_keeps_its_monotonic_time_when_the_wall_jumps() -> None:
    """A wall clock that is set back takes no time."""
    clock = ManualClock()
    wall, monotonic = clock.wall(), clock.monotonic()
    clock.step_wall(-HOUR)
    assert clock.wall() == wall - HOUR
    assert clock.monotonic() == monotonic


def test_seeded_entropy_repeats_itself_for_the_same_seed_only() -> None:
    """A run can be repeated from its seed, and two seeds have nothing in common."""
    first, again, other = SeededEntropy(1), SeededEntropy(1), SeededEntropy(2)
    port: Entropy = first
    drawn = [port.random_bytes(16) for _ in range(100)]
    assert drawn == [again.random_bytes(16) for _ in range(100)]
    assert len({*drawn, *(other.random_bytes(16) for _ in range(100))}) == 200
