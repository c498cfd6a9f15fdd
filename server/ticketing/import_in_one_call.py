"""A list of guests from a spreadsheet: codes of others with types and names, all of it or nothing.

Every wrong line is named at once, so that the list is mended in one go; and it can be tried
without writing anything.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from itertools import islice
from typing import Final
from unicodedata import normalize

import msgspec

from server.db.unit import Unit
from server.http.body_and_answer_types import Email, Name
from server.http.json_body import ERRORS_MAX, find_errors
from server.problem_answers import FieldError, Problem
from server.ticketing.importing_foreign_codes import (
    ImportedTicket,
    ReadCode,
    checked_codes,
    checked_uids,
    import_tickets,
    read_codes,
)
from server.ticketing.inventory import lock_stock
from server.ticketing.models import TicketType
from server.ticketing.placing_imported_codes import find_ours, name_codes
from server.ticketing.ports import ChangeFeed
from server.ticketing.schemas import IMPORT_MAX
from server.ticketing.ticket_types import get_ticket_type
from server.ticketing.words_of_wrong_lines import (
    CODE_AND_UID,
    NAMES_NOBODY,
    OTHER_TYPE,
    OURS,
    REMOVED,
    SEVERAL_TYPES,
    stands_already,
)
from shared.admission.facts import TicketState
from shared.kernel.id_types import EventId, TicketTypeId

COLUMNS: Final = ("code", "uid", "type", "name", "email")
"""What a list may have; `type`, and one of `code` and `uid` on each line, it must have."""
_SEPARATORS: Final = (";", "\t", ",")
"""Spreadsheets write one of these, by the language that they speak."""


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """One line.

    Attributes:
        line: Its number in the file, from 1.
        code: As a scanner reads it; "" for a tag.
        uid: A tag's, in hex; "" for a code.
        kind: The ticket type's id.
        name, email: Whom it is for; "" for nobody.
    """

    line: int
    code: str
    uid: str
    kind: str
    name: str
    email: str


class GuestsOfType(msgspec.Struct, frozen=True):
    """The lines of one ticket type, and their codes as they are kept, in the same order."""

    kind: TicketTypeId
    guests: Sequence[Guest]
    codes: Sequence[ReadCode]


class ListedGuests(msgspec.Struct, frozen=True):
    """What became of a list: lines, new tickets, those that were known, tickets that name one."""

    lines: int
    added: int
    known: int
    named: int


class _Wrong(msgspec.Struct):
    """Collects what is wrong, line by line."""

    errors: list[FieldError] = msgspec.field(default_factory=list)

    def note(self, line: int, column: str, message: str) -> None:
        if len(self.errors) < ERRORS_MAX:
            self.errors.append(FieldError(f"line {line}, {column}", message))

    def refuse(self) -> None:
        """Raise what was noted, if anything was."""
        if self.errors:
            raise Problem(
                "invalid-fields", "Correct the named lines; none was taken.", errors=self.errors
            )


def read_list(event_id: EventId, body: bytes, kinds: Sequence[TicketType]) -> list[GuestsOfType]:
    """Read and check a list, before anybody waits for the writer.

    Args:
        event_id: At which they shall be let in.
        body: CSV in UTF-8, its first line the columns' names.
        kinds: The event's.

    Raises:
        Problem: `bad-request` for what is no list; `invalid-fields` that names lines.
    """
    wrong = _Wrong()
    guests = list(_guests(_rows(body), {kind.id: kind for kind in kinds}, wrong))
    wrong.refuse()
    by_kind = []
    for kind in sorted({TicketTypeId(guest.kind) for guest in guests}):
        some = sorted((one for one in guests if one.kind == kind), key=lambda one: bool(one.uid))
        codes = [one.code for one in some if one.code], [one.uid for one in some if one.uid]
        by_kind.append(GuestsOfType(kind, some, read_codes(event_id, *codes)))
    return by_kind


async def import_list(
    unit: Unit, changes: ChangeFeed, event_id: EventId, lists: Sequence[GuestsOfType]
) -> ListedGuests:
    """Issue a paid ticket for each new line and name its holder.

    Args:
        unit: A writing one.
        changes: Tells the gates.
        event_id: Of the organization's.
        lists: Of `read_list`.

    Raises:
        Problem: `invalid-fields` that names lines; `sold-out`; `not-found` for a type that was
            removed meanwhile; `conflict` or `forbidden` if the event is over or not approved.
    """
    wrong = _Wrong()
    # All locks of stock before the feed's, which is always the last.
    for one in lists:
        await lock_stock(unit, event_id, one.kind)
        printed = {code.ticket_id: code.manual_code for code in one.codes}
        ours = await find_ours(unit, event_id, printed)
        for guest, code in zip(one.guests, one.codes, strict=True):
            if code.ticket_id in ours:
                wrong.note(guest.line, "code", OURS)
    wrong.refuse()
    lines = added = named = 0
    for one in lists:
        kind = await get_ticket_type(unit, event_id, one.kind)
        found = await import_tickets(unit, changes, kind, one.codes)
        _check_known(one.guests, found.tickets, wrong)
        wrong.refuse()
        lines += len(one.guests)
        added += found.added
        named += await _name(unit, event_id, one.guests, found.tickets)
    return ListedGuests(lines, added, lines - added, named)


def _rows(body: bytes) -> list[list[str]]:
    """Read the file, its first line in front.

    Raises:
        Problem: if it is none, or has too many lines.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem("bad-request", "Save the list as CSV in UTF-8.") from None
    if "\0" in text:
        raise Problem("bad-request", "The list holds the character U+0000.")
    head = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=head.count)
    try:
        read = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
        rows = list(islice(read, IMPORT_MAX + 2))  # who waits for an answer waits for it
    except csv.Error:
        raise Problem("bad-request", "The list is no CSV: a quotation mark is missing.") from None
    if len(rows) - 1 > IMPORT_MAX:
        raise Problem("too-large", f"Send at most {IMPORT_MAX} lines at once.")
    if not rows:
        raise Problem("bad-request", f"Send CSV with the columns {', '.join(COLUMNS)}.")
    return rows


def _columns(head: Sequence[str]) -> list[str]:
    """Read the first line.

    Raises:
        Problem: naming columns that are unknown, there twice, or missing.
    """
    names = [name.strip().casefold() for name in head]
    allowed = ", ".join(COLUMNS)
    wrong = [
        FieldError(name[:64] or "(empty)", f"is no column of this list; it takes {allowed}")
        for name in islice((one for one in names if one not in COLUMNS), ERRORS_MAX)
    ]
    wrong += [FieldError(name, "stands there twice") for name in COLUMNS if names.count(name) > 1]
    if "type" not in names:
        wrong.append(FieldError("type", "is missing: the ticket type's name, number or id"))
    if not {"code", "uid"} & set(names):
        wrong.append(FieldError("code", "is missing: as a scanner reads it; or uid, of a tag"))
    if wrong:
        raise Problem("invalid-fields", "Correct the list's first line.", errors=wrong)
    return names


def _guests(
    rows: list[list[str]], kinds: Mapping[TicketTypeId, TicketType], wrong: _Wrong
) -> Iterator[Guest]:
    names = _columns(rows[0])
    by_word = kinds_by_word(kinds)
    seen: dict[str, int] = {}
    for line, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue  # spreadsheets end in empty lines
        if len(row) != len(names):
            wrong.note(line, "columns", f"has {len(row)}, the first line {len(names)}")
            continue
        cells = {name: cell.strip() for name, cell in zip(names, row, strict=True)}
        code, uid = cells.get("code", ""), cells.get("uid", "")
        found = by_word.get(plain_word(cells["type"]), [])
        if len(found) != 1:
            known = ", ".join(kind.name for kind in kinds.values())
            why = SEVERAL_TYPES if found else f"is no type of the event: {known}"
            wrong.note(line, "type", why[:500])
        _check_code(line, code, uid, wrong)
        for column, kind in (("name", Name), ("email", Email)):
            if cells.get(column):
                for error in find_errors(cells[column], kind, column):
                    wrong.note(line, column, error.message)
        if cells.get("email") and not cells.get("name"):
            wrong.note(line, "name", NAMES_NOBODY)
        key = code or uid.casefold()
        if key in seen:
            wrong.note(line, "code" if code else "uid", stands_already(seen[key]))
        seen.setdefault(key, line)
        if len(found) == 1:
            yield Guest(
                line=line,
                code=code,
                uid=uid,
                kind=found[0].id,
                name=cells.get("name", ""),
                email=cells.get("email", ""),
            )


def plain_word(text: str) -> str:
    """Return a word of a list by which it is known, however its letters and spaces are made.

    Files of macOS part an umlaut into two characters, and the web joins words by its own space.
    """
    return " ".join(normalize("NFC", text).casefold().split())


def kinds_by_word(kinds: Mapping[TicketTypeId, TicketType]) -> dict[str, list[TicketType]]:
    """Find types by each word that a list may call them: id, code or name, made plain."""
    found: dict[str, list[TicketType]] = {}
    for kind in kinds.values():
        for word in {plain_word(one) for one in (kind.id, str(kind.code), kind.name)}:
            found.setdefault(word, []).append(kind)
    return found


def _check_code(line: int, code: str, uid: str, wrong: _Wrong) -> None:
    if bool(code) == bool(uid):
        wrong.note(line, "code", CODE_AND_UID if code else "is empty")
        return
    try:
        _ = list(checked_codes([code]) if code else checked_uids([uid]))
    except Problem as problem:
        wrong.note(line, "code" if code else "uid", problem.errors[0].message)


def _check_known(
    guests: Sequence[Guest], tickets: Sequence[ImportedTicket], wrong: _Wrong
) -> None:
    for guest, ticket in zip(guests, tickets, strict=True):
        column = "code" if guest.code else "uid"
        if ticket.ticket_type_id != guest.kind:
            wrong.note(guest.line, column, OTHER_TYPE)
        elif ticket.state == TicketState.CANCELLED:
            wrong.note(guest.line, column, REMOVED)


async def _name(
    unit: Unit, event_id: EventId, guests: Sequence[Guest], tickets: Sequence[ImportedTicket]
) -> int:
    """Say whom tickets are for, of those lines that name somebody; return how many."""
    names = {
        ticket.ticket_id: (guest.name, guest.email or None)
        for guest, ticket in zip(guests, tickets, strict=True)
        if guest.name
    }
    await name_codes(unit, event_id, names)
    return len(names)
