"""Which column of a list holds what, and what a line says by it. Pure."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping as Map
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Final

import msgspec

from server.http.body_and_answer_types import Body, Email, IdOf, Name
from server.http.json_body import find_errors
from server.imports.column_names import FIRST_NAMES, GUESSES, SURNAMES
from server.imports.reading_csv_and_xlsx import ROUNDED, SheetRow
from server.problem_answers import FieldError, Problem
from server.ticketing.finding_and_changing_tickets import TicketType
from server.ticketing.import_in_one_call import kinds_by_word, plain_word
from server.ticketing.importing_foreign_codes import checked_codes, checked_uids
from server.ticketing.seat_choice import offer_of
from server.ticketing.words_of_wrong_lines import (
    CODE_AND_UID,
    IS_ROUNDED,
    IS_SEATED,
    NAMES_NOBODY,
    SEVERAL_TYPES,
    stands_already,
)
from shared.kernel.id_types import EventId, TicketId, TicketTypeId
from shared.kernel.ids import TICKET_ID_BITS
from shared.manifest.presenting import foreign_digest, foreign_ticket_id, manual_code_of

PURPOSE: Final = b"tickets of lists"
"""Of the vault's secret: the same list makes the same tickets also after a restore."""
_NAME_MAX: Final = 200
ColumnName = Annotated[str, msgspec.Meta(max_length=_NAME_MAX)]
WORDS_MAX: Final = 500
_ALIKE_SIZE: Final = 16
_DATED: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*")
"""A cell that its spreadsheet has made a date of: the code that was typed is lost."""


class TypeWord(Body):
    """What a list calls a ticket type.

    Attributes:
        word: As it stands in the type's column; case counts for nothing.
        ticket_type_id: Which type it means.
    """

    word: Name
    ticket_type_id: IdOf[TicketTypeId]


class Mapping(Body):
    """Which column holds what, by the names of the list's first line; "" for none.

    Attributes:
        code: As scanners read it; a line has this or `uid`.
        uid: A tag's, in hex.
        type: The ticket type's name, number or id, or a word of `words`.
        name: Whom it is for.
        surname: Their surname, where it stands in a column of its own; it follows `name`.
        email: Their address.
        makes_codes: No column holds codes: each line becomes a ticket with a code of ours. The
            same list again adds none: a line is known by its type, name and address, and by
            which of several alike it is.
        ticket_type_id: The type of lines that name none.
        words: What the list calls types.
    """

    code: ColumnName = ""
    uid: ColumnName = ""
    type: ColumnName = ""
    name: ColumnName = ""
    surname: ColumnName = ""
    email: ColumnName = ""
    makes_codes: bool = False
    ticket_type_id: IdOf[TicketTypeId] | None = None
    words: Annotated[list[TypeWord], msgspec.Meta(max_length=WORDS_MAX)] = msgspec.field(
        default_factory=list
    )


class StagedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that says which ticket it means, by which field.

    Attributes:
        digest: More of its code's hash; None where its ticket is one of ours.
    """

    line: int
    ticket_id: TicketId
    digest: bytes | None
    manual_code: int | None
    field: str
    ticket_type_id: TicketTypeId
    name: str = ""
    email: str = ""


class WrongLine(msgspec.Struct, frozen=True):
    """A line that cannot be taken, and why, without what it holds; its type where it is known."""

    line: int
    field: str
    message: str
    ticket_type_id: TicketTypeId | None = None


_FIELDS: Final = ("code", "uid", "type", "name", "surname", "email")


def guess_mapping(columns: Sequence[str]) -> Mapping:
    """Say which column probably holds what."""
    words = {plain_word(column): column for column in reversed(columns)}

    def find(known: Sequence[str]) -> str:
        return next((words[one] for one in known if one in words), "")[:_NAME_MAX]

    found = Mapping()
    for field, known in GUESSES.items():
        setattr(found, field, find(known))
    if not found.name:
        first, surname = find(FIRST_NAMES), find(SURNAMES)
        found.name, found.surname = first or surname, surname if first else ""
    return found


class LineReader:
    """Reads lines of one list by one mapping.

    Args:
        event_id: Salts codes' hashes.
        columns: The first line's names.
        mapping: Which holds what.
        kinds: The event's ticket types.
        salt: Secret; goes into ids of tickets of ours, so that they tell nobody's name.

    Raises:
        Problem: `invalid-fields` naming what of the mapping is wrong.

    Attributes:
        alike: So many lines say the type, name and address of one before them.
    """

    def __init__(
        self,
        event_id: EventId,
        columns: Sequence[str],
        mapping: Mapping,
        kinds: Map[TicketTypeId, TicketType],
        salt: bytes = b"",
    ) -> None:
        self._event_id, self._salt = event_id, salt
        self._places = _places(columns, mapping, kinds)
        self._default = mapping.ticket_type_id
        self._by_word = _types_by_word(kinds, mapping)
        self._makes_codes = mapping.makes_codes
        self._seated = {one for one in kinds if mapping.makes_codes and offer_of(kinds[one])}
        self._alike: Counter[bytes] = Counter()
        self.alike = 0
        self._seen: dict[int, int] = {}
        self._width = len(columns)

    def forget(self) -> None:
        """Begin anew to look for codes that stand there twice."""
        self._seen.clear()

    def read(self, row: SheetRow) -> StagedLine | WrongLine:
        """Say what a line means, or why it means nothing."""
        line = row.line
        if any(cell.strip() for cell in row.cells[self._width :]):
            return WrongLine(line, "columns", "has more cells than the first line")
        cells = {
            field: row.cells[at].strip() if at < len(row.cells) else ""
            for field, at in self._places.items()
        }
        kind = self._kind(cells.get("type", ""))
        if isinstance(kind, str):
            return WrongLine(line, "type", kind)
        wrong = partial(WrongLine, line, ticket_type_id=kind[0])
        code, uid = cells.get("code", ""), cells.get("uid", "")
        field = "uid" if uid and not code else "code"
        if bool(code) == bool(uid) and not self._makes_codes:
            return wrong(field, CODE_AND_UID if code else "is empty")
        if ROUNDED in (code or uid) or _DATED.fullmatch(code or uid):
            return wrong(field, IS_ROUNDED)
        name = " ".join(part for part in (cells.get("name"), cells.get("surname")) if part)
        email = cells.get("email", "")
        for column, given, wanted in (("name", name, Name), ("email", email, Email)):
            if given and (errors := list(find_errors(given, wanted, column))):
                return wrong(column, errors[0].message)
            if "\0" in given:
                return wrong(column, "holds the character U+0000")
        if email and not name:
            return wrong("name", NAMES_NOBODY)
        if self._makes_codes:
            staged = self._make_ticket(line, kind[0], name, email)
        else:
            staged = self._take_code(line, kind[0], code, uid)
        if isinstance(staged, WrongLine):
            return staged
        return msgspec.structs.replace(staged, name=name, email=email)

    def _take_code(
        self, line: int, kind: TicketTypeId, code: str, uid: str
    ) -> StagedLine | WrongLine:
        field = "code" if code else "uid"
        wrong = partial(WrongLine, line, field, ticket_type_id=kind)
        try:
            (text,) = checked_codes([code]) if code else checked_uids([uid])
        except Problem as problem:
            return wrong(problem.errors[0].message)
        ticket_id = foreign_ticket_id(text, self._event_id)
        earlier = self._seen.setdefault(ticket_id, line)
        if earlier != line:
            return wrong(stands_already(earlier))
        return StagedLine(
            line=line,
            ticket_id=ticket_id,
            digest=foreign_digest(text, self._event_id),
            manual_code=manual_code_of(text),
            field=field,
            ticket_type_id=kind,
        )

    def _make_ticket(
        self, line: int, kind: TicketTypeId, name: str, email: str
    ) -> StagedLine | WrongLine:
        if not name and "name" in self._places:  # a sum, or a note, below the guests
            return WrongLine(line, "name", "is empty", kind)
        if kind in self._seated:
            return WrongLine(line, "type", IS_SEATED, kind)
        said = msgspec.json.encode((kind, plain_word(name), plain_word(email)))
        whose = hashlib.blake2b(said, key=self._salt, digest_size=_ALIKE_SIZE).digest()
        self._alike[whose] += 1
        self.alike += bool(name) and self._alike[whose] > 1
        which = whose + self._alike[whose].to_bytes(4, "big")
        drawn = hashlib.blake2b(which, key=self._salt, digest_size=TICKET_ID_BITS // 8).digest()
        return StagedLine(
            line=line,
            ticket_id=TicketId(int.from_bytes(drawn, "big")),
            digest=None,
            manual_code=None,
            field="name",
            ticket_type_id=kind,
        )

    def _kind(self, word: str) -> tuple[TicketTypeId] | str:
        """Return the type that a word means, or why it means none."""
        if not word:
            return "is empty" if self._default is None else (self._default,)
        found = self._by_word.get(plain_word(word), ())
        if len(found) == 1:
            return (found[0],)
        return SEVERAL_TYPES if found else "is no ticket type of the event"


def _places(
    columns: Sequence[str], mapping: Mapping, kinds: Map[TicketTypeId, TicketType]
) -> dict[str, int]:
    wrong: list[FieldError] = []
    places: dict[str, int] = {}
    for field in _FIELDS:
        column: str = getattr(mapping, field)
        if not column:
            continue
        if column not in columns:
            wrong.append(FieldError(field, "names no column of the list's first line"))
        elif columns.count(column) > 1:
            wrong.append(FieldError(field, "names a column that stands there twice"))
        places[field] = columns.index(column) if column in columns else 0
    has_codes = bool({"code", "uid"} & places.keys())
    if mapping.makes_codes and has_codes:
        wrong.append(FieldError("makes_codes", "is for lists of which no column holds codes"))
    elif not mapping.makes_codes and not has_codes:
        wrong.append(FieldError("code", "is missing: which column scanners read; or uid"))
    if "type" not in places and mapping.ticket_type_id is None:
        wrong.append(FieldError("type", "is missing; or name one type for all lines"))
    named = [("ticket_type_id", mapping.ticket_type_id)] + [
        (f"words[{number}].ticket_type_id", word.ticket_type_id)
        for number, word in enumerate(mapping.words)
    ]
    wrong += [
        FieldError(field, "is no ticket type of this event")
        for field, kind in named
        if kind is not None and kind not in kinds
    ]
    if wrong:
        raise Problem("invalid-fields", "Correct which column holds what.", errors=wrong)
    return places


def _types_by_word(
    kinds: Map[TicketTypeId, TicketType], mapping: Mapping
) -> dict[str, list[TicketTypeId]]:
    found = {word: [one.id for one in of] for word, of in kinds_by_word(kinds).items()}
    # What the organizer says of a word goes before what types are called.
    found.update({plain_word(one.word): [one.ticket_type_id] for one in mapping.words})
    return found
