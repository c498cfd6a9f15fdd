"""A gate for the window's tests: it answers what a test prepared, at once or when told to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace

from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.device.opened_gate import OnChange
from gatekeeper.device.profile_folder import PairingRequest, ProfileFolder
from gatekeeper.gate.answer import (
    DutyChange,
    GroupOutlook,
    LaneStatus,
    ScanAnswer,
    StrangeBadge,
    SyncProgress,
)
from gatekeeper.gate.keying_in_paper_list import OnPaper
from gatekeeper.gate.requests import (
    Decline,
    Deed,
    Evacuate,
    KeyIn,
    Override,
    Scan,
    ScanOutcome,
    Settle,
    Turn,
    Undo,
)
from gatekeeper.gate.scanned import PickedTicket
from gatekeeper.gate.staff_deeds import Supervision
from gatekeeper.rehearsal.judging_readiness import Played, Replay
from gatekeeper.rehearsal.playing import OnProgress
from gatekeeper.rehearsal.recording import Recording
from gatekeeper.supervisor.device_settings import DeviceSettings
from gatekeeper.supervisor.shown_to_supervisors import (
    ConflictView,
    FoundHolder,
    InsideList,
    MachineFacts,
)
from gatekeeper.supervisor.unlocking_and_locking_again import Badge, UnlockAnswer
from gatekeeper.sync.engine import SyncOutcome
from gatekeeper.sync.manifests import Report, no_report
from shared.journal.entry import NoteBody
from shared.kernel.id_types import GateId, TicketId
from shared.kernel.instant import MINUTE
from shared.manifest.event_config import GateConfig
from tests.fakes.gate_answers import (
    DEVICE_FACTS,
    FAKE_NOW,
    HOLDERS,
    INSIDE,
    OPEN_STATUS,
    PLAYED,
    make_answer,
)

RIGHT_PIN = "483920"


class FakeSupervision(Supervision):
    """Remembers what people do, instead of recording it."""

    def __init__(self, gate: FakeGateSession) -> None:
        self._gate = gate

    def do(self, deed: Deed) -> int:
        """Remember it; another way or phase shows in the status."""
        gate = self._gate
        match deed:
            case NoteBody():
                gate.remember("note", deed.topic, deed.text, deed.person)
            case Decline():
                gate.remember("decline", deed.claim_id, deed.why, deed.person)
            case Undo():
                gate.remember("undo", deed.claim_id, deed.why, deed.person)
            case Turn():
                gate.remember("turn", deed.direction, deed.person)
                gate.state = replace(gate.state, direction=deed.direction or "both")
            case Evacuate():
                which = filter(None, [deed.evacuation_id])
                gate.remember("evacuate", deed.phase, deed.person, *which)
                gate.state = replace(
                    gate.state,
                    evacuation="" if deed.phase == "over" else deed.phase,
                    evacuation_gate=gate.state.gate,
                    evacuation_at=FAKE_NOW,
                )
            case Settle():
                gate.remember("settle", deed.conflict_id, deed.disposition, deed.person)
                others = (one for one in gate.disputes if one.conflict_id != deed.conflict_id)
                gate.disputes = list(others)
            case KeyIn():
                minutes = (deed.last - deed.first) // MINUTE
                said = ("sure" * deed.is_sure, f"{deed.count}", f"{minutes}", f"{deed.code}")
                gate.remember("key_in", *said)
        return len(gate.deeds)

    def look_on_paper(self, request: KeyIn) -> OnPaper:
        """Know each code as a ticket for three, unless it is to fail."""
        self._gate.remember("look", str(request.code))
        return OnPaper(TicketId(7), "Family", 3, None)

    def override(self, request: Override) -> ScanAnswer:
        """Admit, and remember it."""
        gate, scan = self._gate, request.scan
        gate.remember("override", scan.text, request.why, request.person)
        answer = next(
            (one for one in gate.past if one.claim_id == scan.claim_id), make_answer("override")
        )
        return replace(answer, verdict="admit", reason="override")


class FakeGateSession(AttendedGate):
    """A gate without disk or server, for the window.

    Attributes:
        answers: By code; an error is raised. Any other code is `malformed`.
        groups: Codes that stand for several, and how many may pass.
        scans: Every code that came, with whether it was typed by hand.
        requests: The same in full.
        deeds: Everything else that was done at the gate.
        deed_fault: Raised by the next of them.
        badges: Codes that are supervisors' badges.
        stewards: Codes that are stewards' badges, and what comes of them.
        wrong_pin: What comes of a wrong PIN.
        disputes: What `conflicts` says.
        state: What `status` says.
        offered: What `gates` says.
        steps: What a sync reports, one by one.
        sync_fault: Raised by the sync after its steps, once.
        after_sync: What `status` says after a sync.
        past: What `recent` says, newest first.
        pages: What was kept for printing.
        forgotten: How often names were sealed again.
        recording: What `find_recording` says.
        obstacle: Why there is no rehearsal now.
        goes_on: What a rehearsal was told last.
    """

    def __init__(self) -> None:
        self.supervision = FakeSupervision(self)
        self.answers: dict[str, ScanAnswer | BaseException] = {}
        self.groups: dict[str, GroupOutlook] = {}
        self.scans: list[tuple[str, bool]] = []
        self.requests: list[Scan] = []
        self.deeds: list[tuple[str, ...]] = []
        self.deed_fault: BaseException | None = None
        self.badges: dict[str, Badge] = {}
        self.is_badge_held = True
        self.strange: dict[str, StrangeBadge] = {}
        self.stewards: dict[str, DutyChange] = {}
        self.wrong_pin = UnlockAnswer(is_right=False, tries_left=4)
        self.disputes: list[ConflictView] = []
        self._gate = asyncio.Event()
        self._gate.set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.state = OPEN_STATUS
        self.offered: list[GateConfig] = []
        self.steps: list[SyncProgress] = []
        self.sync_fault: BaseException | None = None
        self.after_sync: LaneStatus | None = None
        self.past: list[ScanAnswer] = []
        self.pages: list[bytes] = []
        self.forgotten = 0
        self.recording: Recording | None = None
        self.obstacle: BaseException | None = None
        self.goes_on = True
        self.is_closed = False

    def hold(self) -> None:
        """Let scans, syncs and PINs wait from now on."""
        self._gate.clear()

    def let_go(self) -> None:
        """Let those that wait go on; from the test's own thread."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._gate.set)

    async def attend(self, request: Scan) -> ScanOutcome:
        """Answer as prepared; what staff have confirmed is admitted."""
        self.scans.append((request.text, request.is_manual))
        self.requests.append(request)
        await self._wait()
        if shown := self.badges.get(request.text) or self.strange.get(request.text):
            return shown
        if request.text in self.stewards:
            change = self.stewards[request.text]
            name = change.name if change.is_on else ""
            self.state = replace(self.state, steward=name)
            return change
        outlook = self.groups.get(request.text)
        if outlook is not None and request.count is None:
            return outlook
        answer = self.answers.get(request.text, make_answer("malformed"))
        if isinstance(request.code, PickedTicket):
            self.remember("found", request.text, str(request.count), request.code.why)
            answer = self.answers.get(request.text, make_answer("ok", ticket_id=request.text))
        if isinstance(answer, BaseException):
            raise answer
        answer = replace(answer, count=request.count or answer.count)
        if request.id_checked or request.pending_acknowledged or request.answers:
            answer = replace(answer, verdict="admit", reason="ok", may_acknowledge=False)
        self.past.insert(0, answer)
        return answer

    def find_badge(self, text: str) -> Badge | None:
        """Return the prepared badge."""
        return self.badges.get(text)

    async def unlock(self, badge: Badge, pin: str) -> UnlockAnswer:
        """Take the one PIN; say what was prepared to any other."""
        await self._gate.wait()
        if pin == RIGHT_PIN:
            return UnlockAnswer(is_right=True)
        return self.wrong_pin

    def is_badge_good(self) -> bool:
        """Say what was prepared."""
        return self.is_badge_held

    def list_inside(self, person: str) -> InsideList:
        """Return the prepared list, and remember who asked."""
        self.remember("inside", person)
        return INSIDE

    def search_names(self, text: str, person: str) -> Sequence[FoundHolder]:
        """Return the prepared holders whose names contain the text."""
        self.remember("names", text, person)
        return [one for one in HOLDERS if text.lower() in one.name.lower()]

    def forget_names(self) -> None:
        """Count it."""
        self.forgotten += 1

    def override(self, request: Override) -> ScanAnswer:
        """Admit, and remember it."""
        return self.supervision.override(request)

    def end_duty(self) -> None:
        """Have nobody on duty."""
        self.remember("end_duty")
        self.state = replace(self.state, steward="")

    def find_recording(self) -> Recording | None:
        """Return the prepared one."""
        return self.recording

    def prepare_rehearsal(self) -> Recording | None:
        """Return the recording, or say why there is no rehearsal now."""
        if self.obstacle is not None:
            raise self.obstacle
        return self.recording

    async def rehearse(self, replay: Replay | None, on_progress: OnProgress) -> Played:
        """Return a queue that went well, once it was let go."""
        self.remember("rehearse", "" if replay is None else str(replay.speed))
        self.goes_on = on_progress(137, 400)
        await self._wait()
        self.goes_on = on_progress(399, 400)
        return replace(PLAYED, replay=replay)

    def keep_page(self, name: str, content: bytes) -> str:
        """Remember the page."""
        self.remember("keep", name)
        self.pages.append(content)
        return f"/profile/{name}"

    def conflicts(self) -> Sequence[ConflictView]:
        """Return the prepared conflicts that are left."""
        return tuple(self.disputes)

    def device_facts(self) -> MachineFacts:
        """Return a machine in order."""
        return DEVICE_FACTS

    def remember(self, *deed: str) -> None:
        """Put a deed with the others, or fail as prepared."""
        fault, self.deed_fault = self.deed_fault, None
        if fault is not None:
            raise fault
        self.deeds.append(deed)

    def status(self) -> LaneStatus:
        """Return the prepared status."""
        return self.state

    def gates(self) -> Sequence[GateConfig]:
        """Return the prepared gates."""
        return tuple(self.offered)

    def recent(self, count: int) -> list[ScanAnswer]:
        """Return the last answers."""
        return self.past[:count]

    undoable = recent  # none was taken back

    async def sync_once(self, report: Report = no_report) -> SyncOutcome:
        """Report the prepared steps."""
        for step in self.steps:
            report(step)
            await asyncio.sleep(0)
        await self._wait()
        fault, self.sync_fault = self.sync_fault, None
        if fault is not None:
            raise fault
        if self.after_sync is not None:
            self.state = self.after_sync
        return SyncOutcome(0, 0, 0, 0, 0)

    async def _wait(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._gate.wait()

    async def run_background(self) -> None:
        """Wait for ever."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Remember it."""
        self.is_closed = True


class FakeBackend(ProfileFolder):
    """The profile folder of a machine that a test has prepared.

    Attributes:
        session: What `open` gives.
        paired: Whether this machine is a device.
        sells: Whether it is a till.
        requests: Every attempt to pair.
        pair_fault: Raised by the next attempt to pair.
        open_fault: Raised by the next opening.
    """

    def __init__(self, session: FakeGateSession, *, paired: bool = True) -> None:
        self.session = session
        self.paired, self.sells = paired, False
        self.requests: list[PairingRequest] = []
        self.pair_fault: BaseException | None = None
        self.open_fault: BaseException | None = None
        self.opened: list[str | None] = []
        self.settings = DeviceSettings()

    def load_settings(self) -> DeviceSettings:
        """Return what was kept."""
        return self.settings

    def save_settings(self, settings: DeviceSettings) -> None:
        """Keep it."""
        self.settings = settings

    def is_paired(self) -> bool:
        """Whether this machine is a device."""
        return self.paired

    def is_till(self) -> bool:
        """Whether it sells, and opens no gate."""
        return self.sells

    async def pair(self, request: PairingRequest) -> None:
        """Pair, or fail as prepared."""
        self.requests.append(request)
        fault, self.pair_fault = self.pair_fault, None
        if fault is not None:
            raise fault
        self.paired = True

    async def open(self, gate_id: GateId | None, on_change: OnChange) -> FakeGateSession:
        """Open, or fail as prepared."""
        self.opened.append(gate_id)
        fault, self.open_fault = self.open_fault, None
        if fault is not None:
            raise fault
        if gate_id is not None:
            name = next(gate.name for gate in self.session.offered if gate.id == gate_id)
            self.session.state = replace(self.session.state, gate_id=gate_id, gate=name)
        return self.session
