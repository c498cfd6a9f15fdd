"""One gate and an honest ledger in the same process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from gatekeeper.device.opened_gate import GateSession
from tests.factories.gate_event import TicketOffice
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer

OpenSynced = Callable[[], Awaitable[GateSession]]


@pytest.fixture
def office() -> TicketOffice:
    return TicketOffice()


@pytest.fixture
def server(office: TicketOffice) -> FakeSyncServer:
    return FakeSyncServer(office, ManualClock())


@pytest.fixture
def gate(tmp_path: Path, server: FakeSyncServer) -> PairedGate:
    return PairedGate(tmp_path / "gate", server)


@pytest.fixture
async def open_synced(gate: PairedGate, server: FakeSyncServer) -> AsyncIterator[OpenSynced]:
    """Hand out what was sold, and open the gate, which has it; it is closed after the test."""
    opened: list[GateSession] = []

    async def open_it() -> GateSession:
        server.publish()
        session = await gate.open()
        opened.append(session)
        await session.sync_once()
        return session

    yield open_it
    for session in opened:
        await session.close()
