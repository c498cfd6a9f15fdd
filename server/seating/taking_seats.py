"""Who has which seat: taken all or none, in the order of their ids, within a sale's transaction.

Order of locks: an order, its tickets, stock, then seats by id, then the counter of their changes,
then the feed. So nobody waits for somebody who waits for him. A seat is free only where its row
says so: what has ended is freed by whoever ends it, never by a reader's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, select, text

from server.background.work_aside import short_work_aside
from server.db.unit import Unit, locked
from server.events.events_and_dates import get_event
from server.problem_answers import FieldError, Problem, not_found, wrong_field
from server.seating.models import EventSeat, EventSeating, SeatCounter
from shared.kernel.id_types import EventId, SeatId, TicketId
from shared.seating.packed_map import PACKED_SIZE_MAX, pack_map, unpack_map
from shared.seating.seat_map import SeatMap

__all__ = ["EventSeat"]
"""The row that other domains read."""

FREE: Final = "free"
HELD: Final = "held"
GRANTED: Final = "granted"
SOLD: Final = "sold"
KILLED: Final = "killed"
CHANGES_MAX: Final = 5_000
"""Changes of seats that one answer tells."""
NAMED_MAX: Final = 10
"""Seats that a refusal names."""

_BEFORE_ALL: Final = -1
_COUNT: Final = text(
    "UPDATE seat_counter SET seq = seq + 1"
    " WHERE event_id = :event_id AND organization_id = :organization_id RETURNING seq, map_number"
)


def pack_checked(seat_map: SeatMap) -> bytes:
    """Pack a map that is to be kept.

    Raises:
        Problem: if it is too large for the gates to carry.
    """
    packed = pack_map(seat_map)
    if len(packed) > PACKED_SIZE_MAX:
        raise wrong_field("text", "makes too large a map; shorten its labels and ids")
    return packed


def is_current(event_id: EventId) -> ColumnElement[bool]:
    """Tell of `EventSeat`'s rows which are in the event's map; others are nobody's."""
    number = select_map_number(event_id).scalar_subquery()
    return and_(EventSeat.event_id == event_id, EventSeat.map_number == number)


def select_map_number(event_id: EventId) -> Select[int]:
    """Select the number of an event's map."""
    return select(SeatCounter.map_number).where(SeatCounter.event_id == event_id)


async def find_map(unit: Unit, event_id: EventId) -> SeatMap | None:
    """Return an event's map; None where it has no reserved seats."""
    packed = await find_packed(unit, event_id)
    if packed is None:
        return None
    return await short_work_aside(unit.organization_id, partial(unpack_map, packed))


async def find_packed(unit: Unit, event_id: EventId, *, is_choosing: bool = False) -> bytes | None:
    """Return an event's map as it is packed; None where it has no reserved seats.

    Args:
        unit: Any, a writing one to choose by.
        event_id: The event.
        is_choosing: Wait for whoever chooses seats now; who names seats waits for none.
    """
    query = select(EventSeating.packed_map).where(EventSeating.event_id == event_id)
    return await unit.find(query.with_for_update() if is_choosing else query)


async def get_map(unit: Unit, event_id: EventId) -> SeatMap:
    """Return an event's map.

    Raises:
        Problem: `not-found` for the event, or for its map.
    """
    await get_event(unit, event_id)
    found = await find_map(unit, event_id)
    if found is None:
        raise not_found("seat map; the event has no reserved seats")
    return found


async def count_seats(unit: Unit, event_id: EventId) -> int:
    """Return how many seats are in an event's map."""
    query = select(EventSeating.seat_count).where(EventSeating.event_id == event_id)
    return await unit.find(query) or 0


async def list_ticket_places(unit: Unit, event_id: EventId) -> list[tuple[TicketId, int]]:
    """Return the tickets that have seats, each with its seat's place in the map."""
    query = select(EventSeat.ticket_id, EventSeat.place).where(
        is_current(event_id), EventSeat.ticket_id.is_not(None)
    )
    rows = (await unit.session.execute(query)).all()
    return [(TicketId(row[0] or 0), row[1]) for row in rows]


async def list_free(unit: Unit, event_id: EventId) -> frozenset[SeatId]:
    """Return the seats that nobody has now."""
    query = select(EventSeat.seat_id).where(is_current(event_id), EventSeat.state == FREE)
    return frozenset(await unit.all(query))


async def count_states(unit: Unit, event_id: EventId) -> dict[str, int]:
    """Return how many seats of an event are in each state."""
    query = (
        select(EventSeat.state, func.count()).where(is_current(event_id)).group_by(EventSeat.state)
    )
    return {row[0]: row[1] for row in (await unit.session.execute(query)).all()}


async def take_seats(
    unit: Unit,
    event_id: EventId,
    seat_ids: Iterable[SeatId],
    *,
    state: str,
    holder: str,
    out_of: str = "",
    field: str = "seats",
) -> None:
    """Take seats, all or none.

    Args:
        unit: A writing one.
        event_id: Whose seats.
        seat_ids: Which.
        state: What they become.
        holder: The order, hold or till that has them from now on.
        out_of: A hold or till whose seats may be taken besides free ones.
        field: Names the seats in a refusal.

    Raises:
        Problem: `seat-taken` that names those that somebody has, `invalid-fields` for what is no
            seat of the event.
    """
    wanted = sorted(set(seat_ids))
    rows = await lock_seats(unit, event_id, wanted)
    known = {row.seat_id: row for row in rows}
    if unknown := [one for one in wanted if one not in known]:
        raise wrong_field(field, f"names {_shown(unknown)}, no seats of this event")
    taken = [
        row.seat_id
        for row in rows
        if row.state != FREE and (not out_of or row.holder != out_of or row.state == SOLD)
    ]
    if taken:
        detail = "These seats have just been taken; choose others."
        errors = [FieldError(field, f"{one} is taken") for one in taken[:NAMED_MAX]]
        raise Problem("seat-taken", detail, errors=errors)
    await _change(unit, event_id, rows, state=state, holder=holder)


async def lock_seats(unit: Unit, event_id: EventId, seat_ids: Sequence[SeatId]) -> list[EventSeat]:
    """Return seats as they are now, locked, in order of id so that nobody deadlocks."""
    query = (
        select(EventSeat)
        .where(is_current(event_id), EventSeat.seat_id.in_(seat_ids))
        .order_by(EventSeat.seat_id)
    )
    return list(await unit.all(locked(query)))


async def lock_seats_of(unit: Unit, event_id: EventId, holder: str) -> list[EventSeat]:
    """Return the seats that an order, a hold or a till has, locked, in order of id."""
    query = (
        select(EventSeat)
        .where(is_current(event_id), EventSeat.holder == holder)
        .order_by(EventSeat.seat_id)
    )
    return list(await unit.all(locked(query)))


async def list_seats_of(unit: Unit, event_id: EventId, holder: str) -> Sequence[SeatId]:
    """Return the seats that a till may sell, or a hold keeps, in order of id."""
    query = (
        select(EventSeat.seat_id)
        .where(is_current(event_id), EventSeat.holder == holder)
        .order_by(EventSeat.seat_id)
    )
    return await unit.all(query)


async def return_seats(
    unit: Unit, event_id: EventId, holder: str, seat_ids: Iterable[SeatId]
) -> bool:
    """Free seats that a till gives back; those that it does not have stay as they are.

    Returns:
        Whether any was freed.
    """
    rows = await lock_seats(unit, event_id, sorted(set(seat_ids)))
    mine = [row for row in rows if row.holder == holder and row.state == GRANTED]
    await free_seats(unit, event_id, mine)
    return bool(mine)


async def sell_granted(
    unit: Unit,
    event_id: EventId,
    till: str,
    seat_ids: Iterable[SeatId],
    order_id: str,
    *,
    is_forgotten: bool,
) -> frozenset[SeatId]:
    """Note which of the seats that a till has sold were its own to sell.

    The others stay whosever they are: a free one stays free.

    Args:
        unit: A writing one.
        event_id: Whose seats.
        till: The device.
        seat_ids: Which.
        order_id: Of its sale.
        is_forgotten: It had sold them before the ledger was put back to an older copy: a free
            seat may have been granted to it since that copy, as any is that it asks for.

    Returns:
        Those that were its own, which are the order's now.
    """
    rows = await lock_seats(unit, event_id, sorted(set(seat_ids)))
    mine = [
        row
        for row in rows
        if (row.holder == till and row.state == GRANTED) or (is_forgotten and row.state == FREE)
    ]
    await _change(unit, event_id, mine, state=SOLD, holder=order_id)
    return frozenset(row.seat_id for row in mine)


async def name_tickets(
    unit: Unit, event_id: EventId, tickets: Mapping[SeatId, tuple[TicketId, str | None]]
) -> None:
    """Note whose the seats are that orders have taken in this transaction.

    Args:
        unit: A writing one.
        event_id: Whose seats.
        tickets: Each seat's ticket and order; a seat that is not the order's stays as it is.
    """
    if not tickets:
        return
    for row in await lock_seats(unit, event_id, sorted(tickets)):
        ticket_id, order_id = tickets[row.seat_id]
        if row.holder == order_id and row.ticket_id is None:
            row.ticket_id = ticket_id
    await unit.session.flush()


async def seat_tickets(
    unit: Unit, event_id: EventId, seats: Mapping[SeatId, tuple[TicketId, str]]
) -> None:
    """Let good tickets have their seats where nobody has them by now.

    Args:
        unit: A writing one.
        event_id: Whose seats.
        seats: Each with its ticket, and who has bought that.
    """
    if not seats:
        return
    for row in await lock_seats(unit, event_id, sorted(seats)):
        if row.state == FREE:
            row.ticket_id, holder = seats[row.seat_id]
            await _change(unit, event_id, [row], state=SOLD, holder=holder)


async def follow_tickets(
    unit: Unit, event_id: EventId, seats: Mapping[SeatId, TicketId], *, state: str
) -> None:
    """Let seats follow their tickets: sold when they are paid, free when they are void.

    A seat that another ticket has by now stays that one's.

    Args:
        unit: A writing one.
        event_id: Whose seats.
        seats: Each with the ticket that had it.
        state: `sold` or `free`.
    """
    if not seats:
        return
    mine = [
        row
        for row in await lock_seats(unit, event_id, sorted(seats))
        if row.ticket_id == seats[row.seat_id] and row.state != state
    ]
    if state == FREE:
        await free_seats(unit, event_id, mine)
    else:
        await _change(unit, event_id, mine, state=state, holder=None)


async def free_seats(unit: Unit, event_id: EventId, rows: Sequence[EventSeat]) -> None:
    """Put seats that the caller has locked back among those that anybody may take."""
    for row in rows:
        row.ticket_id = None
    await _change(unit, event_id, rows, state=FREE, holder="")


async def kill_seats(
    unit: Unit, event_id: EventId, seat_ids: Iterable[SeatId], *, is_killed: bool
) -> list[EventSeat]:
    """Take free seats out of sale, or put killed ones back; what is so already stays.

    Raises:
        Problem: `seat-taken` that names those that somebody has, `invalid-fields` for what is no
            seat of the event.
    """
    await get_event(unit, event_id)
    wanted = sorted(set(seat_ids))
    rows = await lock_seats(unit, event_id, wanted)
    known = {row.seat_id for row in rows}
    if unknown := [one for one in wanted if one not in known]:
        raise wrong_field("seats", f"names {_shown(unknown)}, no seats of this event")
    taken = [row.seat_id for row in rows if row.state not in {FREE, KILLED}]
    if taken:
        errors = [FieldError("seats", f"{one} is taken") for one in taken[:NAMED_MAX]]
        detail = "These seats are taken; refund, release or cancel first."
        raise Problem("seat-taken", detail, errors=errors)
    state = KILLED if is_killed else FREE
    changed = [row for row in rows if row.state != state]
    await _change(unit, event_id, changed, state=state, holder="")
    return rows


async def _change(
    unit: Unit, event_id: EventId, rows: Sequence[EventSeat], *, state: str, holder: str | None
) -> None:
    if not rows:
        return
    seq, map_number = await next_number(unit, event_id)
    if any(row.map_number != map_number for row in rows):
        raise Problem("conflict", "The event was given another seat map just now; look again.")
    for row in rows:
        row.state, row.seq = state, seq
        if holder is not None:
            row.holder = holder
    await unit.session.flush()


async def next_number(unit: Unit, event_id: EventId) -> tuple[int, int]:
    """Number a change of an event's seats; nobody else numbers one before this commits.

    Returns:
        The number, and that of the event's map, which is the same until this commits.
    """
    connection = await unit.session.connection()
    scope = {"event_id": event_id, "organization_id": unit.organization_id}
    row = (await connection.execute(_COUNT, scope)).one()
    return int(row.seq), int(row.map_number)


class SeatState(msgspec.Struct, frozen=True):
    """A seat as somebody who watches the map sees it."""

    seat_id: SeatId
    state: str
    seq: int


async def list_changes(
    unit: Unit, event_id: EventId, *, after: int, limit: int
) -> tuple[int, list[SeatState]]:
    """Return which seats changed after a number, in the order of their last change.

    Changes are whole: of a number's seats none is left for the next answer, so an answer may hold
    more than `limit`.

    Returns:
        The number up to which all is told, and the seats.
    """
    query = select(SeatCounter).where(SeatCounter.event_id == event_id)
    counter = await unit.find(query)
    if counter is None:
        return 0, []
    head, map_seq = counter.seq, counter.map_seq
    # What is so since the map was put in place has no number of its own: it is a change of then.
    since = after if after >= map_seq else _BEFORE_ALL
    changed = (is_current(event_id), EventSeat.seq > since, EventSeat.seq <= head)
    first = select(EventSeat).where(*changed).order_by(EventSeat.seq, EventSeat.seat_id)
    rows = list(await unit.all(first.limit(limit)))
    if len(rows) == limit:
        last = rows[-1]
        head = max(last.seq, map_seq)
        rest = (is_current(event_id), EventSeat.seq == last.seq, EventSeat.seat_id > last.seat_id)
        rows += await unit.all(select(EventSeat).where(*rest).order_by(EventSeat.seat_id))
    return head, [SeatState(row.seat_id, row.state, max(row.seq, map_seq)) for row in rows]


async def list_seats(
    unit: Unit, event_id: EventId, *, limit: int, after: int
) -> Sequence[EventSeat]:
    """Return up to `limit + 1` seats in the map's order, after a place."""
    query = (
        select(EventSeat)
        .where(is_current(event_id), EventSeat.place > after)
        .order_by(EventSeat.place)
        .limit(limit + 1)
    )
    return await unit.all(query)


def _shown(seat_ids: Sequence[SeatId]) -> str:
    more = f" and {len(seat_ids) - NAMED_MAX} more" if len(seat_ids) > NAMED_MAX else ""
    return ", ".join(seat_ids[:NAMED_MAX]) + more
