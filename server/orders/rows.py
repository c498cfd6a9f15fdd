"""What is owed back, as bare statements of other rooms read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from server.db.hot_path_connections import Transaction
from server.db.hot_path_statements import statement
from shared.kernel.id_types import DeviceId, EventId, OrderId, OrganizationId, TicketId
from shared.kernel.ids import format_ticket_id

_READ_OWED: Final = statement(
    "SELECT order_id, sum(amount_minor - beyond_minor) FROM refund"
    " WHERE event_id = $1 AND organization_id = $2 AND ticket_id = $3 AND created_by <> $4"
    " GROUP BY order_id"
)
_READ_MAKERS: Final = statement(
    "SELECT id, created_by FROM ticket_order WHERE event_id = $1 AND organization_id = $2"
    " AND id = ANY($3::text[])"
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


async def read_makers(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    order_ids: Iterable[str],
) -> dict[str, str]:
    """Read who made some orders: a till's is made by its device."""
    wanted = sorted(set(order_ids))
    if not wanted:
        return {}
    rows = await transaction.fetch(_READ_MAKERS, event_id, organization_id, wanted)
    return {str(row[0]): str(row[1]) for row in rows}
