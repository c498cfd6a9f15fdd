"""Ticket types that were made by mistake; what was sold, given or named stays."""

from __future__ import annotations

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError

from server.db.unit import Unit
from server.events.events_and_dates import get_editable_event
from server.events.known_events import forget_event
from server.problem_answers import refuse
from server.ticketing.models import Inventory, Promotion, Ticket, TicketType
from server.ticketing.ports import UsageLookup
from server.ticketing.ticket_types import get_ticket_type
from shared.kernel.id_types import EventId, OccurrenceId, TicketTypeId


async def remove_ticket_type(
    unit: Unit, usage: UsageLookup, event_id: EventId, ticket_type_id: TicketTypeId
) -> None:
    """Remove a type of which no ticket ever was, and which no promotion names.

    Raises:
        Problem: `not-found`, or `conflict`.
    """
    await get_editable_event(unit, event_id)
    row = await get_ticket_type(unit, event_id, ticket_type_id)
    for name in await usage.zones_of_type(unit, event_id, ticket_type_id):
        raise refuse("conflict", "type.zone", name=name)
    query = select(Inventory).where(
        Inventory.event_id == event_id, Inventory.ticket_type_id == ticket_type_id
    )
    stock = await unit.get(query.with_for_update(), "ticket type")
    tickets = select(Ticket.ticket_id).where(
        Ticket.event_id == event_id, Ticket.ticket_type_id == ticket_type_id
    )
    if stock.sold or stock.held or stock.allotted or await unit.find(tickets.limit(1)) is not None:
        raise refuse("conflict", "type.sold")
    for offer in await unit.all(_offers(event_id)):
        if ticket_type_id in (offer.ticket_type_ids or ()):
            raise refuse("conflict", "type.discount", name=offer.name)
    await unit.session.delete(stock)
    await unit.session.flush()
    await unit.session.delete(row)
    try:
        await unit.session.flush()
    except IntegrityError:  # a line of an order, a hold that ended, a till's stock
        raise refuse("conflict", "type.sold") from None
    forget_event(unit, event_id)


async def is_date_named(unit: Unit, event_id: EventId, occurrence_id: OccurrenceId) -> bool:
    """Tell whether a ticket type or a ticket is for a date."""
    kinds = select(func.count()).where(
        TicketType.event_id == event_id, TicketType.occurrence_id == occurrence_id
    )
    tickets = select(func.count()).where(
        Ticket.event_id == event_id, Ticket.occurrence_id == occurrence_id
    )
    return bool(await unit.find(kinds)) or bool(await unit.find(tickets))


def _offers(event_id: EventId) -> Select[Promotion]:
    return select(Promotion).where(Promotion.event_id == event_id, Promotion.removed_at.is_(None))
