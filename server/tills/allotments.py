"""What tills may sell on their own: given out of the stock, counted down, and released."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select, text

from server.db.unit import Unit
from server.policy import ALLOTMENT, ALLOTMENT_SHARE
from server.problems import Problem
from server.ticketing.inventory import Stock, available, move_stock, read_stock, take_stock
from server.ticketing.ticket_types import list_ticket_types
from server.tills.models import Allotment
from shared.kernel.id_types import DeviceId, EventId, TicketTypeId
from shared.wire.enrol import AllotmentGrant

_FIRST: Final = text(
    "INSERT INTO allotment"
    " (event_id, device_id, ticket_type_id, organization_id, granted, sold)"
    " VALUES (:event_id, :device_id, :ticket_type_id, :organization_id, 0, 0)"
    " ON CONFLICT (event_id, device_id, ticket_type_id) DO NOTHING"
)


async def top_up(unit: Unit, event_id: EventId, device_id: DeviceId) -> list[AllotmentGrant]:
    """Allot to a till what is missing to its share of each type that is sold at tills.

    Its rows are locked first, so that two requests of one till take the stock once.

    Returns:
        The grants in total, in order of the types' codes.
    """
    kinds = await list_ticket_types(unit, event_id)
    connection = await unit.session.connection()
    for kind in kinds:
        if kind.price_minor is not None:
            first = {
                "event_id": event_id,
                "device_id": device_id,
                "ticket_type_id": kind.id,
                "organization_id": unit.organization_id,
            }
            await connection.execute(_FIRST, first)
    held = {row.ticket_type_id: row for row in await hold_allotments(unit, event_id, device_id)}
    stock = await read_stock(unit, event_id)
    grants = []
    for kind in kinds:
        row = held.get(kind.id)
        if row is None:
            continue
        left = available(stock[kind.id])
        unsold = row.granted - row.sold
        more = max(0, _fair_share(left, unsold) - unsold)
        if more and kind.price_minor is not None:
            with contextlib.suppress(Problem):  # somebody has bought them meanwhile
                await take_stock(unit, event_id, kind.id, more, into=Stock.ALLOTTED)
                row.granted += more
        grants.append(AllotmentGrant(kind.code, row.granted))
    await unit.session.flush()
    return grants


def _fair_share(left: int | None, unsold: int) -> int:
    """Return how many unsold tickets of a type a till may hold.

    Args:
        left: How many nobody has; None without a limit.
        unsold: How many it holds now.
    """
    if left is None:
        return ALLOTMENT
    fair = max(1, (left + unsold) // ALLOTMENT_SHARE)
    return min(ALLOTMENT, fair, left + unsold)


async def count_sold(
    unit: Unit, event_id: EventId, device_id: DeviceId, ticket_type_id: TicketTypeId, count: int
) -> int:
    """Count a till's sale against its allotment.

    Returns:
        How many of them were beyond what it was given.
    """
    rows = await hold_allotments(unit, event_id, device_id)
    row = next((one for one in rows if one.ticket_type_id == ticket_type_id), None)
    covered = 0 if row is None else max(0, min(count, row.granted - row.sold))
    if row is not None and covered:
        row.sold += covered
        await unit.session.flush()
    return count - covered


async def release_allotments(unit: Unit, event_id: EventId, device_id: DeviceId) -> None:
    """Give what a till has not sold back to the stock; a sale of its that comes later is extra."""
    for row in await hold_allotments(unit, event_id, device_id):
        unsold = row.granted - row.sold
        if unsold > 0:
            kind = row.ticket_type_id
            await move_stock(unit, event_id, kind, unsold, out_of=Stock.ALLOTTED, into=None)
            row.granted = row.sold
    await unit.session.flush()


async def hold_allotments(
    unit: Unit, event_id: EventId, device_id: DeviceId
) -> Sequence[Allotment]:
    """Return what a till was given of an event, as it is now, locked until the commit."""
    query = (
        select(Allotment)
        .where(Allotment.event_id == event_id, Allotment.device_id == device_id)
        .order_by(Allotment.ticket_type_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await unit.session.execute(query)).scalars().all()


async def find_allotments(
    unit: Unit, event_id: EventId, device_id: DeviceId
) -> Sequence[Allotment]:
    """Return what a till was given of an event."""
    query = select(Allotment).where(
        Allotment.event_id == event_id, Allotment.device_id == device_id
    )
    return (await unit.session.execute(query)).scalars().all()


async def list_events_of(unit: Unit, device_id: DeviceId) -> Sequence[str]:
    """Return the events of which a till was given anything, in order of id."""
    query = select(Allotment.event_id).where(Allotment.device_id == device_id).distinct()
    return sorted((await unit.session.execute(query)).scalars().all())
