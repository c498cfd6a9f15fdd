"""The loop of a device, whose time stands still while the device waits for its own disk.

A disk that needs two seconds for a commit holds up the loop, and what a server or a peer answers
lies there unread meanwhile. By the machine's time whoever waits for it would give up: a gate that
is connected would let in alone whom the ledger has just told it to refuse.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, TypeVar

from shared.kernel.instant import SECOND, Duration

T = TypeVar("T")

_UNREAD_SECONDS: Final = 0.05
"""What lies in the socket when a held-up loop goes on is read and heard by then."""

if sys.platform == "win32":
    _SystemsLoop = asyncio.ProactorEventLoop
else:
    _SystemsLoop = asyncio.SelectorEventLoop


class DeviceLoop(_SystemsLoop):
    """Counts no wait for the disk among those for others: each timeout ends as much later.

    Attributes:
        stood_still: How many seconds were waits for the disk so far.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stood_still = 0.0

    def time(self) -> float:
        """Return the machine's monotonic seconds, less those that were waits for the disk."""
        return super().time() - self.stood_still

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Let no time pass in a block that holds up the loop."""
        began = self.time()
        try:
            yield
        finally:
            self.stood_still += self.time() - began


def stood_still(loop: asyncio.AbstractEventLoop | None) -> Duration:
    """Tell for how long a loop has waited for the disk, if it is a device's."""
    return Duration(round(loop.stood_still * SECOND) if isinstance(loop, DeviceLoop) else 0)


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


@asynccontextmanager
async def answered_within(budget: Duration) -> AsyncIterator[None]:
    """Wait in a block for an answer so long, and hear one that came while the loop was held up.

    A machine that stands still, for a scanner of viruses or as it wakes up, finds the answer and
    the end of its patience at the same instant.

    Raises:
        TimeoutError: if none came.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as patience:
        end = loop.call_later(
            budget / SECOND, lambda: patience.reschedule(loop.time() + _UNREAD_SECONDS)
        )
        try:
            yield
        finally:
            end.cancel()


def run_in_device_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run a device's work to its end; as `asyncio.run`, in a device's loop."""
    with asyncio.Runner(loop_factory=DeviceLoop) as runner:
        return runner.run(work)
