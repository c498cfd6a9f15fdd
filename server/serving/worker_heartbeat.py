"""A worker's pulse: a byte each second from its loop; by it the main process knows that it works.

A process that hangs is not dead. It keeps its socket, the system goes on giving it connections,
and the gates behind them get no answer, while the other workers serve.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import Final

SILENT_MAX_S: Final = 60.0
"""Seconds without a beat until a worker is taken to hang. A busy machine keeps a loop waiting for
seconds, and a worker that is ended and starts anew on such a machine costs it more than that.

They are counted by the main process's own looks. One that was halted as well, because the machine
slept or has no time for it either, has not looked, and blames nobody for that.
"""


BEAT_S: Final = 1.0
"""Seconds between two beats."""

_READ: Final = 4_096


class WorkerHeartbeat:
    """The main process's end, for one worker; nothing counts before the first beat.

    Attributes:
        for_worker: The file descriptor that the worker is given.
        has_begun: It has given a first sign of life.
    """

    def __init__(self, silent_max_s: float = SILENT_MAX_S) -> None:
        """Make the pipe.

        Args:
            silent_max_s: Seconds without a beat until the worker is taken to hang.

        Raises:
            OSError: if the process may open no more files.
        """
        self._heard, self.for_worker = os.pipe()
        os.set_blocking(self._heard, False)
        os.set_blocking(self.for_worker, False)
        self._silent_max_s = silent_max_s
        self._silent_s = 0.0
        self.has_begun = False

    def hear(self, look_s: float) -> bool:
        """Take in what has come; returns whether the worker hangs, and then begins anew.

        Args:
            look_s: Seconds that one look counts for.
        """
        if self._take_all():
            self._silent_s, self.has_begun = 0.0, True
        elif self.has_begun:
            self._silent_s += look_s
        is_hung = self._silent_s >= self._silent_max_s
        if is_hung:
            self._silent_s = 0.0
        return is_hung

    def hand_over(self) -> None:
        """Close the end that the worker has by now."""
        os.close(self.for_worker)

    def close(self) -> None:
        """Hear nothing more."""
        os.close(self._heard)

    def _take_all(self) -> bool:
        has_come = False
        with contextlib.suppress(BlockingIOError):
            while os.read(self._heard, _READ):
                has_come = True
        return has_come


def beat(loop: asyncio.AbstractEventLoop, pulse: int) -> None:
    """Say now, and each second from now on, that a loop goes round.

    Args:
        loop: Of the worker.
        pulse: The file descriptor that its main process gave it.
    """
    # A pipe that is full has said it already; of one that is closed, the system ends us.
    with contextlib.suppress(OSError):
        os.write(pulse, b".")
    loop.call_later(BEAT_S, beat, loop, pulse)
