"""An organization's named holders, one after the other: to find a person, and to forget one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec
from sqlalchemy import delete, func, select

from server.db.unit import Unit
from server.ticketing.models import Ticket, TicketHolder
from shared.kernel.id_types import EventId, OrderId, TicketId
from shared.kernel.instant import Instant

_AT_ONCE: Final = 1_000


class NamedTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket whose holder is named."""

    event_id: EventId
    ticket_id: TicketId
    order_id: OrderId | None
    state: str
    created_at: Instant
    name: str
    email: str | None


async def page_named_tickets(unit: Unit) -> AsyncIterator[list[NamedTicket]]:
    """Yield all tickets that name a holder, by pages, in order of event and ticket."""
    query = (
        select(
            TicketHolder.event_id,
            TicketHolder.ticket_id,
            Ticket.order_id,
            Ticket.state,
            Ticket.created_at,
            TicketHolder.name,
            TicketHolder.email,
        )
        .join(
            Ticket,
            (Ticket.event_id == TicketHolder.event_id)
            & (Ticket.ticket_id == TicketHolder.ticket_id),
        )
        .order_by(TicketHolder.event_id, TicketHolder.ticket_id)
        .limit(_AT_ONCE)
    )
    after: tuple[EventId, TicketId] | None = None
    while True:
        page = query
        if after is not None:
            event_id, ticket_id = after
            page = query.where(
                (TicketHolder.event_id > event_id)
                | ((TicketHolder.event_id == event_id) & (TicketHolder.ticket_id > ticket_id))
            )
        rows = (await unit.session.execute(page)).all()
        if not rows:
            return
        after = (rows[-1].event_id, rows[-1].ticket_id)
        yield [NamedTicket(**row._asdict()) for row in rows]


async def count_named_tickets(unit: Unit, event_id: EventId) -> int:
    """Return how many tickets of an event name a holder."""
    query = select(func.count()).select_from(TicketHolder)
    found = await unit.session.execute(query.where(TicketHolder.event_id == event_id))
    return int(found.scalar_one())


async def lock_holders(
    unit: Unit, event_id: EventId, ticket_ids: Sequence[TicketId]
) -> dict[TicketId, tuple[str, str | None]]:
    """Return whom some tickets are for now, by name and e-mail; nobody renames them."""
    query = (
        select(TicketHolder.ticket_id, TicketHolder.name, TicketHolder.email)
        .where(TicketHolder.event_id == event_id, TicketHolder.ticket_id.in_(ticket_ids))
        .order_by(TicketHolder.ticket_id)
        .with_for_update()
    )
    rows = (await unit.session.execute(query)).all()
    return {row.ticket_id: (row.name, row.email) for row in rows}


async def forget_holders(unit: Unit, event_id: EventId, ticket_ids: Sequence[TicketId]) -> int:
    """Forget whom some tickets of an event are for; returns how many were named."""
    gone = (
        delete(TicketHolder)
        .where(TicketHolder.event_id == event_id, TicketHolder.ticket_id.in_(ticket_ids))
        .returning(TicketHolder.ticket_id)
        .execution_options(synchronize_session=False)
    )
    return len((await unit.session.execute(gone)).all())


async def forget_some_holders(unit: Unit, event_id: EventId, most: int) -> int:
    """Forget whom up to `most` tickets of an event are for; returns how many were named."""
    query = (
        select(TicketHolder.ticket_id)
        .where(TicketHolder.event_id == event_id)
        .order_by(TicketHolder.ticket_id)
        .limit(most)
    )
    return await forget_holders(unit, event_id, await unit.all(query))
