"""Request and answer bodies of venues, zones and gates, and of seat maps as they are sent in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar.params import QueryParameter

from server.http.body_and_answer_types import Answer, Body, Id, IdOf, Name, TimeZoneName
from server.http.etags import Tagged
from shared.field_limits import ADDRESS_SIZE_MAX, PLACES_MAX
from shared.kernel.id_types import EventId, GateId, OccurrenceId, TicketTypeId, VenueId, ZoneId
from shared.seating.csv_form import SEAT_FILE_SIZE_MAX

Capacity = Annotated[int, msgspec.Meta(ge=0, le=PLACES_MAX)]
Lanes = Annotated[int, msgspec.Meta(ge=1, le=100)]
GateDirection = Literal["in", "out", "both"]
Address = Annotated[str, msgspec.Meta(max_length=ADDRESS_SIZE_MAX)]
Form = Literal["csv", "svg"]
AskedForm = Annotated[Form, QueryParameter(description="a table or a drawing")]
Content = Annotated[str, msgspec.Meta(min_length=1, max_length=SEAT_FILE_SIZE_MAX)]


class GateTemplate(Body):
    """A gate of a venue's template."""

    name: Name
    direction: GateDirection = "both"
    lanes: Lanes = 1


class ZoneTemplate(Body):
    """A zone of a venue's template, with its gates."""

    name: Name
    capacity: Capacity | None = None
    reentry_after_exit: bool = True
    strict_anti_passback: bool = False
    gates: Annotated[list[GateTemplate], msgspec.Meta(max_length=200)] = msgspec.field(
        default_factory=list
    )


class VenueBody(Body):
    """What a venue is; PUT replaces all of it."""

    name: Name
    timezone: TimeZoneName
    address: Address = ""
    template: Annotated[list[ZoneTemplate], msgspec.Meta(max_length=200)] = msgspec.field(
        default_factory=list
    )


class VenueAnswer(Tagged, kw_only=True):
    """A venue."""

    id: VenueId
    name: str
    timezone: str
    address: str
    template: list[ZoneTemplate]
    created_at: datetime


class CopyVenue(Body):
    """Copy a venue's template into an event.

    Attributes:
        again: Copy it although the event has zones of these names already.
        occurrence_id: The date that the copied zones serve; null serves every date.
    """

    venue_id: Id
    again: bool = False
    occurrence_id: IdOf[OccurrenceId] | None = None


class ZoneBody(Body):
    """A zone's rules of admission; PUT replaces all of them.

    Attributes:
        ticket_type_ids: null takes all types, [] takes none.
        rule: A rule tree as the decision cases describe it, or null.
    """

    name: Name
    occurrence_id: IdOf[OccurrenceId] | None = None
    ticket_type_ids: Annotated[list[IdOf[TicketTypeId]], msgspec.Meta(max_length=1_000)] | None = (
        None
    )
    admit_pending: bool = False
    multiple_entries: bool = False
    reentry_after_exit: bool = True
    strict_anti_passback: bool = False
    rule: dict[str, Any] | None = None
    capacity: Capacity | None = None


class ZoneAnswer(Tagged, kw_only=True):
    """A zone."""

    id: ZoneId
    event_id: EventId
    name: str
    occurrence_id: OccurrenceId | None
    ticket_type_ids: Sequence[TicketTypeId] | None
    admit_pending: bool
    multiple_entries: bool
    reentry_after_exit: bool
    strict_anti_passback: bool
    rule: dict[str, Any] | None
    capacity: int | None


class GateBody(Body):
    """A gate; PUT replaces all of it."""

    name: Name
    zone_id: IdOf[ZoneId]
    direction: GateDirection = "both"
    lanes: Lanes = 1


class GateAnswer(Tagged, kw_only=True):
    """A gate."""

    id: GateId
    event_id: EventId
    zone_id: ZoneId
    name: str
    direction: str
    lanes: int


class PlanAnswer(Answer):
    """An event's zones and gates."""

    zones: Sequence[ZoneAnswer]
    gates: Sequence[GateAnswer]


class SeatMapBody(Body):
    """A seat map as a table or a drawing; `docs/specs/seating.md` says what is in them.

    Attributes:
        form: `csv` or `svg`.
        text: The file's content.
    """

    form: Form
    text: Content


class EventSeatsBody(Body):
    """The map that an event shall have: its venue's, or one of its own.

    Attributes:
        venue_id: Copies the venue's map as it is now; null with `form` and `text`.
    """

    venue_id: IdOf[VenueId] | None = None
    form: Form | None = None
    text: Content | None = None


class SeatMapAnswer(Tagged, kw_only=True):
    """What a seat map holds.

    Attributes:
        seats: How many.
        sections, categories: Their labels, in the map's order.
        kinds: How many seats are of each kind.
    """

    seats: int
    sections: Sequence[str]
    categories: Sequence[str]
    kinds: dict[str, int]


class SeatFileAnswer(Tagged, kw_only=True):
    """A seat map as a table or a drawing."""

    form: str
    text: str
