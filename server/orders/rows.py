"""What is owed back, as bare statements of other rooms read it."""

from __future__ import annotations

from typing import Final

from server.db.driver import Transaction
from server.db.statement import statement
from shared.kernel.id_types import DeviceId, EventId, OrderId, OrganizationId, TicketId
from shared.kernel.ids import format_ticket_id

_READ_OWED: Final = statement(
    "SELECT order_id, sum(amount_minor - beyond_minor) FROM refund"
    " WHERE event_id = $1 AND organization_id = $2 AND ticket_id = $3 AND created_by <> $4"
    " GROUP BY order_id"
)


async def read_owed_by_office(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    ticket_id: TicketId,
    till: DeviceId,
) -> tuple[OrderId, int] | None:
    """Return the order of a ticket and what is owed back for it, in minor units.

    None where nothing is, or only because the till has said that it paid it.
    """
    named = format_ticket_id(ticket_id)
    rows = await transaction.fetch(_READ_OWED, event_id, organization_id, named, till)
    return (OrderId(str(rows[0][0])), int(rows[0][1])) if rows else None
