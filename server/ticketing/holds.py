"""Holds of an organizer: so many tickets, or certain seats, kept from sale by name, for a while.

A hold has ended where its row says so, not when a clock says that it should have: a clock that is
set back brings none to life again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select

from server import quotas
from server.db.unit import Unit, locked
from server.events.event_states import EDITABLE
from server.events.events_and_dates import get_event_in
from server.problem_answers import refuse, wrong_field
from server.seating.taking_seats import (
    HELD,
    EventSeat,
    free_seats,
    is_current,
    lock_seats_of,
    take_seats,
)
from server.ticketing.inventory import Stock, move_stock, take_stock
from server.ticketing.models import StockHold
from server.ticketing.ticket_types import get_ticket_type
from shared.kernel import ids
from shared.kernel.id_types import EventId, SeatId, TicketTypeId, UserId
from shared.kernel.instant import Instant
from shared.wire.work_reasons import WorkReason

DUE_EVERY_S: Final = 15.0
"""Seconds between two looks at what has come to its end: unpaid orders, holds."""

DUE_AT_ONCE_MAX: Final = 200
"""Holds, and unpaid orders, that end in one round; the next round ends the others."""


async def hold_stock(  # noqa: PLR0913 - what a hold says, each by name
    unit: Unit,
    event_id: EventId,
    *,
    name: str,
    reason: str,
    ends_at: Instant | None,
    actor: UserId,
    seats: Sequence[SeatId],
    ticket_type_id: TicketTypeId | None,
    quantity: int,
) -> StockHold:
    """Keep seats, or a number of a type's tickets, from sale.

    Raises:
        Problem: `not-found`, `sold-out`, `seat-taken`, `quota-exceeded`, or wrong fields.
    """
    await get_event_in(unit, event_id, EDITABLE, "nothing of it is held any more.")
    has_stock = ticket_type_id is not None and quantity > 0
    if bool(seats) == has_stock or (seats and (ticket_type_id is not None or quantity)):
        raise wrong_field("seats", "is needed, or ticket_type_id and quantity in its place")
    if ends_at is not None and ends_at <= unit.now:
        raise wrong_field("ends_at", "has passed already", WorkReason("field.date_over"))
    if ticket_type_id is not None:  # before its row, of which the database would only say 409
        await get_ticket_type(unit, event_id, ticket_type_id)
    quotas.check(
        await count_open_holds(unit, event_id), quotas.HOLDS_MAX, "open holds of an event"
    )
    row = StockHold(
        event_id=event_id,
        id=ids.new_id(ids.HOLD, unit.entropy),
        name=name,
        reason=reason,
        ticket_type_id=ticket_type_id,
        quantity=quantity,
        ends_at=ends_at,
        ended_at=None,
        created_by=actor,
        created_at=unit.now,
    )
    await unit.add(row)
    if ticket_type_id is not None:
        await take_stock(unit, event_id, ticket_type_id, quantity, into=Stock.HELD)
    else:
        await take_seats(unit, event_id, seats, state=HELD, holder=row.id)
    return row


async def count_open_holds(unit: Unit, event_id: EventId) -> int:
    """Count an event's holds that have not ended."""
    count = select(func.count()).select_from(StockHold)
    count = count.where(StockHold.event_id == event_id, StockHold.ended_at.is_(None))
    return int((await unit.session.execute(count)).scalar_one())


async def release_hold(
    unit: Unit,
    event_id: EventId,
    hold_id: str,
    *,
    seats: Sequence[SeatId] | None = None,
    quantity: int | None = None,
) -> StockHold:
    """Let others have what a hold kept, or some of it; idempotent once it has ended.

    Raises:
        Problem: `not-found`, `conflict` for more than it keeps, or wrong fields.
    """
    row = await lock_hold(unit, event_id, hold_id)
    if row.ended_at is not None:
        return row
    if row.ticket_type_id is not None:
        await _release_count(unit, row, quantity)
    else:
        kept = await lock_seats_of(unit, event_id, row.id)
        wanted = {one.seat_id for one in kept} if seats is None else set(seats)
        if wrong := sorted(wanted - {one.seat_id for one in kept}):
            raise wrong_field("seats", f"names {', '.join(wrong[:10])}, which it does not hold")
        await free_seats(unit, event_id, [one for one in kept if one.seat_id in wanted])
        if len(wanted) == len(kept):
            row.ended_at = unit.now
    await unit.session.flush()
    return row


async def _release_count(unit: Unit, row: StockHold, quantity: int | None) -> None:
    assert row.ticket_type_id is not None
    released = row.quantity if quantity is None else quantity
    if released > row.quantity:
        raise refuse("conflict", "hold.less", count=row.quantity)
    await move_stock(
        unit, row.event_id, row.ticket_type_id, released, out_of=Stock.HELD, into=None
    )
    row.quantity -= released
    if not row.quantity:
        row.ended_at = unit.now


async def take_held(
    unit: Unit, event_id: EventId, hold: StockHold, wanted: int, *, into: str
) -> int:
    """Sell of the tickets that a hold keeps, as many as are wanted and there; returns how many.

    Args:
        unit: A writing one.
        event_id: Whose.
        hold: Of so many tickets of a type, locked.
        wanted: How many at most.
        into: Where they are counted from now on, `sold` or `held`.
    """
    assert hold.ticket_type_id is not None
    taken = min(wanted, hold.quantity)
    if not taken:
        return 0
    if into != Stock.HELD:  # else they stay counted where they are, for an order that is not paid
        await move_stock(unit, event_id, hold.ticket_type_id, taken, out_of=Stock.HELD, into=into)
    hold.quantity -= taken
    if not hold.quantity:
        hold.ended_at = unit.now
    return taken


async def lock_hold(unit: Unit, event_id: EventId, hold_id: str) -> StockHold:
    """Return a hold as it is now, locked.

    Raises:
        Problem: `not-found`.
    """
    query = select(StockHold).where(StockHold.event_id == event_id, StockHold.id == hold_id)
    return await unit.get(locked(query), "hold")


async def list_holds(
    unit: Unit, event_id: EventId, *, limit: int, after: str | None
) -> Sequence[StockHold]:
    """Return up to `limit + 1` holds, ended ones too, in order of id."""
    query = (
        select(StockHold)
        .where(StockHold.event_id == event_id, StockHold.id > (after or ""))
        .order_by(StockHold.id)
        .limit(limit + 1)
    )
    return await unit.all(query)


async def list_held(
    unit: Unit, event_id: EventId, hold_ids: Sequence[str]
) -> dict[str, list[SeatId]]:
    """Return the seats that holds keep, by hold, in order of id."""
    query = (
        select(EventSeat)
        .where(is_current(event_id), EventSeat.holder.in_(hold_ids))
        .order_by(EventSeat.seat_id)
    )
    found: dict[str, list[SeatId]] = {}
    for row in await unit.all(query):
        found.setdefault(row.holder, []).append(row.seat_id)
    return found


async def find_due_holds(unit: Unit, due_by: Instant) -> Sequence[tuple[str, str, str]]:
    """Return (organization, event, hold) of holds that were due by then; system's scope."""
    query = (
        select(StockHold.organization_id, StockHold.event_id, StockHold.id)
        .where(
            StockHold.ended_at.is_(None),
            StockHold.ends_at.is_not(None),
            StockHold.ends_at <= due_by,
        )
        .order_by(StockHold.ends_at)
        .limit(DUE_AT_ONCE_MAX)
    )
    return [(row[0], row[1], row[2]) for row in (await unit.session.execute(query)).all()]


async def end_hold(unit: Unit, event_id: EventId, hold_id: str, due_by: Instant) -> bool:
    """End a due hold and free what it kept; False if somebody was faster."""
    row = await lock_hold(unit, event_id, hold_id)
    if row.ended_at is not None or row.ends_at is None or row.ends_at > due_by:
        return False
    await release_hold(unit, event_id, hold_id)
    return True
