"""What a handler says of a job that it has tried; when the next try is due stands beside it. Pure.

What it says is a sentence, or a reason that has a code: what may stand before a person has one.
"""

from __future__ import annotations

import msgspec

from shared.kernel.instant import Duration
from shared.wire.work_reasons import WorkReason


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
