"""A copied event's seats: the same map, all free, but those that were taken out of the room."""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import func, select, text

from server.db.unit import Unit
from server.events.copied_tables import COPIED, copy_row
from server.seating.models import EventSeat, EventSeating, SeatCounter
from server.seating.service import KILLED, is_current
from shared.kernel.id_types import EventId

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


async def copy_seats(unit: Unit, event_id: EventId, copy_id: EventId) -> None:
    """Give a copy of an event, which is there, a map and seats of its own."""
    row = await unit.find(select(EventSeating).where(EventSeating.event_id == event_id))
    if row is None:
        return
    owner = unit.organization_id
    given = {"event_id": copy_id, "organization_id": owner}
    unit.session.add(copy_row(row, **given, created_at=unit.now))
    unit.session.add(SeatCounter(**given, seq=_FIRST_NUMBER))
    await unit.session.flush()
    connection = await unit.session.connection()
    named = {"copy_id": copy_id, "event_id": event_id, "organization_id": owner}
    await connection.execute(_SEATS, named | {"seq": _FIRST_NUMBER})
