"""Whether anybody can come to an event at all: nobody has a ticket, and no till sells any."""

from __future__ import annotations

from server.db.unit import Unit
from server.devices.finding_devices import list_devices
from server.devices.schemas import SELLING_ROLES
from server.ticketing.finding_and_changing_tickets import has_tickets
from shared.kernel.id_types import EventId


async def lacks_tickets(unit: Unit, event_id: EventId) -> bool:
    """Tell whether nobody has a ticket of an event, and no till sells any."""
    if await has_tickets(unit, event_id):
        return False
    return not any(
        one.event_id == event_id and one.role in SELLING_ROLES and one.revoked_at is None
        for one in await list_devices(unit)
    )
