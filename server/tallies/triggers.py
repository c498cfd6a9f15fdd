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
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, text

from server.tallies.denials import denied_by
from server.tallies.sources import COLUMNS, PASSAGES, SOURCES, Source, Stat, inside
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import EntryKind
from shared.kernel.errors import Malformed

_ADD: Final = (
    "INSERT INTO tally ({columns}) SELECT * FROM ({sums}) added WHERE true ON CONFLICT"
    " (event_id, stat, minute, place, scope, what) DO UPDATE SET"
    " count = tally.count + excluded.count, amount = tally.amount + excluded.amount"
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

Make = Callable[[str, Source, str], Iterator[str]]


def keep_counting(connection: Connection) -> None:
    """Make the triggers that are missing or of another version, and then count anew.

    Run after migrations. A trigger's name says the version of its text.
    """
    is_postgres = connection.dialect.name == "postgresql"
    make = _postgres if is_postgres else _sqlite
    wanted = {
        name: (source.table, made)
        for source in SOURCES
        for verb in source.on
        for name, made in (_named(make, source, verb),)
    }
    found = {row[0]: row[1] for row in connection.execute(text(_FOUND[is_postgres]))}
    if wanted.keys() == found.keys():
        return
    for name, table in found.items():
        where = f" ON {table}" if is_postgres else ""
        connection.exec_driver_sql(f"DROP TRIGGER {name}{where}")
        if is_postgres:
            connection.exec_driver_sql(f"DROP FUNCTION {name}()")
    for _table, made in wanted.values():
        for statement in made:
            connection.exec_driver_sql(statement)
    _count_anew(connection)


def _named(make: Make, source: Source, verb: str) -> tuple[str, list[str]]:
    """Make a trigger under a name that says its version."""
    digest = sha256("".join(make("", source, verb)).encode()).hexdigest()[:8]
    name = f"tally_{source.name}_{verb.lower()}_{digest}"
    return name, list(make(name, source, verb))


def _postgres(name: str, source: Source, verb: str) -> Iterator[str]:
    """Make a trigger that notes what a statement has changed."""
    columns = ", ".join(source.columns)
    new = f"SELECT 1 AS sign, {columns} FROM new_rows"  # noqa: S608 - our own names
    old = f"SELECT -1 AS sign, {columns} FROM old_rows"  # noqa: S608 - as above
    sides = {"INSERT": [new], "UPDATE": [new, old], "DELETE": [old]}[verb]
    seen = "new_rows" if verb != "DELETE" else "old_rows"
    queries = [source.sums(f"({' UNION ALL '.join(sides)})")]
    if source is PASSAGES:
        queries.append(inside(_both_postgres(verb, seen, columns)))
    notes = " ".join(f"INSERT INTO tally_change ({COLUMNS}) {query};" for query in queries)
    tables = {"INSERT": "NEW TABLE AS new_rows", "DELETE": "OLD TABLE AS old_rows"}
    named = tables.get(verb) or f"{tables['DELETE']} {tables['INSERT']}"
    # A plan that was made for an empty table would read all of it once it is full.
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"  # noqa: S608 - as above
        " SET enable_seqscan = off SET jit = off AS $$"
        f" BEGIN IF EXISTS (SELECT 1 FROM {seen}) THEN {notes}"
        " END IF; RETURN NULL; END $$"
    )
    yield (
        f"CREATE TRIGGER {name} AFTER {verb} ON {source.table} REFERENCING {named}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )


def _both_postgres(verb: str, seen: str, columns: str) -> str:
    """Return the passages of the tickets of changed ones, as they are and as they were."""
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


def _sqlite(name: str, source: Source, verb: str) -> Iterator[str]:
    """Make a trigger that adds what a row has changed."""
    new = _row("NEW", 1, source)
    old = _row("OLD", -1, source)
    sides = {"INSERT": [new], "UPDATE": [new, old], "DELETE": [old]}[verb]
    queries = [source.sums(f"({' UNION ALL '.join(sides)})")]
    if source is PASSAGES:
        row = "OLD" if verb == "DELETE" else "NEW"
        uses = (
            f"SELECT {{sign}}, {', '.join(source.columns)} FROM ticket_use"  # noqa: S608 - our own names
            f" WHERE ticket_id = {row}.ticket_id AND +event_id = {row}.event_id"
        )
        was = "" if verb == "DELETE" else " AND claim_id <> NEW.claim_id"
        both = [uses.format(sign="1 AS sign"), uses.format(sign="-1") + was]
        both += [] if verb == "INSERT" else [old]
        queries.append(inside(f"({' UNION ALL '.join(both)})"))
    adds = " ".join(f"{_ADD.format(columns=COLUMNS, sums=query)};" for query in queries)
    yield f"CREATE TRIGGER {name} AFTER {verb} ON {source.table} BEGIN {adds} END"


def _row(row: str, sign: int, source: Source) -> str:
    columns = ", ".join(f"{row}.{column} AS {column}" for column in source.columns)
    return f"SELECT {sign} AS sign, {columns}"


def _count_anew(connection: Connection) -> None:
    """Count all rows that there are."""
    connection.execute(text("DELETE FROM tally_change"))
    connection.execute(text("DELETE FROM tally"))
    queries = [one.sums(_all_of(one)) for one in SOURCES if one.table != "ticket_order"]
    for query in (*queries, inside(_all_of(PASSAGES))):
        connection.exec_driver_sql(_ADD.format(columns=COLUMNS, sums=query))
    denied = _count_denied(connection)
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


def _count_denied(connection: Connection) -> Counter[tuple[str, str, str, int, str, str, str]]:
    """Count the scans of all journals that let nobody in."""
    found: Counter[tuple[str, str, str, int, str, str, str]] = Counter()
    rows = connection.execute(
        text("SELECT organization_id, entry FROM journal_entry WHERE kind = :kind"),
        {"kind": EntryKind.SCAN.value},
    ).yield_per(_AT_ONCE)
    gates = {tuple(row) for row in connection.execute(text("SELECT event_id, id FROM gate"))}
    for organization_id, encoded in rows:
        try:
            entry = decode_entry(bytes(encoded))
            body = decode_body(entry)
        except Malformed:
            continue
        denied = denied_by(entry, body)
        if denied is not None:
            gate = denied.gate_id if (denied.event_id, denied.gate_id) in gates else ""
            for minute in (0, denied.minute):
                key = (Stat.DENIED.value, minute, gate, denied.verdict, denied.reason)
                found[denied.event_id, organization_id, *key] += 1
    return found
