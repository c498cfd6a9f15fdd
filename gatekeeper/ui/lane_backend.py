"""The real gate behind the window: a profile's folder, enrolled and opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from gatekeeper.bootstrap import enrolment_ways
from gatekeeper.gate.answer import LaneStatus, ScanAnswer
from gatekeeper.session import GateSession
from gatekeeper.store.profile import PROFILE_NAME, save_profile
from gatekeeper.system import System
from gatekeeper.ui.session_port import (
    GateChoice,
    OnChange,
    OnProgress,
    PairingRequest,
    ScanOutcome,
    ScanRequest,
)
from shared.kernel.ids import parse_ticket_id


class ProfileBackend:
    """Fulfils `session_port.LaneBackend`.

    Args:
        folder: The profile's.
        system: This machine.
        gate: A gate's name or id that the command line asks for, or None.
        direction: The way the lane is used, or None for the gate's own.
    """

    def __init__(
        self,
        folder: Path,
        system: System,
        *,
        gate: str | None = None,
        direction: str | None = None,
    ) -> None:
        self._folder, self._system = folder, system
        self._gate, self._direction = gate, direction

    def is_paired(self) -> bool:
        """Whether the folder holds a profile.

        Raises:
            StoreFault: if it cannot be read.
        """
        return self._system.open_disk(self._folder).read(PROFILE_NAME) is not None

    async def pair(self, request: PairingRequest) -> None:
        """Enrol this machine; see `session_port.LaneBackend`."""
        # The HTTP library takes a while to read, which a paired gate need not wait for.
        from gatekeeper.sync.enrolment import default_name, enrol, read_code

        code = read_code(request.url or None, request.line or request.code)
        self._folder.mkdir(parents=True, exist_ok=True)
        await enrol(
            self._system.open_disk(self._folder),
            code,
            name=default_name(self._folder),
            entropy=self._system.entropy,
            ways=enrolment_ways(),
        )

    async def open(self, gate_id: str | None, on_change: OnChange) -> OpenGate:
        """Open the gate; a gate that a person chose is kept for the next start."""
        session = await GateSession.open(
            self._folder,
            system=self._system,
            gate=gate_id or self._gate,
            direction=self._direction,
            on_change=on_change,
        )
        if gate_id is not None and session.profile.gate_id != gate_id:
            session.profile = msgspec.structs.replace(session.profile, gate_id=gate_id)
            save_profile(session.store.disk, session.profile)
        return OpenGate(session)


class OpenGate:
    """Fulfils `session_port.SessionPort`.

    Args:
        session: The engine.
    """

    def __init__(self, session: GateSession) -> None:
        self._session = session

    async def scan(self, request: ScanRequest) -> ScanOutcome:
        """Decide on a scan, or ask how many where a code stands for several."""
        session = self._session
        if request.count is None:
            session.settle_gate()
            outlook = session.supervision.outlook(request.text, manual=request.is_manual)
            if outlook is not None:
                return outlook
        return await session.scan(
            request.text,
            count=request.count or 1,
            manual=request.is_manual,
            id_checked=request.id_checked,
            pending_acknowledged=request.pending_acknowledged,
            claim_id=request.claim_id,
        )

    def decline(self, answer: ScanAnswer, why: str) -> None:
        """Record that nobody was admitted on an answer."""
        ticket_id = None if answer.ticket_id is None else parse_ticket_id(answer.ticket_id)
        self._session.supervision.decline(answer.claim_id, ticket_id, why)

    def note(self, topic: str, text: str) -> None:
        """Record something that was done at this gate."""
        self._session.supervision.note(topic, text)

    async def undo(self, answer: ScanAnswer, why: str) -> None:
        """Take an admission back, as staff who name no person."""
        await self._session.undo(answer.claim_id, why, "")

    def status(self) -> LaneStatus:
        """Say in what condition the gate is."""
        return self._session.status()

    def gates(self) -> Sequence[GateChoice]:
        """Return the event's gates."""
        return [GateChoice(gate.id, gate.name, gate.direction) for gate in self._session.gates()]

    def recent(self, count: int) -> Sequence[ScanAnswer]:
        """Return the last answers, newest first."""
        return self._session.recent(count)

    async def sync_once(self, on_progress: OnProgress) -> None:
        """Upload the journal and fetch what changed."""
        await self._session.sync_once(on_progress)

    async def run_background(self) -> None:
        """Keep in touch with the server until cancelled."""
        await self._session.run_background()

    async def close(self) -> None:
        """Leave everything in order on the disk."""
        await self._session.close()
