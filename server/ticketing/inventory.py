"""Counting what is left: guarded updates, so that nothing is sold beyond its limit.

The guard is in the UPDATE itself; concurrent buyers queue on the row and each sees the counts
that the one before left. The table's own check constraint stands behind it.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, case, or_, select, true, update

from server.db.unit import Unit
from server.problem_answers import refuse
from server.ticketing.models import Inventory
from shared.admission.facts import TicketState
from shared.kernel.id_types import EventId, TicketTypeId


class Stock:
    """Names of the counters of what is gone of a ticket type."""

    SOLD = "sold"
    HELD = "held"
    ALLOTTED = "allotted"


COUNTS_AS_SOLD: Final = frozenset({TicketState.PAID})
COUNTS_AS_HELD: Final = frozenset(
    {TicketState.PENDING, TicketState.PENDING_ADMISSIBLE, TicketState.PENDING_APPROVAL}
)


def counter_of(state: TicketState) -> str | None:
    """Return by which counter a ticket takes from what is left; None if it takes nothing."""
    if state in COUNTS_AS_SOLD:
        return Stock.SOLD
    return Stock.HELD if state in COUNTS_AS_HELD else None


async def lock_stock(unit: Unit, event_id: EventId, ticket_type_id: TicketTypeId) -> None:
    """Wait until nobody else takes of a type; whoever looks then finds all that others have."""
    query = select(Inventory.ticket_type_id).where(
        Inventory.event_id == event_id, Inventory.ticket_type_id == ticket_type_id
    )
    await unit.session.execute(query.with_for_update())


async def take_stock(
    unit: Unit,
    event_id: EventId,
    ticket_type_id: TicketTypeId,
    count: int,
    *,
    into: str = Stock.SOLD,
) -> None:
    """Count `count` more as sold, held or allotted.

    Raises:
        Problem: `sold-out` if fewer are left; nothing is taken then.
    """
    assert count > 0
    gone = Inventory.sold + Inventory.held + Inventory.allotted
    taken = await unit.change(
        update(Inventory)
        .where(
            Inventory.event_id == event_id,
            Inventory.ticket_type_id == ticket_type_id,
            or_(Inventory.quantity_limit.is_(None), gone + count <= Inventory.quantity_limit),
        )
        .values({into: getattr(Inventory, into) + count})
        .returning(Inventory.ticket_type_id)
    )
    if taken.scalar_one_or_none() is None:
        raise refuse("sold-out", "stock.short")


async def move_stock(
    unit: Unit,
    event_id: EventId,
    ticket_type_id: TicketTypeId,
    count: int,
    *,
    out_of: str,
    into: str | None,
) -> None:
    """Move units between counters; `into=None` makes them available again.

    Of sold ones that come back the first are those that were beyond what there is.
    """
    assert count > 0
    there: ColumnElement[int] = getattr(Inventory, out_of)
    values = {out_of: there - count}
    if into is not None:
        values[into] = getattr(Inventory, into) + count
    elif out_of == Stock.SOLD:
        extra = case((Inventory.beyond < count, Inventory.beyond), else_=count)
        values = {out_of: there - count + extra, "beyond": Inventory.beyond - extra}
        there = there + Inventory.beyond
    moved = await unit.change(
        update(Inventory)
        .where(
            Inventory.event_id == event_id,
            Inventory.ticket_type_id == ticket_type_id,
            there >= count,
        )
        .values(values)
        .returning(Inventory.ticket_type_id)
    )
    assert moved.scalar_one_or_none() is not None, "counters contradict the tickets"


async def count_beyond(
    unit: Unit, event_id: EventId, ticket_type_id: TicketTypeId, count: int
) -> None:
    """Count tickets that are out although none was left."""
    await unit.change(
        update(Inventory)
        .where(Inventory.event_id == event_id, Inventory.ticket_type_id == ticket_type_id)
        .values(beyond=Inventory.beyond + count)
    )


async def set_limit(
    unit: Unit, event_id: EventId, ticket_type_id: TicketTypeId, limit: int | None
) -> bool:
    """Say how many there are; False if more are gone. What was beyond it counts as sold then."""
    gone = Inventory.sold + Inventory.held + Inventory.allotted
    room = Inventory.beyond if limit is None else limit - gone
    sold = case((Inventory.beyond < room, Inventory.beyond), else_=room)
    limited = await unit.change(
        update(Inventory)
        .where(
            Inventory.event_id == event_id,
            Inventory.ticket_type_id == ticket_type_id,
            true() if limit is None else gone <= limit,
        )
        .values(quantity_limit=limit, sold=Inventory.sold + sold, beyond=Inventory.beyond - sold)
        .returning(Inventory.ticket_type_id)
    )
    return limited.scalar_one_or_none() is not None


async def read_stock(unit: Unit, event_id: EventId) -> dict[str, Inventory]:
    """Return the counters of each ticket type of an event."""
    query = select(Inventory).where(Inventory.event_id == event_id)
    rows = await unit.all(query)
    return {row.ticket_type_id: row for row in rows}


def available(row: Inventory) -> int | None:
    """Return how many are left; None for no limit."""
    if row.quantity_limit is None:
        return None
    return row.quantity_limit - row.sold - row.held - row.allotted
