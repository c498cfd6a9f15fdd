"""A venue's seat map, and its copy in an event."""

from __future__ import annotations

from functools import partial

import msgspec
from sqlalchemy import select

from server.background.work_aside import short_work_aside, work_aside
from server.db.unit import Unit
from server.events.events_and_dates import get_event
from server.http.etags import tag_of
from server.problem_answers import Problem, not_found, wrong_field
from server.seating.taking_seats import pack_checked
from server.venues_and_gates.models import SeatTemplate
from server.venues_and_gates.schemas import EventSeatsBody, SeatFileAnswer, SeatMapAnswer
from server.venues_and_gates.venues_zones_and_gates import get_venue
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId, OrganizationId, VenueId
from shared.seating.csv_form import read_csv, write_csv
from shared.seating.packed_map import unpack_map
from shared.seating.seat_map import SeatMap, list_labels
from shared.seating.svg_form import read_svg, write_svg


class ReadMap(msgspec.Struct, frozen=True):
    """A map that was read, and packed to be kept."""

    seat_map: SeatMap
    packed: bytes


async def read_map(organization_id: OrganizationId, form: str, content: str) -> ReadMap:
    """Read a map that an organizer sent, beside the loop and outside of any transaction.

    A large one takes seconds, in which this worker serves others. Of an organization it reads one
    at a time.

    Raises:
        Problem: `invalid-fields` that says what is wrong in which line.
    """

    def read() -> ReadMap:
        seat_map = read_form(form, content)
        return ReadMap(seat_map, pack_checked(seat_map))

    return await work_aside(organization_id, read)


async def save_template(unit: Unit, venue_id: VenueId, packed: bytes) -> None:
    """Keep a venue's map; events that copied the one before keep theirs.

    Raises:
        Problem: `not-found`.
    """
    await get_venue(unit, venue_id)
    row = await unit.find(
        select(SeatTemplate).where(SeatTemplate.venue_id == venue_id).with_for_update()
    )
    if row is None:
        row = SeatTemplate(venue_id=venue_id)
        unit.session.add(row)
    row.packed_map, row.changed_at = packed, unit.now
    await unit.session.flush()


async def find_packed(unit: Unit, venue_id: VenueId) -> bytes | None:
    """Return a venue's map as it is packed; None where it has none."""
    return await unit.find(
        select(SeatTemplate.packed_map).where(SeatTemplate.venue_id == venue_id)
    )


async def read_template(unit: Unit, venue_id: VenueId) -> ReadMap:
    """Return a venue's map.

    Raises:
        Problem: `not-found` for the venue, or for its map.
    """
    await get_venue(unit, venue_id)
    packed = await find_packed(unit, venue_id)
    if packed is None:
        raise not_found("seat map; this venue has none yet")
    unpack = partial(unpack_map, packed)
    return ReadMap(await short_work_aside(unit.organization_id, unpack), packed)


async def find_wanted(unit: Unit, event_id: EventId, said: EventSeatsBody) -> ReadMap | None:
    """Return the venue's map that an event shall have; None where the request brings its own.

    Raises:
        Problem: `not-found`, or wrong fields.
    """
    await get_event(unit, event_id)
    own = said.form is not None and said.text is not None
    if own == (said.venue_id is not None):
        raise wrong_field("venue_id", "is needed, or form and text in its place")
    if said.venue_id is None:
        return None
    try:
        return await read_template(unit, said.venue_id)
    except Problem as problem:
        raise wrong_field("venue_id", "is no venue with a seat map") from problem


def read_form(form: str, content: str) -> SeatMap:
    """Read a map that an organizer sent.

    Raises:
        Problem: `invalid-fields` that says what is wrong in which line.
    """
    try:
        return read_csv(content) if form == "csv" else read_svg(content)
    except BadInput as fault:
        raise wrong_field("text", str(fault)) from None


def write_form(form: str, seat_map: SeatMap) -> SeatFileAnswer:
    """Write a map as an organizer asks for it."""
    content = write_csv(seat_map) if form == "csv" else write_svg(seat_map)
    return SeatFileAnswer(form=form, text=content, etag=tag_of(write_csv(seat_map)))


async def describe_aside(organization_id: OrganizationId, seat_map: SeatMap) -> SeatMapAnswer:
    """Say what a map holds, beside the loop."""
    return await short_work_aside(organization_id, partial(describe, seat_map))


def describe(seat_map: SeatMap) -> SeatMapAnswer:
    """Say what a map holds."""
    kinds: dict[str, int] = {}
    for seat in seat_map.seats:
        kinds[seat.kind] = kinds.get(seat.kind, 0) + 1
    return SeatMapAnswer(
        seats=len(seat_map.seats),
        sections=list_labels(seat.section for seat in seat_map.seats),
        categories=list_labels(seat.category for seat in seat_map.seats),
        kinds=kinds,
        etag=tag_of(write_csv(seat_map)),
    )
