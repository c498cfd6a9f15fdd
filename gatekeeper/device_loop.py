"""The loop of a device, whose time stands still while the device waits for its own disk.

A disk that needs two seconds for a commit holds up the loop, and what a server or a peer answers
lies there unread meanwhile. By the machine's time whoever waits for it would give up: a gate that
is connected would let in alone whom the ledger has just told it to refuse.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")

if sys.platform == "win32":
    _SystemsLoop = asyncio.ProactorEventLoop
else:
    _SystemsLoop = asyncio.SelectorEventLoop


class DeviceLoop(_SystemsLoop):
    """Counts no wait for the disk among those for others: each timeout ends as much later."""

    def __init__(self) -> None:
        super().__init__()
        self._stood_still = 0.0

    def time(self) -> float:
        """Return the machine's monotonic seconds, less those that were waits for the disk."""
        return super().time() - self._stood_still

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Let no time pass in a block that holds up the loop."""
        began = self.time()
        try:
            yield
        finally:
            self._stood_still += self.time() - began


@contextmanager
def waiting_for_disk() -> Iterator[None]:
    """Let a block's time count for nobody who waits in this thread's loop, if it is a device's."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        loop = None
    if isinstance(loop, DeviceLoop):
        with loop.standing_still():
            yield
    else:
        yield


def run_in_device_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run a device's work to its end; as `asyncio.run`, in a device's loop."""
    with asyncio.Runner(loop_factory=DeviceLoop) as runner:
        return runner.run(work)
