"""What the API says of imports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from server.http.body_and_answer_types import Answer, Body
from server.imports.columns_and_lines import Mapping
from server.ticketing.schemas import NamesAtGates
from shared.wire.work_reasons import WorkReason

ImportState = Literal[
    "uploaded",
    "checking",
    "checked",
    "placing",
    "telling",
    "done",
    "cancelling",
    "cancelled",
    "undoing",
    "undone",
    "failed",
]
LineOutcome = Literal["new", "again", "known", "wrong", "undone", "kept", "replaced"]


class ImportTypeAnswer(Answer):
    """What a list's lines of one ticket type come to, counted as those of the whole list.

    Attributes:
        ticket_type_id: The type; None for wrong lines that say none of the event's.
        added: New tickets.
        again: Tickets that an undone import had brought.
        known: Tickets that the event has.
        wrong: Lines that cannot be taken.
        kept: Tickets that stay though the list was undone: used, or changed since.
    """

    ticket_type_id: str | None
    added: int
    again: int
    known: int
    wrong: int
    kept: int = 0


class TicketImportAnswer(Answer):
    """A list on its way into an event.

    Attributes:
        state: `uploaded`, `checking`, `checked` (nothing is taken yet), `placing` (may still be
            cancelled, and leaves nothing), `telling` (its tickets begin to admit, and gates are
            told), `done`; `cancelling`, `cancelled`; `undoing`, `undone`; `failed`, and why in
            `said`.
        form: What the file is: `csv` or `xlsx`.
        encoding: How a CSV was read; a guess where it is not UTF-8, so look at the sample.
        columns: The first line's names.
        sample: The next lines' cells; where the encoding is a guess, of the first that show it.
            Empty once it has ended, and for who may not bring lists: their codes let in.
        mapping: Which column holds what: guessed, until a check says.
        position: The line up to which the present state's work is done.
        size: Of how many lines; 0 while nobody knows.
        lines: All that hold anything, after the first.
        added: New tickets.
        again: Tickets that an undone import had brought.
        known: Tickets that the event has; those of others' codes are named anew.
        wrong: Lines that cannot be taken; the report says why.
        named: Tickets that are named by it.
        hidden: Lines that the spreadsheet hides, by a filter or by hand; they are in the list.
        alike: Lines of a list without codes that name the type, name and address of one before
            them; each is a ticket of its own.
        types: Of each type that a line is of, how many; of wrong lines without one at the end.
        said: Why it failed, or what stands in its way.
        because: The same by code, for whoever words it; empty where it has none.
        names_at_gates: When gates know the names: `next_handover` (hand the event to gates
            again), or `off` while the event's policy keeps names from them.
    """

    id: str
    state: ImportState
    form: str
    encoding: str
    columns: Sequence[str]
    sample: Sequence[Sequence[str]]
    mapping: Mapping
    position: int
    size: int
    lines: int
    added: int
    again: int
    known: int
    wrong: int
    named: int
    hidden: int
    alike: int
    types: Sequence[ImportTypeAnswer]
    said: str
    because: Sequence[WorkReason]
    names_at_gates: NamesAtGates
    created_at: datetime
    ended_at: datetime | None


class ImportLineAnswer(Answer):
    """What becomes of a line.

    Attributes:
        line: Its number in the file, from 1.
        outcome: `new`, `again`, `known` or `wrong`; after an undo `undone`, or `kept` where the
            ticket was used or changed; `replaced` where a later import has brought it again.
        ticket_id: The ticket that it stands for; None for a wrong line.
        field: What of it is wrong, or "".
        message: Why.
    """

    line: int
    outcome: LineOutcome
    ticket_id: str | None
    field: str
    message: str


class StartBody(Body):
    """How a checked list is taken.

    Attributes:
        leave_out_wrong: Take the other lines; else wrong lines stop it.
    """

    leave_out_wrong: bool = False
