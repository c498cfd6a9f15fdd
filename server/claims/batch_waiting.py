"""Who waits for an event's next transaction, and how long that waits for others to join it.

Who was answered just now asks again at once, where many ask. So after a batch the next one waits
a moment for as many as there were; else those who come back first would go alone, and the others
wait for their transaction: a small one costs nearly as much as a full one.
"""

from __future__ import annotations

import asyncio
from typing import Final, Generic, TypeVar

GATHER_S: Final = 0.0009
"""So long the first who comes waits for the others; a fraction of a commit."""
LINGER_S: Final = 0.005
"""Whoever comes so soon after a batch was answered is expected with the others of it."""

_One = TypeVar("_One")


class WaitingBatch(Generic[_One]):
    """Those who wait, in the order in which they came."""

    def __init__(self) -> None:
        self._waiting: list[_One] = []
        self._expected = 0
        self._wait: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        """Count them."""
        return len(self._waiting)

    def add(self, one: _One) -> None:
        """Let somebody wait."""
        self._waiting.append(one)
        if self._wait is not None and len(self._waiting) >= self._expected:
            _end(self._wait)

    def take(self, count: int) -> list[_One]:
        """Take those who came first."""
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        return taken

    async def gather(self, size: int) -> bool:
        """Wait for somebody, and then for as many as are expected; neither for long.

        A lone one never waits for others.

        Args:
            size: How many asked last time.

        Returns:
            Whether there is anybody.
        """
        if not self._waiting:
            await self._expect(1, LINGER_S)
        if 0 < len(self._waiting) < size:
            await self._expect(size, GATHER_S)
        return bool(self._waiting)  # somebody may have come just as the time ended

    async def _expect(self, count: int, time_s: float) -> None:
        loop = asyncio.get_running_loop()
        self._expected, self._wait = count, loop.create_future()
        end = loop.call_later(time_s, _end, self._wait)
        try:
            await self._wait
        finally:
            end.cancel()
            self._wait = None


def _end(wait: asyncio.Future[None]) -> None:
    if not wait.done():
        wait.set_result(None)
