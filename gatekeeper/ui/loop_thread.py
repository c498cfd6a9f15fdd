"""A device's loop in a thread of its own, so that the window never waits.

The window posts a call, and later a function of its own is called in the window's thread, with the
result or the error.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any, Final, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from gatekeeper.device_loop import DeviceLoop

LOOP_RESTART_SECONDS: Final = 5.0
"""After a fault of work that is to go on for as long as the window."""

T = TypeVar("T")
OnDone = Callable[[T], None]
OnFailed = Callable[[BaseException], None]

_JOIN_SECONDS: Final = 10
_GIVING_UP_SECONDS: Final = 1
"""What is under way at the end has so long to close what it has opened."""


async def keep_at(work: Callable[[], Awaitable[None]], on_broke: OnFailed) -> None:
    """Do work that goes on until it is cancelled; after a fault, tell it and begin anew."""
    while True:
        try:
            await work()
        except Exception as fault:  # noqa: BLE001 - whatever it was, it is told, and the work goes on
            on_broke(fault)
        else:
            return
        await asyncio.sleep(LOOP_RESTART_SECONDS)


async def give_up(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel what is still under way, so that it closes its connections."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_GIVING_UP_SECONDS)
    await asyncio.sleep(0)  # what was closed last is closed in the loop's next turn


class LoopThread(QObject):
    """Runs what is posted; whoever derives from it owns what must be closed at the end.

    Args:
        name: The thread's.
        parent: Owner.
        join_seconds: How long its end is waited for.
    """

    _posted = Signal(object)  # a function to call in the window's thread

    def __init__(
        self, name: str, parent: QObject | None = None, *, join_seconds: float = _JOIN_SECONDS
    ) -> None:
        super().__init__(parent)
        self._join_seconds = join_seconds
        self._loop: asyncio.AbstractEventLoop = DeviceLoop()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._opening: set[asyncio.Task[Any]] = set()
        self._is_ended = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._posted.connect(self._call, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Close what is open and end the thread; it is waited for, though not for ever."""
        if self._thread.ident is None:  # was never started, so that it closes nothing itself
            self._loop.close()
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._begin_stop)
        self._thread.join(self._join_seconds)

    # ---- in the loop's thread

    async def _close(self) -> None:
        """Close what is open; the last that is done."""

    def _post(
        self,
        start: Callable[[], Awaitable[T]],
        on_done: OnDone[T],
        on_failed: OnFailed,
        *,
        opens: bool = False,
    ) -> None:
        """Do something in the loop's thread; what `opens` is given up when the thread ends."""
        if not self._loop.is_closed():  # what was told last, after the end, may ask for more
            spawn = partial(self._spawn, start, on_done, on_failed, opens=opens)
            self._loop.call_soon_threadsafe(spawn)

    def _spawn(
        self,
        start: Callable[[], Awaitable[T]],
        on_done: OnDone[T],
        on_failed: OnFailed,
        *,
        opens: bool,
    ) -> None:
        async def run() -> T:
            return await start()

        def finish(task: asyncio.Task[T]) -> None:
            self._tasks.discard(task)
            self._opening.discard(task)
            if task.cancelled():
                return
            fault = task.exception()
            if self._is_ended:
                return  # whoever asked is gone
            if fault is None:
                self._posted.emit(partial(on_done, task.result()))
            else:
                self._posted.emit(partial(on_failed, fault))

        task = self._loop.create_task(run())
        self._tasks.add(task)
        if opens:
            self._opening.add(task)
        task.add_done_callback(finish)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._is_ended = True
            self._loop.run_until_complete(give_up(asyncio.all_tasks(self._loop)))
        finally:
            self._loop.close()

    def _begin_stop(self) -> None:
        task = self._loop.create_task(self._end())
        task.add_done_callback(self._finish_stop)
        self._tasks.add(task)

    async def _end(self) -> None:
        """Give up what is being opened, which closes itself, and close what is open."""
        for task in self._opening:
            task.cancel()
        if self._opening:
            await asyncio.wait(self._opening)
        await self._close()

    def _finish_stop(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            task.exception()  # a disk that fails now has been told of before
        self._loop.stop()

    # ---- in the window's thread

    @Slot(object)
    def _call(self, function: Callable[[], None]) -> None:
        function()
