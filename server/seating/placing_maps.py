"""A seat map put in the place of an event's former one: written beside that, then taken as one.

A large map is tens of thousands of rows. Written in one transaction they would keep SQLite's one
writer for seconds, and every claim at the doors with it. So they are written in slices, under a
number that is nobody's yet, and one short transaction says that it is the event's. Until then the
former map is sold from, and whoever dies meanwhile has changed nothing. Rows that are nobody's are
removed in slices as well: by whoever put the map in its place, or later, where that one died.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

from litestar import Litestar
from sqlalchemy import ColumnElement, func, or_, select, text, update

from server.background.repeating import FORGOTTEN_EVERY, repeating
from server.db.periodic_turns import TURN_LOOK_S, RareTurn
from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit
from server.events.events_and_dates import get_editable_event, get_event
from server.events.frozen_edits import refuse_frozen
from server.problem_answers import refuse
from server.seating.models import EventSeat, EventSeating, SeatCounter
from server.seating.taking_seats import FREE, KILLED, count_states, next_number, select_map_number
from shared.kernel.id_types import EventId, OrganizationId, SeatId
from shared.kernel.instant import HOUR, Duration
from shared.manifest.frozen_parts import PlanPart
from shared.seating.seat_map import Seat, SeatKind, SeatMap

SEATS_LEFT_BEHIND: Final[Duration] = HOUR
"""Rows that are nobody's for longer were left behind by a process that ended."""

ROWS_AT_ONCE: Final = 2_000
"""Written or removed in one transaction: on SQLite some hundredths of a second."""
PAUSE_S: Final = 0.005
"""Between two of them: another process that waits to write is let in for sure."""
_FIRST: Final = text(
    "INSERT INTO seat_counter (event_id, organization_id, seq)"
    " VALUES (:event_id, :organization_id, 0) ON CONFLICT (event_id) DO NOTHING"
)
_NUMBER: Final = text(
    "UPDATE seat_counter SET last_map = last_map + 1, unswept_since = :now"
    " WHERE event_id = :event_id AND organization_id = :organization_id RETURNING last_map"
)
_ADD: Final = text(
    "INSERT INTO event_seat"
    " (event_id, map_number, seat_id, organization_id, place, state, holder, ticket_id, seq)"
    " VALUES (:event_id, :map_number, :seat_id, :organization_id, :place, :state, '', NULL, 0)"
)
_DROP: Final = text(
    "DELETE FROM event_seat WHERE event_id = :event_id AND organization_id = :organization_id"
    " AND map_number = :map_number AND seat_id IN (SELECT seat_id FROM event_seat"
    " WHERE event_id = :event_id AND map_number = :map_number LIMIT :count)"
)


async def find_map_number(unit: Unit, event_id: EventId) -> int:
    """Return the number of an event's map; 0 before its second one."""
    return await unit.find(select_map_number(event_id)) or 0


async def write_seats(
    context: Context, organization_id: OrganizationId, event_id: EventId, seat_map: SeatMap
) -> int:
    """Write the seats of a map that shall be an event's, of whom nobody reads yet.

    Returns:
        The map's number, for `place_map`.

    Raises:
        Problem: as `place_map` does.
    """
    async with context.read(organization_id) as unit:
        refuse_frozen(await get_event(unit, event_id), PlanPart.SEATS)
        await _refuse_taken(unit, event_id)  # else all would be written in vain
    killed = {seat.id for seat in seat_map.seats if seat.kind is SeatKind.KILLED}
    return await write_slices(context, organization_id, event_id, seat_map.seats, killed)


async def write_slices(
    context: Context,
    organization_id: OrganizationId,
    event_id: EventId,
    seats: Sequence[Seat],
    killed: Collection[SeatId],
) -> int:
    """Write seats that are nobody's yet, some in each transaction; others write in between.

    Returns:
        The number of the map that they are of.
    """
    scope = {"event_id": event_id, "organization_id": organization_id}
    async with _silent(context, organization_id) as unit:
        connection = await unit.session.connection()
        await connection.execute(_FIRST, scope)
        number = (await connection.execute(_NUMBER, scope | {"now": unit.now})).scalar_one()
    for start in range(0, len(seats), ROWS_AT_ONCE):
        slice_ = seats[start : start + ROWS_AT_ONCE]
        rows = [scope | {"map_number": number} | one for one in _rows(start, slice_, killed)]
        async with _silent(context, organization_id) as unit:
            await (await unit.session.connection()).execute(_ADD, rows)
        await asyncio.sleep(PAUSE_S)
    return int(number)


def _rows(start: int, seats: Sequence[Seat], killed: Collection[SeatId]) -> list[dict[str, Any]]:
    return [
        {"seat_id": seat.id, "place": place, "state": KILLED if seat.id in killed else FREE}
        for place, seat in enumerate(seats, start)
    ]


async def place_map(
    unit: Unit, event_id: EventId, seat_map: SeatMap, packed: bytes, number: int
) -> None:
    """Give an event a map whose seats were written, in the place of one of which none is taken.

    Args:
        unit: A writing one.
        event_id: The event.
        seat_map: The map.
        packed: The same, packed.
        number: Of `write_seats`.

    Raises:
        Problem: `not-found`, or `conflict` where seats are taken, the event is over, or somebody
            who began later has given it a map already.
    """
    refuse_frozen(await get_editable_event(unit, event_id), PlanPart.SEATS)
    # Whoever takes a seat numbers it: from here on nobody does, and those before are counted.
    seq, current = await next_number(unit, event_id)
    await _refuse_taken(unit, event_id)
    count = await _count_written(unit, event_id, number)
    if number <= current or count != len(seat_map.seats):
        raise refuse("conflict", "seats.map_meanwhile")
    row = await unit.find(select(EventSeating).where(EventSeating.event_id == event_id))
    if row is None:
        row = EventSeating(event_id=event_id)
        unit.session.add(row)
    row.packed_map, row.seat_count, row.created_at = packed, count, unit.now
    await _count_as(unit, event_id, number, seq)


async def place_copied(unit: Unit, event_id: EventId, packed: bytes, number: int) -> None:
    """Give a copied event the map whose seats were written for it.

    Somebody may have given it another one meanwhile, or removed it: then that stays.
    """
    if (
        await unit.find(select(SeatCounter.event_id).where(SeatCounter.event_id == event_id))
        is None
    ):
        return
    seq, current = await next_number(unit, event_id)
    if current:
        return
    row = EventSeating(event_id=event_id)
    row.packed_map, row.created_at = packed, unit.now
    row.seat_count = await _count_written(unit, event_id, number)
    unit.session.add(row)
    await _count_as(unit, event_id, number, seq)


async def _count_written(unit: Unit, event_id: EventId, number: int) -> int:
    written = select(func.count()).select_from(EventSeat)
    written = written.where(EventSeat.event_id == event_id, EventSeat.map_number == number)
    return int((await unit.session.execute(written)).scalar_one())


async def _count_as(unit: Unit, event_id: EventId, number: int, seq: int) -> None:
    """Let the seats of a map's number be the event's, as of a change's number."""
    await unit.change(
        update(SeatCounter)
        .where(SeatCounter.event_id == event_id)
        .values(map_number=number, map_seq=seq)
    )
    await unit.session.flush()


async def _refuse_taken(unit: Unit, event_id: EventId) -> None:
    states = await count_states(unit, event_id)
    gone = sum(count for state, count in states.items() if state not in {FREE, KILLED})
    if gone:
        raise refuse("conflict", "seats.fixed", count=gone)


async def remove_former(
    context: Context, organization_id: OrganizationId, event_id: EventId
) -> None:
    """Remove the seats of an event's former maps; of one that is just being written, none."""
    former = EventSeat.map_number < select_map_number(event_id).scalar_subquery()
    await _remove(context, organization_id, event_id, former)
    # Else somebody writes one now, who comes here afterwards.
    is_last = SeatCounter.last_map == SeatCounter.map_number
    await _note_swept(context, organization_id, event_id, is_last)


async def remove_left_behind(context: Context) -> None:
    """Remove seats that are nobody's, of all events, where who wrote them has ended."""
    now = context.clock.wall()
    # What was noted in the future was noted by a clock that was wrong.
    is_long = or_(
        SeatCounter.unswept_since < now - SEATS_LEFT_BEHIND, SeatCounter.unswept_since > now
    )
    query = select(SeatCounter.organization_id, SeatCounter.event_id, SeatCounter.unswept_since)
    async with context.read(SYSTEM) as unit:
        found = (await unit.session.execute(query.where(is_long))).all()
    for organization_id, event_id, since in found:
        await _remove(
            context,
            organization_id,
            event_id,
            EventSeat.map_number != select_map_number(event_id).scalar_subquery(),
        )
        is_same = SeatCounter.unswept_since == since
        await _note_swept(context, organization_id, event_id, is_same)


async def _remove(
    context: Context,
    organization_id: OrganizationId,
    event_id: EventId,
    which: ColumnElement[bool],
) -> None:
    query = select(EventSeat.map_number).where(EventSeat.event_id == event_id, which).limit(1)
    scope = {"event_id": event_id, "organization_id": organization_id, "count": ROWS_AT_ONCE}
    while True:
        async with context.read(organization_id) as unit:
            number = await unit.find(query)
        if number is None:
            return
        async with _silent(context, organization_id) as unit:
            connection = await unit.session.connection()
            await connection.execute(_DROP, scope | {"map_number": number})
        await asyncio.sleep(PAUSE_S)


async def _note_swept(
    context: Context,
    organization_id: OrganizationId,
    event_id: EventId,
    which: ColumnElement[bool],
) -> None:
    swept = update(SeatCounter).where(SeatCounter.event_id == event_id, which)
    swept = swept.values(unswept_since=None).execution_options(synchronize_session=False)
    async with _silent(context, organization_id) as unit:
        await unit.session.execute(swept)


def _silent(
    context: Context, organization_id: OrganizationId
) -> AbstractAsyncContextManager[Unit]:
    """Open a writing unit that has no line in the audit: what it writes changes nothing yet."""
    return context.write(organization_id, is_audited=False)


@asynccontextmanager
async def sweeping(app: Litestar) -> AsyncIterator[None]:
    """Remove what was left behind while the application runs."""
    context: Context = app.state["context"]

    async def remove() -> None:
        await remove_left_behind(context)

    turn = RareTurn(context, "seats.sweeping", FORGOTTEN_EVERY, remove)

    async with repeating("seats.sweeping", TURN_LOOK_S, turn.take):
        yield


lifespans = [sweeping]
