"""A venue's seat map, and its copy in an event."""

from __future__ import annotations

from sqlalchemy import select

from server.db.unit import Unit
from server.events.service import get_event
from server.problems import Problem, not_found, wrong_field
from server.seating.schemas import EventSeatsBody, SeatMapBody, read_form
from server.seating.service import pack_checked, place_map
from server.venues.models import SeatTemplate
from server.venues.service import get_venue
from shared.kernel.id_types import EventId, VenueId
from shared.seating.packed_map import unpack_map
from shared.seating.seat_map import SeatMap


async def save_template(unit: Unit, venue_id: VenueId, said: SeatMapBody) -> SeatMap:
    """Keep a venue's map; events that copied the one before keep theirs.

    Raises:
        Problem: `not-found`, or wrong fields.
    """
    await get_venue(unit, venue_id)
    seat_map = read_form(said.form, said.text)
    row = await unit.find(
        select(SeatTemplate).where(SeatTemplate.venue_id == venue_id).with_for_update()
    )
    if row is None:
        row = SeatTemplate(venue_id=venue_id, organization_id=unit.organization_id)
        unit.session.add(row)
    row.packed_map, row.changed_at = pack_checked(seat_map), unit.now
    await unit.session.flush()
    return seat_map


async def read_template(unit: Unit, venue_id: VenueId) -> SeatMap:
    """Return a venue's map.

    Raises:
        Problem: `not-found` for the venue, or for its map.
    """
    await get_venue(unit, venue_id)
    query = select(SeatTemplate.packed_map).where(SeatTemplate.venue_id == venue_id)
    packed = await unit.find(query)
    if packed is None:
        raise not_found("seat map; this venue has none yet")
    return unpack_map(packed)


async def copy_template(unit: Unit, event_id: EventId, said: EventSeatsBody) -> SeatMap:
    """Give an event the map of a venue, or one of its own; later changes do not reach it.

    Raises:
        Problem: `not-found`, `conflict` where seats are taken already, or wrong fields.
    """
    await get_event(unit, event_id)
    own = said.form is not None and said.text is not None
    if own == (said.venue_id is not None):
        raise wrong_field("venue_id", "is needed, or form and text in its place")
    if said.form is not None and said.text is not None:
        seat_map = read_form(said.form, said.text)
    else:
        try:
            seat_map = await read_template(unit, said.venue_id or VenueId(""))
        except Problem as problem:
            raise wrong_field("venue_id", "is no venue with a seat map") from problem
    await place_map(unit, event_id, seat_map)
    return seat_map
