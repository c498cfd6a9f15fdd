"""Real gates over a real server in one process, on a wire that a test can cut."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatekeeper.device.lan_link import LanOptions
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Scan
from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.profile import DEVICE_KEY_NAME, Profile, save_key, save_profile
from gatekeeper.sync.server_port import JSON, SyncServer
from gatekeeper.sync.transport import ANSWER_SIZE_MAX
from gatekeeper.this_machine import System
from shared.kernel.errors import Rejected, ServerFault
from shared.kernel.id_types import DeviceId
from shared.kernel.ports import Clock, CrashPoint, no_crash
from shared.kernel.trouble import Trouble, TroubleKind
from tests.factories.gate_device import run_at_once
from tests.factories.ledger_office import GateDevice, LedgerOffice


class Wire(SyncServer):
    """A device's end of the wire.

    Attributes:
        is_cut: Nothing goes through.
    """

    def __init__(self, office: LedgerOffice, device: GateDevice) -> None:
        self._office = office
        self._device = device
        self.is_cut = False

    async def send(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        media_type: str = JSON,
        size_max: int = ANSWER_SIZE_MAX,
    ) -> bytes:
        if self.is_cut:
            raise ServerFault("the wire is cut")
        headers = self._device.headers | {"content-type": media_type}
        client = self._office.office.client
        answer = await client.request(method, path, content=content, headers=headers)
        if self.is_cut:
            raise ServerFault("the wire is cut")
        if answer.status_code >= 500:
            raise ServerFault(answer.text)
        if answer.status_code >= 400:
            raise Rejected(answer.text, problem="", status=answer.status_code)
        assert len(answer.content) <= size_max
        return answer.content


@dataclass
class WiredGate:
    """A real gate with its end of the wire."""

    device: GateDevice
    wire: Wire
    session: GateSession

    @property
    def id(self) -> str:
        """Return the device's id."""
        return self.device.id

    async def scan(self, code: str, **options: Any) -> ScanAnswer:
        """Scan a code."""
        return await self.session.scan(Scan(code, **options))

    async def sync(self) -> None:
        """Sync once."""
        await self.session.sync_once()

    async def cut(self) -> None:
        """Cut the wire, and let the gate notice."""
        self.wire.is_cut = True
        self.session.lane._uplink.note_failure(Trouble(TroubleKind.UNREACHABLE, "cut"))

    async def mend(self) -> None:
        """Mend the wire and sync until nothing is left."""
        self.wire.is_cut = False
        await self.sync()

    async def serve(self) -> None:
        """Keep in step until cancelled, as the background does, only faster."""
        while True:
            await self.sync()
            await asyncio.sleep(0.01)


async def open_gate(
    office: LedgerOffice,
    folder: Path,
    gate: int,
    *,
    role: str = "gate",
    clock: Clock | None = None,
    lan: LanOptions | None = None,
    boot: int = 0,
) -> WiredGate:
    """Enrol a gate and open its session; it has not synced yet."""
    device = await office.enrol(gate, role=role, begins=False)
    place = folder / device.id
    place.mkdir(parents=True)
    disk = FolderDisk(place)
    save_key(disk, DEVICE_KEY_NAME, device.key)
    save_profile(
        disk,
        Profile(
            server_url="http://127.0.0.1:1",
            device_id=DeviceId(device.id),
            organization_id=office.owner.organization_id,
            organization="Lantern Society",
            root_public_key=office.root.hex(),
            token=device.token,
            role=role,
            event_id=office.event_id,
            gate_id=device.gate_id,
        ),
    )
    return await open_again(office, place, device, clock=clock, lan=lan, boot=boot)


async def open_again(
    office: LedgerOffice,
    place: Path,
    device: GateDevice,
    *,
    clock: Clock | None = None,
    crash_point: CrashPoint = no_crash,
    lan: LanOptions | None = None,
    boot: int = 0,
) -> WiredGate:
    """Open the session of a gate whose profile is in its folder.

    Args:
        office: Its server.
        place: The folder.
        device: Which gate.
        clock: The machine's; the office's by default.
        crash_point: Called at each step of a transaction.
        lan: How it takes part in the venue's network.
        boot: Names the run of the machine; 0 where time is carried over no start of the program.
    """
    wire = Wire(office, device)
    system = System(
        clock=clock or office.office.clock,
        entropy=office.office.entropy,
        connect=lambda _profile, _channel: wire,
        run_blocking=run_at_once,
        crash_point=crash_point,
        boot=boot,
    )
    return WiredGate(device, wire, await GateSession.open(place, system=system, lan=lan))
