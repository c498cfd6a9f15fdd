"""A person's words in what people have typed: reasons, notes, references, callers' own keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Table, Text, func, or_, select, true, update

from server.db.model import metadata
from server.db.personal import Personal, declared
from server.db.unit import Unit
from server.persons.person import CUT, Words
from server.ticketing.service import Ticket, lock_tickets
from server.venues.models import Zone
from shared.kernel.id_types import EventId, TicketId

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


async def find_typed(unit: Unit, words: Words) -> list[TypedText]:
    """Find the texts of an organization that hold a person's words."""
    connection = await unit.session.connection()
    found = []
    for table, name, is_key in _columns():
        column = table.columns[name]
        # Past the scoping of queries, which knows models alone: the organization is named.
        query = (
            select(column, func.count())
            .where(table.columns["organization_id"] == unit.organization_id)
            .where(column.is_not(None), column != "", _may_hold(column, words))
            .group_by(column)
        )
        kept = await _words_of_rules(unit) if column is _VARIANT else frozenset()
        for text, rows in (await connection.execute(query)).all():
            if text not in kept and words.stand_in(text):
                found.append(TypedText(f"{table.name}.{name}", text, rows, is_key))
    return found


async def cut_typed(unit: Unit, words: Words, texts: list[TypedText]) -> int:
    """Cut a person's words out of texts but tickets' variants; returns out of how many."""
    connection = await unit.session.connection()
    wanted = {f"{table.name}.{name}": (table, name) for table, name, _ in _columns()}
    count = 0
    for one in texts:
        table, name = wanted[one.place]
        if table.columns[name] is _VARIANT:
            continue
        column = table.columns[name]
        left = _drawn_key(unit) if one.is_key else words.cut(one.text)
        changed = await connection.execute(
            update(table)
            .where(table.columns["organization_id"] == unit.organization_id, column == one.text)
            .values({name: left})
        )
        count += changed.rowcount
    return count


async def blank_typed(unit: Unit, is_named: Callable[[str], bool]) -> int:
    """Let nothing be left of texts that name somebody; returns how many that were."""
    connection = await unit.session.connection()
    count = 0
    for table, name, is_key in _columns():
        column = table.columns[name]
        mine = table.columns["organization_id"] == unit.organization_id
        query = select(column).distinct().where(mine, column.is_not(None), column != "")
        kept = await _words_of_rules(unit) if column is _VARIANT else frozenset()
        for (text,) in (await connection.execute(query)).all():
            if text not in kept and is_named(text):
                left = _drawn_key(unit) if is_key else CUT
                statement = update(table).where(mine, column == text).values({name: left})
                count += (await connection.execute(statement)).rowcount
    return count


async def find_variants(unit: Unit, texts: Sequence[TypedText]) -> dict[EventId, list[TicketId]]:
    """Return the tickets, by event, of whose variant a person's words are to be cut."""
    wanted = [one.text for one in texts if one.place == f"{Ticket.__tablename__}.{_VARIANT.name}"]
    query = select(Ticket.event_id, Ticket.ticket_id).where(Ticket.variant.in_(wanted))
    found: dict[EventId, list[TicketId]] = {}
    for event_id, ticket_id in (await unit.session.execute(query)).all() if wanted else ():
        found.setdefault(event_id, []).append(ticket_id)
    return found


async def cut_variants(
    unit: Unit, words: Words, tickets: Mapping[EventId, Sequence[TicketId]]
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


def _columns() -> list[tuple[Table, str, bool]]:
    typed = [(*one, False) for one in declared(metadata, Personal.WORDS)]
    keys = [(*one, True) for one in declared(metadata, Personal.KEY)]
    return typed + keys


def _may_hold(column: ColumnElement[Any], words: Words) -> ColumnElement[bool]:
    """Leave out what surely holds none: there may be a million keys.

    By the longest part of each that is the same with and without accents, in either case.
    """
    assert isinstance(column.type, Text)
    runs = [max(_RUN.findall(one), key=len, default="") for one in words.said]
    if not runs or not all(runs):
        return true()
    return or_(*(column.ilike(f"%{run}%") for run in runs))
