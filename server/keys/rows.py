"""Keys as the bare statements of other rooms read them."""

from __future__ import annotations

from typing import Final

from server.db.hot_path_connections import Transaction
from server.db.hot_path_statements import statement
from shared.kernel.id_types import DeviceId, EventId, OrganizationId

_OF_DEVICE: Final = statement(
    "SELECT 1 FROM signing_key WHERE organization_id = $1 AND device_id = $2 AND event_id = $3"
    " LIMIT 1"
)


async def holds_key(
    transaction: Transaction,
    organization_id: OrganizationId,
    device_id: DeviceId,
    event_id: EventId,
) -> bool:
    """Tell whether a key for selling at an event was ever delegated to a device."""
    return bool(await transaction.fetch(_OF_DEVICE, organization_id, device_id, event_id))
