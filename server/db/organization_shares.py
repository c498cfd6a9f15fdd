"""How much of what a worker has the requests of one organization use at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakValueDictionary

from server.db.tenancy import SYSTEM
from server.problem_answers import Problem

WAIT_S: Final = 30.0
"""As long as whoever meets no free connection at all waits for one."""


def most_of(connections: int) -> int:
    """Return how many of a worker's connections one organization's requests may hold."""
    return max(1, connections - max(1, connections // 4))


class OrganizationShares:
    """Lets each organization's requests use so much at once, whatever they ask for.

    Its further requests wait for its own ones, and use nothing meanwhile. Work that goes on by
    itself stands in no such line: what one organization asks for may not hold up what is done for
    one after the other.
    """

    def __init__(self, most: int) -> None:
        """Begin with nobody.

        Args:
            most: Requests of one organization that use it at once.
        """
        self._most = most
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
            async with asyncio.timeout(WAIT_S if own.locked() else None):
                await own.acquire()
        except TimeoutError:
            detail = "Your organization asks for too much at once; try again."
            raise Problem("unavailable", detail, retry_after_s=2) from None
        try:
            yield
        finally:
            own.release()
