"""The real gate behind the window: a profile's folder, enrolled and opened."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gatekeeper.bootstrap import enrolment_ways
from gatekeeper.gate.answer import LaneStatus, ScanAnswer
from gatekeeper.gate.requests import ScanOutcome, ScanRequest
from gatekeeper.lan_link import LanOptions
from gatekeeper.session import GateSession
from gatekeeper.store.disk import Disk
from gatekeeper.store.profile import PROFILE_NAME
from gatekeeper.supervisor.settings import DeviceSettings, decode_settings, encode_settings
from gatekeeper.system import System
from gatekeeper.ui.session_port import OnChange, OnProgress, PairingRequest
from gatekeeper.ui.staff_hand import StaffHand
from shared.kernel.errors import StoreFault
from shared.manifest.event_config import GateConfig

SETTINGS_NAME: Final = "kiosk.json"


class ProfileBackend:
    """Fulfils `session_port.LaneBackend`.

    Args:
        folder: The profile's.
        system: This machine.
        gate: A gate's name or id that the command line asks for, or None.
        direction: The way the lane is used, or None for the gate's own.
        lan: How it claims among the venue's gates, or None to stay alone.
    """

    def __init__(
        self,
        folder: Path,
        system: System,
        *,
        gate: str | None = None,
        direction: str | None = None,
        lan: LanOptions | None = None,
    ) -> None:
        self._folder, self._system = folder, system
        self._gate, self._direction, self._lan = gate, direction, lan

    def is_paired(self) -> bool:
        """Whether the folder holds a profile.

        Raises:
            StoreFault: if it cannot be read.
        """
        return self._disk().read(PROFILE_NAME) is not None

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
            direction=self._direction or self.load_settings().direction or None,
            on_change=on_change,
            lan=self._lan,
        )
        if gate_id is not None:
            session.place.choose(gate_id)
        return OpenGate(session, self._system, self._folder)

    def load_settings(self) -> DeviceSettings:
        """Return how this device is set."""
        with contextlib.suppress(StoreFault):
            return decode_settings(self._disk().read(SETTINGS_NAME))
        return DeviceSettings()

    def save_settings(self, settings: DeviceSettings) -> None:
        """Keep how this device is set.

        Raises:
            StoreFault: if the disk refuses.
        """
        self._disk().write(SETTINGS_NAME, encode_settings(settings))

    def _disk(self) -> Disk:
        return self._system.open_disk(self._folder)


class OpenGate(StaffHand):
    """Fulfils `session_port.SessionPort`.

    Args:
        session: The engine.
        system: This machine.
        folder: The profile's.
    """

    async def scan(self, request: ScanRequest) -> ScanOutcome:
        """Decide on a scan, or ask how many where a code stands for several."""
        session = self._session
        if not request.is_manual and (badge := self.find_badge(request.text)) is not None:
            return badge
        if request.count is None:
            session.settle_gate()
            outlook = session.supervision.outlook(request.code, manual=request.is_manual)
            if outlook is not None:
                return outlook
        return await session.scan(
            request.code,
            count=request.count or 1,
            manual=request.is_manual,
            id_checked=request.id_checked,
            pending_acknowledged=request.pending_acknowledged,
            claim_id=request.claim_id,
        )

    def status(self) -> LaneStatus:
        """Say in what condition the gate is."""
        return self._session.status()

    def gates(self) -> Sequence[GateConfig]:
        """Return the event's gates."""
        return self._session.gates()

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
