"""When a job that failed is tried again, how often, and when it is given up. Pure."""

from __future__ import annotations

from typing import Final

from shared.kernel.instant import HOUR, MINUTE, SECOND, Duration

JOB_DELAYS: Final[tuple[Duration, ...]] = (
    5 * SECOND,
    MINUTE,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
)
"""Pauses after failed attempts, three days in all; then a job is dead until a person looks."""
JOB_DELAY_MAX: Final[Duration] = 30 * HOUR
"""Beyond every delay with its jitter."""
UNREACHABLE_DELAY: Final[Duration] = 30 * SECOND
"""Between tries while the other side cannot be reached at all; they count for nothing, so that a
week without a network ends no job."""
JOB_JITTER: Final = 0.2
"""Delays differ by so much either way, so that what failed together is not tried together."""


def delay_after(attempts: int, chance: float) -> Duration | None:
    """Return the pause after so many failed attempts, or None where they were enough.

    Args:
        attempts: From 1.
        chance: 0 to 1, for the jitter.
    """
    assert attempts >= 1
    assert 0 <= chance <= 1
    if attempts > len(JOB_DELAYS):
        return None
    return _jittered(JOB_DELAYS[attempts - 1], chance)


def delay_unreachable(chance: float) -> Duration:
    """Return the pause while nobody can be asked."""
    return _jittered(UNREACHABLE_DELAY, chance)


def _jittered(delay: Duration, chance: float) -> Duration:
    return Duration(int(delay * (1 - JOB_JITTER + 2 * JOB_JITTER * chance)))
