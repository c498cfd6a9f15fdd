"""Request and answer bodies of files of many tickets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

from server.http.body_and_answer_types import Answer, Body, Id
from shared.kernel.id_types import EventId
from shared.kernel.languages import Language

TICKET_FILE_PART: Final = 1_000
TICKET_FILE_PART_MAX: Final = 2_000
"""Tickets in one file: 10 MB of pages, in one transaction and in a worker's memory."""

Form = Literal["csv", "xlsx", "pdf", "png", "svg"]


class Which(Body):
    """Which tickets; what is not given narrows nothing.

    Attributes:
        ticket_type_ids: Of these types.
        import_id: That this import has brought.
        unsent: Whose order's tickets were not mailed in the last 30 days.
    """

    ticket_type_ids: Annotated[list[Id], msgspec.Meta(max_length=500)] = msgspec.field(
        default_factory=list
    )
    import_id: Id | None = None
    unsent: bool = False


class TicketFileBody(Body):
    """Have many tickets written to files.

    Attributes:
        form: `csv` and `xlsx` hold the text of each QR code, manual code, serial, type, date and
            seat, for print shops; `png` and `svg` are a ZIP with a picture of each code; `pdf` is
            the tickets.
        which: Which tickets; all unless said otherwise.
        layout: Of a PDF: one ticket on each page, of the size that the event's design has (A4
            unless that says otherwise), or of A6; or eight to be cut apart.
        names: Name the holders.
        part_size: Tickets in one file; more make several.
        language: Of a PDF's dates.
    """

    form: Form = "pdf"
    which: Which = msgspec.field(default_factory=Which)
    layout: Literal["page", "a6", "cut"] = "page"
    names: bool = False
    part_size: Annotated[int, msgspec.Meta(ge=1, le=TICKET_FILE_PART_MAX)] = TICKET_FILE_PART
    language: Language = "en"


class PartAnswer(Answer):
    """One finished file: its name, its size in bytes, and its tickets."""

    name: str
    size: int
    tickets: int


class TicketFileAnswer(Answer):
    """Tickets that are written to files.

    Attributes:
        state: `writing`, `ready` to be fetched, `cancelled`, `failed`, or `gone`: deleted at
            `expires_at`, or because somebody named in it was erased.
        which: The tickets that were asked for.
        total: Tickets that were wanted when it began; how many there are now may differ.
        done: Those written so far.
        left_out: Those that have no credential: foreign codes, unpaid, blocked.
        said: Why it failed.
        expires_at: Until when it can be fetched.
        fetched_at: When it was fetched last.
    """

    id: str
    event_id: EventId
    state: str
    form: str
    layout: str
    has_names: bool
    language: str
    which: Which
    total: int
    done: int
    left_out: int
    parts: Sequence[PartAnswer]
    said: str
    created_at: datetime
    ended_at: datetime | None
    expires_at: datetime | None
    fetched_at: datetime | None
