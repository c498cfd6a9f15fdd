"""Request and answer bodies of seats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec
from litestar.params import QueryParameter

from server.http.etags import Tagged, tag_of
from server.http.schema import Answer, Body, IdOf
from server.problems import wrong_field
from shared.kernel.errors import BadInput
from shared.kernel.id_types import SeatId, VenueId
from shared.seating.csv_form import TEXT_SIZE_MAX, read_csv, write_csv
from shared.seating.seat_map import LABEL_SIZE_MAX, Seat, SeatMap, list_labels
from shared.seating.svg_form import read_svg, write_svg

SEATS_AT_ONCE_MAX: Final = 1_000
"""In one request; a longer list goes in several."""

Form = Literal["csv", "svg"]
AskedForm = Annotated[Form, QueryParameter(description="a table or a drawing")]
Content = Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_SIZE_MAX)]
SeatIds = Annotated[
    list[Annotated[SeatId, msgspec.Meta(min_length=1, max_length=64)]],
    msgspec.Meta(min_length=1, max_length=SEATS_AT_ONCE_MAX),
]
Label = Annotated[str, msgspec.Meta(min_length=1, max_length=LABEL_SIZE_MAX)]


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


class SeatAnswer(Answer):
    """A seat of an event; positions are hundredths of the drawing's unit.

    Attributes:
        state: `free`, `held`, `granted`, `sold` or `killed`.
        holder: The order, hold or till that has it, or empty.
    """

    id: SeatId
    section: str
    row: str
    number: str
    x: int
    y: int
    category: str
    kind: str
    state: str
    holder: str
    ticket_id: str | None


class SeatStateAnswer(Answer):
    """A seat that changed."""

    id: SeatId
    state: str


class SeatChangesAnswer(Answer):
    """Seats that changed.

    Attributes:
        cursor: Give it as `after` to hear what changes next.
    """

    cursor: int
    seats: Sequence[SeatStateAnswer]


class KillBody(Body):
    """Seats to take out of sale, or to put back."""

    seats: SeatIds


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


def show_seat(seat: Seat, *, state: str, holder: str, ticket_id: str | None) -> SeatAnswer:
    """Show a seat with who has it."""
    return SeatAnswer(
        **msgspec.structs.asdict(seat), state=state, holder=holder, ticket_id=ticket_id
    )
