"""A device whose folder cannot be used: it is said in words, and the next try begins anew."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.device.composition_root import machine_system
from gatekeeper.device.opened_till import open_till
from gatekeeper.device.profile_folder import PairingRequest, ProfileFolder
from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.profile import PROFILE_NAME
from gatekeeper.this_machine import System
from shared.kernel.errors import EnvironmentFault, StoreFault
from shared.wire.enrol_code import draw_code
from tests.factories.gate_event import SOUTH, TicketOffice
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy
from tests.fakes.sync_server import FakeSyncServer


async def test_a_folder_that_leads_nowhere_is_named_before_the_server_is_asked(
    tmp_path: Path,
) -> None:
    """A link to a stick that is gone; nobody listens at the address, and nobody is asked."""
    folder = tmp_path / "gate"
    folder.symlink_to(tmp_path / "stick" / "gate")
    request = PairingRequest(url="http://127.0.0.1:1", code=draw_code(SeededEntropy()))
    with pytest.raises(EnvironmentFault, match="cannot be used"):
        await ProfileFolder(folder, machine_system()).pair(request)


class FullDisk(FolderDisk):
    """A folder on a disk that has no room for another profile."""

    def write(self, name: str, content: bytes, *, durable: bool = True) -> None:
        """Keep what is small."""
        if name == PROFILE_NAME:
            message = "no space left on device"
            raise StoreFault(message)
        super().write(name, content, durable=durable)


def _enrol(folder: Path, role: str) -> PairedGate:
    server = FakeSyncServer(TicketOffice(), ManualClock())
    return PairedGate(folder, server, role=role)


def _on(disk: type[FolderDisk], device: PairedGate) -> System:
    return msgspec.structs.replace(device.system(), open_disk=disk)


async def test_a_gate_that_a_full_disk_kept_shut_opens_when_there_is_room(
    tmp_path: Path,
) -> None:
    """The steward presses the gate again; nothing of the first try holds the folder."""
    device = _enrol(tmp_path, "gate")
    full = ProfileFolder(tmp_path, _on(FullDisk, device))
    for _ in range(2):
        with pytest.raises(StoreFault, match="no space left"):
            await full.open(SOUTH, lambda: None)
    gate = await ProfileFolder(tmp_path, device.system()).open(SOUTH, lambda: None)
    assert gate.profile.gate_id == SOUTH
    await gate.close()


async def test_a_till_whose_opening_failed_leaves_its_folder_to_the_next_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fails as the drawer is read."""
    device = _enrol(tmp_path, "till")

    def fail(*_: object) -> None:
        message = "disk I/O error"
        raise StoreFault(message)

    with monkeypatch.context() as failing:
        failing.setattr("gatekeeper.device.opened_till.use_terminal", fail)
        with pytest.raises(StoreFault, match="disk I/O"):
            await open_till(tmp_path, device.system())
    till = await open_till(tmp_path, device.system())
    await till.session.close()
