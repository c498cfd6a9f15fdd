"""How much of what a worker has the requests of one organization use at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from typing import Final, TypeVar
from weakref import WeakValueDictionary

from server.db.tenancy import SYSTEM
from server.problem_answers import Problem

T = TypeVar("T")

WAIT_S: Final = 30.0
"""As long as whoever meets no free connection at all waits for one."""
LONG_WORK_WAIT_S: Final = 120.0
"""A few of the longest reports, one after the other."""


def most_of(connections: int) -> int:
    """Return how many of a worker's connections one organization's requests may hold."""
    return max(1, connections - max(1, connections // 4))


class OrganizationShares:
    """Lets each organization's requests use so much at once, whatever they ask for.

    Its further requests wait for its own ones, and use nothing meanwhile. Work that goes on by
    itself stands in no such line: what one organization asks for may not hold up what is done for
    one after the other.
    """

    def __init__(self, most: int, *, wait_s: float | None = None) -> None:
        """Begin with nobody.

        Args:
            most: Requests of one organization that use it at once.
            wait_s: How long a further one waits; `WAIT_S` if nothing is said.
        """
        self._most, self._wait_s = most, wait_s
        self._own: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def held(self, org: str) -> AsyncIterator[None]:
        """Wait until an organization's requests use less than they may; then use it as well.

        Whatever is nobody's, as signing in is, waits for nothing here.

        Raises:
            Problem: `unavailable`, after so long that they may be asked for again.
        """
        if org == SYSTEM:
            yield
            return
        own = self._own.get(org)
        if own is None:
            own = self._own[org] = asyncio.Semaphore(self._most)
        try:
            waits_s = WAIT_S if self._wait_s is None else self._wait_s
            async with asyncio.timeout(waits_s if own.locked() else None):
                await own.acquire()
        except TimeoutError:
            detail = "Your organization asks for too much at once; try again."
            raise Problem("unavailable", detail, retry_after_s=2) from None
        try:
            yield
        finally:
            own.release()


_LONG_WORK: Final = OrganizationShares(1, wait_s=LONG_WORK_WAIT_S)


async def work_aside(org: str, work: Callable[[], T], threads: Executor | None = None) -> T:
    """Do in a thread what takes seconds, of each organization's requests one thing at a time.

    Many that one asks for would fill the threads that all share, or stand before the others'.

    Args:
        org: Whose request wants it; `SYSTEM` for what goes on by itself.
        work: What is done.
        threads: Those that do it; the ones for all if none are named.
    """
    async with _LONG_WORK.held(org):
        return await asyncio.get_running_loop().run_in_executor(threads, work)
