"""An event with a large seat map is copied: others write meanwhile, and nobody sees half of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select

from server.event_copies import routes
from server.event_copies.copying_event import COPIED_SEATS_LATER
from server.events.events_and_dates import Event
from server.seating.taking_seats import count_states
from shared.kernel.id_types import EventId
from shared.seating.csv_form import write_csv
from tests.factories.office import Office
from tests.factories.seats import make_seat_map
from tests.integration.server.seating.test_placing_seats import (
    SLICES,
    large_map,
    owner_of,
    rows_kept,
    writes_slices,
)
from tests.integration.server.seating.test_seats import Hall, hall_of

__all__ = ["writes_slices"]
pytestmark = pytest.mark.either_database

LARGE = large_map()
KILLED = len(LARGE.seats) // 2 + 1


async def large_hall(office: Office) -> Hall:
    """Make an event with a large map, of which a seat is sold and another is out of the room."""
    hall = await hall_of(office)
    await hall.ask("PUT", "/seats/map", form="csv", text=write_csv(LARGE))
    await hall.ask("POST", "/seats/kill", seats=[LARGE.seats[KILLED].id])
    assert (await hall.order(seats=[LARGE.seats[0].id])).status_code == 201
    return hall


async def copy_of(hall: Hall, key: str = "once") -> Any:
    """Ask for a copy."""
    headers = {"Idempotency-Key": key}
    body = {"name": "Again"}
    return await hall.office.call(
        "POST", f"{hall.path}/copy", hall.person, json=body, headers=headers
    )


def hall_at(hall: Hall, event_id: str) -> Hall:
    """Return the same owner's hall at another event."""
    return Hall(hall.office, hall.person, EventId(event_id), hall.kind)


async def events_of(hall: Hall) -> list[str]:
    """Return the ids of all events but the first one's."""
    found = await hall.office.ok("GET", f"{hall.person.path}/events", hall.person)
    return [one["id"] for one in found["items"] if one["id"] != hall.event_id]


async def test_others_write_while_a_large_event_is_copied(office: Office) -> None:
    """A claim at the door waits for one slice, never for all of them."""
    hall = await large_hall(office)
    making = asyncio.create_task(copy_of(hall))
    seen: list[int] = []
    while not making.done():
        async with office.context.write(owner_of(hall)) as unit:
            copies = await unit.all(select(Event.id).where(Event.id != hall.event_id))
            states = [await count_states(unit, one) for one in copies]
        seen += [sum(one.values()) for one in states]
    answer = await making
    assert answer.status_code == 201
    copy = hall_at(hall, answer.json()["id"])
    assert set(seen) <= {0, len(LARGE.seats)}
    assert len(seen) > SLICES
    assert await copy.counts() == Counter(free=len(LARGE.seats) - 1, killed=1)
    assert (await copy.states())[LARGE.seats[KILLED].id] == "killed"
    assert await rows_kept(copy) == len(LARGE.seats)
    assert (await copy_of(hall)).json()["id"] == copy.event_id


async def test_seats_of_a_copy_whose_maker_has_died_come_by_themselves(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute later, once, and not where somebody has given the copy another map by then."""
    hall = await large_hall(office)

    async def die(*_said: Any) -> None:
        raise ConnectionResetError("cut off")

    for given in (0, 40):
        before = await events_of(hall)
        with monkeypatch.context() as cut:
            cut.setattr(routes, "write_copied", die)
            assert (await copy_of(hall, f"key {given}")).status_code == 503
        (copied,) = set(await events_of(hall)) - set(before)
        copy = hall_at(hall, copied)
        assert (await copy_of(hall, f"key {given}")).json()["id"] == copied
        assert await rows_kept(copy) == 0
        if given:
            await copy.ask("PUT", "/seats/map", form="csv", text=write_csv(make_seat_map()))
        runner = routes.make_runner(office.framework.state)
        assert await runner.work() == 0, "whoever makes it may be at it still"
        office.clock.advance(COPIED_SEATS_LATER)
        assert await runner.work() == 1
        assert await rows_kept(copy) == (given or len(LARGE.seats))
        assert (await copy.counts())["killed"] == 1
