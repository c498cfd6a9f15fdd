"""What a handler says of a job that it has tried, and when the next try is due. Pure.

What it says is a sentence, or a reason that has a code: what may stand before a person has one.
"""

from __future__ import annotations

from typing import Final

import msgspec

from shared.kernel.instant import HOUR, MINUTE, SECOND, Duration
from shared.wire.work_reasons import WorkReason

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


class Done(msgspec.Struct, frozen=True):
    """The job is done; what its handler said stands in its row."""

    said: str | WorkReason = ""


class Failed(msgspec.Struct, frozen=True):
    """The job may succeed later: it is tried again after a pause, and not for ever.

    Attributes:
        pause: The next try comes no sooner than after it; less than `JOB_DELAY_MAX`.
    """

    said: str | WorkReason
    pause: Duration | None = None


class Refused(msgspec.Struct, frozen=True):
    """The job will never succeed as it stands: a person has to look."""

    said: str | WorkReason


class Unreachable(msgspec.Struct, frozen=True):
    """Nobody could be asked for the job: that is no attempt, however long it lasts."""

    said: str | WorkReason


class Continued(msgspec.Struct, frozen=True):
    """A part of the job is done, the rest due after a pause; attempts are counted anew.

    Attributes:
        pause: None for at once; less than `JOB_DELAY_MAX`.
    """

    said: str | WorkReason = ""
    pause: Duration | None = None


Outcome = Done | Failed | Refused | Unreachable | Continued


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
