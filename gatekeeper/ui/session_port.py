"""What the window needs of the gate behind it; `gatekeeper.ui.lane_backend` fulfils it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from gatekeeper.gate.answer import LaneStatus, ScanAnswer, SyncProgress
from gatekeeper.gate.requests import ScanOutcome, ScanRequest
from gatekeeper.rehearsal.recording import Recording
from gatekeeper.rehearsal.report import Played, Replay
from gatekeeper.supervisor.duty import Badge, UnlockAnswer
from gatekeeper.supervisor.settings import DeviceSettings
from gatekeeper.supervisor.views import ConflictView, DeviceFacts, FoundHolder, InsideList
from shared.manifest.event_config import GateConfig

OnProgress = Callable[[SyncProgress], None]
OnChange = Callable[[], None]
OnQueue = Callable[[int, int], bool]


class PairingRequest(msgspec.Struct, frozen=True):
    """What a person entered to make this machine a device.

    Attributes:
        line: The whole `GKE1 …` line, or "" where address and code were typed.
        url: The server's address.
        code: The one-time code.
    """

    line: str = ""
    url: str = ""
    code: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether something can be tried."""
        return bool(self.line) or bool(self.url and self.code)


class StaffPort(Protocol):
    """What people do at an open gate besides scanning; `person` is a supervisor's opaque id."""

    def decline(self, answer: ScanAnswer, why: str, person: str = "") -> None:
        """Record that nobody was admitted on an answer that sent the holder to a person.

        Args:
            answer: Which one.
            why: A short code.
            person: Who refused, or "" for staff.

        Raises:
            StoreFault: if it cannot be recorded.
        """
        ...

    def note(self, topic: str, text: str = "", person: str = "") -> None:
        """Record something that was done at this gate.

        Raises:
            StoreFault: if it cannot be recorded.
        """
        ...

    async def undo(self, answer: ScanAnswer, why: str, person: str = "") -> None:
        """Take an admission back.

        Raises:
            BadInput: if it was taken back already.
            StoreFault: if it cannot be recorded.
        """
        ...

    def find_badge(self, text: str) -> Badge | None:
        """Return whose badge a code is, or None."""
        ...

    async def unlock(self, badge: Badge, pin: str) -> UnlockAnswer:
        """Try a PIN.

        Raises:
            StoreFault: if the try cannot be counted.
        """
        ...

    def is_badge_good(self) -> bool:
        """Tell whether the badge of whoever is at work was not withdrawn meanwhile."""
        ...

    def override(
        self, request: ScanRequest, answer: ScanAnswer, why: str, person: str
    ) -> ScanAnswer:
        """Admit on a supervisor's word.

        Args:
            request: The scan that was not admitted.
            answer: What it was answered.
            why: Code of the reason.
            person: The supervisor.

        Raises:
            BadInput: if nobody may admit on this code.
            StoreFault: if it cannot be recorded.
        """
        ...

    def turn(self, direction: str, person: str) -> None:
        """Use the lane `in`, `out`, or as the gate says: "".

        Raises:
            BadInput: if the gate does not serve that way.
            StoreFault: if it cannot be recorded.
        """
        ...

    def evacuate(self, phase: str, person: str) -> None:
        """Empty this gate's zone, let its holders return, or say that it is over.

        Args:
            phase: `stop`, `return` or `over`.
            person: The supervisor.

        Raises:
            BadInput: if that cannot come next.
            StoreFault: if it cannot be recorded.
        """
        ...

    def list_inside(self, person: str) -> InsideList:
        """List who entered the zone and was not seen leaving; who asked is on record.

        Raises:
            BadInput: if the gate has no data yet.
            StoreFault: if it cannot be recorded.
        """
        ...

    def search_names(self, text: str, person: str) -> Sequence[FoundHolder]:
        """Find holders by name; whose tickets were shown is on record, the name is not.

        Args:
            text: As typed.
            person: The supervisor whose badge opens the names.

        Raises:
            BadInput: if there are no names, or the badge opens none.
            StoreFault: if it cannot be recorded.
        """
        ...

    def forget_names(self) -> None:
        """Let the names be sealed again: nobody is at work any more."""
        ...

    def find_recording(self) -> Recording | None:
        """Return the newest queue that this device's journal has recorded, or None.

        Raises:
            StoreFault: if the journal cannot be read.
        """
        ...

    async def rehearse(self, replay: Replay | None, on_progress: OnQueue) -> Played:
        """Play a practice queue through a lane on this device's disk.

        Args:
            replay: What was recorded, and how fast; None for a generated queue.
            on_progress: Told how many of how many are done; says whether to go on.

        Raises:
            BadInput: if doors are open, or the gate has no data yet.
            StoreFault: if the disk refuses.
        """
        ...

    def keep_page(self, name: str, content: bytes) -> str:
        """Keep a page that was made for printing; returns where it is.

        Raises:
            StoreFault: if the disk refuses.
        """
        ...

    def conflicts(self) -> Sequence[ConflictView]:
        """Return the conflicts that nobody has settled."""
        ...

    def settle(self, conflict_id: str, disposition: str, person: str) -> None:
        """Say what became of a conflict.

        Raises:
            BadInput: if it is settled already.
            StoreFault: if it cannot be recorded.
        """
        ...

    def device_facts(self) -> DeviceFacts:
        """Say in what condition the machine is."""
        ...


class SessionPort(StaffPort, Protocol):
    """An open gate. All of it is called in the engine's thread."""

    async def scan(self, request: ScanRequest) -> ScanOutcome:
        """Decide on a scan; the answer's entry is on disk.

        Raises:
            StoreFault: if it cannot be recorded; nobody was admitted.
        """
        ...

    def status(self) -> LaneStatus:
        """Say in what condition the gate is."""
        ...

    def gates(self) -> Sequence[GateConfig]:
        """Return the event's gates."""
        ...

    def recent(self, count: int) -> Sequence[ScanAnswer]:
        """Return the last answers, newest first."""
        ...

    async def sync_once(self, on_progress: OnProgress) -> None:
        """Upload the journal and fetch what changed.

        Raises:
            ServerFault: if the server cannot be reached.
        """
        ...

    async def run_background(self) -> None:
        """Keep in touch with server and neighbours until cancelled."""
        ...

    async def close(self) -> None:
        """Leave everything in order on the disk."""
        ...


class LaneBackend(Protocol):
    """The profile folder of this machine: unpaired, or a gate that can be opened."""

    def load_settings(self) -> DeviceSettings:
        """Return how this device is set; the standard where nothing is kept."""
        ...

    def save_settings(self, settings: DeviceSettings) -> None:
        """Keep how this device is set.

        Raises:
            StoreFault: if the disk refuses.
        """
        ...

    def is_paired(self) -> bool:
        """Whether this machine is a device."""
        ...

    async def pair(self, request: PairingRequest) -> None:
        """Make this machine a device.

        Raises:
            BadInput: if the code cannot be one.
            Rejected: if the server refuses it.
            ServerFault: if the server cannot be reached.
        """
        ...

    async def open(self, gate_id: str | None, on_change: OnChange) -> SessionPort:
        """Open the gate.

        Args:
            gate_id: The gate that a person chose, or None for the profile's own.
            on_change: Called in the engine's thread when the status may have changed.

        Raises:
            StoreFault: if the profile's database cannot be used.
        """
        ...
