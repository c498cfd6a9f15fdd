"""Tables of files of many tickets: what was asked for, how far it is, and its sealed pieces."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from server.db.column_types import JsonValue, TicketIdColumn
from server.db.model import Model
from server.db.tenancy import Scoped, refers
from shared.kernel.id_types import EventId, TicketId
from shared.kernel.instant import Instant


class TicketFile(Scoped, Model):
    """Tickets that are written to files.

    Attributes:
        state: `writing`, `ready`, `cancelled`, `failed`, or `gone`: it was there, and is deleted.
        form: `csv`, `xlsx`, `pdf`, or `png` and `svg` for a picture of each code.
        wanted: Which tickets, as `server.ticket_files.schemas.Which` says.
        layout: Of a PDF: `page` and `a6` for one ticket on each A4 or A6, `cut` for eight on A4.
        language: Of a PDF's dates.
        has_names: Holders are named.
        part_size: Tickets in one file.
        turn: Of the worker that has it; who finds another's stops.
        position: The last ticket that was written; None before the first.
        total: Tickets that were wanted when it began.
        done: Those written.
        left_out: Those that have no credential: foreign codes, unpaid, blocked.
        parts: Each finished file: its name, size in bytes and tickets.
        said: Why it failed.
        fetched_at, fetched_by: Who had it last.
    """

    __table_args__ = (
        refers("event_id", to="event"),
        CheckConstraint(
            "state IN ('writing', 'ready', 'cancelled', 'failed', 'gone')", name="state"
        ),
        CheckConstraint("form IN ('csv', 'xlsx', 'pdf', 'png', 'svg')", name="form"),
        Index(None, "state"),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    form: Mapped[str]
    wanted: Mapped[JsonValue]
    layout: Mapped[str]
    language: Mapped[str]
    has_names: Mapped[bool]
    part_size: Mapped[int]
    turn: Mapped[str]
    position: Mapped[TicketId | None] = mapped_column(TicketIdColumn)
    total: Mapped[int]
    done: Mapped[int]
    left_out: Mapped[int]
    parts: Mapped[JsonValue]
    said: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    expires_at: Mapped[Instant | None]
    fetched_at: Mapped[Instant | None]
    fetched_by: Mapped[str]


class TicketFilePiece(Scoped, Model):
    """Some bytes of a file, sealed: who has the database alone has no ticket."""

    __table_args__ = (
        ForeignKeyConstraint(["event_id", "file_id"], ["ticket_file.event_id", "ticket_file.id"]),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    file_id: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[bytes] = mapped_column(LargeBinary)
