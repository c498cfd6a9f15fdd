"""The database counts by itself: whoever writes a row, by whatever statement, has counted it.

On SQLite, where one writes at a time, a trigger adds to the counts. On PostgreSQL a statement's
changes are noted, summed, in rows of their own: a count that two transactions change at once
would make one wait for the other, and some of them already hold what the other waits for.

The triggers are made whenever they are missing, not by a migration alone: to rebuild a table
drops them without a word. Whoever makes them counts anew all that there is.

Source:
    docs/decisions/0073-counted-by-the-database.md
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from typing import Final

import msgspec
from sqlalchemy import Connection, text

from server.tallies.counts_of_entries import KINDS, count_of, place_of
from server.tallies.what_is_counted import (
    ALONE,
    COLUMNS,
    NOTED,
    PASSAGES,
    SOURCES,
    Source,
    alone,
    inside,
)
from shared.journal.chain import decode_body, decode_entry
from shared.kernel.errors import Malformed

_ADD: Final = (
    "INSERT INTO tally ({columns}) {sums} ON CONFLICT"
    " (event_id, stat, minute, place, scope, what) DO UPDATE SET"
    " count = tally.count + excluded.count, amount = tally.amount + excluded.amount"
)
_OTHERS: Final = (
    "SELECT 1 FROM new_rows changed CROSS JOIN LATERAL (SELECT claim_id FROM ticket_use"
    " WHERE ticket_id = changed.ticket_id AND event_id || '' = changed.event_id OFFSET 0) other"
    " WHERE other.claim_id <> changed.claim_id"
)
"""Passages of changed ones' tickets besides these; each ticket is a look-up of its own."""
_OTHERS_SQLITE: Final = (
    "SELECT 1 FROM ticket_use WHERE ticket_id = {row}.ticket_id AND +event_id = {row}.event_id"
    " AND claim_id <> {row}.claim_id"
)
_AT_ONCE: Final = 5_000
_FOUND: Final = {
    True: (
        "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE t.tgname LIKE 'tally\\_%'"
    ),
    False: (
        "SELECT name, tbl_name FROM sqlite_master"
        " WHERE type = 'trigger' AND name LIKE 'tally\\_%' ESCAPE '\\'"
    ),
}
"""By whether the database is PostgreSQL."""


class _Trigger(msgspec.Struct, frozen=True):
    """A trigger on a table; `make` returns its statements under a name."""

    kind: str
    table: str
    make: Callable[[str], list[str]]

    @property
    def name(self) -> str:
        """Return a name that says the version of its text."""
        digest = sha256("".join(self.make("")).encode()).hexdigest()[:8]
        return f"tally_{self.kind}_{digest}"


def keep_counting(connection: Connection) -> None:
    """Make the triggers that are missing or of another version, and then count anew.

    Run after migrations. A trigger's name says the version of its text.
    """
    is_postgres = connection.dialect.name == "postgresql"
    triggers = _postgres() if is_postgres else _sqlite()
    wanted = {one.name: one for one in triggers}
    found = {row[0]: row[1] for row in connection.execute(text(_FOUND[is_postgres]))}
    if wanted.keys() == found.keys():
        return
    for name, table in found.items():
        where = f" ON {table}" if is_postgres else ""
        connection.exec_driver_sql(f"DROP TRIGGER {name}{where}")
        if is_postgres:
            connection.exec_driver_sql(f"DROP FUNCTION {name}()")
    for name, one in wanted.items():
        for statement in one.make(name):
            connection.exec_driver_sql(statement)
    _count_anew(connection)


def _postgres() -> Iterator[_Trigger]:
    """Return triggers that note what a statement has changed."""
    for source in SOURCES:
        for verb in source.on:
            yield _Trigger(
                f"{source.name}_{verb.lower()}",
                source.table,
                partial(_noting, source=source, verb=verb),
            )


def _noting(name: str, source: Source, verb: str) -> list[str]:
    seen = "new_rows" if verb != "DELETE" else "old_rows"
    sums = source.sums(_sides(source, verb), for_notes=True)
    notes = _note(sums)
    first = ""
    if source is PASSAGES:
        notes += _note(inside(_both_postgres(verb, seen)))
        if verb == "INSERT":
            # The way of each claim: one statement, for it is to begin one that costs. What it
            # finds nothing to note of is not noted below either.
            first = (
                f"{_note(f'{alone(seen)} AND NOT EXISTS ({_OTHERS})', NOTED)}"
                " IF FOUND THEN RETURN NULL; END IF;"
            )
        elif verb == "UPDATE":  # where rows have gone, a ticket may have lost several
            both = f"({sums}) UNION ALL ({ALONE.sums(_sides(ALONE, verb))})"
            notes = f"IF EXISTS ({_OTHERS}) THEN {notes} ELSE {_note(both)} END IF;"
    tables = {"INSERT": "NEW TABLE AS new_rows", "DELETE": "OLD TABLE AS old_rows"}
    named = tables.get(verb) or f"{tables['DELETE']} {tables['INSERT']}"
    return [
        # A plan that was made for an empty table would read all of it once it is full.
        (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"  # noqa: S608 - our own names
            " SET enable_seqscan = off SET jit = off AS $$"
            f" BEGIN {first} IF EXISTS (SELECT 1 FROM {seen}) THEN {notes}"
            " END IF; RETURN NULL; END $$"
        ),
        (
            f"CREATE TRIGGER {name} AFTER {verb} ON {source.table} REFERENCING {named}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        ),
    ]


def _note(query: str, columns: str = COLUMNS) -> str:
    return f"INSERT INTO tally_note ({columns}) {query};"


def _sides(source: Source, verb: str) -> str:
    """Return a statement's changed rows as they are and as they were, by sign."""
    columns = ", ".join(source.columns)
    new = f"SELECT 1 AS sign, {columns} FROM new_rows"  # noqa: S608 - our own names
    old = f"SELECT -1 AS sign, {columns} FROM old_rows"  # noqa: S608 - as above
    sides = {"INSERT": [new], "UPDATE": [new, old], "DELETE": [old]}[verb]
    return f"({' UNION ALL '.join(sides)})"


def _both_postgres(verb: str, seen: str) -> str:
    """Return the passages of the tickets of changed ones, as they are and as they were."""
    columns = ", ".join(ALONE.columns)
    # Each ticket is a look-up of its own, fenced off, by the index that the ticket leads.
    uses = (
        "SELECT found.* FROM (SELECT DISTINCT event_id AS e, ticket_id AS t"  # noqa: S608 - our own names
        f" FROM {seen}) wanted CROSS JOIN LATERAL (SELECT {columns} FROM ticket_use"
        " WHERE ticket_id = wanted.t AND event_id || '' = wanted.e OFFSET 0) found"
    )
    # As they were: what there is, less what is new, and what was. No join: the plan is kept
    # from when few rows changed, and thousands may, when everybody is sent out.
    sides = [f"SELECT 1 AS times, {columns} FROM uses"]  # noqa: S608 - as above
    if verb != "DELETE":
        sides.append(f"SELECT -1, {columns} FROM new_rows")  # noqa: S608 - as above
    if verb != "INSERT":
        sides.append(f"SELECT 1, {columns} FROM old_rows")  # noqa: S608 - as above
    before = (
        f"SELECT -1, {columns} FROM ({' UNION ALL '.join(sides)}) side"  # noqa: S608 - as above
        f" GROUP BY {columns} HAVING sum(times) > 0"
    )
    return (
        f"(WITH uses AS MATERIALIZED ({uses})"  # noqa: S608 - as above
        f" SELECT 1 AS sign, {columns} FROM uses UNION ALL {before})"
    )


def _sqlite() -> Iterator[_Trigger]:
    """Return triggers that add what a row has changed."""
    for source in SOURCES:
        for verb in source.on:
            queries = _changes(source, verb)
            yield _adding(f"{source.name}_{verb.lower()}", source, verb, queries)
            if source is PASSAGES:
                row = "OLD" if verb == "DELETE" else "NEW"
                others = f"EXISTS ({_OTHERS_SQLITE.format(row=row)})"
                sums, fold = _changes(ALONE, verb), [inside(_both_sqlite(verb, row))]
                for kind, made, when in (("alone", sums, "NOT "), ("inside", fold, "")):
                    yield _adding(f"{kind}_{verb.lower()}", ALONE, verb, made, when + others)


def _adding(kind: str, source: Source, verb: str, queries: list[str], when: str = "") -> _Trigger:
    conditions = [when] * bool(when)
    if verb == "UPDATE":  # most updates change nothing that is counted
        new, old = (", ".join(f"{row}.{c}" for c in source.columns) for row in ("NEW", "OLD"))
        conditions.insert(0, f"({new}) IS NOT ({old})")
    given = f" WHEN {' AND '.join(conditions)}" if conditions else ""
    adds = " ".join(f"{_ADD.format(columns=COLUMNS, sums=query)};" for query in queries)

    def make(name: str) -> list[str]:
        return [f"CREATE TRIGGER {name} AFTER {verb} ON {source.table}{given} BEGIN {adds} END"]

    return _Trigger(kind, source.table, make)


def _changes(source: Source, verb: str) -> list[str]:
    """Return the queries of what a row has changed."""
    new, old = _row("NEW", 1, source), _row("OLD", -1, source)
    if verb == "UPDATE":
        return [source.sums(f"({new} UNION ALL {old})")]
    row, sign, rows = ("NEW", 1, new) if verb == "INSERT" else ("OLD", -1, old)
    return source.gives(row, sign) or [source.sums(f"({rows})")]


def _both_sqlite(verb: str, row: str) -> str:
    """Return the passages of a changed one's ticket, as they are and as they were."""
    uses = (
        f"SELECT {{sign}}, {', '.join(ALONE.columns)} FROM ticket_use"  # noqa: S608 - our own names
        f" WHERE ticket_id = {row}.ticket_id AND +event_id = {row}.event_id"
    )
    was = "" if verb == "DELETE" else " AND claim_id <> NEW.claim_id"
    both = [uses.format(sign="1 AS sign"), uses.format(sign="-1") + was]
    both += [] if verb == "INSERT" else [_row("OLD", -1, ALONE)]
    return f"({' UNION ALL '.join(both)})"


def _row(row: str, sign: int, source: Source) -> str:
    columns = ", ".join(f"{row}.{column} AS {column}" for column in source.columns)
    return f"SELECT {sign} AS sign, {columns}"


def _count_anew(connection: Connection) -> None:
    """Count all rows that there are."""
    connection.execute(text("DELETE FROM tally_note"))
    connection.execute(text("DELETE FROM tally"))
    queries = [one.sums(_all_of(one)) for one in SOURCES if one.table != "ticket_order"]
    for query in (*queries, inside(_all_of(ALONE))):
        connection.exec_driver_sql(_ADD.format(columns=COLUMNS, sums=query))
    denied = _count_entries(connection)
    rows = [(*key, count) for key, count in denied.items()]
    names = [one for one in COLUMNS.split(", ") if one != "amount"]
    if rows:
        marks = ", ".join(f":{one}" for one in names)
        connection.execute(
            text(f"INSERT INTO tally ({', '.join(names)}, amount) VALUES ({marks}, 0)"),  # noqa: S608 - our own names
            [dict(zip(names, row, strict=True)) for row in rows],
        )


def _all_of(source: Source) -> str:
    return f"(SELECT 1 AS sign, {', '.join(source.columns)} FROM {source.table})"  # noqa: S608 - our own names


def _count_entries(connection: Connection) -> Counter[tuple[str, str, str, int, str, str, str]]:
    """Count what of all journals' entries counts."""
    found: Counter[tuple[str, str, str, int, str, str, str]] = Counter()
    wanted = ", ".join(f"'{kind}'" for kind in KINDS)
    rows = connection.execute(
        text(f"SELECT organization_id, entry FROM journal_entry WHERE kind IN ({wanted})")  # noqa: S608 - our own names
    ).yield_per(_AT_ONCE)
    read = connection.execute(text("SELECT event_id, id FROM gate"))
    gates = frozenset((event_id, gate_id) for event_id, gate_id in read)
    for organization_id, encoded in rows:
        try:
            entry = decode_entry(bytes(encoded))
            body = decode_body(entry)
        except Malformed:
            continue
        one = count_of(entry, body)
        if one is not None:
            for minute in {0, one.minute}:
                key = (one.stat.value, minute, place_of(one, gates), one.scope, one.what)
                found[one.event_id, organization_id, *key] += 1
    return found
