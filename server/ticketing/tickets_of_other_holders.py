"""Tickets that are somebody else's by now than whom their orders name."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, select

from server.db.unit import Unit
from server.ticketing.models import Ticket, TicketWithdrawal
from shared.admission.purpose import Purpose
from shared.kernel.id_types import EventId, TicketId


def is_passed_on(event_id: EventId) -> ColumnElement[bool]:
    """Say of an event's tickets that are somebody else's by now than whom their orders name."""
    transfer = select(TicketWithdrawal.claim_id).where(
        TicketWithdrawal.event_id == event_id,
        TicketWithdrawal.ticket_id == Ticket.ticket_id,
        TicketWithdrawal.purpose == Purpose.TRANSFER.value,
        TicketWithdrawal.is_annulled.is_(False),
    )
    return transfer.correlate(Ticket).exists()


async def list_passed_on(
    unit: Unit, event_id: EventId, ticket_ids: Iterable[TicketId]
) -> frozenset[TicketId]:
    """Return those tickets that are somebody else's by now than whom their order names."""
    query = select(Ticket.ticket_id).where(
        Ticket.event_id == event_id,
        Ticket.ticket_id.in_(list(ticket_ids)),
        is_passed_on(event_id),
    )
    return frozenset(await unit.all(query))
