"""The hot statements in both dialects."""

from __future__ import annotations

import sqlite3

import pytest

from server.db.hot_path_statements import insertion, lookup, statement, updating
from server.entries.models import JournalRefusal
from server.ledger.models import ZonePresence


def test_statement_is_said_in_both_dialects() -> None:
    """Numbers, lists, casts, locks and aggregates are turned into what SQLite knows."""
    made = statement(
        "SELECT string_agg(a, ',') FROM t WHERE b = $1::bigint AND c = ANY($2::text[])"
        " ORDER BY a FOR NO KEY UPDATE"
    )
    said = (
        "SELECT group_concat(a, ',') FROM t WHERE b = ?1"
        " AND c IN (SELECT value FROM json_each(?2)) ORDER BY a"
    )
    assert made.sqlite.strip() == said
    assert "FOR NO KEY UPDATE" in made.postgres


def test_made_statements_run_on_sqlite() -> None:
    """Insert, replace, update and look up, many rows at a time."""
    database = sqlite3.connect(":memory:")
    database.execute(
        "CREATE TABLE zone_presence (event_id, organization_id, zone_id, inside,"
        " PRIMARY KEY (event_id, zone_id))"
    )
    columns = "event_id organization_id zone_id inside"
    rows = [("e", "o", str(number), number) for number in range(5)]
    database.executemany(insertion(ZonePresence, columns).sqlite, rows)
    tail = "ON CONFLICT (event_id, zone_id) DO UPDATE SET inside = excluded.inside"
    database.executemany(insertion(ZonePresence, columns, tail).sqlite, [("e", "o", "1", 10)])
    changing = updating(ZonePresence, "event_id zone_id", "inside")
    database.executemany(changing.sqlite, [("e", "2", 20)])
    found = database.execute(
        lookup("zone_presence", "zone_id, inside", "zone_id", "text", given=3).sqlite,
        ("e", "o", '["2", "9", "1"]'),
    ).fetchall()
    assert found == [("2", 20), ("1", 10)], "in the order of the keys"
    database.close()


def test_many_rows_are_one_statement_on_postgres() -> None:
    """Columns travel as arrays."""
    made = insertion(JournalRefusal, "hash received_at")
    assert made.postgres == (
        "INSERT INTO journal_refusal (hash, received_at)"
        " SELECT * FROM unnest($1::bytea[], $2::bigint[])"
    )


def test_a_column_that_a_table_lacks_is_named_when_the_statement_is_made() -> None:
    """A statement of a column that was renamed stops the program's start, not a gate's claim."""
    with pytest.raises(KeyError, match="insides"):
        insertion(ZonePresence, "event_id insides")
