"""An enrolled profile folder, opened as a session against a fake server."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.profile import DEVICE_KEY_NAME, Profile, save_key, save_profile
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel
from gatekeeper.sync.server_port import SyncServer
from gatekeeper.this_machine import System
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import DeviceId, GateId
from shared.kernel.ports import CrashPoint, Entropy, no_crash
from tests.factories.gate_device import run_at_once
from tests.factories.gate_event import EVENT, NORTH, ORGANIZATION
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy
from tests.fakes.sync_server import FakeSyncServer


class PairedGate:
    """A device that is enrolled at a fake server.

    Attributes:
        folder: The profile's.
        clock: The device's own.
        link: Its end of the wire.
    """

    def __init__(
        self,
        folder: Path,
        server: FakeSyncServer,
        *,
        device_id: DeviceId = DeviceId("dv_north"),
        gate_id: GateId | None = NORTH,
        role: str = "gate",
        clock: ManualClock | None = None,
        entropy: Entropy | None = None,
    ) -> None:
        self.folder = folder
        self.clock = clock or ManualClock()
        self.entropy = entropy or SeededEntropy(device_id)
        key = SigningKey.generate(SeededEntropy(f"key:{device_id}"))
        self.public_key = key.public_key
        self.link = server.enrolled(device_id, key.public_key, role)
        disk = FolderDisk(folder)
        save_key(disk, DEVICE_KEY_NAME, key)
        save_profile(
            disk,
            Profile(
                server_url="http://127.0.0.1:1",
                device_id=device_id,
                organization_id=ORGANIZATION,
                organization="Lantern Society",
                root_public_key=server.office.root.public_key.hex(),
                token="token",
                role=role,
                event_id=EVENT,
                gate_id=gate_id,
                kind="test",
            ),
        )

    def system(self, crash_point: CrashPoint = no_crash) -> System:
        """Give the device's machine."""
        return System(
            clock=self.clock,
            entropy=self.entropy,
            connect=self._connect,
            crash_point=crash_point,
            run_blocking=run_at_once,
        )

    def _connect(self, _profile: Profile, _channel: DeviceChannel) -> SyncServer:
        return self.link

    async def open(
        self, crash_point: CrashPoint = no_crash, *, starts_boot: bool = True
    ) -> GateSession:
        """Open the session."""
        return await GateSession.open(
            self.folder, system=self.system(crash_point), starts_boot=starts_boot
        )
