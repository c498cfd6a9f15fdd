"""A node's two clocks: a wall clock that is wrong in its own way, and a monotonic one per start.

Source:
    TigerBeetle, src/testing/time.zig: drift and sudden steps of one machine's clock.
"""

from __future__ import annotations

from typing import Final

from shared.kernel.instant import Duration, Instant
from simulator.kernel.loop import SimLoop

PARTS: Final = 1_000_000


class SimClock:
    """One machine's clocks.

    Fulfils `shared.kernel.ports.Clock`. The monotonic clock drifts as the wall clock does, because
    one quartz drives both; steps move the wall clock alone.

    Attributes:
        skew: How far the wall clock was off from the beginning.
        steps: By how much it has jumped since, in order.
        boot: Which run of the machine this is; the runs of all machines bear other numbers.
    """

    def __init__(
        self,
        loop: SimLoop,
        *,
        start: Instant,
        skew: Duration = Duration(0),
        drift_ppm: int = 0,
        boot: int = 1,
        has_run: Duration = Duration(0),
    ) -> None:
        """Set the clock.

        Args:
            loop: Gives true time.
            start: True wall time when the world begins.
            skew: How far the wall clock is off from the beginning.
            drift_ppm: How many microseconds it gains in a second.
            boot: Which run of the machine this is; of no other machine either.
            has_run: For how long the machine has run when it is first looked at.
        """
        self._loop = loop
        self._start = start
        self.skew = self._skew = skew
        self.steps: list[Duration] = []
        self._drift_ppm = drift_ppm
        self._booted_at = Duration(loop.now_us - has_run)
        self.boot = boot

    def wall(self) -> Instant:
        """Return what the machine believes the time is."""
        return self._start + self._skew + self._run(self._loop.now_us)

    def monotonic(self) -> Duration:
        """Return microseconds since the machine's start."""
        return self._run(self._loop.now_us - self._booted_at)

    def true(self) -> Instant:
        """Return the world's true time; for checkers only."""
        return self._start + self._loop.now_us

    def step(self, duration: Duration) -> None:
        """Let the wall clock jump, either way."""
        self._skew += duration
        self.steps.append(duration)

    def set_right(self) -> None:
        """Let the wall clock jump to the true time, as whoever looks at it sets it."""
        self.step(Duration(self.true() - self.wall()))

    def skip(self, duration: Duration) -> None:
        """Let time pass of which nobody tells: both clocks of a running machine go on."""
        self._start = Instant(self._start + duration)
        self._booted_at = Duration(self._booted_at - duration)

    def reboot(self) -> None:
        """Start the monotonic clock anew; the wall clock goes on."""
        self._booted_at = self._loop.now_us
        self.boot += 1

    def _run(self, true: Duration) -> Duration:
        return true + true * self._drift_ppm // PARTS


class AheadClock:
    """The wall clock of a second host, ahead of the first one's by so much, whatever that does.

    Fulfils `shared.kernel.ports.Clock`.
    """

    def __init__(self, first: SimClock, apart: Duration) -> None:
        self._first, self._apart = first, apart

    def wall(self) -> Instant:
        """Return what the second host believes the time is."""
        return self._first.wall() + self._apart

    def monotonic(self) -> Duration:
        """Return microseconds since the start."""
        return self._first.monotonic()
