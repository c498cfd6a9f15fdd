"""A clock that moves only when a test says so."""

from __future__ import annotations

from shared.kernel.instant import Duration, Instant, parse_instant

DEFAULT_START: Instant = parse_instant("2026-07-04T17:00:00Z")


class ManualClock:
    """A wall time and a monotonic time, moved together or apart.

    Fulfils `shared.kernel.ports.Clock`.
    """

    def __init__(self, wall: Instant = DEFAULT_START, monotonic: Duration = Duration(0)) -> None:
        self._wall = wall
        self._monotonic = monotonic

    def wall(self) -> Instant:
        """Return the wall time, which a test may have set anywhere."""
        return self._wall

    def monotonic(self) -> Duration:
        """Return the time since the start, which only grows."""
        return self._monotonic

    def advance(self, duration: Duration) -> None:
        """Let time pass on both clocks."""
        assert duration >= 0, "time passes forward; use step_wall for a jump"
        self._wall += duration
        self._monotonic += duration

    def step_wall(self, duration: Duration) -> None:
        """Make the wall clock jump, forward or back, while no time passes."""
        self._wall += duration

    def set_wall(self, wall: Instant) -> None:
        """Set the wall clock to an instant, while no time passes."""
        self._wall = wall

    def reboot(self) -> None:
        """Start the monotonic clock anew, as a restarted machine does."""
        self._monotonic = Duration(0)
