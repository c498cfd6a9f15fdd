"""What a gate says to another of a ticket: its promise, where it claims, what a home has left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.peers_port import NOBODY
from gatekeeper.gate.requests import Scan
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import ReleaseBody
from shared.kernel.id_types import DeviceId
from shared.lan.claim_book import ClaimSettlement
from tests.factories.gate_event import EVENT, GROUP, SOUTH, make_config
from tests.factories.gate_venue import GateVenue, until


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[GateVenue]:
    venue = GateVenue(tmp_path, 2)
    yield venue
    await venue.close()


async def test_a_promise_holds_through_a_restart(two: GateVenue) -> None:
    """A gate that died between asking and deciding keeps its ticket, and gives it back."""
    code = two.server.office.sell()
    north, south = await two.open_all()
    await ask_and_die(two, north, code)
    assert len(south.store.peers.claims(EVENT)) == 1
    await south.close()
    south = await two.open(1)
    held = await south.scan(Scan(code))
    assert held.reason == "already_used"
    north = await two.open(0)
    entries = [decode_entry(signed.entry) for _, signed in north.store.journal.read(1, 1000)]
    assert any(isinstance(decode_body(entry), ReleaseBody) for entry in entries)
    await two.until_live()
    await until(lambda: south.store.peers.claims(EVENT) == ())
    free = await south.scan(Scan(code))
    assert (free.reason, free.mode) == ("ok", "lan")


async def test_a_gate_that_was_moved_claims_where_it_stands_now(two: GateVenue) -> None:
    """The other gate's screen names it; the rung had begun where the gate stood before."""
    code = two.server.office.sell()
    north, south = await two.open_all()
    north.lane.setting = msgspec.structs.replace(north.lane.setting, gate_id=SOUTH)
    await ask_and_die(two, north, code)
    held = await south.scan(Scan(code))
    assert held.used is not None
    assert (held.reason, held.used.gate) == ("already_used", "South")


class Deaf(dict[str, list[asyncio.Future[ClaimSettlement]]]):
    """Finds nobody who waits for an answer."""

    def get(self, key: object, default: object = None) -> Any:
        """Find nobody."""
        return ()


async def ask_and_die(venue: GateVenue, session: GateSession, code: str) -> None:
    """Begin a scan, and end the gate once its peer has promised."""
    other = venue.sessions[1]
    lan = session.lan
    assert lan.rung is not None
    # Its answer never reaches the lane.
    lan.rung._waiting = Deaf()
    scan = asyncio.ensure_future(session.scan(Scan(code)))
    await until(lambda: len(other.store.peers.claims(EVENT)) == 1)
    session.lane.join(NOBODY)
    scan.cancel()
    await asyncio.wait([scan])
    await venue.kill(0)


async def test_a_home_says_how_many_may_still_enter_on_a_ticket_that_it_keeps(
    two: GateVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of five two are inside, of whom only the home has heard: for four it is too small."""
    two.server.office.config = make_config(offline_policy="home")
    code = two.server.office.sell(GROUP, home_device_id=DeviceId("dv_0"))
    other = two.server.office.sell(home_device_id=DeviceId("dv_1"))
    home, asker = await two.open_all()
    assert (await asker.scan(Scan(other))).reason == "ok", "and it finds that it is cut off"
    with monkeypatch.context() as untold:
        untold.setattr(home.lan, "announce", lambda: None)
        assert (await home.scan(Scan(code, count=2))).reason == "ok"
    kept = await asker.scan(Scan(code, count=4))
    assert (kept.reason, kept.mode, kept.remaining) == ("already_used", "lan", 3)
    given = await asker.scan(Scan(code, count=3))
    assert (given.reason, given.mode, given.remaining) == ("ok", "lan", 0)
