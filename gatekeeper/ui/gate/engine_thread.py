"""The one bridge between the window and the gate: an asyncio loop in a thread of its own.

The window never waits. It posts a call, and later a function of its own is called in the
window's thread, with the result or the error. Scans are answered in the order they came in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeVar

from PySide6.QtCore import QObject, Signal

from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.device.profile_folder import PairingRequest, ProfileFolder
from gatekeeper.gate.answer import LaneStatus, ScanAnswer
from gatekeeper.gate.requests import Deed, Override, Scan, ScanOutcome, Undo
from gatekeeper.ui.loop_thread import LoopThread, OnDone, OnFailed, keep_at
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import GateId

T = TypeVar("T")

STATUS_SECONDS: Final = 1.0
_TELL_AFTER_SECONDS: Final = 0.05
"""A verdict is painted first: the counts on the bar would cost it a paint of its own, 3 ms."""


class EngineThread(LoopThread):
    """Owns the open gate; its signals arrive in the window's thread.

    Args:
        backend: The machine's profile.
        parent: Owner.
    """

    status_changed = Signal(object)  # LaneStatus
    progressed = Signal(object)  # SyncProgress
    broke = Signal(object)  # GatekeeperError: the gate's condition cannot be read
    taken_back = Signal(str)  # the claim id of an admission that counts no more

    def __init__(self, backend: ProfileFolder, parent: QObject) -> None:
        super().__init__("engine", parent)
        self._backend = backend
        self._session: AttendedGate | None = None
        self._background: asyncio.Task[None] | None = None
        self._telling: asyncio.TimerHandle | None = None
        self._scans = asyncio.Lock()

    # ---- what the window may ask for

    def pair(self, request: PairingRequest, on_done: OnDone[None], on_failed: OnFailed) -> None:
        """Enrol this machine at a server, by the code that a person entered."""
        self._post(lambda: self._backend.pair(request), on_done, on_failed)

    def open(
        self, gate_id: GateId | None, on_done: OnDone[LaneStatus], on_failed: OnFailed
    ) -> None:
        """Open the gate, or open it again as another gate."""
        self._post(partial(self._open, gate_id), on_done, on_failed, opens=True)

    def sync(self, on_done: OnDone[LaneStatus], on_failed: OnFailed) -> None:
        """Sync once; progress is told by a signal."""
        self._post(self._sync, on_done, on_failed)

    def scan(self, request: Scan, on_done: OnDone[ScanOutcome], on_failed: OnFailed) -> None:
        """Have the lane decide on a code that was scanned or typed."""
        self._post(partial(self._scan, request), on_done, on_failed)

    def ask(
        self,
        question: Callable[[AttendedGate], T],
        on_done: OnDone[T],
        on_failed: OnFailed | None = None,
    ) -> None:
        """Ask the open gate something that needs no waiting."""

        async def answer() -> T:
            return question(self._opened())

        self._post(answer, on_done, on_failed or self.broke.emit)

    def ping(self, on_done: OnDone[None]) -> None:
        """Have the engine's thread answer, to know that it still turns; no gate needs be open."""

        async def answer() -> None:
            return

        self._post(answer, on_done, self.broke.emit)

    def do(self, deed: Deed, on_done: OnDone[int], on_failed: OnFailed) -> None:
        """Have the open gate do what a person has decided; scans wait meanwhile."""

        async def do(gate: AttendedGate) -> int:
            seq = gate.supervision.do(deed)
            if isinstance(deed, Undo):
                self.taken_back.emit(deed.claim_id)
            return seq

        self.work(do, on_done, on_failed)

    def override(
        self, request: Override, on_done: OnDone[ScanAnswer], on_failed: OnFailed
    ) -> None:
        """Have holders let in on a supervisor's word; scans wait meanwhile."""

        async def override(gate: AttendedGate) -> ScanAnswer:
            return gate.override(request)

        self.work(override, on_done, on_failed)

    def work(
        self,
        work: Callable[[AttendedGate], Awaitable[T]],
        on_done: OnDone[T],
        on_failed: OnFailed,
    ) -> None:
        """Have the open gate do something that is no scan; scans wait meanwhile."""

        async def run() -> T:
            async with self._scans:
                done = await work(self._opened())
            self._tell_status()
            return done

        self._post(run, on_done, on_failed)

    def work_in_background(self) -> None:
        """Let the gate keep in touch with server and neighbours from now on."""
        self._loop.call_soon_threadsafe(self._start_background)

    def repeat(self, call: Callable[[], None], seconds: float) -> None:
        """Call something quick in the engine's thread, again and again until that ends."""

        def again() -> None:
            self._loop.call_later(seconds, again)
            call()

        self._loop.call_soon_threadsafe(again)

    # ---- in the engine's thread

    async def _open(self, gate_id: GateId | None) -> LaneStatus:
        await self._close()
        self._session = await self._backend.open(gate_id, self._tell_soon)
        self._keep_telling(self._session)
        return self._session.status()

    async def _sync(self) -> LaneStatus:
        session = self._opened()
        await session.sync_once(self.progressed.emit)
        return session.status()

    async def _scan(self, request: Scan) -> ScanOutcome:
        async with self._scans:
            outcome = await self._opened().attend(request)
        self._tell_soon()
        return outcome

    def _opened(self) -> AttendedGate:
        assert self._session is not None, "the window asks only after it opened the gate"
        return self._session

    def _tell_soon(self) -> None:
        """Tell the status in a moment, once for all that has changed by then."""
        if self._telling is None:
            self._telling = self._loop.call_later(_TELL_AFTER_SECONDS, self._tell_status)

    def _tell_status(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        if self._session is None:
            return
        try:
            status = self._session.status()
        except GatekeeperError as fault:
            self.broke.emit(fault)
        else:
            self.status_changed.emit(status)

    def _keep_telling(self, session: AttendedGate) -> None:
        """Tell the status once a second, since knowledge ages without any event."""
        if self._session is not session:
            return
        # First, so that a fault while telling does not end it.
        self._loop.call_later(STATUS_SECONDS, self._keep_telling, session)
        self._tell_status()

    def _start_background(self) -> None:
        if self._session is None or self._background is not None:
            return
        work = keep_at(self._session.run_background, self.broke.emit)
        self._background = self._loop.create_task(work)

    async def _close(self) -> None:
        session, self._session = self._session, None
        background, self._background = self._background, None
        if background is not None:
            background.cancel()
            await asyncio.wait([background])
        if session is not None:
            await session.close()
