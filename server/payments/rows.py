"""Payouts, as bare statements of other rooms read them."""

from __future__ import annotations

from typing import Final

from server.db.hot_path_connections import Transaction
from server.db.hot_path_statements import statement
from shared.kernel.id_types import DeviceId, OrderId, OrganizationId

_READ_SENT: Final = statement(
    "SELECT 1 FROM payout WHERE order_id = $1 AND organization_id = $2 AND created_by <> $3"
    " AND state <> 'failed' LIMIT 1"
)


async def has_sent_besides(
    transaction: Transaction, organization_id: OrganizationId, order_id: OrderId, till: DeviceId
) -> bool:
    """Tell whether money of an order went back, or may have, by anybody but a till."""
    return bool(await transaction.fetch(_READ_SENT, order_id, organization_id, till))
