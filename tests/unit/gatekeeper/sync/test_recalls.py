"""A recall is told once by the feed: whatever happens meanwhile, the tickets are given up."""

from __future__ import annotations

import pytest

from gatekeeper.device.opened_gate import GateSession
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import SurrenderBody
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.ports import CrashPoint, no_crash
from shared.wire.device_feed import Recall
from tests.factories.gate_event import TicketOffice
from tests.factories.gate_profile import PairedGate
from tests.fakes.power_cut_disk import PowerCut
from tests.fakes.sync_server import FakeSyncServer
from tests.unit.gatekeeper.sync.conftest import OpenSynced

DEVICE = DeviceId("dv_north")


def cut_at(wanted: str) -> CrashPoint:
    """Stop at a step."""

    def stop(name: str) -> None:
        if name == wanted:
            raise PowerCut

    return stop


def surrenders(session: GateSession) -> list[SurrenderBody]:
    """Return what the journal says was given up."""
    journal = session.store.journal
    bodies = [decode_body(decode_entry(s.entry)) for _, s in journal.read(1, journal.last_seq)]
    return [body for body in bodies if isinstance(body, SurrenderBody)]


@pytest.mark.parametrize(
    ("step", "is_put_back"),
    [
        ("surrender.before_commit", False),
        ("surrender.committed", False),
        ("exchange.before_commit", False),
        ("surrender.before_commit", True),
        ("exchange.committed", True),
    ],
)
async def test_a_recall_is_obeyed_once_though_the_program_stops_amid_it(
    office: TicketOffice,
    server: FakeSyncServer,
    open_synced: OpenSynced,
    gate: PairedGate,
    step: str,
    *,
    is_put_back: bool,
) -> None:
    """It is told again until the entry that answers it is on disk, and answered no second time.

    So also on the first page of a ledger that was put back, which tells it once as well.
    """
    office.sell()
    session = await open_synced()
    await session.close()
    server.epoch += is_put_back
    server.append(Recall(DEVICE, "hm_1", 7))

    session = await gate.open(cut_at(step))
    with pytest.raises(PowerCut):
        await session.sync_once()
    await session.close()

    session = await gate.open(no_crash)
    await session.sync_once()
    assert [(one.move_id, one.number) for one in surrenders(session)] == [("hm_1", 7)]
    assert session.store.homes.given_up(EventId("ev_test")) == 7
    assert session.store.journal.pending == 0
    await session.close()
