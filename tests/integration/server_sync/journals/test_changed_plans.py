"""The organizer changes the plan while gates are away: what they bring is judged by what held."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from server.claims import settling_under_locks, settling_without_locks
from server.events.events_and_dates import touch_plan
from server.journals.event_poster import EventPoster
from server.ledger.models import ZonePresence
from server.settings import Settings
from shared.kernel.id_types import ClaimId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import HOUR, MINUTE
from shared.wire.device_feed import ShareChange
from shared.wire.exchange import KnownZoneShare
from tests.factories.ledger_office import GateDevice, LedgerOffice, open_ledger_office_again


async def change_zone(office: LedgerOffice, **changed: Any) -> None:
    """Replace the zone's rules: it admits once unless they say otherwise."""
    body = {
        "name": "Arena",
        "occurrence_id": office.occurrence_id,
        "reentry_after_exit": False,
    }
    zone = f"{office.path}/zones/{office.zone_id}"
    await office.office.ok("PUT", zone, office.owner, json=body | changed)


async def add_zone(office: LedgerOffice, **terms: Any) -> str:
    """Add another zone."""
    body = {"name": "Lawn", "reentry_after_exit": False} | terms
    made = await office.office.ok("POST", f"{office.path}/zones", office.owner, json=body)
    return str(made["id"])


async def change_gate(office: LedgerOffice, gate: int, **changed: Any) -> None:
    """Replace what a gate says."""
    body = {"name": ("North", "South")[gate], "zone_id": office.zone_id} | changed
    path = f"{office.path}/gates/{office.gates[gate]}"
    await office.office.ok("PUT", path, office.owner, json=body)


async def remove(office: LedgerOffice, table: str, place_id: str) -> None:
    """Remove a gate or zone that is in use, as older programs let an organizer do."""
    async with office.office.context.write(office.owner.organization_id) as unit:
        connection = await unit.session.connection()
        gone = text(f"DELETE FROM {table} WHERE id = :id")
        await connection.execute(gone, {"id": place_id})
        await touch_plan(unit, office.event_id)


async def remove_gate(office: LedgerOffice, gate: int) -> None:
    """Remove a gate."""
    await remove(office, "gate", office.gates[gate])


async def words_on_shares(office: LedgerOffice, device: GateDevice) -> dict[str, ShareChange]:
    """Return the newest word on each of a device's shares, by zone."""
    await office.exchanged(device)
    told = await office.read_feed(device)
    mine = [item for item in told if isinstance(item, ShareChange) and item.device_id == device.id]
    return {share.zone_id: share for share in mine}


async def kinds(office: LedgerOffice) -> list[tuple[str, str]]:
    """Name the conflicts that stand: kind and zone."""
    found = await office.conflicts()
    return [(one["kind"], one["zone_id"]) for one in found if one["disposition"] != "withdrawn"]


@pytest.mark.either_database
async def test_a_lowered_limit_holds_for_the_next_share(ledger_office: LedgerOffice) -> None:
    """A worker that has decided by the older plan grants nothing by it."""
    await change_zone(ledger_office, capacity=100)
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    assert (await ledger_office.claimed(north, ledger_office.codes[0]))["verdict"] == "admit"
    await change_zone(ledger_office, capacity=5)
    shares = await words_on_shares(ledger_office, south)
    assert shares[ledger_office.zone_id].granted == 2


@pytest.mark.either_database
async def test_a_gate_that_was_moved_brings_passages_through_the_zone_it_stood_at(
    ledger_office: LedgerOffice,
) -> None:
    """Who was let in twice is found; who goes on to the other zone is accused of nothing."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    lawn = await add_zone(ledger_office)
    ledger_office.scan(north, 0)
    ledger_office.scan(south, 0)
    ledger_office.scan(south, 1)
    await ledger_office.exchanged(north, north.journal.entries)
    await change_gate(ledger_office, 1, zone_id=lawn)
    await ledger_office.exchanged(south, south.journal.entries)
    assert await kinds(ledger_office) == [("double_use", ledger_office.zone_id)]
    south.journal.entries.clear()
    ledger_office.scan(south, 1, zone_id=lawn, occurrence_id="")
    await ledger_office.exchanged(south, south.journal.entries)
    assert await kinds(ledger_office) == [("double_use", ledger_office.zone_id)]


@pytest.mark.either_database
async def test_a_gate_that_was_away_for_thirty_three_changes_is_accused_of_nothing(
    ledger_office: LedgerOffice,
) -> None:
    """It was told of none of them: what it let in through its zone of then counts."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    lawn = await add_zone(ledger_office)
    await ledger_office.exchanged(south)
    ledger_office.scan(south, 0)
    await change_gate(ledger_office, 1, zone_id=lawn)
    for change in range(33):
        await change_zone(ledger_office, name=f"Arena {change}")
        await ledger_office.exchanged(north)
    ledger_office.scan(north, 0)
    await ledger_office.exchanged(north, north.journal.entries)
    await ledger_office.exchanged(south, south.journal.entries)
    assert await kinds(ledger_office) == [("double_use", ledger_office.zone_id)]


@pytest.mark.either_database
async def test_what_a_gate_let_out_while_the_limit_was_lifted_is_its_own_again(
    ledger_office: LedgerOffice,
) -> None:
    """A gate that did not know goes on to charge and credit its share, and so does the ledger."""
    await change_zone(ledger_office, capacity=10)
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    zone_id = ledger_office.zone_id
    assert (await words_on_shares(ledger_office, north))[zone_id].granted == 5
    for ticket in range(5):
        ledger_office.scan(north, ticket, allotted=1)
    await ledger_office.exchanged(north, north.journal.entries)
    north.journal.entries.clear()
    await change_zone(ledger_office, capacity=None)
    for ticket in range(3):
        ledger_office.scan(north, ticket, direction="out", reason="exit", allotted=-1)
    await ledger_office.exchanged(north, north.journal.entries)
    await change_zone(ledger_office, capacity=10)
    told = await ledger_office.read_feed(south)
    granted = {item.device_id: item.granted for item in told if isinstance(item, ShareChange)}
    admitted = 0
    for code in ledger_office.codes[5:]:
        answer = await ledger_office.claimed(south, code)
        admitted += answer["verdict"] == "admit"
    # 2 are inside, who were charged to what North was granted.
    assert 2 + (sum(granted.values()) - 2) + admitted == 10


@pytest.mark.either_database
async def test_a_gate_gives_back_its_share_of_a_zone_that_it_leads_to_no_more(
    ledger_office: LedgerOffice,
) -> None:
    """Else its places are nobody's, for the rest of the evening."""
    await change_zone(ledger_office, capacity=10)
    lawn = await add_zone(ledger_office, capacity=8)
    north = await ledger_office.enrol(0)
    shares = await words_on_shares(ledger_office, north)
    assert shares[ledger_office.zone_id].granted == 5
    await change_gate(ledger_office, 0, zone_id=lawn)
    await ledger_office.exchanged(north, shares=[KnownZoneShare(ledger_office.zone_id, 5)])
    shares = await words_on_shares(ledger_office, north)
    assert (shares[lawn].granted, shares[lawn].keep) == (4, None)
    assert (shares[ledger_office.zone_id].granted, shares[ledger_office.zone_id].keep) == (5, 0)


async def test_a_gate_that_was_removed_gives_its_share_back(ledger_office: LedgerOffice) -> None:
    """It no longer lets anyone in."""
    await change_zone(ledger_office, capacity=10)
    north, zone_id = await ledger_office.enrol(0), ledger_office.zone_id
    assert (await words_on_shares(ledger_office, north))[zone_id].granted == 5
    await remove_gate(ledger_office, 0)
    held = [KnownZoneShare(zone_id, 5)]
    await ledger_office.exchanged(north, shares=held, gate_id=north.gate_id)
    told = [item for item in await ledger_office.read_feed(north) if isinstance(item, ShareChange)]
    assert (5, 0) in [(share.granted, share.keep) for share in told]


@pytest.mark.either_database
async def test_a_double_use_is_found_when_the_zone_s_gates_are_gone(
    ledger_office: LedgerOffice,
) -> None:
    """Both entrances were taken away, and the zone, while one of them was cut off."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    ledger_office.scan(north, 0)
    ledger_office.scan(south, 0)
    await ledger_office.exchanged(north, north.journal.entries)
    await remove_gate(ledger_office, 0)
    await remove_gate(ledger_office, 1)
    await remove(ledger_office, "zone", ledger_office.zone_id)
    await ledger_office.exchanged(south, south.journal.entries)
    assert await kinds(ledger_office) == [("double_use", ledger_office.zone_id)]


@pytest.mark.either_database
async def test_a_limit_that_is_set_again_counts_anew(ledger_office: LedgerOffice) -> None:
    """An upload that was under way when it was lifted has left the count of then behind."""
    north, codes = await ledger_office.enrol(0), ledger_office.codes
    async with ledger_office.office.context.write(ledger_office.owner.organization_id) as unit:
        place = {"event_id": ledger_office.event_id, "zone_id": ledger_office.zone_id}
        unit.session.add(ZonePresence(**place, inside=0))
    for code in codes[:2]:
        assert (await ledger_office.claimed(north, code))["verdict"] == "admit"
    await change_zone(ledger_office, capacity=3)
    assert (await ledger_office.claimed(north, codes[2]))["verdict"] == "admit"
    await change_zone(ledger_office, capacity=4)
    assert (await ledger_office.claimed(north, codes[3]))["verdict"] == "admit"
    assert (await ledger_office.claimed(north, codes[4]))["reason"] == "capacity_full"


@pytest.mark.either_database
async def test_a_limit_that_is_set_counts_no_exit_of_who_was_not_seen_coming(
    ledger_office: LedgerOffice,
) -> None:
    """It makes no room for others, neither while the zone is limited nor before."""
    north, codes = await ledger_office.enrol(0), ledger_office.codes
    passages = [(0, "in"), (1, "in"), (1, "out"), (2, "out"), (2, "in"), (3, "out"), (4, "out")]
    for ticket, direction in passages:
        answer = await ledger_office.claimed(north, codes[ticket], direction=direction)
        assert answer["verdict"] == "admit"
        ledger_office.office.clock.advance(MINUTE)
    await change_zone(ledger_office, capacity=3)  # 0 and 2 are inside
    assert (await ledger_office.claimed(north, codes[5]))["verdict"] == "admit"
    assert (await ledger_office.claimed(north, codes[6]))["reason"] == "capacity_full"


@pytest.mark.either_database
async def test_a_zone_that_holds_nobody_any_more_is_over_capacity(
    ledger_office: LedgerOffice,
) -> None:
    """A limit of none is a limit, of those who come in from then on."""
    north = await ledger_office.enrol(0)
    ledger_office.scan(north, 1)
    ledger_office.office.clock.advance(MINUTE)
    await change_zone(ledger_office, capacity=0)
    ledger_office.office.clock.advance(MINUTE)
    ledger_office.scan(north, 0)
    await ledger_office.exchanged(north, north.journal.entries)
    assert await kinds(ledger_office) == [("over_capacity", ledger_office.zone_id)]
    (conflict,) = await ledger_office.conflicts()
    path = f"{ledger_office.path}/conflicts/{conflict['id']}"
    told = await ledger_office.office.ok("GET", path, ledger_office.owner)
    assert len(told["sides"]) == 1


@pytest.mark.either_database
async def test_a_way_back_in_that_was_allowed_is_no_double_use(
    ledger_office: LedgerOffice,
) -> None:
    """Re-entry is switched off after the holder has come back; the gate is heard later still."""
    north = await ledger_office.enrol(0)
    await change_zone(ledger_office, reentry_after_exit=True)
    await ledger_office.exchanged(north)
    ledger_office.scan(north, 0)
    ledger_office.office.clock.advance(MINUTE)
    ledger_office.scan(north, 0, direction="out", reason="exit")
    ledger_office.office.clock.advance(MINUTE)
    ledger_office.scan(north, 0, reason="reentry")
    ledger_office.office.clock.advance(MINUTE)
    await change_zone(ledger_office)
    ledger_office.office.clock.advance(MINUTE)
    await ledger_office.exchanged(north, north.journal.entries)
    assert await kinds(ledger_office) == []


@pytest.mark.either_database
async def test_a_double_use_stays_one_when_more_entries_are_allowed_later(
    ledger_office: LedgerOffice,
) -> None:
    """Each entry is judged by what held when it was."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    ledger_office.scan(north, 0)
    ledger_office.office.clock.advance(MINUTE)
    ledger_office.scan(south, 0)
    ledger_office.office.clock.advance(MINUTE)
    await ledger_office.exchanged(north, north.journal.entries)
    await change_zone(ledger_office, multiple_entries=True)
    ledger_office.office.clock.advance(MINUTE)
    await ledger_office.exchanged(south, south.journal.entries)
    assert await kinds(ledger_office) == [("double_use", ledger_office.zone_id)]
    ledger_office.scan(north, 0)
    await ledger_office.exchanged(north, north.journal.entries[-1:])
    assert await kinds(ledger_office) == [("double_use", ledger_office.zone_id)]


@pytest.mark.either_database
@pytest.mark.parametrize("change", ["direction", "types", "rule"])
async def test_nobody_is_accused_by_a_plan_that_came_after(
    ledger_office: LedgerOffice, change: str
) -> None:
    """What was in order when it happened stays so."""
    north = await ledger_office.enrol(0)
    await ledger_office.exchanged(north)
    ledger_office.scan(north, 0)
    ledger_office.office.clock.advance(HOUR)
    if change == "direction":
        await change_gate(ledger_office, 0, direction="out")
    elif change == "types":
        await change_zone(ledger_office, ticket_type_ids=[])
    else:
        await change_zone(ledger_office, rule={"const": False})
    ledger_office.office.clock.advance(MINUTE)
    ledger_office.scan(north, 1)
    await ledger_office.exchanged(north, north.journal.entries)
    found = await ledger_office.conflicts()
    assert [one["kind"] for one in found] == ["admitted_against_rules"]
    assert found[0]["ticket_id"] == ledger_office.hex_of(1)


@pytest.mark.parametrize("published", ["postgresql"], indirect=True)  # SQLite has one writer
@pytest.mark.parametrize("way", ["claim", "claim under locks", "upload"])
async def test_a_limit_that_is_set_counts_who_is_just_being_let_in(
    published: tuple[Settings, LedgerOffice], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """One worker decides by the plan of before while another one counts for the new limit."""
    writing = {
        "claim": (settling_without_locks, "_record"),
        "claim under locks": (settling_under_locks, "_record"),
    }
    module, name = writing.get(way, (EventPoster, "_write"))
    if way == "claim under locks":
        monkeypatch.setattr(settling_without_locks, "TRIES", 0)
    record, is_reached, may_go_on = getattr(module, name), asyncio.Event(), asyncio.Event()

    async def wait(*args: Any) -> Any:
        if not is_reached.is_set():
            is_reached.set()
            await may_go_on.wait()
        return await record(*args)

    async with (
        open_ledger_office_again(*published) as one,
        open_ledger_office_again(*published) as other,
    ):
        north, south = await one.enrol(0), await one.enrol(1)
        one.scan(north, 0)
        monkeypatch.setattr(module, name, wait)
        passing = asyncio.create_task(
            one.claim(north, one.codes[0], ClaimId("first"))
            if way != "upload"
            else one.exchange(north, north.journal.entries)
        )
        await is_reached.wait()
        await change_zone(other, capacity=2)
        assert (await other.claimed(south, one.codes[1], "second"))["verdict"] == "admit"
        may_go_on.set()
        assert (await passing).status_code == 200
        assert (await other.claimed(south, one.codes[2], "third"))["reason"] == "capacity_full"


@pytest.mark.parametrize("published", ["postgresql"], indirect=True)  # SQLite has one writer
async def test_a_limit_that_is_set_counts_whose_exit_is_just_being_confirmed(
    published: tuple[Settings, LedgerOffice], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place that came free meanwhile is somebody else's, and lost to nobody."""
    write, is_reached, may_go_on = EventPoster._write, asyncio.Event(), asyncio.Event()

    async def wait(*args: Any) -> Any:
        if not is_reached.is_set():
            is_reached.set()
            await may_go_on.wait()
        return await write(*args)

    async with (
        open_ledger_office_again(*published) as one,
        open_ledger_office_again(*published) as other,
    ):
        north, south = await one.enrol(0), await one.enrol(1)
        assert (await one.claimed(north, one.codes[0], "in"))["verdict"] == "admit"
        one.office.clock.advance(MINUTE)
        out = {"direction": "out", "journalled": True}
        assert (await one.claimed(north, one.codes[0], "out", **out))["verdict"] == "admit"
        one.scan(north, 0, claim_id="out", direction="out", reason="exit", mode="online")
        monkeypatch.setattr(EventPoster, "_write", wait)
        leaving = asyncio.create_task(one.exchange(north, north.journal.entries))
        await is_reached.wait()
        await change_zone(other, capacity=1)
        assert (await other.claimed(south, one.codes[1]))["reason"] == "capacity_full"
        may_go_on.set()
        assert (await leaving).status_code == 200
        assert (await other.claimed(south, one.codes[2]))["verdict"] == "admit"
        assert (await other.claimed(south, one.codes[3]))["reason"] == "capacity_full"


@pytest.mark.either_database
async def test_plan_that_a_gate_had_heard_holds_although_the_servers_clock_ran_ahead(
    ledger_office: LedgerOffice,
) -> None:
    """By the clocks it began an hour after the entry, which no rule of before allowed."""
    office = ledger_office
    north = await office.enrol(0)
    await change_gate(office, 0, direction="out")
    await office.exchanged(north)
    office.office.clock.advance(MINUTE)
    office.office.clock.step_wall(HOUR)
    await change_gate(office, 0, direction="both")
    await office.exchanged(north)
    head = len(await office.read_feed(north))
    office.office.clock.step_wall(-HOUR)
    office.office.clock.advance(MINUTE)
    office.scan(north, 0, cursor=head)
    await office.exchanged(north, north.journal.entries)
    assert await kinds(office) == []
    office.scan(north, 1, cursor=head - 1)
    await office.exchanged(north, north.journal.entries)
    assert await kinds(office) == [("admitted_against_rules", office.zone_id)]


async def sell_of_a_new_type(office: LedgerOffice) -> int:
    """Add a type while the evening is on, and sell a ticket of it; returns its place."""
    kind = {"name": "Late", "price_minor": 1_000, "occurrence_id": office.occurrence_id}
    types = f"{office.path}/ticket-types"
    made = await office.office.ok("POST", types, office.owner, json=kind)
    order = {"lines": [{"ticket_type_id": made["id"], "quantity": 1}], "payment": "paid"}
    path = f"{office.path}/orders"
    sold = (await office.office.ok("POST", path, office.owner, json=order))["tickets"][0]["id"]
    where = f"{office.path}/tickets/{sold}/credential"
    office.codes.append((await office.office.ok("GET", where, office.owner))["digits"])
    office.tickets.append(parse_ticket_id(sold))
    return len(office.tickets) - 1


@pytest.mark.either_database
async def test_double_use_of_a_type_that_is_new_is_named_whatever_the_gates_clocks_say(
    ledger_office: LedgerOffice,
) -> None:
    """By an older plan there was no such ticket: that it was let in says that a newer one held."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    await ledger_office.exchanged(north)
    ledger_office.office.clock.advance(HOUR)
    ticket = await sell_of_a_new_type(ledger_office)
    for gate in (north, south):
        ledger_office.scan(gate, ticket, offset_error=None)
        await ledger_office.exchanged(gate, gate.journal.entries)
    assert await kinds(ledger_office) == [("double_use", ledger_office.zone_id)]
