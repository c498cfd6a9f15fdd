"""A gate that starts is among its peers by its first greeting, and not by the next one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gatekeeper.device.lan_link import LanOptions
from gatekeeper.gate.requests import Scan
from shared.kernel.id_types import ClaimId, DeviceId, TicketId
from shared.kernel.instant import HOUR
from shared.lan.claims import Claim, ClaimKey
from shared.lan.lan_timeouts_and_limits import LanSettings
from tests.factories.gate_event import EVENT, SOUTH, STARTS, ZONE
from tests.factories.gate_venue import BUDGET_MS, LOOPBACK, GateVenue, rung_of

PATIENT = LanSettings(hello_every=HOUR, live_window=2 * HOUR)
"""Nobody greets a second time while a test runs."""


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[GateVenue]:
    """Open two gates, the second of which is told where the first one listens; cut the server."""
    venue = GateVenue(tmp_path, 2)
    venue.server.publish()
    for number in range(2):
        await open_among(venue, number)
        await venue.sessions[number].sync_once()
        assert venue.sessions[number].lan.rung is not None
    venue.server.is_cut = True
    yield venue
    await venue.close()


async def open_among(venue: GateVenue, number: int) -> None:
    """Open a gate that greets those that are open, and nobody again."""
    found = tuple(rung_of(session).address for session in venue.sessions.values())
    options = LanOptions(host=LOOPBACK, peers=found, budget_ms=BUDGET_MS, settings=PATIENT)
    await venue.open(number, options)


async def test_gate_that_is_told_an_address_greets_there_at_once(two: GateVenue) -> None:
    """It lets in alone whoever comes before the greeting is answered."""
    code = two.server.office.sell()
    await two.until_live()
    answers = [await session.scan(Scan(code)) for session in two.sessions.values()]
    assert [(one.reason, one.mode) for one in answers] == [("ok", "lan"), ("already_used", "lan")]


async def test_gate_that_died_amid_a_claim_greets_when_its_port_is_open(two: GateVenue) -> None:
    """It ends that claim before the start, and has nobody to tell so yet."""
    code, name = two.server.office.sell(), DeviceId("dv_1")
    await two.until_live()
    store = two.sessions[1].store
    key = ClaimKey(TicketId(1), ZONE)
    open_claim = Claim(
        claim_id=ClaimId("ab" * 16),
        key=key,
        device_id=name,
        gate_id=SOUTH,
        count=1,
        at=STARTS,
        stamp=1,
    )
    with store.transaction("lan"):
        store.peers.remember(open_claim, EVENT)
    await two.kill(1)
    await open_among(two, 1)
    await two.until_live()
    answers = [await session.scan(Scan(code)) for session in two.sessions.values()]
    assert [(one.reason, one.mode) for one in answers] == [("ok", "lan"), ("already_used", "lan")]


async def test_gate_that_comes_back_from_another_event_is_heard_at_once(two: GateVenue) -> None:
    """Its program goes on, so that its neighbours know all that it has said before."""
    code = two.server.office.sell()
    await two.until_live()
    link = two.sessions[1].lan
    await link.close()
    await link.refresh()
    await two.until_live()
    answers = [await session.scan(Scan(code)) for session in two.sessions.values()]
    assert [(one.reason, one.mode) for one in answers] == [("ok", "lan"), ("already_used", "lan")]
