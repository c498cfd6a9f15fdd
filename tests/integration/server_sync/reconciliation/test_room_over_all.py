"""Who was too many in a limited zone is judged over all journals, whatever came first."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest
from sqlalchemy import text

from server.db.tenancy import SYSTEM
from server.exchange.worker_parts import WorkerParts
from server.settings import Settings
from shared.journal.entry import UndoBody
from shared.kernel.id_types import ClaimId
from shared.kernel.instant import HOUR, MINUTE, Duration
from tests.factories.evacuations import Chief
from tests.factories.judged_rooms import judge_rooms
from tests.factories.ledger_office import (
    GateDevice,
    LedgerOffice,
    open_ledger_office_again,
)
from tests.factories.zone_limits import limit_zone

OUT: Final[dict[str, Any]] = {"direction": "out", "reason": "exit"}


async def named(office: LedgerOffice) -> list[set[str]]:
    """Return the sides of the conflicts about room that stand."""
    found = []
    for one in await office.conflicts():
        if one["kind"] == "over_capacity" and not one["disposition"]:
            path = f"{office.path}/conflicts/{one['id']}"
            detail = await office.office.ok("GET", path, office.owner)
            assert all(side["entry"] for side in detail["sides"])
            found.append({side["side"] for side in detail["sides"]})
    return found


async def two_gates(office: LedgerOffice, capacity: int) -> tuple[GateDevice, GateDevice]:
    """Limit the zone and enrol a device at each gate."""
    await limit_zone(office, capacity)
    return await office.enrol(0), await office.enrol(1)


def passing(office: LedgerOffice, gate: GateDevice, ticket: int, **more: Any) -> ClaimId:
    """Let somebody pass at a gate that is cut off, a minute after the one before."""
    office.office.clock.advance(MINUTE)
    return office.scan(gate, ticket, offset_error=Duration(1_000), **more).claim_id


@pytest.mark.either_database
async def test_an_excess_is_named_whose_journal_comes_when_somebody_has_left(
    ledger_office: LedgerOffice,
) -> None:
    """When the entry arrives there is room again; at its time there was none."""
    south, north = await two_gates(ledger_office, 2)
    for ticket in (0, 1):
        passing(ledger_office, south, ticket, allotted=1)
    late = passing(ledger_office, north, 2)
    passing(ledger_office, south, 0, allotted=-1, **OUT)
    for gate in (south, north):
        await ledger_office.exchanged(gate, gate.journal.entries)
    await judge_rooms(ledger_office)
    assert await named(ledger_office) == [{late}]
    before = len(await ledger_office.read_feed(south))
    for _ in range(2):  # what is sent or judged again changes nothing
        await ledger_office.exchanged(north, north.journal.entries)
        await judge_rooms(ledger_office)
    assert len(await ledger_office.read_feed(south)) == before


@pytest.mark.either_database
async def test_who_was_named_by_arrival_is_not_named_once_all_is_known(
    ledger_office: LedgerOffice,
) -> None:
    """The exit that had made room arrives last."""
    south, north = await two_gates(ledger_office, 2)
    for ticket in (0, 1):
        passing(ledger_office, south, ticket, allotted=1)
    inside = list(south.journal.entries)
    passing(ledger_office, south, 0, allotted=-1, **OUT)
    passing(ledger_office, north, 2, allotted=1)
    await ledger_office.exchanged(south, inside)
    await ledger_office.exchanged(north, north.journal.entries)
    await judge_rooms(ledger_office)
    assert len(await named(ledger_office)) == 1
    await ledger_office.exchanged(south, south.journal.entries)
    await judge_rooms(ledger_office)
    assert await named(ledger_office) == []
    found = await ledger_office.conflicts()
    assert [one["disposition"] for one in found] == ["withdrawn"]


@pytest.mark.either_database
async def test_whoever_is_on_the_way_out_by_the_ledger_s_word_is_counted_against_nobody(
    ledger_office: LedgerOffice,
) -> None:
    """Their place may be nobody's yet; whether another entry was too many is left to the judge."""
    south, north = await two_gates(ledger_office, 2)
    passing(ledger_office, south, 0, allotted=1)
    passing(ledger_office, south, 1, allotted=1)
    await ledger_office.exchanged(south, south.journal.entries)
    code, way = ledger_office.codes[0], {"direction": "out", "journalled": True}
    assert (await ledger_office.claimed(south, code, "leaves", **way))["verdict"] == "admit"
    passing(ledger_office, north, 2, allotted=1)
    await ledger_office.exchanged(north, north.journal.entries)
    assert await ledger_office.conflicts() == []
    await judge_rooms(ledger_office)
    assert await ledger_office.conflicts() == []
    third = passing(ledger_office, north, 3, allotted=1)
    await ledger_office.exchanged(north, north.journal.entries)
    await judge_rooms(ledger_office)
    assert await named(ledger_office) == [{third}]


@pytest.mark.either_database
@pytest.mark.parametrize("is_south_first", [True, False])
async def test_another_entry_than_the_last_one_heard_of_is_named(
    ledger_office: LedgerOffice, *, is_south_first: bool
) -> None:
    """Of three in a zone for two it is the third, in whatever order the journals come."""
    south, north = await two_gates(ledger_office, 2)
    passing(ledger_office, north, 0)
    passing(ledger_office, south, 1, allotted=1)
    third = passing(ledger_office, south, 2, allotted=1)
    for gate in (south, north) if is_south_first else (north, south):
        await ledger_office.exchanged(gate, gate.journal.entries)
    await judge_rooms(ledger_office)
    assert await named(ledger_office) == [{third}]


@pytest.mark.either_database
async def test_the_ledger_s_own_grant_is_named_where_it_was_one_too_many(
    ledger_office: LedgerOffice,
) -> None:
    """A gate that was not heard of had let somebody in before, and out again since."""
    south, north = await two_gates(ledger_office, 2)
    codes = ledger_office.codes
    assert (await ledger_office.claimed(south, codes[0], "first"))["verdict"] == "admit"
    passing(ledger_office, north, 1)
    ledger_office.office.clock.advance(MINUTE)
    second = await ledger_office.claimed(south, codes[2], "second", allotted=1)
    assert second["verdict"] == "admit"
    passing(ledger_office, north, 1, **OUT)
    await ledger_office.exchanged(north, north.journal.entries)
    ledger_office.scan(south, 0, claim_id="first", mode="online")
    ledger_office.scan(south, 2, claim_id="second", mode="online", allotted=second["allotted"])
    await ledger_office.exchanged(south, south.journal.entries)
    await judge_rooms(ledger_office)
    assert await named(ledger_office) == [{"second"}]


@pytest.mark.either_database
async def test_a_place_that_an_unaware_gate_gave_away_is_counted_when_its_holder_returns(
    ledger_office: LedgerOffice,
) -> None:
    """They come back, as all others; the ledger knows that it is full, and names who it was."""
    south, north = await two_gates(ledger_office, 4)
    jo = await Chief.appoint(ledger_office)
    codes = ledger_office.codes
    for ticket in (0, 1):
        claimed = await ledger_office.claimed(north, codes[ticket], f"in-{ticket}")
        assert claimed["verdict"] == "admit"
        ledger_office.scan(north, ticket, claim_id=f"in-{ticket}", mode="online")
    passing(ledger_office, south, 2, allotted=1)
    for gate in (south, north):
        await ledger_office.exchanged(gate, gate.journal.entries)
    ledger_office.office.clock.advance(MINUTE)
    began = ledger_office.now
    north.journal.add(jo.word(north, "stop"), ledger_office.event_id, began)
    passing(ledger_office, south, 2, allotted=-1, **OUT)
    ledger_office.office.clock.advance(MINUTE)
    back = jo.word(north, "return", began=began)
    north.journal.add(back, ledger_office.event_id, ledger_office.now)
    await ledger_office.exchanged(north, north.journal.entries)
    passing(ledger_office, south, 3, allotted=1)
    passing(ledger_office, south, 4, allotted=1)
    await ledger_office.exchanged(south, south.journal.entries)
    ledger_office.office.clock.advance(MINUTE)
    assert (await ledger_office.claimed(north, codes[2], "back"))["verdict"] == "admit"
    assert (await ledger_office.claimed(north, codes[5]))["reason"] == "capacity_full"
    for ticket in (0, 1):
        assert (await ledger_office.claimed(north, codes[ticket]))["reason"] == "reentry"
    ledger_office.scan(north, 2, claim_id="back", mode="online", reason="reentry")
    await ledger_office.exchanged(north, north.journal.entries)
    await judge_rooms(ledger_office)
    assert await named(ledger_office) == [{"back"}]


@pytest.mark.either_database
async def test_an_excess_that_is_taken_back_is_withdrawn(ledger_office: LedgerOffice) -> None:
    """The guest was turned back in the end."""
    south, north = await two_gates(ledger_office, 1)
    passing(ledger_office, south, 0, allotted=1)
    late = passing(ledger_office, north, 1)
    for gate in (south, north):
        await ledger_office.exchanged(gate, gate.journal.entries)
    await judge_rooms(ledger_office)
    assert await named(ledger_office) == [{late}]
    undo = UndoBody(late, ledger_office.tickets[1], "us_1", "turned back")
    north.journal.add(undo, ledger_office.event_id, ledger_office.now)
    await ledger_office.exchanged(north, north.journal.entries)
    await judge_rooms(ledger_office)
    assert await named(ledger_office) == []


async def test_a_stop_in_the_middle_of_judging_leaves_the_zone_to_be_judged(
    published: tuple[Settings, LedgerOffice],
) -> None:
    """Another worker, or the next start, names what was found and not written."""
    async with open_ledger_office_again(*published) as office:
        south, north = await two_gates(office, 1)
        passing(office, south, 0, allotted=1)
        late = passing(office, north, 1)
        passing(office, south, 0, allotted=-1, **OUT)
        for gate in (south, north):
            await office.exchanged(gate, gate.journal.entries)
        parts: WorkerParts = office.office.framework.state["parts"]
        judging = asyncio.create_task(parts.zone_limits.work())
        await asyncio.sleep(0)
        judging.cancel()
        await asyncio.gather(judging, return_exceptions=True)
        assert await named(office) == []
        async with open_ledger_office_again(*published) as other:
            await asyncio.gather(judge_rooms(office), judge_rooms(other))
            assert await named(other) == [{late}]
            async with other.office.database.read(org=SYSTEM) as session:
                query = text("SELECT count(*) FROM zone_presence WHERE changes > judged")
                assert (await session.execute(query)).scalar() == 0


async def test_a_clock_that_nobody_knows_accuses_nobody_but_those_who_are_there(
    ledger_office: LedgerOffice,
) -> None:
    """Who came in when cannot be told; how many are there in the end can."""
    south, north = await two_gates(ledger_office, 1)
    passing(ledger_office, south, 0, allotted=1)
    ledger_office.office.clock.advance(MINUTE)
    told = {"cursor": len(await ledger_office.read_feed(north)), "offset_error": None}
    entry = ledger_office.scan(north, 1, wall=ledger_office.now - HOUR, **told)
    for gate in (south, north):
        await ledger_office.exchanged(gate, gate.journal.entries)
    await judge_rooms(ledger_office)
    assert await named(ledger_office) == [{entry.claim_id}]
    passing(ledger_office, south, 0, allotted=-1, **OUT)
    await ledger_office.exchanged(south, south.journal.entries)
    await judge_rooms(ledger_office)
    assert await named(ledger_office) == []
