"""Venues of an organization, and zones and gates of its events."""

from __future__ import annotations

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Unit, Units
from server.events.events_and_dates import get_event, lock_event
from server.http.body_and_answer_types import Page, answer_of
from server.http.etags import Expected
from server.http.list_search_and_filters import Search
from server.http.page_cursors import SORTS
from server.http.retrying import look_again
from server.venues_and_gates import removing, venues_zones_and_gates
from server.venues_and_gates.models import Gate, Venue, Zone
from server.venues_and_gates.ports import PlaceUsage
from server.venues_and_gates.schemas import (
    CopyVenue,
    GateAnswer,
    GateBody,
    PlanAnswer,
    VenueAnswer,
    VenueBody,
    ZoneAnswer,
    ZoneBody,
    ZoneTemplate,
)
from shared.kernel.id_types import EventId, GateId, VenueId, ZoneId

VENUES = "/organizations/{organization_id:str}/venues"
VENUE = VENUES + "/{venue_id:str}"
EVENT = "/organizations/{organization_id:str}/events/{event_id:str}"
ZONE = EVENT + "/zones/{zone_id:str}"
GATE = EVENT + "/gates/{gate_id:str}"
READ = requires(Role.READER, "venues:read")
WRITE = requires(Role.MANAGER, "venues:write")


@post(VENUES, tags=["venues"], guards=[WRITE])
async def create_venue(data: JSONBody[VenueBody], units: NamedDependency[Units]) -> VenueAnswer:
    """Add a venue with its template of zones and gates."""
    async with units.write() as unit:
        return _venue(await venues_zones_and_gates.save_venue(unit, None, data))


@put(VENUE, tags=["venues"], guards=[WRITE])
async def change_venue(
    data: JSONBody[VenueBody],
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    venue_id: FromPath[VenueId],
) -> VenueAnswer:
    """Replace what a venue says; events that copied it keep their copy."""
    async with units.write() as unit:
        await expected.check(unit, venue_id, locked_venue, venue_id)
        return _venue(await venues_zones_and_gates.save_venue(unit, venue_id, data))


@get(VENUES, tags=["venues"], guards=[READ], opt={SORTS: venues_zones_and_gates.VENUE_ORDER})
async def list_venues(
    search: NamedDependency[Search], units: NamedDependency[Units]
) -> Page[VenueAnswer]:
    """List venues, in order of their ids."""
    async with units.read() as unit:
        return await search.page(
            unit,
            venues_zones_and_gates.select_venues(),
            venues_zones_and_gates.VENUE_ORDER,
            convert=_venue,
        )


@get(VENUE, tags=["venues"], guards=[READ])
async def get_venue(units: NamedDependency[Units], venue_id: FromPath[VenueId]) -> VenueAnswer:
    """Return a venue."""
    async with units.read() as unit:
        return _venue(await venues_zones_and_gates.get_venue(unit, venue_id))


@delete(VENUE, status_code=204, tags=["venues"], guards=[WRITE])
async def remove_venue(
    expected: NamedDependency[Expected], units: NamedDependency[Units], venue_id: FromPath[VenueId]
) -> None:
    """Remove a venue with its seat map; events that copied it keep their copies."""
    async with units.write() as unit:
        await expected.check(unit, venue_id, locked_venue, venue_id)
        await removing.remove_venue(unit, venue_id)


@post(EVENT + "/plan", tags=["venues"], guards=[WRITE])
async def copy_venue(
    data: JSONBody[CopyVenue], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> PlanAnswer:
    """Copy a venue's template into an event, beside what is there.

    Refused where the event has zones of these names already, unless `again` says that it is meant.
    """
    async with units.write() as unit:
        await venues_zones_and_gates.copy_venue(
            unit,
            event_id,
            VenueId(data.venue_id),
            is_again=data.again,
            occurrence_id=data.occurrence_id,
        )
        return await _plan(unit, event_id)


@get(EVENT + "/plan", tags=["venues"], guards=[READ])
async def get_plan(units: NamedDependency[Units], event_id: FromPath[EventId]) -> PlanAnswer:
    """Return an event's zones and gates."""
    async with units.read() as unit:
        await get_event(unit, event_id)
        return await _plan(unit, event_id)


@post(EVENT + "/zones", tags=["venues"], guards=[WRITE])
async def create_zone(
    data: JSONBody[ZoneBody], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> ZoneAnswer:
    """Add a zone with its rules of admission."""
    async with units.write() as unit:
        return _zone(await venues_zones_and_gates.save_zone(unit, event_id, None, data))


@put(ZONE, tags=["venues"], guards=[WRITE])
@look_again
async def change_zone(
    data: JSONBody[ZoneBody],
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    usage: NamedDependency[PlaceUsage],
    event_id: FromPath[EventId],
    zone_id: FromPath[ZoneId],
) -> ZoneAnswer:
    """Replace a zone's rules of admission."""
    async with units.write() as unit:
        await expected.check(unit, zone_id, _locked_zone, event_id, zone_id)
        return _zone(
            await venues_zones_and_gates.change_zone(unit, usage, event_id, zone_id, data)
        )


@delete(ZONE, status_code=204, tags=["venues"], guards=[WRITE])
async def remove_zone(
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    usage: NamedDependency[PlaceUsage],
    event_id: FromPath[EventId],
    zone_id: FromPath[ZoneId],
) -> None:
    """Remove a zone that no gate leads into, and in which no ticket was used."""
    async with units.write() as unit:
        await expected.check(unit, zone_id, _locked_zone, event_id, zone_id)
        await removing.remove_zone(unit, usage, event_id, zone_id)


@post(EVENT + "/gates", tags=["venues"], guards=[WRITE])
async def create_gate(
    data: JSONBody[GateBody], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> GateAnswer:
    """Add a gate to a zone."""
    async with units.write() as unit:
        return _gate(await venues_zones_and_gates.save_gate(unit, event_id, None, data))


@put(GATE, tags=["venues"], guards=[WRITE])
@look_again
async def change_gate(
    data: JSONBody[GateBody],
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    gate_id: FromPath[GateId],
) -> GateAnswer:
    """Replace what a gate says."""
    async with units.write() as unit:
        await expected.check(unit, gate_id, _locked_gate, event_id, gate_id)
        return _gate(await venues_zones_and_gates.save_gate(unit, event_id, gate_id, data))


@delete(GATE, status_code=204, tags=["venues"], guards=[WRITE])
async def remove_gate(
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    usage: NamedDependency[PlaceUsage],
    event_id: FromPath[EventId],
    gate_id: FromPath[GateId],
) -> None:
    """Remove a gate at which no device stands, and no ticket was used."""
    async with units.write() as unit:
        await expected.check(unit, gate_id, _locked_gate, event_id, gate_id)
        await removing.remove_gate(unit, usage, event_id, gate_id)


async def _plan(unit: Unit, event_id: EventId) -> PlanAnswer:
    return PlanAnswer(
        zones=[_zone(row) for row in await venues_zones_and_gates.list_zones(unit, event_id)],
        gates=[_gate(row) for row in await venues_zones_and_gates.list_gates(unit, event_id)],
    )


async def locked_venue(unit: Unit, venue_id: VenueId) -> VenueAnswer:
    """Read a venue as it is now, locked until the end."""
    return _venue(await unit.lock(await venues_zones_and_gates.get_venue(unit, venue_id)))


async def _locked_zone(unit: Unit, event_id: EventId, zone_id: ZoneId) -> ZoneAnswer:
    await lock_event(unit, event_id)
    return _zone(await venues_zones_and_gates.get_zone(unit, event_id, zone_id))


async def _locked_gate(unit: Unit, event_id: EventId, gate_id: GateId) -> GateAnswer:
    await lock_event(unit, event_id)
    return _gate(await venues_zones_and_gates.get_gate(unit, event_id, gate_id))


def _venue(row: Venue) -> VenueAnswer:
    return answer_of(VenueAnswer, row, template=msgspec.convert(row.template, list[ZoneTemplate]))


def _zone(row: Zone) -> ZoneAnswer:
    return msgspec.convert(row, ZoneAnswer, from_attributes=True)


def _gate(row: Gate) -> GateAnswer:
    return msgspec.convert(row, GateAnswer, from_attributes=True)
