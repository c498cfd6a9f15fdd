"""Pages that the server pushes, at a gate that listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.requests import Scan
from gatekeeper.sync.device_round_trip import AT_ONCE, TELLING_APART
from gatekeeper.sync.engine import PUSHES_MISSED_MAX
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import DeviceId, EvacuationId, EventId, TicketId
from shared.kernel.instant import Duration, Instant
from shared.manifest.event_config import EntryPause
from shared.manifest.signed_document import SignedDocument
from shared.manifest.tickets import TicketClass, TicketRow
from shared.wire.device_report import decode_report
from shared.wire.exchange import EXCHANGE_VERSION, ExchangeRequest
from shared.wire.feed import Annul, EvacuationNotice, Use
from tests.factories.gate_event import EVENT, NORTH, SOUTH, ZONE, TicketOffice
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer

TICKET = TicketId(77)


@pytest.fixture
def server() -> FakeSyncServer:
    office = TicketOffice()
    office.sell()
    return FakeSyncServer(office, ManualClock())


@pytest.fixture
async def gate(tmp_path: Path, server: FakeSyncServer) -> AsyncIterator[GateSession]:
    """Give a gate that is in step with the server."""
    server.publish()
    session = await PairedGate(tmp_path, server).open()
    await session.sync_once()
    yield session
    await session.close()


def change(server: FakeSyncServer, state: str) -> None:
    """Change a ticket at the server."""
    server.append(TicketRow(TICKET, TicketClass(ticket_type_code=1, state=state)))


def page_after(server: FakeSyncServer, cursor: int, epoch: int | None = None) -> SignedDocument:
    """Sign the page after a cursor, as the server pushes it."""
    epoch = server.epoch if epoch is None else epoch
    request = ExchangeRequest(
        v=EXCHANGE_VERSION,
        event_id=EVENT,
        epoch=epoch,
        cursor=cursor,
        head=None,
        entries=(),
        sent_at=Instant(0),
    )
    page = server.exchange(DeviceId("dv_another"), request).page
    assert page is not None
    return page


def state_of(gate: GateSession) -> str | None:
    """Return what the gate has heard of the ticket."""
    row = gate.store.changes.find(EVENT, TICKET)
    return None if row is None else row.facts.state


async def test_a_pushed_page_is_known_without_a_round_trip(
    gate: GateSession, server: FakeSyncServer
) -> None:
    """What follows the gate's cursor takes effect as it comes."""
    cursor = len(server.items)
    change(server, "cancelled")
    page = page_after(server, cursor)
    assert gate.engine._exchange.take_page(page) is None
    assert state_of(gate) == "cancelled"
    # The same again, as a wire may repeat it, changes nothing.
    assert gate.engine._exchange.take_page(page) is None
    assert gate.store.feeds.get(EVENT).cursor == len(server.items)


async def test_a_page_that_overlaps_adds_what_is_new(
    gate: GateSession, server: FakeSyncServer
) -> None:
    """One page serves gates that are not all equally far."""
    change(server, "cancelled")
    await gate.sync_once()
    change(server, "paid")
    assert gate.engine._exchange.take_page(page_after(server, 0)) is None
    assert state_of(gate) == "paid"
    await gate.sync_once()
    assert gate.store.feeds.get(EVENT).cursor == len(server.items)


async def test_a_page_that_does_not_follow_asks_for_a_round_trip(
    gate: GateSession, server: FakeSyncServer
) -> None:
    """After a hole, in another epoch, and with a new manifest, a gate asks and applies nothing."""
    change(server, "cancelled")
    change(server, "paid")
    ahead = page_after(server, 1)
    assert gate.engine._exchange.take_page(ahead) == AT_ONCE
    server.epoch += 1
    assert gate.engine._exchange.take_page(page_after(server, 0)) == AT_ONCE
    server.epoch -= 1
    server.publish()
    assert gate.engine._exchange.take_page(page_after(server, 0)) == AT_ONCE
    assert state_of(gate) is None


async def test_a_page_of_a_server_that_forgot_asks_for_a_round_trip(
    gate: GateSession, server: FakeSyncServer
) -> None:
    """Where another item stands at the gate's head, before the page or in it, none is applied."""
    backup = server.copy()
    change(server, "cancelled")
    await gate.sync_once()
    server.restore(backup)
    cursor = len(server.items)
    change(server, "paid")
    change(server, "blocked")
    assert gate.engine._exchange.take_page(page_after(server, cursor)) == AT_ONCE
    assert gate.engine._exchange.take_page(page_after(server, cursor + 1)) == AT_ONCE
    assert state_of(gate) == "cancelled"


async def test_a_forged_page_does_nothing_but_cause_a_round_trip(
    gate: GateSession, server: FakeSyncServer
) -> None:
    """What the organization has not signed is not applied, and the gate goes on listening."""
    cursor = len(server.items)
    change(server, "cancelled")
    page = page_after(server, cursor)
    forged = msgspec.structs.replace(page, signature=bytes(64))
    running = asyncio.ensure_future(gate.engine.run())
    try:
        assert not await gate.engine.take(forged)
        assert state_of(gate) is None
        assert await gate.engine.take(page)
        assert state_of(gate) == "cancelled"
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("order", ["pause", "evacuation"])
async def test_who_orders_something_at_the_doors_is_told_at_once_that_it_was_heard(
    gate: GateSession, server: FakeSyncServer, order: str
) -> None:
    """The desk names gates that have not said so, to be called by radio: none waits for its next
    turn; what others scan makes nobody ask the server."""
    cursor = len(server.items)
    office = server.office
    if order == "pause":
        pause = EntryPause(NORTH, Instant(1))
        office.config = msgspec.structs.replace(
            office.config, sequence=office.config.sequence + 1, pauses=(pause,)
        )
        server.change_config()
    else:
        begun = EvacuationNotice(
            evacuation_id=EvacuationId("ab" * 16),
            zone_id=ZONE,
            phase="stop",
            gate_id=SOUTH,
            begun_at=Instant(1),
        )
        server.append(begun)
    gates = len(office.config.gates)
    due = gate.engine._exchange.take_page(page_after(server, cursor))
    assert due == gates * TELLING_APART, "all gates at the same moment would hold up the claims"
    assert gate.store.feeds.get(EVENT).cursor == len(server.items)
    assert gate.engine._exchange.take_page(page_after(server, cursor)) is None


@pytest.mark.parametrize("is_annul", [True, False])
async def test_another_devices_word_frees_no_ticket_here(
    gate: GateSession, server: FakeSyncServer, is_annul: bool
) -> None:
    """Whoever has overheard a claim id takes nothing back by it, and puts nothing in its place."""
    code = server.office.digits(TicketId(next(iter(server.office.rows))))
    server.is_cut = True
    admitted = await gate.scan(Scan(code))
    assert (admitted.reason, admitted.mode) == ("ok", "offline")
    cursor = len(server.items)
    ticket_id, at = int(admitted.ticket_id or "", 16), admitted.at
    if is_annul:
        server.append(
            Annul(admitted.claim_id, TicketId(ticket_id), at, DeviceId("dv_another"), "released")
        )
    else:
        server.append(
            Use(
                claim_id=admitted.claim_id,
                ticket_id=TICKET,
                zone_id=ZONE,
                direction="in",
                at=at,
                at_error=Duration(0),
                count=1,
                gate_id=SOUTH,
                device_id=DeviceId("dv_another"),
                mode="online",
                reason="ok",
            )
        )
    assert gate.engine._exchange.take_page(page_after(server, cursor)) is None
    assert (await gate.scan(Scan(code))).reason == "already_used"
    if not is_annul:
        assert len(gate.store.uses.facts_of(TICKET)) == 1, "and its own passage counts as well"


async def test_a_gate_that_no_push_reaches_says_so_until_one_does(
    gate: GateSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a proxy that lets no WebSockets through only a log knew; a cut is no news."""
    engine, seen = gate.engine, list[bool | None]()
    reports = engine._exchange._reports
    vain = PUSHES_MISSED_MAX + 1

    async def wait(_event_id: EventId) -> None:
        seen.append(decode_report(reports.due()).is_pushed if seen else None)
        if len(seen) <= vain:
            raise ServerFault("there is no such channel here")
        if len(seen) > vain + 1:
            raise asyncio.CancelledError

    async def pause(_duration: Duration) -> None:
        reports._said_at = None

    monkeypatch.setattr(engine._server, "wait_for_push", wait)
    monkeypatch.setattr(engine, "_pause", pause)
    monkeypatch.setattr(engine, "poke", lambda: setattr(reports, "_said_at", None))
    with pytest.raises(asyncio.CancelledError):
        await engine._listen()
    assert seen == [*[None] * PUSHES_MISSED_MAX, False, False, True]
