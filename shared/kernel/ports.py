"""What the outside world must offer to the pure code: a clock, randomness, crash points.

Only `command_line/clock_and_randomness.py` implements these over the real machine; the simulator
implements them over a seed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from shared.kernel.instant import Duration, Instant


class Clock(Protocol):
    """Tells the wall time and a monotonic time of one machine."""

    def wall(self) -> Instant:
        """Return what the machine believes the time is; it may jump either way."""

    def monotonic(self) -> Duration:
        """Return microseconds since an arbitrary start; it never goes back within a boot."""


class Entropy(Protocol):
    """Draws unguessable bytes."""

    def random_bytes(self, size: int) -> bytes:
        """Return `size` fresh random bytes."""


CrashPoint = Callable[[str], None]
"""Called with a name between two steps whose order matters. Does nothing in production; the
simulator and the kill tests stop the program there."""


def no_crash(_name: str) -> None:
    """Do nothing: the crash point of a running product."""
