"""A large seat map is given to an event: others write meanwhile, and nobody sees half of it."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from sqlalchemy import func, select

from server.problem_answers import Problem
from server.seating import copying_event_seats, placing_maps
from server.seating.models import EventSeat
from server.seating.placing_maps import place_map, remove_left_behind, write_seats
from server.seating.taking_seats import count_states, pack_checked
from server.venues_and_gates.seat_templates import read_form
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import HOUR, Duration
from shared.seating.csv_form import write_csv
from shared.seating.seat_map import PITCH, SeatMap
from tests.factories.office import Office
from tests.factories.racing import raced
from tests.factories.seats import make_seat, make_seat_map
from tests.factories.strength import sized
from tests.integration.server.seating.test_seats import Hall, hall_of

SLICES = 5
ROWS_AT_ONCE = sized(200, placing_maps.ROWS_AT_ONCE)


@pytest.fixture(autouse=True)
def writes_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a slice be as many seats as these tests count by."""
    monkeypatch.setattr(placing_maps, "ROWS_AT_ONCE", ROWS_AT_ONCE)
    monkeypatch.setattr(copying_event_seats, "ROWS_AT_ONCE", ROWS_AT_ONCE)


def large_map() -> SeatMap:
    """Make a map of so many seats that they are written in several slices."""
    return SeatMap(
        tuple(
            make_seat(number, row=f"R{row}", y=row * PITCH)
            for row in range(1, SLICES + 1)
            for number in range(1, ROWS_AT_ONCE + 1)
        )
    )


def owner_of(hall: Hall) -> OrganizationId:
    """Return whose the hall is."""
    return OrganizationId(hall.person.organization_id)


async def rows_kept(hall: Hall) -> int:
    """Count the event's rows, its own and nobody's."""
    query = select(func.count()).select_from(EventSeat)
    async with hall.office.context.read(owner_of(hall)) as unit:
        found = await unit.session.execute(query.where(EventSeat.event_id == hall.event_id))
        return int(found.scalar_one())


@pytest.mark.either_database
async def test_others_write_while_a_large_map_is_made_and_see_the_former_or_the_new_one(
    office: Office,
) -> None:
    """A claim at the door waits for one slice, never for all of them."""
    hall = await hall_of(office)
    body = {"form": "csv", "text": write_csv(large_map())}
    making = asyncio.create_task(hall.ask("PUT", "/seats/map", **body))
    seen: list[int] = []
    while not making.done():
        async with office.context.write(owner_of(hall)) as unit:
            query = select(func.count()).select_from(EventSeat)
            await unit.session.execute(query.where(EventSeat.event_id == hall.event_id))
        async with office.context.read(owner_of(hall)) as unit:
            seen.append(sum((await count_states(unit, hall.event_id)).values()))
    assert (await making)["seats"] == SLICES * ROWS_AT_ONCE
    assert set(seen) <= {40, SLICES * ROWS_AT_ONCE}
    assert seen == sorted(seen)
    assert seen.count(40) > SLICES
    assert await hall.counts() == Counter(free=SLICES * ROWS_AT_ONCE)
    assert await rows_kept(hall) == SLICES * ROWS_AT_ONCE


@pytest.mark.either_database
async def test_a_map_whose_writer_has_died_is_nobody_s_and_goes_by_itself(office: Office) -> None:
    """The former one is sold from all the while, and the next attempt finds nothing odd."""
    hall = await hall_of(office)
    await write_seats(office.context, owner_of(hall), hall.event_id, make_seat_map(2, 20))
    assert await rows_kept(hall) == 80
    assert (await hall.counts()).total() == 40
    assert (await hall.order(seats=["D-2"])).status_code == 201
    await remove_left_behind(office.context)
    assert await rows_kept(hall) == 80, "somebody may be writing it still"
    office.clock.advance(Duration(HOUR + 1))
    await remove_left_behind(office.context)
    assert await rows_kept(hall) == 40
    assert await hall.counts() == Counter(free=38, sold=1, killed=1)


@pytest.mark.either_database
async def test_a_seat_that_is_sold_while_a_map_is_written_keeps_the_former_one(
    office: Office,
) -> None:
    """Nothing is replaced of which a seat is somebody's; what was written goes again."""
    hall = await hall_of(office)
    other = make_seat_map(1, 12)
    scope = (office.context, owner_of(hall), hall.event_id)
    number = await write_seats(*scope, other)
    assert (await hall.order(seats=["D-2"])).status_code == 201
    with pytest.raises(Problem, match="1 seats"):
        async with office.context.write(owner_of(hall)) as unit:
            await place_map(unit, hall.event_id, other, pack_checked(other), number)
    assert (await hall.states())["D-2"] == "sold"


@pytest.mark.either_database
async def test_of_two_who_give_an_event_a_map_the_one_who_began_later_stays(
    office: Office,
) -> None:
    """Whoever began before and is slower is told so; those who watch hear of each map once."""
    hall = await hall_of(office)
    cursor = (await hall.ask("GET", "/seats/changes?after=0"))["cursor"]
    first, second = make_seat_map(1, 12), read_form("csv", write_csv(make_seat_map(2, 6)))
    scope = (office.context, owner_of(hall), hall.event_id)
    early = await write_seats(*scope, first)
    late = await write_seats(*scope, second)
    async with office.context.write(owner_of(hall)) as unit:
        await place_map(unit, hall.event_id, second, pack_checked(second), late)
    with pytest.raises(Problem, match="another seat map"):
        async with office.context.write(owner_of(hall)) as unit:
            await place_map(unit, hall.event_id, first, pack_checked(first), early)
    told = await hall.ask("GET", f"/seats/changes?after={cursor}")
    assert {one["id"] for one in told["seats"]} == {seat.id for seat in second.seats}
    assert (await hall.ask("GET", f"/seats/changes?after={told['cursor']}"))["seats"] == []
    assert (await hall.order(seats=["B-2"])).status_code == 201
    assert await hall.counts() == Counter(free=10, killed=1, sold=1)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_who_changes_a_seat_of_a_map_that_is_just_replaced_is_told_so(
    office: Office,
) -> None:
    """It was locked before: by its row it would be so, and nobody would read that.

    On SQLite one writes at a time, and nobody replaces a map meanwhile.
    """
    hall = await hall_of(office)
    other = make_seat_map(1, 12)
    number = await write_seats(office.context, owner_of(hall), hall.event_id, other)

    async def place() -> None:
        async with office.context.write(owner_of(hall)) as unit:
            await place_map(unit, hall.event_id, other, pack_checked(other), number)

    where = f"event_id = '{hall.event_id}'"
    body = {"seats": ["D-2"]}
    kill = office.call("POST", f"{hall.path}/seats/kill", hall.person, json=body)
    _, killed = await raced(office, "seat_counter", where, place(), kill)
    assert (killed.status_code, "another seat map" in killed.text) == (409, True)
    assert await hall.counts() == Counter(free=11, killed=1)
