"""Removing zones, gates and venues that were made by mistake; what was used stays.

A ticket's uses are kept by the zone. Were a zone removed and made again, each of its tickets would
be good once more, and nothing would tell.
"""

from __future__ import annotations

from sqlalchemy import delete, select

from server.db.unit import Unit, locked
from server.events.events_and_dates import get_editable_event
from server.events.frozen_edits import refuse_frozen
from server.feed.appending import hold_feed
from server.problem_answers import Problem, refuse
from server.venues_and_gates.models import SeatTemplate, Venue
from server.venues_and_gates.place_pauses import forget_pause
from server.venues_and_gates.ports import PlaceUsage
from server.venues_and_gates.venues_zones_and_gates import (
    get_gate,
    get_venue,
    get_zone,
    list_gates,
)
from shared.kernel.id_types import EventId, GateId, VenueId, ZoneId
from shared.manifest.frozen_parts import PlanPart
from shared.wire.work_reasons import WorkReason


async def remove_zone(unit: Unit, usage: PlaceUsage, event_id: EventId, zone_id: ZoneId) -> None:
    """Remove a zone that no gate leads into, and in which no ticket was used.

    Raises:
        Problem: `not-found`, or `conflict`.
    """
    refuse_frozen(await get_editable_event(unit, event_id), PlanPart.ZONE)
    zone = await get_zone(unit, event_id, zone_id)
    if any(gate.zone_id == zone_id for gate in await list_gates(unit, event_id)):
        raise refuse("conflict", "zone.gates")
    await hold_feed(unit.session, event_id)  # uses are counted last: none is granted meanwhile
    if await usage.is_place_used(unit, event_id, zone_id=zone_id):
        raise refuse("conflict", "zone.used")
    await forget_pause(unit, event_id, zone_id)
    await unit.session.delete(zone)
    await unit.session.flush()


async def remove_gate(unit: Unit, usage: PlaceUsage, event_id: EventId, gate_id: GateId) -> None:
    """Remove a gate at which no device stands, and no ticket was used.

    Raises:
        Problem: `not-found`, or `conflict`.
    """
    await get_editable_event(unit, event_id)
    gate = await get_gate(unit, event_id, gate_id)
    standing = await usage.count_at_gate(unit, gate_id)
    if standing:
        who = "1 device is" if standing == 1 else f"{standing} devices are"
        detail = f"{who} at this gate; move or revoke them first."
        because = WorkReason("gate.devices", {"count": standing})
        raise Problem("conflict", detail, because=because)
    await hold_feed(unit.session, event_id)
    if await usage.is_place_used(unit, event_id, gate_id=gate_id):
        raise refuse("conflict", "gate.used")
    await forget_pause(unit, event_id, gate_id)
    await unit.session.delete(gate)
    await unit.session.flush()


async def remove_venue(unit: Unit, venue_id: VenueId) -> None:
    """Remove a venue with its seat map; events that copied it keep their copies.

    Raises:
        Problem: `not-found`.
    """
    await get_venue(unit, venue_id)
    query = select(Venue).where(Venue.id == venue_id)
    venue = await unit.get(locked(query), "venue")
    await unit.session.execute(delete(SeatTemplate).where(SeatTemplate.venue_id == venue_id))
    await unit.session.delete(venue)
    await unit.session.flush()
