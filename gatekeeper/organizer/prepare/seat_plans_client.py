"""Seat maps at the server: read and kept as a venue's, and given to an event."""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from gatekeeper.organizer.edit_clashes import TaggedFields, clash_of
from gatekeeper.organizer.merging_edits import Clash, FieldClash
from gatekeeper.organizer.prepare.plan_client import PlanClient, PlanItem, PlanKind, thing_of
from gatekeeper.organizer.server_api import UNTAGGED, EventSite, Fields, Refused, ServerApi
from gatekeeper.organizer.unheard_making import UnheardMaking
from shared.kernel.errors import BadInput, Rejected
from shared.kernel.id_types import OrganizationId, VenueId
from shared.seating.csv_form import read_csv, write_csv
from shared.seating.seat_map import SeatMap
from shared.seating.svg_form import SVG_SIZE_MAX, read_svg

FILE_SIZE_MAX: Final = SVG_SIZE_MAX
"""Bytes of a file that is looked at; a drawing may be as long, a table half of it."""
_NOT_FOUND: Final = 404
_MAP: Final = "map"


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


class _MapText(NamedTuple):
    """A map as the server writes it; both "" where there is none."""

    text: str = ""
    etag: str = UNTAGGED


class SeatType(msgspec.Struct, frozen=True):
    """A ticket type of an event, as it was read."""

    thing: PlanItem

    @property
    def id(self) -> str:
        """The type's."""
        return self.thing.id

    @property
    def name(self) -> str:
        """As the organizer calls it."""
        return self.thing.name

    @property
    def has_seats(self) -> bool:
        """Whether its tickets have reserved seats."""
        return self._selling.get("seats") is not None

    @property
    def _selling(self) -> Fields:
        found: Fields | None = self.thing.fields["selling"]
        return found or {}

    def switched(self, *, has_seats: bool) -> Fields:
        """Return its fields with reserved seats, or without."""
        seats: Fields | None = {"categories": [], "sections": []} if has_seats else None
        return {**self.thing.fields, "selling": {**self._selling, "seats": seats}}


async def list_venues(api: ServerApi, organization_id: OrganizationId) -> tuple[Venue, ...]:
    """List the organization's venues."""
    found = await api.list_all(f"/organizations/{organization_id}/venues")
    return tuple(Venue(VenueId(one["id"]), str(one["name"])) for one in found)


class VenueMaking:
    """Makes venues; asked for again, because no answer came, one is the same one."""

    def __init__(self) -> None:
        self._making = UnheardMaking()

    async def make(
        self, api: ServerApi, organization_id: OrganizationId, name: str, timezone: str
    ) -> tuple[VenueId, tuple[Venue, ...]]:
        """Make a venue, unless it was made and only the answer was lost.

        Returns:
            Its id, and the organization's venues by now.
        """
        venues: tuple[Venue, ...] = ()

        async def look() -> tuple[Venue, ...]:
            nonlocal venues
            venues = await list_venues(api, organization_id)
            return venues

        async def make() -> Venue:
            fields = {"name": name, "timezone": timezone}
            answer = await api.post(f"/organizations/{organization_id}/venues", fields)
            await look()
            return Venue(VenueId(answer["id"]), name)

        meant: Fields = {"organization": organization_id, "name": name}
        made = await self._making.once(meant, look, lambda one: one.name == name, make)
        return made.id, venues


async def read_template(
    api: ServerApi, organization_id: OrganizationId, venue_id: VenueId
) -> Template:
    """Return a venue's map."""
    found = await _read_map(api, f"/organizations/{organization_id}/venues/{venue_id}/seats")
    return Template(read_csv(found.text) if found.text else None, found.etag)


async def save_template(
    api: ServerApi,
    organization_id: OrganizationId,
    venue_id: VenueId,
    seat_map: SeatMap,
    drawn_on: Template,
) -> Template | tuple[Clash, Template]:
    """Keep a map as a venue's; events that have copied the one before keep theirs.

    Args:
        api: Somebody signed in.
        organization_id: Whose venue.
        venue_id: Which.
        seat_map: What is drawn.
        drawn_on: What it was drawn upon.

    Returns:
        The map as it is kept; or who has kept another one meanwhile, and that one.

    Raises:
        Rejected: if it cannot be kept.
    """
    path = f"/organizations/{organization_id}/venues/{venue_id}/seats"
    fields = {"form": "csv", "text": write_csv(seat_map)}
    before, mine = _counted(drawn_on.seat_map), _counted(seat_map)

    def is_kept(theirs: Template) -> bool:
        """Whether it is kept already: only the answer to it was lost on the way."""
        return theirs.seat_map is not None and write_csv(theirs.seat_map) == fields["text"]

    if not drawn_on.etag:  # else the server would take it over whatever was drawn meanwhile
        theirs = await read_template(api, organization_id, venue_id)
        if is_kept(theirs):
            return theirs
        if theirs.seat_map is not None:
            return _whole(
                _unknown_clash(theirs.etag, _counted(theirs.seat_map)), before, mine
            ), theirs
    try:
        answer = await api.put(path, fields, drawn_on.etag)
    except Refused as refusal:
        theirs = await read_template(api, organization_id, venue_id)

        async def read() -> TaggedFields:
            return TaggedFields(theirs.etag, _counted(theirs.seat_map))

        if is_kept(theirs):
            return theirs
        clash = await clash_of(refusal, TaggedFields(drawn_on.etag, before), mine, read)
        return _whole(clash, before, mine), theirs
    return Template(seat_map, str(answer["etag"]))


async def read_event_tag(api: ServerApi, site: EventSite) -> str:
    """Return the tag of an event's own map; `UNTAGGED` before there is one."""
    return (await _read_map(api, f"{site.path}/seats/map")).etag


async def give_to_event(
    api: ServerApi, site: EventSite, venue_id: VenueId, etag: str
) -> int | Clash:
    """Give an event its own copy of a venue's map, as long as no seat of it is taken.

    Args:
        api: Somebody signed in.
        site: The event.
        venue_id: Whose map.
        etag: Of the event's map before.

    Returns:
        How many seats it has now; or who has given it another map meanwhile.
    """
    path = f"{site.path}/seats/map"
    theirs = _MapText()

    async def read() -> TaggedFields:
        nonlocal theirs
        theirs = await _read_map(api, path)
        return TaggedFields(theirs.etag, {})

    async def settle(clash: Clash) -> int | Clash:
        """Tell whether it was given already: only the answer to it was lost on the way."""
        mine = await read_template(api, site.organization_id, venue_id)
        is_given = mine.seat_map is not None and write_csv(mine.seat_map) == theirs.text
        return clash if mine.seat_map is None or not is_given else len(mine.seat_map.seats)

    if not etag and (found := (await read()).etag):
        return await settle(_unknown_clash(found, {}))
    try:
        answer = await api.put(path, {"venue_id": venue_id}, etag)
    except Refused as refusal:
        return await settle(await clash_of(refusal, TaggedFields(etag, {}), {}, read))
    return int(answer["seats"])


async def list_types(api: ServerApi, site: EventSite) -> tuple[SeatType, ...]:
    """List an event's ticket types."""
    found = await api.get(f"{site.path}/ticket-types")
    return tuple(SeatType(thing_of(PlanKind.TYPE, one)) for one in found)


async def switch_seats(
    api: ServerApi, site: EventSite, kind: SeatType, *, has_seats: bool
) -> Clash | None:
    """Let tickets of a type have reserved seats, or none; the rest of how it is sold stays.

    Returns:
        What somebody else changed of the type meanwhile; then nothing was written.
    """
    saved = await PlanClient(api, site).save(kind.thing, kind.switched(has_seats=has_seats))
    return saved if isinstance(saved, Clash) else None


async def _read_map(api: ServerApi, path: str) -> _MapText:
    """Read a map that stands at a path, if there is one."""
    try:
        found = await api.get(path, form="csv")
    except Rejected as refusal:
        if refusal.status == _NOT_FOUND:
            return _MapText()
        raise
    return _MapText(str(found["text"]), str(found["etag"]))


def _unknown_clash(etag: str, theirs: Fields) -> Clash:
    """Say that somebody has made what there was not when it was looked for."""
    return Clash(by="", at=None, etag=etag, theirs=theirs, fields=())


def _counted(seat_map: SeatMap | None) -> Fields:
    return {_MAP: 0 if seat_map is None else len(seat_map.seats)}


def _whole(clash: Clash, before: Fields, mine: Fields) -> Clash:
    """Show a map as one field, also where both have as many seats: one of the two holds."""
    theirs = clash.theirs[_MAP]
    field = FieldClash(path=_MAP, before=before[_MAP], theirs=theirs, mine=mine[_MAP])
    return msgspec.structs.replace(clash, fields=(field,))


def read_file(name: str, content: str) -> SeatMap:
    """Read a map from a file's content: a drawing if it begins like one, else a table.

    Raises:
        BadInput: naming the lines that are wrong, and what to change.
    """
    if not content.strip():
        raise BadInput(f"{name} is empty; export the seat map again")
    is_drawing = content.lstrip("\ufeff \t\r\n").startswith("<")
    return read_svg(content) if is_drawing else read_csv(content)
