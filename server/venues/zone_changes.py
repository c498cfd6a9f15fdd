"""Changing a zone of an event that may be under way."""

from __future__ import annotations

from server.db.unit import Unit
from server.venues.models import Zone
from server.venues.ports import PlaceUsage
from server.venues.schemas import ZoneBody
from server.venues.service import get_zone, save_zone
from shared.kernel.id_types import EventId, ZoneId


async def change_zone(
    unit: Unit, usage: PlaceUsage, event_id: EventId, zone_id: ZoneId, said: ZoneBody
) -> Zone:
    """Replace a zone's rules; who is inside is counted only as long as its capacity is limited.

    A limit that is set counts anew: an upload that was under way when the one before was lifted
    may have left a count behind.

    Raises:
        Problem: `not-found`, `conflict`, or wrong fields.
    """
    was_limited = (await get_zone(unit, event_id, zone_id)).capacity is not None
    zone = await save_zone(unit, event_id, zone_id, said)
    if not was_limited or zone.capacity is None:
        await usage.stop_counting(unit, event_id, zone_id)
    return zone
