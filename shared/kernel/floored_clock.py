"""A machine's clock that shows no time before 1970, which no document of ours can bear."""

from __future__ import annotations

from shared.kernel.instant import Duration, Instant
from shared.kernel.ports import Clock


class FlooredClock:
    """Tells a clock's time; one before 1970 is taken for a clock that began with the machine.

    That is what a machine shows that has no battery. It goes on, so that whatever waits is over
    some day, and like every wrong clock it is named where it meets others.

    Attributes:
        beneath: The clock that is read.
    """

    def __init__(self, clock: Clock) -> None:
        """Read this clock."""
        self.beneath = clock

    def wall(self) -> Instant:
        """Return the wall time, from 1970 on."""
        wall = self.beneath.wall()
        return wall if wall >= 0 else Instant(max(0, self.beneath.monotonic()))

    def monotonic(self) -> Duration:
        """Return the clock's monotonic time."""
        return self.beneath.monotonic()
