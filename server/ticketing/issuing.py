"""Adding tickets to an event: issued, imported or adopted, each with its home, and announced.

Order of locks: existing tickets, inventory, the series of homes, then new tickets (which nobody
else can see yet), then the feed, always last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from server.db.unit import Unit
from server.seating.taking_seats import name_tickets
from server.ticketing.finding_and_changing_tickets import (
    change_of,
    draw_manual_codes,
    new_ticket,
    new_ticket_ids,
)
from server.ticketing.models import Ticket, TicketType
from server.ticketing.ports import ChangeFeed
from shared.admission.facts import TicketState
from shared.kernel.id_types import OccurrenceId, OrderId, SeatId, TicketTypeId


class NewTickets(msgspec.Struct, frozen=True, kw_only=True):
    """Some tickets of one type, to be issued.

    Attributes:
        ticket_type: As read in this transaction.
        count: At least 1.
        state: Of the new tickets.
        order_id: None for tickets without an order.
        order_line: The line of that order, from 1.
        occurrence_id: Goes before the type's, for types good for any.
        variant: A choice within the type.
        seats: Of each ticket, in order; none where no seats are reserved.
        has_manual_codes: Whether each gets a code for voice and keypad.
    """

    ticket_type: TicketType
    count: int
    state: TicketState = TicketState.PAID
    order_id: OrderId | None = None
    order_line: int | None = None
    occurrence_id: OccurrenceId | None = None
    variant: str | None = None
    seats: Sequence[SeatId] = ()
    has_manual_codes: bool = True


async def issue_tickets(
    unit: Unit, changes: ChangeFeed, orders: Sequence[NewTickets]
) -> list[Ticket]:
    """Issue tickets, of one event, whose stock is taken already, and announce them.

    For up to some thousands; `server/ticketing/issuing_many.py` issues more.
    """
    rows: list[Ticket] = []
    for order in orders:
        rows += await _make_tickets(unit, order)
    await add_tickets(unit, changes, {one.ticket_type.id: one.ticket_type for one in orders}, rows)
    return rows


async def add_tickets(
    unit: Unit,
    changes: ChangeFeed,
    kinds: Mapping[TicketTypeId, TicketType],
    rows: Sequence[Ticket],
) -> None:
    """Add new tickets of one event, and tell the gates; the last thing in a transaction.

    Under the policy `home` each has its home from the start, once the event is published.

    Args:
        unit: A writing one.
        changes: Gives homes, and tells the gates.
        kinds: The tickets' types by id.
        rows: Not added yet.
    """
    if not rows:
        return
    named = {row.seat_id: (row.ticket_id, row.order_id) for row in rows if row.seat_id is not None}
    await name_tickets(unit, rows[0].event_id, named)
    await changes.give_homes(unit, kinds, rows)
    unit.session.add_all(rows)
    await unit.session.flush()
    announced = [change_of(row, kinds[row.ticket_type_id].code) for row in rows]
    await changes.append(unit.session, rows[0].event_id, announced)


async def _make_tickets(unit: Unit, order: NewTickets) -> list[Ticket]:
    kind = order.ticket_type
    codes: Sequence[int | None] = [None] * order.count
    if order.has_manual_codes:
        codes = await draw_manual_codes(unit, kind.event_id, order.count)
    seats: Sequence[SeatId | None] = order.seats or [None] * order.count
    rows = []
    for ticket_id, code, seat_id in zip(
        new_ticket_ids(unit.entropy, order.count), codes, seats, strict=True
    ):
        row = new_ticket(unit, kind, ticket_id)
        row.order_id, row.order_line = order.order_id, order.order_line
        row.state, row.variant = order.state, order.variant
        row.occurrence_id = order.occurrence_id or kind.occurrence_id
        row.manual_code, row.seat_id = code, seat_id
        rows.append(row)
    return rows
