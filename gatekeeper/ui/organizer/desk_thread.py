"""The desk's calls in a thread of their own: the window asks, and is answered later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from gatekeeper.organizer.server_api import ServerApi
from gatekeeper.ui.loop_thread import LoopThread, OnDone, OnFailed, give_up

T = TypeVar("T")
_GOODBYE_S: Final = 1.0


class FollowedWork:
    """Work that goes on in the desk's thread; begun by `DeskThread.follow`.

    Attributes:
        task: What does it; None before it is begun.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.task: asyncio.Task[None] | None = None
        self._is_stopped = False

    def stop(self) -> None:
        """End it; from the window's thread."""
        self._loop.call_soon_threadsafe(self.cancel)

    def cancel(self) -> None:
        """End it; in the desk's thread. What is ending already is left to say goodbye."""
        if self.task is not None and not self._is_stopped:
            self.task.cancel()
        self._is_stopped = True

    async def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work, unless it was stopped before it began."""
        if not self._is_stopped:
            self.task = asyncio.current_task()
            await work()


class DeskThread(LoopThread):
    """Runs what the window asks for.

    Attributes:
        api: Closed at the end; None before there is a server.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.api: ServerApi | None = None
        self._followings: set[FollowedWork] = set()

    def ask(
        self, work: Callable[[], Awaitable[T]], on_done: OnDone[T], on_failed: OnFailed
    ) -> None:
        """Do something, and call one of two functions in the window's thread."""
        self._post(work, on_done, on_failed)

    def follow(self, work: Callable[[], Awaitable[None]], on_failed: OnFailed) -> FollowedWork:
        """Do something that goes on until it is stopped, or fails."""
        following = FollowedWork(self._loop)

        async def run() -> None:
            self._followings.add(following)
            try:
                await following.run(work)
            finally:
                self._followings.discard(following)

        self._post(run, lambda _none: None, on_failed)
        return following

    async def _close(self) -> None:
        for following in list(self._followings):
            following.cancel()
        ends = [one.task for one in self._followings if one.task is not None]
        if ends:  # each says goodbye to its server, which does not answer for ever
            await asyncio.wait(ends, timeout=_GOODBYE_S)
        # What is still asked would open another connection when all are closed.
        await give_up(self._tasks - {asyncio.current_task()})
        if self.api is not None:
            await self.api.close()
