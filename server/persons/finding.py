"""Finding what is held of a person: every buyer, every holder, every list that waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from functools import partial
from typing import Final

import msgspec

from server.background.work_aside import short_work_aside
from server.db.unit import Unit
from server.erasures.erasure_list import ORDER, TICKET
from server.erasures.hashed_words import plain_phone
from server.imports.import_acts import find_staged, read_file
from server.imports.reading_csv_and_xlsx import Sheet, read_rows
from server.orders.buyers import page_named_orders
from server.persons.personal_words import PersonalWords
from server.persons.same_person import Person
from server.problem_answers import Problem
from server.ticketing.persons_among_holders import page_named_tickets
from shared.kernel.email_address import email_key
from shared.kernel.id_types import EventId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Instant
from shared.kernel.same_fields import made_of
from shared.manifest.name_folding import fold_name

PERSONS_SHOWN_MAX: Final = 100
"""Persons whom one search shows."""
PHONE_DIGITS_MIN: Final = 4
"""Of a telephone's number, before a guest is looked for by it."""
PERSON_RECORDS_MAX: Final = 5_000
"""Records of one person; more are those of many, and are not given out or erased as one."""

LIST: Final = "list"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Something that names a person.

    Attributes:
        kind: `order`, `ticket` or `list`.
        event_id: Whose.
        id: Of the order, the ticket or the import.
        number: Of the order, as people know it; 0 of anything else.
        state: Of the order, the ticket or the import.
        at: When it was made.
        total_minor, currency: Of an order: what it came to. It stays.
    """

    kind: str
    event_id: EventId
    id: str
    name: str | None
    email: str | None = None
    phone: str | None = None
    number: int = 0
    state: str
    at: Instant
    total_minor: int = 0
    currency: str = ""

    @property
    def place(self) -> str:
        """Name it among all of an organization's."""
        return f"{self.kind}:{self.event_id}:{self.id}"


class FoundPerson(msgspec.Struct, kw_only=True):
    """Somebody whom a search has found, by what their records have in common."""

    name: str | None
    email: str | None
    phone: str | None
    orders: int = 0
    tickets: int = 0
    events: set[EventId]


async def page_records(unit: Unit) -> AsyncIterator[list[Record]]:
    """Yield every buyer and every holder of an organization, page by page."""
    async for orders in page_named_orders(unit):
        yield [made_of(Record, one, kind=ORDER, at=one.created_at) for one in orders]
    async for tickets in page_named_tickets(unit):
        yield [
            Record(
                kind=TICKET,
                event_id=one.event_id,
                id=format_ticket_id(one.ticket_id),
                name=one.name,
                email=one.email,
                state=one.state,
                at=one.created_at,
            )
            for one in tickets
        ]


async def find_persons(unit: Unit, text: str) -> tuple[list[FoundPerson], bool]:
    """Find who has all words of a text in name, e-mail or telephone.

    Returns:
        Up to `PERSONS_SHOWN_MAX` of them, and whether there were more.
    """
    words, digits = fold_name(text).split(), plain_phone(text)
    found: dict[tuple[str, str], FoundPerson] = {}
    async for records in page_records(unit):
        for one in records:
            if not _has_words(one, words, digits):
                continue
            key = (email_key(one.email or "") or plain_phone(one.phone or ""), "")
            if not key[0]:
                key = ("", fold_name(one.name or ""))
            if key not in found and len(found) == PERSONS_SHOWN_MAX:
                return _ordered(found.values()), True
            person = found.setdefault(
                key, FoundPerson(name=one.name, email=one.email, phone=one.phone, events=set())
            )
            person.name, person.phone = person.name or one.name, person.phone or one.phone
            person.orders += one.kind == ORDER
            person.tickets += one.kind == TICKET
            person.events.add(one.event_id)
        await asyncio.sleep(0)
    return _ordered(found.values()), False


def _ordered(found: Iterable[FoundPerson]) -> list[FoundPerson]:
    """Put who is known best first, and whoever has no address after who has."""
    return sorted(
        found, key=lambda one: (-one.orders - one.tickets, one.email is None, one.name or "")
    )


def _has_words(one: Record, words: list[str], digits: str) -> bool:
    said = fold_name(f"{one.name or ''} {one.email or ''}")
    if words and all(word in said for word in words):
        return True
    return len(digits) >= PHONE_DIGITS_MIN and digits in plain_phone(one.phone or "")


async def find_records(unit: Unit, person: Person) -> list[Record]:
    """Find all that names a person, in order; lists that wait among it.

    Raises:
        Problem: `too-large` for more than are one person's.
    """
    found: list[Record] = []
    async for records in page_records(unit):
        found += (one for one in records if person.fits(one.name, one.email, one.phone))
        if len(found) > PERSON_RECORDS_MAX:
            detail = f"More than {PERSON_RECORDS_MAX} records fit; say an e-mail address as well."
            raise Problem("too-large", detail)
        await asyncio.sleep(0)
    return [*found, *await _find_lists(unit, words_of(person, found))]


def words_of(person: Person, records: list[Record]) -> PersonalWords:
    """Return what a person is called, in every spelling that records have."""
    said = {person.name, person.email, person.phone}
    for one in records:
        said |= {one.name, one.email, one.phone}
    return PersonalWords(said)


async def _find_lists(unit: Unit, words: PersonalWords) -> list[Record]:
    """Find lists that wait whose file holds a person's words."""
    found = []
    for one in await find_staged(unit):
        sheet = Sheet(one.form, one.encoding, one.separator)
        try:
            body = await read_file(unit, one)
        except Problem:
            continue  # it has ended meanwhile, and its file with it
        is_in = partial(_is_in, body, sheet, words)
        if await short_work_aside(unit.organization_id, is_in):
            found.append(
                Record(
                    kind=LIST,
                    event_id=one.event_id,
                    id=one.id,
                    name=None,
                    state=one.state,
                    at=one.created_at,
                )
            )
    return found


def _is_in(body: bytes, sheet: Sheet, words: PersonalWords) -> bool:
    return any(words.stand_in_row(cells) for cells in _rows_of(body, sheet))


def _rows_of(body: bytes, sheet: Sheet) -> Iterator[list[str]]:
    try:
        for row in read_rows(body, sheet):
            yield row.cells
    except Problem:
        return  # what cannot be read on was never taken
