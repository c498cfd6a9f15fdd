"""Who leaves by a gate that knows of their entry from its neighbours alone, or from the ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.requests import Scan
from shared.admission.facts import Direction
from shared.kernel.instant import HOUR, Duration
from shared.manifest.event_config import ZoneConfig
from tests.factories.gate_event import EVENT, ZONE, make_config
from tests.factories.gate_venue import GateVenue, until


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[GateVenue]:
    """Give two gates of a zone that nobody leaves who was not seen coming."""
    venue = GateVenue(tmp_path, 2)
    zones = (ZoneConfig(id=ZONE, name="Hall", strict_anti_passback=True),)
    venue.server.office.config = make_config(zones=zones)
    yield venue
    await venue.close()


async def open_mixed(venue: GateVenue) -> tuple[GateSession, GateSession]:
    """Open North, which reaches its neighbour alone, and South, which reaches the server too."""
    north, south = await venue.open_all()
    venue.server.is_cut = False
    venue.server.cut_off.add("dv_0")
    await south.sync_once()
    assert south.status().mode == "online"
    return north, south


async def test_a_holder_leaves_though_the_ledger_has_not_heard_of_the_entry(
    strict: GateVenue,
) -> None:
    """A neighbour without an uplink let them in; the second time they are not inside."""
    code = strict.server.office.sell()
    north, south = await open_mixed(strict)
    assert (await north.scan(Scan(code))).reason == "ok"
    await until(lambda: len(south.store.peers.marks(EVENT)) > 0)
    out = [await south.scan(Scan(code, direction=Direction.OUT)) for _ in range(2)]
    assert [(answer.reason, answer.mode) for answer in out] == [
        ("exit", "online"),
        ("not_inside", "online"),
    ]


async def test_who_has_passed_an_arm_is_put_on_record_without_the_ledgers_word(
    strict: GateVenue,
) -> None:
    """What it granted would count, and be given back by a gate that died before it wrote that."""
    code = strict.server.office.sell()
    north, south = await open_mixed(strict)
    assert (await south.scan(Scan(code))).mode == "online"
    asked = len(strict.server.claims_seen)
    leaving = Scan(code, direction=Direction.OUT, awaits_passage=True)
    offer = await south.scan(leaving)
    assert offer.is_offered
    gone = replace(leaving, awaits_passage=False, has_passed=True, claim_id=offer.claim_id)
    answer = await south.scan(gone)
    assert (answer.reason, answer.mode) == ("exit", "online")
    assert len(strict.server.claims_seen) == asked
    await passages_known(north, 2)
    assert (await north.scan(Scan(code, direction=Direction.OUT))).reason == "not_inside"


async def test_who_has_left_by_a_neighbour_too_is_not_let_out_again(strict: GateVenue) -> None:
    """What a neighbour tells of an exit counts as what it tells of the entry."""
    code = strict.server.office.sell()
    north, south = await open_mixed(strict)
    await north.scan(Scan(code))
    assert (await north.scan(Scan(code, direction=Direction.OUT))).reason == "exit"
    await until(lambda: len(south.store.uses.list_zone(EVENT, ZONE)) == 2)
    answer = await south.scan(Scan(code, direction=Direction.OUT))
    assert (answer.reason, answer.mode) == ("not_inside", "online")


async def test_the_ledger_lets_out_whom_this_gate_does_not_know_yet(strict: GateVenue) -> None:
    """The feed is a moment behind: who was let in next door is not held at the exit."""
    code = strict.server.office.sell()
    strict.server.publish()
    north, south = await strict.open_without_peers(0), await strict.open_without_peers(1)
    try:
        for session in (north, south):
            await session.sync_once()
        assert (await north.scan(Scan(code))).mode == "online"
        answer = await south.scan(Scan(code, direction=Direction.OUT))
        assert (answer.reason, answer.mode) == ("exit", "online")
    finally:
        await north.close()
        await south.close()


async def passages_known(session: GateSession, count: int) -> None:
    """Wait until a gate knows of so many passages."""
    await until(lambda: len(session.store.uses.list_zone(EVENT, ZONE)) == count)


async def test_copy_waits_for_an_exit_though_the_ledger_had_dated_the_last_one_ahead(
    strict: GateVenue,
) -> None:
    """What a neighbour lets in and out follows all that it had been told of the ticket."""
    code, ways = strict.server.office.sell(), (Direction.IN, Direction.OUT)
    north, south = await strict.open_all()
    strict.server.is_cut = False
    for ahead in (HOUR, -HOUR):
        strict.server.clock.step_wall(Duration(ahead))
        await north.sync_once()
        if ahead > 0:
            for way in ways:
                assert (await north.scan(Scan(code, direction=way))).mode == "online"
    await south.sync_once()
    strict.server.is_cut = True
    await strict.until_live()
    known = len(ways)
    for inner, outer in ((north, south), (south, north)):
        for way, word in zip(ways, ("already_used", "not_inside"), strict=True):
            assert (await inner.scan(Scan(code, direction=way))).verdict == "admit"
            known += 1
            await passages_known(outer, known)
            assert (await outer.scan(Scan(code, direction=way))).reason == word
