"""A gate of the story in the demo's window: a whole kiosk, used from another thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from gatekeeper.demo.gates import uses_of
from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.sync.engine import SyncOutcome
from gatekeeper.ui.demo.story_thread import Stage
from gatekeeper.ui.gate.kiosk import Kiosk
from shared.kernel.errors import EnvironmentFault
from shared.kernel.id_types import EventId
from shared.wire.feed import ConflictNotice

T = TypeVar("T")
_ANSWER_S: Final = 60
_NO_ANSWER: Final = "the demo's gate does not answer"


class KioskGate:
    """Shows tickets to a kiosk as its reader does, so that its screen and sound answer.

    Args:
        kiosk: Open.
        stage: Whose loop the story runs in.
    """

    def __init__(self, kiosk: Kiosk, stage: Stage) -> None:
        self._kiosk, self._stage = kiosk, stage

    async def scan(self, digits: str) -> ScanAnswer:
        """Hold a code up to the kiosk.

        Raises:
            EnvironmentFault: if no answer comes.
        """
        scans = self._kiosk.scans

        def show(settle: Callable[[ScanAnswer], None]) -> None:
            def take(answer: ScanAnswer) -> None:
                scans.answered.disconnect(take)
                settle(answer)

            scans.answered.connect(take)
            self._kiosk.take_new_code(digits)

        return await self._answer(show)

    async def sync(self) -> SyncOutcome:
        """Let the gate talk to the server now.

        Raises:
            ServerFault: if the server cannot be reached.
            EnvironmentFault: if no answer comes.
        """

        async def sync(gate: AttendedGate) -> SyncOutcome:
            return await gate.sync_once()

        return await self._work(sync)

    async def uses(self, event_id: EventId) -> set[str]:
        """Return the claim ids of the uses that nobody took back."""

        async def uses(gate: AttendedGate) -> set[str]:
            return uses_of(gate, event_id)

        return await self._work(uses)

    async def conflicts(self) -> tuple[ConflictNotice, ...]:
        """Return the conflicts that the gate has heard of."""

        async def conflicts(gate: AttendedGate) -> tuple[ConflictNotice, ...]:
            return tuple(gate.supervision.conflicts())

        return await self._work(conflicts)

    async def close(self) -> None:
        """Leave the kiosk to the window, which stops it before."""

    async def _work(self, work: Callable[[AttendedGate], Awaitable[T]]) -> T:
        """Have the gate do something in its own thread."""

        def ask(settle: Callable[[T | BaseException], None]) -> None:
            self._kiosk.engine.work(work, settle, settle)

        done = await self._answer(ask)
        if isinstance(done, BaseException):
            raise done
        return done

    async def _answer(self, call: Callable[[Callable[[T], None]], None]) -> T:
        try:
            return await asyncio.wait_for(self._stage.in_window(call), _ANSWER_S)
        except TimeoutError:
            raise EnvironmentFault(_NO_ANSWER) from None
