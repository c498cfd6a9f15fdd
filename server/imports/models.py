"""Tables of imports: each one's state, its file while it is needed, what becomes of lines."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from server.db.column_types import JsonValue, TicketIdColumn
from server.db.model import Model
from server.db.personal_columns import OF_A_PERSON
from server.db.tenancy import Scoped, refers
from shared.kernel.id_types import EventId, TicketId, TicketTypeId
from shared.kernel.instant import Instant


class TicketImport(Scoped, Model):
    """A list of codes or guests that a job takes into an event.

    Attributes:
        state: `uploaded`, `checking`, `checked`, `placing`, `telling`, `done`; `cancelling`,
            `cancelled`; `undoing`, `undone`; `failed`.
        form: `csv` or `xlsx`.
        encoding, separator: How a CSV's bytes are read.
        columns: The first line's names.
        sample: The next few lines; of a guessed encoding, the first whose letters show it.
        mapping: `server.imports.columns_and_lines.Mapping` as JSON; None until it is checked.
        salt: Goes into ids of tickets that its lines become, where an earlier version drew one
            for the event's lists; None where its codes are others', or the vault's key does.
        turn: The lease of the job that works on it: another job's work ends there.
        position: The line up to which the present state's work is done.
        lines, added, again, known, wrong, named, hidden, alike: Counts of the last check.
        types: The same of each ticket type: `server.imports.schemas.ImportTypeAnswer` as JSON.
        said: Why it failed, in a sentence without names.
        because: The same as `WorkReason`s, where all of it has codes.
    """

    __table_args__ = (
        refers("event_id", to="event"),
        CheckConstraint(
            "state IN ('uploaded', 'checking', 'checked', 'placing', 'telling', 'done',"
            " 'cancelling', 'cancelled', 'undoing', 'undone', 'failed')",
            name="state",
        ),
        CheckConstraint("form IN ('csv', 'xlsx')", name="form"),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    form: Mapped[str]
    encoding: Mapped[str]
    separator: Mapped[str]
    columns: Mapped[JsonValue] = mapped_column(info=OF_A_PERSON)
    sample: Mapped[JsonValue] = mapped_column(info=OF_A_PERSON)
    mapping: Mapped[JsonValue | None] = mapped_column(info=OF_A_PERSON)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    turn: Mapped[str]
    position: Mapped[int]
    size: Mapped[int]
    lines: Mapped[int]
    added: Mapped[int]
    again: Mapped[int]
    known: Mapped[int]
    wrong: Mapped[int]
    named: Mapped[int]
    hidden: Mapped[int] = mapped_column(server_default="0", default=0)
    alike: Mapped[int] = mapped_column(server_default="0", default=0)
    types: Mapped[JsonValue]
    said: Mapped[str]
    because: Mapped[JsonValue] = mapped_column(server_default="[]", default=list)
    created_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]


class ImportFile(Scoped, Model):
    """An import's file as it came, compressed; gone once the import has ended."""

    __tablename__ = "ticket_import_file"
    __table_args__ = (
        ForeignKeyConstraint(
            ["event_id", "import_id"], ["ticket_import.event_id", "ticket_import.id"]
        ),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    import_id: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary, info=OF_A_PERSON)


class ImportLine(Scoped, Model):
    """A line of an import's list, and what becomes of it.

    Attributes:
        line: Its number in the file, from 1.
        outcome: `new`; `again`, of a ticket that an undone import had brought; `known`; `wrong`;
            after an undo `undone`, or `kept` where the ticket was used or changed meanwhile;
            `replaced` where another import has brought an undone ticket again.
        ticket_id: What its code stands for; None for a wrong line.
        ticket_type_id: None for a wrong line that says none of the event's.
        digest: More of its code's hash; None for a wrong line, and for a ticket of ours.
        name, email: Whom it is for, until its ticket says so; None for nobody.
        field, message: What is wrong, without what the line holds.
    """

    __tablename__ = "ticket_import_line"
    __table_args__ = (
        ForeignKeyConstraint(
            ["event_id", "import_id"], ["ticket_import.event_id", "ticket_import.id"]
        ),
        Index(None, "event_id", "ticket_id"),
        CheckConstraint(
            "outcome IN ('new', 'again', 'known', 'wrong', 'undone', 'kept', 'replaced')",
            name="outcome",
        ),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    import_id: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    outcome: Mapped[str]
    ticket_id: Mapped[TicketId | None] = mapped_column(TicketIdColumn)
    ticket_type_id: Mapped[TicketTypeId | None]
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    name: Mapped[str | None] = mapped_column(info=OF_A_PERSON)
    email: Mapped[str | None] = mapped_column(info=OF_A_PERSON)
    field: Mapped[str]
    message: Mapped[str]
