"""The tickets of many orders at once, read order by order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from server.db.unit import Unit
from server.ticketing.models import Ticket
from shared.kernel.id_types import EventId, OrderId, TicketId, TicketTypeId

_COLUMNS: Final = (
    Ticket.order_id,
    Ticket.order_line,
    Ticket.ticket_id,
    Ticket.ticket_type_id,
    Ticket.price_minor,
    Ticket.state,
)
_READ: Final = (
    f"SELECT {', '.join(f't.{one.key}' for one in _COLUMNS)} FROM {{wanted}}"  # noqa: S608 - our own names
    " AND t.event_id = :event_id AND t.organization_id = :organization_id"
    " ORDER BY t.order_id, t.order_line, t.ticket_id"
)
# As a list of values, SQLite takes the orders to be more than the event has tickets, and reads
# all of these for each few hundred orders.
_SQLITE: Final = text(
    _READ.format(
        wanted="json_each(:order_ids) wanted CROSS JOIN ticket t ON t.order_id = wanted.value"
    )
).columns(*_COLUMNS)
_POSTGRES: Final = (
    text(_READ.format(wanted="ticket t WHERE t.order_id = ANY(:order_ids)"))
    .bindparams(bindparam("order_ids", type_=ARRAY(Text)))
    .columns(*_COLUMNS)
)


class SoldTicketRow(NamedTuple):
    """A ticket of an order, and the line that it came with.

    Attributes:
        price_minor: As its till said; None if no till sold it.
        state: A `TicketState`.
    """

    order_id: OrderId
    line: int
    ticket_id: TicketId
    ticket_type_id: TicketTypeId
    price_minor: int | None
    state: str


async def list_sold_tickets(
    unit: Unit, event_id: EventId, order_ids: Sequence[OrderId]
) -> list[SoldTicketRow]:
    """Return all tickets of some of an event's orders, by order, line and id."""
    # Past the scoping of queries, which is why it names the organization itself.
    connection = await unit.session.connection()
    if connection.dialect.name == "sqlite":
        asked: object = msgspec.json.encode(order_ids).decode()
        query = _SQLITE
    else:
        asked, query = list(order_ids), _POSTGRES
    place = {"event_id": event_id, "organization_id": unit.organization_id}
    rows = (await connection.execute(query, place | {"order_ids": asked})).all()
    return [
        SoldTicketRow(order_id, line or 0, ticket_id, kind_id, price, state)
        for order_id, line, ticket_id, kind_id, price, state in rows
    ]
