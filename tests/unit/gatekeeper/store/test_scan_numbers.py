"""How many scans wait for the server, whatever else stands in the journal."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.gate.requests import Scan
from shared.journal.entry import NoteBody
from tests.factories.gate_event import TicketOffice
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer


async def test_scans_that_wait_are_counted_and_nothing_else(tmp_path: Path) -> None:
    """Not the start, notes or sales; also after a restart, and when all is uploaded."""
    office = TicketOffice()
    server = FakeSyncServer(office, ManualClock())
    tickets = [office.sell() for _ in range(3)]
    server.publish()
    paired = PairedGate(tmp_path, server)
    session = await paired.open()
    await session.sync_once()
    assert session.status().pending_scans == 0
    server.is_cut = True
    for digits in tickets:
        await session.scan(Scan(digits))
    session.supervision.do(NoteBody("unlocked", "", "sv_1"))
    status = session.status()
    assert status.pending > status.pending_scans == 3
    await session.close()

    session = await paired.open()
    assert session.status().pending_scans == 3
    assert not session.status().has_tried
    server.is_cut = False
    await session.sync_once()
    assert (session.status().pending, session.status().pending_scans) == (0, 0)
    assert session.status().has_tried
    await session.close()
