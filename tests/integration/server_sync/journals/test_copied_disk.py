"""A gate's disk put back to an older copy: named at server and gate, and nothing is lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.store.disk import FolderDisk
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import WiredGate, open_gate

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)


def folder_of(gate: WiredGate) -> Path:
    disk = gate.session.store.disk
    assert isinstance(disk, FolderDisk)
    return disk.folder


async def start(gate: WiredGate, folder: Path) -> WiredGate:
    """Start the gate's program on a folder."""
    session = await GateSession.open(folder, system=gate.session._system)
    return WiredGate(gate.device, gate.wire, session)


@pytest.mark.either_database
async def test_a_disk_put_back_to_a_copy_between_two_starts_is_named(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """The copy begins its boot where the lost one began; every passage counts, and once."""
    gate = await open_gate(ledger_office, tmp_path, 0)
    await gate.sync()
    await gate.scan(ledger_office.codes[0])
    await gate.sync()
    folder = folder_of(gate)
    await gate.session.close()
    shutil.copytree(folder, tmp_path / "image")

    gate = await start(gate, folder)
    await gate.cut()
    await gate.scan(ledger_office.codes[1])
    await gate.mend()
    assert await ledger_office.conflicts() == []
    assert gate.session.status().trouble == ""
    await gate.session.close()

    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "image", folder)
    gate = await start(gate, folder)
    await gate.sync()
    (conflict,) = await ledger_office.conflicts()
    assert (conflict["kind"], conflict["device_id"]) == ("forked_journal", gate.id)
    assert gate.session.status().trouble == "older_copy"
    await gate.sync()
    assert [one.kind for one in gate.session.supervision.conflicts()] == ["forked_journal"]
    again = [(await gate.scan(code)).reason for code in ledger_office.codes[:3]]
    assert again == ["already_used", "already_used", "ok"]
    await gate.sync()
    assert gate.session.store.journal.pending == 0
    await gate.session.close()
