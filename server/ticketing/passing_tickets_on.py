"""An organizer says whom a ticket is for; another name than before passes it on."""

from __future__ import annotations

from sqlalchemy import select

from server.db.unit import Unit
from server.problem_answers import not_found, refuse
from server.ticketing.event_price_plan import is_bound
from server.ticketing.finding_and_changing_tickets import erase_holders, lock_tickets
from server.ticketing.models import TicketHolder
from server.webhooks.message_kinds import Kind
from server.webhooks.outbox import tell_programs
from shared.kernel.id_types import EventId, TicketId
from shared.kernel.ids import format_ticket_id


async def name_holder(
    unit: Unit,
    event_id: EventId,
    ticket_id: TicketId,
    *,
    name: str,
    email: str | None,
    is_managers: bool,
) -> None:
    """Say whom a ticket is for; erasable, apart from the ticket.

    Args:
        unit: A writing one.
        event_id: Of the ticket.
        ticket_id: Which.
        name: Of whoever comes on it.
        email: Theirs, if known.
        is_managers: A manager says it, whom the event's terms do not bind.

    Raises:
        Problem: `not-found`, or `forbidden` if the terms let nobody else have it.
    """
    rows = await lock_tickets(unit, event_id, [ticket_id])
    if not rows:
        raise not_found("ticket")
    query = select(TicketHolder.name, TicketHolder.email).where(
        TicketHolder.event_id == event_id, TicketHolder.ticket_id == ticket_id
    )
    before = (await unit.session.execute(query)).first()
    if before is not None and tuple(before) != (name, email):
        if not is_managers and await is_bound(unit, event_id):
            raise refuse("forbidden", "ticket.bound")
        what = {"ticket_id": format_ticket_id(ticket_id), "generation": rows[0].generation}
        await tell_programs(unit, Kind.TICKET_TRANSFERRED, event_id, what)
    await erase_holders(unit, event_id, [ticket_id])
    await unit.add(
        TicketHolder(
            event_id=event_id,
            ticket_id=ticket_id,
            name=name,
            email=email,
        )
    )
