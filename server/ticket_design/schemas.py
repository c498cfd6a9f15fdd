"""Request and answer bodies of pictures and of tickets' designs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

from server.http.body_and_answer_types import Answer, Body, Id
from server.http.etags import Tagged
from shared.kernel.id_types import EventId
from shared.manifest.ticket_design import LINES, NOTE_SIZE_MAX

PICTURE_BODY_MAX: Final = 11_000_000
"""Of the request that brings it, in base64."""

Line = Literal["organization", "venue", "zone", "seat", "holder", "price", "order"]


class PictureBody(Body):
    """Bring a picture.

    Attributes:
        content: A PNG, JPEG or WebP in base64. Its dots are kept, on white and at most 1,600 of
            them along a side; what else stands in the file is not: places, names, a second file.
    """

    content: Annotated[str, msgspec.Meta(min_length=1, max_length=PICTURE_BODY_MAX - 1_000)]


class PictureAnswer(Answer):
    """A picture of the organization.

    Attributes:
        digest: SHA-256 of its bytes, hex; a picture that is there already is not kept twice.
        form: `png` or `jpeg`, whatever was sent.
        size: In bytes.
        used: By so many events.
    """

    id: str
    digest: str
    form: str
    width: int
    height: int
    size: int
    used: int
    created_at: datetime


class LookBody(Body):
    """Give an event a picture, and its tickets a design; all of it is replaced.

    The code keeps its size, its white and its place; event, date, type and manual code are always
    printed.

    Attributes:
        picture_id: The event's own picture; null for none.
        logo_id: The tickets' logo; null for none.
        has_band: The event's picture stands on its tickets.
        accent: Colour of stripe and titles, such as `#7a1f5c`; empty for black. One that is too
            pale to be read on white is refused.
        hidden: Lines that tickets leave out.
        note: Your own words on each ticket, such as terms, in at most 8 lines.
        page: On which page files of tickets have each, where nothing else is asked for.
    """

    picture_id: Id | None = None
    logo_id: Id | None = None
    has_band: bool = False
    accent: Annotated[str, msgspec.Meta(max_length=7)] = ""
    hidden: Annotated[list[Line], msgspec.Meta(max_length=len(LINES))] = msgspec.field(
        default_factory=list
    )
    note: Annotated[str, msgspec.Meta(max_length=NOTE_SIZE_MAX)] = ""
    page: Literal["a4", "a6"] = "a4"


class LookAnswer(Tagged, kw_only=True):
    """An event's picture and its tickets' design; without one they are plain."""

    event_id: EventId
    picture_id: str | None
    logo_id: str | None
    has_band: bool
    accent: str
    hidden: Sequence[str]
    note: str
    page: str
