"""The desk's calls in a thread of their own: the window asks, and is answered later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from gatekeeper.organizer.office import Office
from gatekeeper.ui.loop_thread import LoopThread, OnDone, OnFailed

T = TypeVar("T")


class DeskThread(LoopThread):
    """Runs what the window asks for.

    Attributes:
        office: Closed at the end; None before there is a server.
    """

    office: Office | None = None

    def ask(
        self, work: Callable[[], Awaitable[T]], on_done: OnDone[T], on_failed: OnFailed
    ) -> None:
        """Do something, and call one of two functions in the window's thread."""
        self._post(work, on_done, on_failed)

    async def _close(self) -> None:
        if self.office is not None:
            await self.office.close()
