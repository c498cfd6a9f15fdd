"""Seat maps at the server: read and kept as a venue's, and given to an event."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.organizer.office import EventSite, Fields, Office
from shared.kernel.errors import BadInput, Rejected
from shared.kernel.id_types import OrganizationId, VenueId
from shared.seating.csv_form import read_csv, write_csv
from shared.seating.seat_map import SeatMap
from shared.seating.svg_form import read_svg

FILE_SIZE_MAX: Final = 16 * 1024 * 1024
_NOT_FOUND: Final = 404


class Venue(msgspec.Struct, frozen=True):
    """A venue."""

    id: VenueId
    name: str


class Template(msgspec.Struct, frozen=True):
    """A venue's map.

    Attributes:
        seat_map: What is drawn; None before there is one.
        etag: Under which it was read: the server refuses a change of another one.
    """

    seat_map: SeatMap | None = None
    etag: str = ""


class SeatType(msgspec.Struct, frozen=True):
    """A ticket type of an event.

    Attributes:
        id: The type's.
        name: As the organizer calls it.
        has_seats: Its tickets have reserved seats.
    """

    id: str
    name: str
    has_seats: bool


async def list_venues(office: Office, organization_id: OrganizationId) -> tuple[Venue, ...]:
    """List the organization's venues."""
    found = await office.list_all(f"/organizations/{organization_id}/venues")
    return tuple(Venue(VenueId(one["id"]), str(one["name"])) for one in found)


async def add_venue(
    office: Office, organization_id: OrganizationId, name: str, timezone: str
) -> Venue:
    """Make a venue."""
    fields = {"name": name, "timezone": timezone}
    made = await office.post(f"/organizations/{organization_id}/venues", fields)
    return Venue(VenueId(made["id"]), str(made["name"]))


async def read_template(
    office: Office, organization_id: OrganizationId, venue_id: VenueId
) -> Template:
    """Return a venue's map."""
    path = f"/organizations/{organization_id}/venues/{venue_id}/seats"
    try:
        found = await office.get(path, form="csv")
    except Rejected as refusal:
        if refusal.status == _NOT_FOUND:
            return Template()
        raise
    return Template(read_csv(str(found["text"])), str(found["etag"]))


async def save_template(
    office: Office,
    organization_id: OrganizationId,
    venue_id: VenueId,
    seat_map: SeatMap,
    etag: str = "",
) -> Template:
    """Keep a map as a venue's; events that have copied the one before keep theirs.

    Args:
        office: Somebody signed in.
        organization_id: Whose venue.
        venue_id: Which.
        seat_map: What is drawn.
        etag: Of what it was drawn upon.

    Returns:
        The map as it is kept.

    Raises:
        Rejected: also where somebody else has changed it meanwhile (412).
    """
    path = f"/organizations/{organization_id}/venues/{venue_id}/seats"
    answer = await office.put(path, {"form": "csv", "text": write_csv(seat_map)}, etag)
    return Template(seat_map, str(answer["etag"]))


async def give_to_event(office: Office, site: EventSite, venue_id: VenueId) -> int:
    """Give an event its own copy of a venue's map, as long as no seat of it is taken.

    Returns:
        How many seats it has now.
    """
    answer = await office.put(f"{site.path}/seats/map", {"venue_id": venue_id})
    return int(answer["seats"])


async def list_types(office: Office, site: EventSite) -> tuple[SeatType, ...]:
    """List an event's ticket types."""
    found = await office.get(f"{site.path}/ticket-types")
    return tuple(
        SeatType(str(one["id"]), str(one["name"]), (one["selling"] or {}).get("seats") is not None)
        for one in found
    )


async def switch_seats(
    office: Office, site: EventSite, type_id: str, *, has_seats: bool
) -> tuple[SeatType, ...]:
    """Let tickets of a type have reserved seats, or none; the rest of how it is sold stays.

    Returns:
        The event's types as they are then.
    """
    found = await office.get(f"{site.path}/ticket-types")
    selling: Fields = next((one["selling"] for one in found if one["id"] == type_id), {})
    seats: Fields | None = {"categories": [], "sections": []} if has_seats else None
    path = f"{site.path}/ticket-types/{type_id}"
    await office.patch(path, {"selling": selling | {"seats": seats}})
    return await list_types(office, site)


def read_file(name: str, content: str) -> SeatMap:
    """Read a map from a file's content: a drawing if it begins like one, else a table.

    Raises:
        BadInput: naming the lines that are wrong, and what to change.
    """
    if not content.strip():
        message = f"{name} is empty; export the seat map again"
        raise BadInput(message)
    is_drawing = content.lstrip("\ufeff \t\r\n").startswith("<")
    return read_svg(content) if is_drawing else read_csv(content)
