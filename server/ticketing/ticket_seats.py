"""The seats of tickets: sold with them, let go when they end, and had by the next good one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from server.db.unit import Unit
from server.seating.taking_seats import FREE, SOLD, follow_tickets, seat_tickets
from server.ticketing.models import Ticket
from shared.admission.facts import TicketState
from shared.kernel.id_types import EventId, SeatId, TicketId


async def sell_seats_of(unit: Unit, event_id: EventId, rows: Sequence[Ticket]) -> None:
    """Let the seats of locked tickets be sold that are paid now."""
    await follow_tickets(unit, event_id, _seats_of(rows), state=SOLD)


async def free_seats_of(unit: Unit, event_id: EventId, rows: Sequence[Ticket]) -> None:
    """Let the seats of locked tickets go that have ended; a good ticket for one has it then.

    There is such a one where a till sold a seat that was somebody's, and a person let it in.
    """
    seats = _seats_of(rows)
    if not seats:
        return
    await unit.session.flush()
    await follow_tickets(unit, event_id, seats, state=FREE)
    query = select(Ticket).where(
        Ticket.event_id == event_id,
        Ticket.seat_id.in_(sorted(seats)),
        Ticket.state == TicketState.PAID,
        ~Ticket.blocked,
    )
    await seat_again(unit, event_id, await unit.all(query.order_by(Ticket.ticket_id.desc())))


async def seat_again(unit: Unit, event_id: EventId, rows: Sequence[Ticket]) -> None:
    """Let good tickets have their seats, where nobody has them by now."""
    sold = [(row.seat_id, row.ticket_id, row.order_id) for row in rows]
    seats = {seat: (ticket, order) for seat, ticket, order in sold if seat and order}
    await seat_tickets(unit, event_id, seats)


def _seats_of(rows: Sequence[Ticket]) -> dict[SeatId, TicketId]:
    return {row.seat_id: row.ticket_id for row in rows if row.seat_id is not None}
