"""What people do at the real gate besides scanning: `session_port.StaffPort` over the engine."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.past_answers import read_scans
from gatekeeper.gate.requests import ScanRequest
from gatekeeper.rehearsal.playing import OnProgress, Stage, play
from gatekeeper.rehearsal.recording import Recording, find_recording
from gatekeeper.rehearsal.report import Played, Replay
from gatekeeper.session import GateSession
from gatekeeper.store.faults import explained
from gatekeeper.supervisor.duty import Badge, UnlockAnswer
from gatekeeper.supervisor.limits import (
    PAUSE,
    PinLimits,
    TryLimit,
    decode_limits,
    encode_limits,
)
from gatekeeper.supervisor.unlocking import PinLock, find_badge
from gatekeeper.supervisor.views import (
    ConflictSide,
    ConflictView,
    DeviceFacts,
    FoundHolder,
    InsideList,
)
from gatekeeper.system import System
from shared.admission.evacuation import EvacuationPhase
from shared.admission.facts import Direction
from shared.kernel.errors import BadInput
from shared.kernel.ids import format_ticket_id, parse_ticket_id
from shared.kernel.instant import SECOND
from shared.kernel.trouble import TroubleKind
from shared.wire.feed import ConflictNotice

LIMITS_NAME: Final = "supervisor.json"
REHEARSAL_FOLDER: Final = "rehearsal"
_ENTRIES_READ: Final = 10_000
"""So far back a recorded queue is looked for; that takes a moment."""


class StaffHand:
    """Staff and supervisors at one open gate.

    Args:
        session: The engine.
        system: This machine.
        folder: The profile's.
    """

    def __init__(self, session: GateSession, system: System, folder: Path) -> None:
        self._session, self._system, self._folder = session, system, folder
        self._lock = PinLock(self._read_limits(), self._keep_limits, system.run_blocking)

    # ---- unlocking

    def find_badge(self, text: str) -> Badge | None:
        """Return whose badge a code is, or None."""
        session = self._session
        badge = find_badge(
            text, session.supervision.supervisors(), session.profile.organization_id
        )
        if badge is not None:
            session.names.take_badge(badge.person, text)
        return badge

    async def unlock(self, badge: Badge, pin: str) -> UnlockAnswer:
        """Try a PIN; what came of it stands in the journal."""
        hand = self._session.supervision
        answer = await self._lock.unlock(
            badge.person,
            pin,
            hand.supervisors(),
            self._system.clock.wall(),
            self._session.badge.open_pin,
        )
        if answer.is_right:
            hand.note("unlocked", person=badge.person)
        elif answer.wait and answer.tries_left:
            hand.note("pin_paused", f"{answer.wait // SECOND} s", badge.person)
        return answer

    def is_badge_good(self) -> bool:
        """Tell whether the badge of whoever is at work was not withdrawn meanwhile."""
        return self._session.badge.is_good(self._session.supervision.supervisors())

    def _read_limits(self) -> PinLimits:
        try:
            return decode_limits(self._session.store.disk.read(LIMITS_NAME))
        except BadInput:
            # Somebody had a hand in it: as after five wrong ones.
            now = self._system.clock.wall()
            return PinLimits(TryLimit(0, 1, now + PAUSE))

    def _keep_limits(self, limits: PinLimits) -> None:
        self._session.store.disk.write(LIMITS_NAME, encode_limits(limits))

    # ---- one scan

    def decline(self, answer: ScanAnswer, why: str, person: str = "") -> None:
        """Record that nobody was admitted on an answer."""
        ticket_id = None if answer.ticket_id is None else parse_ticket_id(answer.ticket_id)
        self._session.supervision.decline(answer.claim_id, ticket_id, why, person)

    def override(
        self, request: ScanRequest, answer: ScanAnswer, why: str, person: str
    ) -> ScanAnswer:
        """Admit on a supervisor's word."""
        return self._session.supervision.override(
            request.code,
            why=why,
            person=person,
            count=answer.count,
            manual=request.is_manual,
            claim_id=answer.claim_id,
        )

    async def undo(self, answer: ScanAnswer, why: str, person: str = "") -> None:
        """Take an admission back."""
        await self._session.undo(answer.claim_id, why, person)

    def note(self, topic: str, text: str = "", person: str = "") -> None:
        """Record something that was done at this gate."""
        self._session.supervision.note(topic, text, person)

    # ---- the gate

    def turn(self, direction: str, person: str) -> None:
        """Use the lane another way."""
        self._session.supervision.turn(Direction(direction) if direction else None, person)

    def evacuate(self, phase: str, person: str) -> None:
        """Empty this gate's zone, let its holders return, or say that it is over."""
        desk = self._session.evacuation
        deeds = {
            EvacuationPhase.STOP: desk.begin,
            EvacuationPhase.RETURN: desk.start_return,
            EvacuationPhase.OVER: desk.end,
        }
        deeds[EvacuationPhase(phase)](person)

    def list_inside(self, person: str) -> InsideList:
        """List who entered the zone and was not seen leaving; who asked is on record."""
        found = self._session.evacuation.list_inside()
        self._session.supervision.note("inside_list", str(len(found.tickets)), person)
        return found

    def search_names(self, text: str, person: str) -> Sequence[FoundHolder]:
        """Find holders by name; whose tickets were shown is on record, the name is not."""
        found = self._session.names.search(text, person)
        if found:
            shown = ",".join(one.ticket_id for one in found)
            self._session.supervision.note("name_search", shown, person)
        return found

    def forget_names(self) -> None:
        """Let the names be sealed again, and nothing be signed: nobody is at work any more."""
        self._session.names.forget()

    def find_recording(self) -> Recording | None:
        """Return the newest queue that this device's journal has recorded, or None."""
        return find_recording(read_scans(self._session.store.journal, _ENTRIES_READ))

    async def rehearse(self, replay: Replay | None, on_progress: OnProgress) -> Played:
        """Play a practice queue through a lane on this device's disk; see `rehearsal.playing`."""
        event, gate_id = self._session.supervision.event(), self._session.lane.setting.gate_id
        if event is None or gate_id is None:
            message = "this gate has no data yet"
            raise BadInput(message, kind=TroubleKind.NO_DATA)
        folder = self._folder / REHEARSAL_FOLDER
        shutil.rmtree(folder, ignore_errors=True)
        with explained(str(folder)):
            folder.mkdir(0o700)
        system = self._system
        stage = Stage(
            system.open_disk(folder), system.clock, system.entropy, system.run_blocking, gate_id
        )
        try:
            return await play(
                event.config,
                event.header.keyring,
                stage,
                replay=replay,
                on_progress=on_progress,
            )
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep_page(self, name: str, content: bytes) -> str:
        """Keep a page that was made for printing beside the profile; returns where it is."""
        self._session.store.disk.write(name, content)
        return str(self._folder / name)

    def conflicts(self) -> Sequence[ConflictView]:
        """Return the conflicts that nobody has settled."""
        return [self._view(notice) for notice in self._session.supervision.conflicts()]

    def settle(self, conflict_id: str, disposition: str, person: str) -> None:
        """Say what became of a conflict."""
        self._session.supervision.settle(conflict_id, disposition, person)

    def device_facts(self) -> DeviceFacts:
        """Say in what condition the machine is."""
        session, status = self._session, self._session.status()
        return DeviceFacts(
            device_id=status.device_id,
            name=session.profile.name,
            server=session.profile.server_url,
            tickets=status.tickets,
            entries=session.store.journal.last_seq,
            pending=status.pending,
            free_bytes=self._free_bytes(),
            clock_offset=status.clock_offset,
            clock_error=session.clock_error(),
            is_clock_trusted=session.is_clock_trusted,
            problem=status.problem,
            supervisors=len(session.supervision.supervisors()),
            trouble=status.trouble,
        )

    def _free_bytes(self) -> int | None:
        try:
            return shutil.disk_usage(self._folder).free
        except OSError:
            return None

    def _view(self, notice: ConflictNotice) -> ConflictView:
        name_of = self._session.place.name_of
        sides = []
        for claim_id, gate_id in zip(notice.claim_ids, notice.gate_ids, strict=False):
            use = self._session.store.uses.find(claim_id)
            sides.append(
                ConflictSide(
                    gate=name_of(gate_id) or gate_id,
                    at=None if use is None else use.at,
                    is_here=use is not None and use.is_local,
                )
            )
        return ConflictView(
            conflict_id=notice.conflict_id,
            kind=notice.kind,
            ticket_id=None if notice.ticket_id is None else format_ticket_id(notice.ticket_id),
            sides=tuple(sides),
            is_ordered=notice.ordered,
        )
