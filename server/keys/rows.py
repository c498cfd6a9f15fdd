"""Keys as the bare statements of other rooms read them."""

from __future__ import annotations

from typing import Final

from server.db.driver import Transaction
from server.db.statement import statement
from shared.kernel.id_types import DeviceId, OrganizationId

_OF_DEVICE: Final = statement(
    "SELECT 1 FROM signing_key WHERE organization_id = $1 AND device_id = $2 LIMIT 1"
)


async def holds_key(
    transaction: Transaction, organization_id: OrganizationId, device_id: DeviceId
) -> bool:
    """Tell whether a key for selling was ever delegated to a device, at any event."""
    return bool(await transaction.fetch(_OF_DEVICE, organization_id, device_id))
