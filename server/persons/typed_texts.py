"""A person's words in what people have typed: reasons, notes, references, callers' own keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Table, and_, case, func, or_, select, true, update

from server.db.model import metadata
from server.db.personal_columns import Personal, declared, ended_by, own_words
from server.db.unit import Unit
from server.persons.personal_words import CUT, PersonalWords
from server.publishing.ticket_classes import find_class_variants
from server.ticketing.finding_and_changing_tickets import Ticket, lock_tickets
from server.venues_and_gates.models import Zone
from shared.kernel.id_types import EventId, OrganizationId, TicketId

_RUN: Final = re.compile(r"[A-Za-z0-9]{2,}")
_KEY_SIZE: Final = 12
_VARIANT: Final = metadata.tables["ticket"].columns["variant"]
"""A choice within a ticket's type, as whoever placed the order has written it."""


class TypedText(msgspec.Struct, frozen=True):
    """A text that names a person: what stands there, and what is left of it.

    Attributes:
        place: `table.column`.
        rows: How many say it.
        is_key: A caller's own key, for which another is drawn.
    """

    place: str
    text: str
    rows: int
    is_key: bool


class _Column(NamedTuple):
    """Where something typed stands.

    Attributes:
        own: With what texts begin that are the program's own: a word that is nobody's name.
        ended_by: The column that says which rows have ended, where others are left alone.
    """

    table: Table
    name: str
    is_key: bool
    own: tuple[str, ...]
    ended_by: str

    @property
    def column(self) -> ColumnElement[Any]:
        return self.table.columns[self.name]

    def of(self, organization_id: OrganizationId) -> ColumnElement[bool]:
        """Say which rows are an organization's to look at.

        Past the scoping of queries, which knows models alone: the organization is named.
        """
        mine = self.table.columns["organization_id"] == organization_id
        if not self.ended_by:
            return mine
        return and_(mine, self.table.columns[self.ended_by].is_not(None))

    def part(self, text: str) -> tuple[str, str]:
        """Part a text into the program's own beginning and what may name somebody."""
        begins = next((one for one in self.own if text.startswith(one)), "")
        return begins, text[len(begins) :]

    def rest(self) -> ColumnElement[Any]:
        """Say what may name somebody, as `part` does, in the database."""
        column = self.column
        if not self.own:
            return column
        parts = [
            (func.substr(column, 1, len(one)) == one, func.substr(column, len(one) + 1))
            for one in self.own
        ]
        return case(*parts, else_=column)


async def find_typed(unit: Unit, words: PersonalWords) -> list[TypedText]:
    """Find the texts of an organization that hold a person's words."""
    connection = await unit.session.connection()
    found = []
    for one in _columns():
        column = one.column
        query = (
            select(column, func.count())
            .where(one.of(unit.organization_id))
            .where(column.is_not(None), column != "", _may_hold(one.rest(), words))
            .group_by(column)
        )
        kept = await _words_of_rules(unit) if column is _VARIANT else frozenset()
        for text, rows in (await connection.execute(query)).all():
            if text not in kept and words.stand_in(one.part(text)[1]):
                found.append(TypedText(f"{one.table.name}.{one.name}", text, rows, one.is_key))
    return found


async def cut_typed(unit: Unit, words: PersonalWords, texts: list[TypedText]) -> int:
    """Cut a person's words out of texts but tickets' variants; returns out of how many."""
    connection = await unit.session.connection()
    wanted = {f"{one.table.name}.{one.name}": one for one in _columns()}
    count = 0
    for one in texts:
        place = wanted[one.place]
        if place.column is _VARIANT:
            continue
        begins, rest = place.part(one.text)
        left = _drawn_key(unit) if one.is_key else begins + words.cut(rest)
        mine = place.of(unit.organization_id)
        statement = update(place.table).where(mine, place.column == one.text)
        changed = await connection.execute(statement.values({place.name: left}))
        count += changed.rowcount
    return count


async def blank_typed(unit: Unit, is_named: Callable[[str], bool]) -> None:
    """Let nothing be left of texts that name somebody."""
    connection = await unit.session.connection()
    for one in _columns():
        column = one.column
        mine = one.of(unit.organization_id)
        query = select(column).distinct().where(mine, column.is_not(None), column != "")
        kept = await _words_of_rules(unit) if column is _VARIANT else frozenset()
        for (text,) in (await connection.execute(query)).all():
            begins, rest = one.part(text)
            if text not in kept and is_named(rest):
                left = _drawn_key(unit) if one.is_key else begins + CUT
                statement = update(one.table).where(mine, column == text).values({one.name: left})
                await connection.execute(statement)


async def find_variants(unit: Unit, texts: Sequence[TypedText]) -> dict[EventId, list[TicketId]]:
    """Return the tickets, by event, of whose variant a person's words are to be cut."""
    wanted = [one.text for one in texts if one.place == f"{Ticket.__tablename__}.{_VARIANT.name}"]
    query = select(Ticket.event_id, Ticket.ticket_id).where(Ticket.variant.in_(wanted))
    found: dict[EventId, list[TicketId]] = {}
    for event_id, ticket_id in (await unit.session.execute(query)).all() if wanted else ():
        found.setdefault(event_id, []).append(ticket_id)
    return found


async def cut_variants(
    unit: Unit, words: PersonalWords, tickets: Mapping[EventId, Sequence[TicketId]]
) -> int:
    """Cut a person's words out of tickets' variants; returns of how many. Gates hear it later."""
    count = 0
    for event_id, some in sorted(tickets.items()):
        for row in await lock_tickets(unit, event_id, some):
            left = words.cut(row.variant or "")
            count += left != row.variant
            row.variant = left or None
    await unit.session.flush()
    return count


async def find_published_variants(
    unit: Unit, is_named: Callable[[str], bool]
) -> dict[EventId, set[str]]:
    """Return the variants that manifests have named, and that name somebody, by event."""
    kept = await _words_of_rules(unit)
    return await find_class_variants(unit, lambda text: text not in kept and is_named(text))


async def _words_of_rules(unit: Unit) -> frozenset[str]:
    """Return the words by which zones' rules let in: they are the organizer's, and nobody's name.

    Without them other tickets would be let in, or fewer.
    """
    rules = await unit.all(select(Zone.rule).where(Zone.rule.is_not(None)))
    return frozenset(word for rule in rules for word in _strings(rule))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, Sequence):
        for one in value:
            yield from _strings(one)


def _drawn_key(unit: Unit) -> str:
    return f"erased-{unit.entropy.random_bytes(_KEY_SIZE).hex()}"


def _columns() -> list[_Column]:
    kinds = ((Personal.WORDS, False), (Personal.KEY, True))
    return [
        _Column(table, name, is_key, own_words(info), ended_by(info))
        for kind, is_key in kinds
        for table, name in declared(metadata, kind)
        for info in (table.columns[name].info,)
    ]


def _may_hold(column: ColumnElement[Any], words: PersonalWords) -> ColumnElement[bool]:
    """Leave out what surely holds none: there may be a million keys.

    By the longest part of each that is the same with and without accents, in either case.
    """
    runs = [max(_RUN.findall(one), key=len, default="") for one in words.said]
    if not runs or not all(runs):
        return true()
    return or_(*(column.ilike(f"%{run}%") for run in runs))
