"""The machine's own clocks and randomness, which `gatekeeper` and `server` hand to their parts."""

from __future__ import annotations

import secrets
import time
from typing import Final

from shared.kernel.instant import Duration, Instant

_BOOT_TIME: Final[int | None] = getattr(
    time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None)
)
"""Python's own monotonic clock stands still while a laptop's lid is closed: on Linux, which has
another one for that, and on macOS, where this one goes on (clock_gettime(3))."""


class SystemClock:
    """The machine's own clocks."""

    def wall(self) -> Instant:
        """Return the machine's wall time in µs since the Unix epoch."""
        return Instant(time.time_ns() // 1_000)

    def monotonic(self) -> Duration:
        """Return µs that never go back within a boot of the machine, and count its sleep."""
        now = time.monotonic_ns() if _BOOT_TIME is None else time.clock_gettime_ns(_BOOT_TIME)
        return Duration(now // 1_000)


class SystemEntropy:
    """The operating system's cryptographic randomness."""

    def random_bytes(self, size: int) -> bytes:
        """Return `size` fresh bytes that nobody can guess."""
        return secrets.token_bytes(size)
