"""Which tickets of an event are asked for."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Select, select

from server.ticketing.models import Ticket, TicketType
from shared.kernel.id_types import EventId


def narrowed(
    query: Select[Ticket], event_id: EventId, wanted: Mapping[str, str | int | None]
) -> Select[Ticket]:
    """Ask only for the tickets that have what is wanted.

    Args:
        query: For tickets of the event.
        event_id: Which.
        wanted: Values of a ticket's columns by their names; None for any. A ticket is for the
            date (`occurrence_id`) that it names itself, else for its type's.
    """
    for name, value in wanted.items():
        if value is None:
            continue
        if name == "occurrence_id":
            types = select(TicketType.id).where(
                TicketType.event_id == event_id, TicketType.occurrence_id == value
            )
            by_type = Ticket.occurrence_id.is_(None) & Ticket.ticket_type_id.in_(types)
            query = query.where((Ticket.occurrence_id == value) | by_type)
        else:
            query = query.where(getattr(Ticket, name) == value)
    return query
