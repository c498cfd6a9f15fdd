"""The till's engine in a thread of its own: the window asks, and is answered later."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from PySide6.QtCore import QObject

from gatekeeper.boxoffice.answers import TillAnswer
from gatekeeper.boxoffice.requests import SellRequest
from gatekeeper.boxoffice.shift_requests import ShiftAnswer, ShiftRequest
from gatekeeper.presenters.till_values import Person, TillFacts
from gatekeeper.session import GateSession
from gatekeeper.system import System
from gatekeeper.ui.loop_thread import LoopThread, OnDone, OnFailed
from shared.kernel.errors import BadInput, GatekeeperError

Open = Callable[[], Awaitable[GateSession]]


async def open_till(folder: Path, system: System) -> GateSession:
    """Open a till's profile, with its drawer.

    Raises:
        BadInput: if the folder is no till's.
        StoreFault: if it is in use, or its database cannot be used.
    """
    session = await GateSession.open(folder, system=system)
    if not session.profile.is_till:
        await session.close()
        message = "this folder is a gate's, not a till's; enrol a device of the role till"
        raise BadInput(message)
    session.keep_drawer()
    return session


class TillThread(LoopThread):
    """Owns the open till.

    Args:
        open_session: Opens it.
        parent: Owner.
    """

    def __init__(self, open_session: Open, parent: QObject | None = None) -> None:
        super().__init__("till", parent)
        self._open_session = open_session
        self._session: GateSession | None = None
        self._background: asyncio.Task[None] | None = None

    def open(self, on_done: OnDone[TillFacts], on_failed: OnFailed) -> None:
        """Open the till, and let it keep in touch with the server from then on."""
        self._post(self._open, on_done, on_failed)

    def read(self, on_done: OnDone[TillFacts], on_failed: OnFailed) -> None:
        """Read what the till knows now."""

        async def read() -> TillFacts:
            return read_facts(self._opened())

        self._post(read, on_done, on_failed)

    def sell(self, request: SellRequest, on_done: OnDone[TillAnswer], on_failed: OnFailed) -> None:
        """Sell; what is answered is on disk."""

        async def sell() -> TillAnswer:
            session = self._opened()
            answer = await session.till.sell(request)
            session.engine.poke()
            return answer

        self._post(sell, on_done, on_failed)

    def do_shift(
        self, request: ShiftRequest, on_done: OnDone[ShiftAnswer], on_failed: OnFailed
    ) -> None:
        """Do something at the drawer; what is answered is on disk."""

        async def do() -> ShiftAnswer:
            session = self._opened()
            answer = session.shifts.do(request)
            session.engine.poke()
            return answer

        self._post(do, on_done, on_failed)

    def find_badge(self, code: str, on_done: OnDone[Person | None], on_failed: OnFailed) -> None:
        """Find out whose badge a scanned code is."""

        async def find() -> Person | None:
            found = self._opened().desk.find_badge(code)
            return None if found is None else Person(found.id, found.name)

        self._post(find, on_done, on_failed)

    # ---- in the till's thread

    async def _open(self) -> TillFacts:
        self._session = session = await self._open_session()
        self._start_background()
        return read_facts(session)

    def _start_background(self) -> None:
        if self._session is None:
            return
        self._background = self._loop.create_task(self._session.run_background())

    def _opened(self) -> GateSession:
        if self._session is None:
            message = "this till is not open"
            raise BadInput(message)
        return self._session

    async def _close(self) -> None:
        session, self._session = self._session, None
        if self._background is not None:
            self._background.cancel()
            with contextlib.suppress(asyncio.CancelledError, GatekeeperError):
                await self._background
        if session is not None:
            await session.close()


def read_facts(session: GateSession) -> TillFacts:
    """Gather what the window shows."""
    till = session.till
    stock = till.stock()
    status = session.status()
    return TillFacts(
        event=status.event,
        currency=stock[0].currency if stock else "",
        stock=stock,
        plan=till.prices(),
        now=till.now(),
        mode=till.ports.mode(),
        waiting=status.pending,
        shift=session.shifts.current(),
    )
