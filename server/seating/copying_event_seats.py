"""A copied event's seats: the same map, all free, but those that were taken out of the room.

Those of a large map are written afterwards, some in each transaction: in one they would keep the
one writer of SQLite, and every claim at the doors, for a second and more. Until all are there the
copy has no map.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec
from sqlalchemy import func, select, text

from server.db.unit import Context, Unit
from server.events.events_and_dates import Event
from server.events.tables_of_event_copies import COPIED, copy_row
from server.seating.models import EventSeat, EventSeating, SeatCounter
from server.seating.placing_maps import (
    ROWS_AT_ONCE,
    place_copied,
    remove_former,
    write_slices,
)
from server.seating.taking_seats import KILLED, is_current
from shared.kernel.id_types import EventId, OrganizationId, SeatId
from shared.seating.packed_map import unpack_map

_FIRST_NUMBER: Final = 1
_SEATS: Final = text(
    "INSERT INTO event_seat"
    " (event_id, seat_id, organization_id, place, state, holder, ticket_id, seq)"
    " SELECT :copy_id, seat_id, organization_id, place,"
    " CASE WHEN state = 'killed' THEN 'killed' ELSE 'free' END, '', NULL, :seq"
    " FROM event_seat WHERE event_id = :event_id AND organization_id = :organization_id"
    " AND map_number = (SELECT map_number FROM seat_counter WHERE event_id = :event_id)"
)
assert COPIED["event_seat"].same == {"seat_id", "place"}


class SeatCount(msgspec.Struct, frozen=True):
    """How many seats a copy has, and how many of them are out of the room."""

    seats: int = 0
    killed: int = 0


async def count_copied_seats(unit: Unit, event_id: EventId) -> SeatCount:
    """Count what a copy of an event's map would have."""
    seats = await unit.find(
        select(EventSeating.seat_count).where(EventSeating.event_id == event_id)
    )
    if seats is None:
        return SeatCount()
    killed = select(func.count()).select_from(EventSeat)
    killed = killed.where(is_current(event_id), EventSeat.state == KILLED)
    return SeatCount(seats, int((await unit.session.execute(killed)).scalar_one()))


class SeatsToWrite(msgspec.Struct, frozen=True):
    """The seats that a copy is still to be given, as they were when it was made.

    Attributes:
        packed: The map, packed.
        killed: Which of its seats are out of the room.
    """

    packed: bytes
    killed: frozenset[SeatId]


async def copy_seats(unit: Unit, event_id: EventId, copy_id: EventId) -> SeatsToWrite | None:
    """Give a copy of an event, which is there, a map and seats of its own.

    Returns:
        What `write_copied` is to write once this is committed; None where all is there.
    """
    row = await unit.find(select(EventSeating).where(EventSeating.event_id == event_id))
    if row is None:
        return None
    if row.seat_count > ROWS_AT_ONCE:
        return await _to_write(unit, row)
    owner = unit.organization_id
    given = {"event_id": copy_id, "organization_id": owner}
    unit.session.add(copy_row(row, **given, created_at=unit.now))
    await unit.add(SeatCounter(**given, seq=_FIRST_NUMBER))
    connection = await unit.session.connection()
    named = {"copy_id": copy_id, "event_id": event_id, "organization_id": owner}
    await connection.execute(_SEATS, named | {"seq": _FIRST_NUMBER})
    return None


async def find_to_write(unit: Unit, event_id: EventId, copy_id: EventId) -> SeatsToWrite | None:
    """Return what a copy is still to be given of an event's seats as they are; None if nothing.

    Whoever was writing them has ended. A copy that was removed, or that somebody has given a map
    since, is given none.
    """
    has_map = select(SeatCounter.map_number).where(SeatCounter.event_id == copy_id)
    is_gone = await unit.find(select(Event.id).where(Event.id == copy_id)) is None
    number = await unit.find(has_map)
    if is_gone or number:
        return None
    row = await unit.find(select(EventSeating).where(EventSeating.event_id == event_id))
    return None if row is None else await _to_write(unit, row)


async def _to_write(unit: Unit, row: EventSeating) -> SeatsToWrite:
    killed = select(EventSeat.seat_id).where(is_current(row.event_id), EventSeat.state == KILLED)
    found = (await unit.session.execute(killed)).scalars()
    return SeatsToWrite(row.packed_map, frozenset(found))


async def write_copied(
    context: Context, organization_id: OrganizationId, copy_id: EventId, seats: SeatsToWrite
) -> None:
    """Write a copy's seats, some in each transaction, then let them be its own."""
    seat_map = await asyncio.to_thread(unpack_map, seats.packed)
    place = (context, organization_id, copy_id)
    number = await write_slices(*place, seat_map.seats, seats.killed)
    async with context.write(organization_id) as unit:
        await place_copied(unit, copy_id, seats.packed, number)
    await remove_former(*place)
