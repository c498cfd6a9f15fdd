"""What makes a gate decide alone: a failed exchange or claim, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.gate.requests import Scan
from shared.kernel.errors import GatekeeperError, Rejected, ServerFault, StoreFault
from shared.kernel.id_types import DeviceId, EventId
from tests.factories.gate_event import TicketOffice
from tests.factories.gate_profile import PairedGate
from tests.fakes.sync_server import FakeSyncServer
from tests.unit.gatekeeper.sync.conftest import OpenSynced


@pytest.mark.parametrize(
    "fault",
    [
        Rejected("the key is another event's", problem="conflict", status=409),
        ServerFault("the till key did not come"),
        StoreFault("the disk refuses the key"),
    ],
)
async def test_what_fails_after_a_good_exchange_leaves_the_gate_connected(
    tmp_path: Path,
    office: TicketOffice,
    server: FakeSyncServer,
    monkeypatch: pytest.MonkeyPatch,
    fault: GatekeeperError,
) -> None:
    """Its fault is told, and each ticket is claimed at the ledger all the same."""
    first, second = office.sell(), office.sell()
    server.publish()
    session = await PairedGate(tmp_path, server, role="both").open()
    north = await PairedGate(tmp_path / "n", server, device_id=DeviceId("dv_n")).open()
    await north.sync_once()

    async def fail() -> None:
        raise fault

    monkeypatch.setattr(session._till_parts.stock, "renew", fail)
    with pytest.raises(type(fault)):
        await session.sync_once()

    assert str(fault) in session.engine.problem
    assert (await north.scan(Scan(first))).mode == "online"
    taken = await session.scan(Scan(first))
    assert (taken.reason, taken.mode) == ("already_used", "online")
    assert (await session.scan(Scan(second))).mode == "online"
    for one in (session, north):
        await one.close()


async def test_manifest_that_cannot_be_fetched_leaves_the_gate_connected(
    office: TicketOffice,
    server: FakeSyncServer,
    open_synced: OpenSynced,
    gate: PairedGate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The exchange was good: the ledger is asked, and the manifest is tried again."""
    code = office.sell()
    session = await open_synced()
    later = office.sell()
    server.publish()

    async def fail(_event_id: EventId) -> None:
        raise ServerFault("the pieces do not come")

    with monkeypatch.context() as patched:
        patched.setattr(gate.link, "fetch_manifest", fail)
        with pytest.raises(ServerFault):
            await session.sync_once()
    assert (await session.scan(Scan(code))).mode == "online"
    await session.sync_once()
    server.is_cut = True
    with pytest.raises(ServerFault):
        await session.sync_once()
    assert (await session.scan(Scan(later))).mode == "offline"
