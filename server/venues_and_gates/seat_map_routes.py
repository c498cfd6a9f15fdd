"""Seat maps of venues, and of events that copy one."""

from __future__ import annotations

from functools import partial
from typing import Final

from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.background.work_aside import short_work_aside
from server.db.unit import Unit, Units
from server.events.events_and_dates import lock_event
from server.http.etags import Expected
from server.http.retrying import look_again
from server.seating.placing_maps import find_map_number, place_map, remove_former, write_seats
from server.seating.taking_seats import get_map
from server.venues_and_gates import seat_templates
from server.venues_and_gates.schemas import (
    AskedForm,
    EventSeatsBody,
    SeatFileAnswer,
    SeatMapAnswer,
    SeatMapBody,
)
from server.venues_and_gates.seat_templates import describe_aside, write_form
from server.venues_and_gates.venues_zones_and_gates import get_venue
from shared.kernel.id_types import EventId, VenueId

SEAT_MAP_SIZE_MAX: Final = 20_000_000
"""Bytes of a request with a seat map: a hundred thousand seats, as a drawing."""

VENUE_SEATS = "/organizations/{organization_id:str}/venues/{venue_id:str}/seats"
EVENT_MAP = "/organizations/{organization_id:str}/events/{event_id:str}/seats/map"
READ = requires(Role.READER, "venues:read")
WRITE = requires(Role.MANAGER, "venues:write")


@put(VENUE_SEATS, tags=["seats"], guards=[WRITE], request_max_body_size=SEAT_MAP_SIZE_MAX)
@look_again
async def change_venue_seats(
    data: JSONBody[SeatMapBody],
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    venue_id: FromPath[VenueId],
) -> SeatMapAnswer:
    """Import a venue's seat map; events that copied the one before keep theirs."""
    async with units.read() as unit:
        await get_venue(unit, venue_id)
    read = await seat_templates.read_map(units.organization_id, data.form, data.text)
    # Compared before anything is locked: to unpack and describe a large map takes a second.
    async with units.read() as unit:
        seen = await seat_templates.find_packed(unit, venue_id)
        await expected.check(unit, venue_id, _present_template, venue_id)
    async with units.write() as unit:
        await unit.lock(await get_venue(unit, venue_id))
        if await seat_templates.find_packed(unit, venue_id) != seen:
            await expected.check(unit, venue_id, _present_template, venue_id)
        await seat_templates.save_template(unit, venue_id, read.packed)
    return await describe_aside(units.organization_id, read.seat_map)


@get(VENUE_SEATS, tags=["seats"], guards=[READ])
async def get_venue_seats(
    units: NamedDependency[Units], venue_id: FromPath[VenueId], form: AskedForm = "csv"
) -> SeatFileAnswer:
    """Return a venue's seat map as a table or a drawing."""
    async with units.read() as unit:
        read = await seat_templates.read_template(unit, venue_id)
    return await short_work_aside(units.organization_id, partial(write_form, form, read.seat_map))


@put(EVENT_MAP, tags=["seats"], guards=[WRITE], request_max_body_size=SEAT_MAP_SIZE_MAX)
@look_again
async def copy_seats(
    data: JSONBody[EventSeatsBody],
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
) -> SeatMapAnswer:
    """Give an event its own copy of a seat map, as long as no seat of it is taken."""
    async with units.read() as unit:
        read = await seat_templates.find_wanted(unit, event_id, data)
    if read is None:
        read = await seat_templates.read_map(
            units.organization_id, data.form or "", data.text or ""
        )
    # Compared before anything is locked, as above.
    async with units.read() as unit:
        seen = await find_map_number(unit, event_id)
        await expected.check(unit, event_id, _present_map, event_id)
    number = await write_seats(units.context, units.organization_id, event_id, read.seat_map)
    async with units.write() as unit:
        if await find_map_number(unit, event_id) != seen:
            await expected.check(unit, event_id, _locked_map, event_id)
        await place_map(unit, event_id, read.seat_map, read.packed, number)
    await remove_former(units.context, units.organization_id, event_id)
    return await describe_aside(units.organization_id, read.seat_map)


@get(EVENT_MAP, tags=["seats"], guards=[READ])
async def get_seat_map(
    units: NamedDependency[Units], event_id: FromPath[EventId], form: AskedForm = "csv"
) -> SeatFileAnswer:
    """Return an event's map as a table or a drawing."""
    async with units.read() as unit:
        seat_map = await get_map(unit, event_id)
    return await short_work_aside(units.organization_id, partial(write_form, form, seat_map))


async def _present_template(unit: Unit, venue_id: VenueId) -> SeatMapAnswer:
    read = await seat_templates.read_template(unit, venue_id)
    return await describe_aside(unit.organization_id, read.seat_map)


async def _locked_map(unit: Unit, event_id: EventId) -> SeatMapAnswer:
    await lock_event(unit, event_id)
    return await _present_map(unit, event_id)


async def _present_map(unit: Unit, event_id: EventId) -> SeatMapAnswer:
    return await describe_aside(unit.organization_id, await get_map(unit, event_id))
