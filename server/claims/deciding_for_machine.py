"""Few claims at each of a machine's workers are decided by one of these, together.

A batch costs nearly as much for one claim as for eight, and what reaches two workers would be two
batches. So workers that have few in flight hand them to the one that holds the lock, and answer
what it says. Nothing is kept by that: whoever hears no answer in time, or loses the other, decides
for itself, and by its id a claim that was decided before is answered as it was.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from command_line.file_lock import FileLock
from server.claims.link_between_workers import HandedAnswer, HandedClaim, WorkerLink
from server.devices.identity import DeviceIdentity
from shared.wire.claim import ClaimRequest

FEW: Final = 8
"""So many claims are few. More fill batches of a worker's own; decided by one for all they would
take longer."""
ALONE_S: Final = 1.0
"""So long a worker decides by itself after it had more: a batch is answered all at once, and those
of it that ask again first would look like few. And after an answer that came too late: where the
database is slow, each claim would be waited for in vain, and decided twice."""
AT_ONCE: Final = 16
"""So many are decided for others at once; who asks beyond that decides alone for a while."""
LONELY: Final = 8
"""After so many in a row that were decided each by itself, as where each is another event's or the
only one, a worker decides alone for a while: nothing was won."""
WAIT_S: Final = 0.25
"""So long an answer is waited for; a batch takes a twentieth of it."""
LOOK_S: Final = 0.5
"""Between two looks for who decides."""

Decide = Callable[[DeviceIdentity, ClaimRequest, float], Awaitable[tuple[bytes, int]]]
"""Decides a claim here, unless that has not begun by an instant of the loop's; returns the answer,
and how many were decided together."""


class DecidingForMachine:
    """One worker's part in it: it decides for the others, or has them decided."""

    def __init__(self, folder: Path, decide: Decide) -> None:
        """Prepare.

        Args:
            folder: Where the workers meet.
            decide: Decides a claim here.
        """
        self._path = str(folder / "claims.sock")
        self._lock = FileLock(folder / "claims.decider")
        self._decide = decide
        self._decider: WorkerLink[HandedAnswer] | None = None
        self._asked: dict[int, asyncio.Future[bytes | None]] = {}
        self._overdue: set[int] = set()
        self._rests_until = 0.0
        self._lonely = 0
        self._last = 0
        self._others: set[WorkerLink[HandedClaim]] = set()
        self._deciding: set[asyncio.Task[None]] = set()
        self._meeting: asyncio.Task[None] | None = None
        self._server: asyncio.Server | None = None

    @property
    def has_met(self) -> bool:
        """Tell whether it decides for the others, or knows who does."""
        return self._server is not None or self._decider is not None

    def open(self) -> None:
        """Begin to look for who decides."""
        self._meeting = asyncio.create_task(self._meet())

    async def close(self) -> None:
        """Answer what the others have asked, then stop."""
        if self._meeting is not None:
            self._meeting.cancel()
            await asyncio.wait([self._meeting])
        if self._server is not None:
            self._server.close()
        if self._deciding:
            await asyncio.wait(self._deciding)
        for other in self._others:
            other.close()
        self._lock.close()

    async def ask(self, device: DeviceIdentity, request: ClaimRequest) -> bytes | None:
        """Have a claim decided by the worker that decides for all.

        Returns:
            None where this one has to: it is the one itself, or hears no answer.
        """
        decider, loop = self._decider, asyncio.get_running_loop()
        if decider is None or self._overdue or loop.time() < self._rests_until:
            return None
        self._last = number = self._last + 1
        until = loop.time() + WAIT_S
        try:
            decider.send(HandedClaim(number, until, device, request))
        except UnicodeEncodeError:
            return None
        answer: asyncio.Future[bytes | None] = loop.create_future()
        self._asked[number] = answer
        end = loop.call_at(until, self._wait_no_more, number)
        try:
            return await answer
        finally:
            end.cancel()

    def rest(self) -> None:
        """Hand nothing over for a while."""
        self._rests_until, self._lonely = asyncio.get_running_loop().time() + ALONE_S, 0

    def _wait_no_more(self, number: int) -> None:
        """Hand nothing over until that answer comes: who stands still would keep all waiting."""
        if number in self._asked:
            self._overdue.add(number)
            _set(self._asked[number], None)

    def _take_answer(self, told: HandedAnswer) -> None:
        self._lonely = self._lonely + 1 if told.together == 1 else 0
        if told.answer is None or told.number in self._overdue or self._lonely >= LONELY:
            self.rest()
        self._overdue.discard(told.number)
        if told.number in self._asked:
            _set(self._asked.pop(told.number), told.answer)

    async def _meet(self) -> None:
        """Decide for the others from now on, if nobody does; else be told by the one that does."""
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(OSError):  # it is about to listen, or the folder is gone
                if self._lock.try_acquire():
                    self._server = await loop.create_unix_server(self._welcome, self._path)
                    with contextlib.suppress(OSError):
                        self._lock.sign()
                    return
                _, self._decider = await loop.create_unix_connection(
                    lambda: WorkerLink(HandedAnswer, self._take_answer), self._path
                )
                await self._be_told(self._decider)
                continue
            await asyncio.sleep(LOOK_S)

    async def _be_told(self, decider: WorkerLink[HandedAnswer]) -> None:
        try:
            await decider.lost
        finally:
            self._decider = None
            decider.close()
            for answer in self._asked.values():
                _set(answer, None)
            self._asked.clear()
            self._overdue.clear()

    def _welcome(self) -> WorkerLink[HandedClaim]:
        def take(handed: HandedClaim) -> None:
            is_ending = self._server is None or not self._server.is_serving()
            if is_ending or len(self._deciding) >= AT_ONCE:
                link.send(HandedAnswer(handed.number, None, 0))
                return
            task = asyncio.create_task(self._answer(link, handed))
            self._deciding.add(task)
            task.add_done_callback(self._deciding.discard)

        link = WorkerLink(HandedClaim, take)
        self._others.add(link)
        link.lost.add_done_callback(lambda _: self._others.discard(link))
        return link

    async def _answer(self, link: WorkerLink[HandedClaim], handed: HandedClaim) -> None:
        answer, together = None, 0
        # Whoever asked meets an error as well, and tells of it.
        with contextlib.suppress(Exception, asyncio.CancelledError):
            answer, together = await self._decide(handed.device, handed.request, handed.until)
        link.send(HandedAnswer(handed.number, answer, together))


def _set(answer: asyncio.Future[bytes | None], value: bytes | None) -> None:
    if not answer.done():
        answer.set_result(value)
