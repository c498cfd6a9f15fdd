"""Where those whom an event's gates let in have their tickets from."""

from __future__ import annotations

from sqlalchemy import select

from server.db.unit import Unit
from server.devices.models import Device
from server.devices.schemas import SELLING_ROLES
from server.ticketing.models import Ticket
from shared.admission.facts import GONE
from shared.kernel.id_types import EventId


async def lacks_tickets(unit: Unit, event_id: EventId) -> bool:
    """Tell whether nobody has a ticket of an event, and no till sells any."""
    tickets = select(Ticket.ticket_id).where(
        Ticket.event_id == event_id, Ticket.state.not_in(GONE)
    )
    tills = select(Device.id).where(
        Device.event_id == event_id, Device.role.in_(SELLING_ROLES), Device.revoked_at.is_(None)
    )
    held = await unit.find(tickets.limit(1))
    return held is None and await unit.find(tills.limit(1)) is None
