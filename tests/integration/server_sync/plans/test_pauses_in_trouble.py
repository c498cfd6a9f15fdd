"""Pauses at gates whose disk is full, by clocks that are wrong, and over dates that move."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from server.exchange.epochs import open_higher_epoch
from shared.kernel.errors import BadSignature, StoreFault
from shared.kernel.instant import DAY, HOUR, MINUTE, SECOND, Duration
from tests.adversaries.test_death import fill_up
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place
from tests.factories.strength import sized
from tests.factories.wired_gates import open_gate
from tests.fakes.clock import ManualClock
from tests.integration.server_sync.cancelling.test_moving import WEEK, Planner
from tests.integration.server_sync.evacuations.test_ordered_evacuations import PASSWORD, order
from tests.integration.server_sync.plans.test_paused_entry import pauses, say, told
from tests.integration.server_sync.plans.test_unheard_pauses import (
    note_contact,
    open_synced,
    sync,
    unheard,
)

BEHIND, AHEAD = pytest.param(-5 * HOUR, id="behind"), pytest.param(5 * HOUR, id="ahead")
WRONG = pytest.mark.parametrize("by", [BEHIND, AHEAD])


@pytest.mark.either_database
async def test_a_gate_whose_disk_is_full_is_named_until_it_has_heard(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Of the pause and of its end; as long as it has no room nobody gets in there at all."""
    made, place, codes = ledger_office, ledger_office.gates[0], iter(ledger_office.codes)
    north = await open_synced(made, tmp_path)
    for method, before, after in (("PUT", "ok", "rules_denied"), ("DELETE", "rules_denied", "ok")):
        disk = await fill_up(north)
        for _ in range(4):  # the plan alone would find room in place of the one before
            line = {"ticket_type_id": made.ticket_type_id, "quantity": 50}
            sold = {"payment": "paid", "lines": [line]}
            await made.office.ok("POST", f"{made.path}/orders", made.owner, json=sold)
        await say(made, method, place)
        made.office.clock.advance(3 * SECOND)
        with pytest.raises(StoreFault, match="disk is full"):
            await north.sync()
        with pytest.raises(StoreFault, match="disk is full"):
            await north.scan(next(codes))
        assert await unheard(made) == [north.id]
        disk.pragma("max_page_count", 2**30)
        await north.cut()
        assert (await north.scan(next(codes))).reason == before, "it has not heard"
        await north.mend()
        await sync(made, north)
        assert await unheard(made) == []
        assert (await north.scan(next(codes))).reason == after
    assert await made.conflicts() == []
    await north.session.close()


@WRONG
@pytest.mark.either_database
async def test_a_gates_wrong_clock_moves_no_pause(
    ledger_office: LedgerOffice, tmp_path: Path, by: Duration
) -> None:
    """It waits and goes on by what it has heard, connected and cut off, and shows the time."""
    made, place, codes = ledger_office, ledger_office.gates[0], iter(ledger_office.codes)
    clock = ManualClock(made.now)
    north = await open_gate(made, tmp_path, 0, clock=clock)

    async def pass_time() -> None:
        for _ in range(2):
            made.office.clock.advance(3 * SECOND)
            clock.advance(3 * SECOND)
            await north.sync()

    await pass_time()
    clock.step_wall(by)
    await pass_time()
    await say(made, "PUT", place)
    since = made.now
    await pass_time()
    for is_cut in (False, True):
        if is_cut:
            await north.cut()
        answer = await north.scan(next(codes))
        assert (answer.stop, answer.paused_at) == ("paused", since)
    clock.step_wall(Duration(-2 * by))
    assert (await north.scan(next(codes))).stop == "paused"
    await north.mend()
    await say(made, "DELETE", place)
    await pass_time()
    assert await unheard(made) == []
    for is_cut in (False, True):
        if is_cut:
            await north.cut()
        answer = await north.scan(next(codes))
        assert (answer.stop, answer.paused_at) == ("", None)
    await north.session.close()


@pytest.mark.parametrize("by", [AHEAD, *sized([], [BEHIND])])
async def test_the_servers_wrong_clock_hides_no_gate_that_holds_people_back(
    ledger_office: LedgerOffice, tmp_path: Path, by: Duration
) -> None:
    """It is set right between pause and resumption: times lie, what holds does not."""
    made, place, codes = ledger_office, ledger_office.gates[0], iter(ledger_office.codes)
    north = await open_synced(made, tmp_path / "north")
    scanner = await made.enrol(0)
    made.office.clock.step_wall(by)
    manager = await made.office.person("manager", organization_id=made.owner.organization_id)
    await say(made, "PUT", place, by=manager)
    assert (await made.claimed(scanner, next(codes)))["paused_at"]
    made.office.clock.step_wall(Duration(-by))
    assert await told(made) == ("North",)
    made.office.clock.advance(MINUTE)
    await sync(made, north, times=1)
    await note_contact(made, north)
    await north.cut()
    made.office.clock.advance(5 * MINUTE)
    assert (await north.scan(next(codes))).stop == "paused"
    await say(made, "DELETE", place)
    assert (await made.claimed(scanner, next(codes)))["verdict"] == "admit"
    assert await told(made) == ()
    assert await unheard(made) == [north.id]
    await north.mend()
    await sync(made, north)
    assert await pauses(made) == []
    assert (await north.scan(next(codes))).verdict == "admit"
    await north.session.close()


@pytest.mark.either_database
async def test_a_date_that_moves_while_entry_is_paused_is_let_in_on_its_day(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """One gate hears all of it, the other one nothing: what it let in before is no conflict."""
    made, planner = ledger_office, Planner(ledger_office)
    any_date = {"name": "Arena", "reentry_after_exit": False}
    await planner.ask("PUT", f"/zones/{made.zone_id}", json=any_date)
    date = await planner.add_date(planner.starts)
    opens = planner.starts - timedelta(hours=2)
    kind = await planner.add_type(date, valid_from=opens.isoformat())
    early, late, stray = [await planner.code(await planner.sell(kind)) for _ in range(3)]
    await planner.ask("POST", "/handover")
    north = await open_synced(made, tmp_path / "north")
    south = await open_gate(made, tmp_path / "south", 1)
    await sync(made, south)
    made.office.clock.advance(HOUR)
    for gate in (north, south):
        await sync(made, gate)
    assert (await north.scan(early)).verdict == "admit"
    await south.cut()
    await say(made, "PUT", str(made.zone_id))
    await sync(made, north)
    assert (await south.scan(stray)).verdict == "admit"
    made.office.clock.advance(5 * MINUTE)
    await planner.ask("POST", "/move", json=planner.to(date, planner.starts + WEEK))
    await sync(made, north)
    assert (await north.scan(late)).stop == "paused", "on any day"
    await say(made, "DELETE", str(made.zone_id))
    await sync(made, north)
    assert (await north.scan(late)).reason == "not_yet_valid"
    await south.mend()
    await sync(made, south)
    assert await made.conflicts() == []
    made.office.clock.advance(7 * DAY)
    for gate in (north, south):
        await sync(made, gate)
    assert (await south.scan(late)).verdict == "admit"
    assert (await north.scan(stray)).reason == "already_used"
    for gate in (north, south):
        await gate.session.close()


@pytest.mark.either_database
async def test_a_pause_holds_over_the_dates_of_a_series_until_it_is_resumed(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Dates that are added meanwhile wait as well, each on its day; a gate enrolled then knows."""
    made, planner = ledger_office, Planner(ledger_office)
    any_date = {"name": "Arena", "reentry_after_exit": False}
    await planner.ask("PUT", f"/zones/{made.zone_id}", json=any_date)
    north = await open_synced(made, tmp_path / "north")
    await say(made, "PUT", made.gates[0])
    rule = {
        "name": "Evening",
        "starts_local": f"{planner.starts + timedelta(days=1):%Y-%m-%dT%H:%M}",
        "rule": "FREQ=DAILY;COUNT=2",
        "minutes": 240,
    }
    series = await planner.ask("POST", "/occurrences/series", json=rule)
    codes = []
    for date in series["dates"]:
        opens = datetime.fromisoformat(date["starts_at"]) - timedelta(hours=2)
        window = {"name": date["local"], "valid_from": opens.isoformat()}
        kind = await planner.add_type(date["id"], **window)
        codes += [await planner.code(await planner.sell(kind)) for _ in range(2)]
    await planner.ask("POST", "/handover")
    south = await open_gate(made, tmp_path / "south", 0)
    await sync(made, south)
    for number, date in enumerate(series["dates"]):
        starts = int(datetime.fromisoformat(date["starts_at"]).timestamp() * SECOND)
        made.office.clock.advance(Duration(starts - made.now))
        # Whoever had signed in has to do so again by now.
        made.owner = await made.office.person("owner", organization_id=made.owner.organization_id)
        for gate in (north, south):
            await sync(made, gate)
            answer = await gate.scan(codes[2 * number])
            assert (answer.stop, answer.remaining) == ("paused", 1)
        assert [one["until"] for one in await pauses(made)] == [None]
        await say(made, "DELETE", made.gates[0])
        for gate, code in zip((north, south), codes[2 * number :], strict=False):
            await sync(made, gate)
            assert (await gate.scan(code)).verdict == "admit"
        await say(made, "PUT", made.gates[0])
    assert await made.conflicts() == []
    for gate in (north, south):
        await gate.session.close()


@pytest.mark.either_database
@pytest.mark.parametrize("by", [BEHIND, *sized([], [AHEAD])])
async def test_the_servers_wrong_clock_hides_no_gate_that_an_evacuation_keeps_shut(
    ledger_office: LedgerOffice, tmp_path: Path, by: Duration
) -> None:
    """Likewise; and who was inside comes back once."""
    made, codes = ledger_office, iter(ledger_office.codes)
    north = await open_synced(made, tmp_path / "north")
    scanner = await made.enrol(0)
    inside = next(codes)
    await made.claimed(scanner, inside)
    made.office.clock.advance(MINUTE)
    made.office.clock.step_wall(by)
    owner = made.owner
    made.owner = await made.office.person("manager", organization_id=owner.organization_id)
    await made.office.give_password(made.owner, PASSWORD)
    (stop,) = await order(made, "stop")
    made.office.clock.step_wall(Duration(-by))
    await sync(made, north, times=1)
    await note_contact(made, north)
    await north.cut()
    made.office.clock.advance(5 * MINUTE)
    made.owner = owner
    await made.office.give_password(owner, PASSWORD)
    for phase in ("return", "over"):
        await order(made, phase, evacuation_id=stop["evacuation_id"])
    made.office.clock.advance(MINUTE)
    (one,) = await made.office.ok("GET", f"{made.path}/evacuations/reach", owner)
    assert [device["device_id"] for device in one["devices"]] == [north.id]
    assert (await north.scan(next(codes))).stop == "evacuation"
    again = [(await made.claimed(scanner, inside))["reason"] for _ in range(2)]
    assert again == ["reentry", "already_used"]
    await north.mend()
    await sync(made, north)
    assert await made.office.ok("GET", f"{made.path}/evacuations/reach", owner) == []
    assert (await north.scan(inside)).reason == "already_used"
    assert await made.conflicts() == []
    await north.session.close()


@pytest.mark.either_database
async def test_a_gate_that_knows_a_lost_pause_from_its_manifest_lets_go_of_it(
    place: Place, tmp_path: Path
) -> None:
    """The server was put back to before the pause, and nobody could resume entry there."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        north = await open_gate(office, tmp_path, 0)
        before = office
    place.copy()
    async with open_ledger_office_again(place.settings, before) as office:
        north.wire._office = office
        office.office.clock.advance(MINUTE)
        await say(office, "PUT", office.gates[0])
        await office.office.ok("POST", f"{office.path}/handover", office.owner)
        await sync(office, north)
        assert (await north.scan(office.codes[0])).stop == "paused"
        before = office
    async with open_ledger_office_again(place.put_back(), before) as office:
        north.wire._office = office
        await open_higher_epoch(office.office.context, "put back")
        for _ in range(3):
            office.office.clock.advance(3 * SECOND)
            with suppress(BadSignature):  # the list that it has is newer than the server's
                await north.sync()
        assert await told(office) == ()
        for is_cut in (False, True):
            if is_cut:
                await north.cut()
            assert (await north.scan(office.codes[is_cut])).verdict == "admit"
        await north.session.close()
