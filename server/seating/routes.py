"""Seats of an event: looked at, watched, taken out of sale and put back."""

from __future__ import annotations

from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Units
from server.events.events_and_dates import get_event
from server.http.body_and_answer_types import Page
from server.http.page_cursors import PAGE_BEFORE, PAGE_SIZE_DEFAULT, Limit
from server.http.retrying import look_again
from server.seating import taking_seats
from server.seating.models import EventSeat
from server.seating.schemas import (
    KillBody,
    SeatAnswer,
    SeatChangesAnswer,
    SeatStateAnswer,
    show_seat,
)
from shared.kernel.id_types import EventId
from shared.kernel.ids import format_ticket_id
from shared.seating.seat_map import SEATS_MAX, SeatMap

SEATS = "/organizations/{organization_id:str}/events/{event_id:str}/seats"
READ = requires(Role.STAFF, "tickets:read")
WRITE = requires(Role.MANAGER, "tickets:write")

After = Annotated[int | None, QueryParameter(ge=0, le=SEATS_MAX, description=PAGE_BEFORE)]
Cursor = Annotated[
    int, QueryParameter(ge=0, le=2**53, description="`cursor` of the answer before; 0 for all")
]


@get(SEATS, tags=["seats"], guards=[READ])
async def list_seats(
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    limit: Limit = PAGE_SIZE_DEFAULT,
    after: After = None,
) -> Page[SeatAnswer]:
    """List an event's seats with who has them, in the map's order."""
    async with units.read() as unit:
        seat_map = await taking_seats.get_map(unit, event_id)
        last = -1 if after is None else after
        rows = await taking_seats.list_seats(unit, event_id, limit=limit, after=last)
        following = str(rows[limit - 1].place) if len(rows) > limit else None
        return Page([_seat(seat_map, row) for row in rows[:limit]], following)


@get(SEATS + "/changes", tags=["seats"], guards=[READ])
async def list_seat_changes(
    units: NamedDependency[Units], event_id: FromPath[EventId], after: Cursor = 0
) -> SeatChangesAnswer:
    """Tell which seats changed since a cursor: a live map asks again with the answer's."""
    async with units.read() as unit:
        await get_event(unit, event_id)
        cursor, states = await taking_seats.list_changes(
            unit, event_id, after=after, limit=taking_seats.CHANGES_MAX
        )
        seats = [SeatStateAnswer(id=one.seat_id, state=one.state) for one in states]
        return SeatChangesAnswer(cursor=cursor, seats=seats)


@post(SEATS + "/kill", status_code=200, tags=["seats"], guards=[WRITE])
@look_again
async def kill_seats(
    data: JSONBody[KillBody], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> list[SeatStateAnswer]:
    """Take seats out of sale: behind a pillar, or under the desk of the sound."""
    async with units.write() as unit:
        rows = await taking_seats.kill_seats(unit, event_id, data.seats, is_killed=True)
        return [SeatStateAnswer(id=row.seat_id, state=row.state) for row in rows]


@post(SEATS + "/unkill", status_code=200, tags=["seats"], guards=[WRITE])
@look_again
async def unkill_seats(
    data: JSONBody[KillBody], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> list[SeatStateAnswer]:
    """Put seats that were taken out of sale back."""
    async with units.write() as unit:
        rows = await taking_seats.kill_seats(unit, event_id, data.seats, is_killed=False)
        return [SeatStateAnswer(id=row.seat_id, state=row.state) for row in rows]


def _seat(seat_map: SeatMap, row: EventSeat) -> SeatAnswer:
    ticket_id = None if row.ticket_id is None else format_ticket_id(row.ticket_id)
    seat = seat_map.seats[row.place]
    return show_seat(seat, state=row.state, holder=row.holder, ticket_id=ticket_id)
