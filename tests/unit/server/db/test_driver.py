"""The hot statements in both dialects."""

from __future__ import annotations

import sqlite3

from server.db.statement import insertion, lookup, statement, updating


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
    database.execute("CREATE TABLE t (event_id, organization_id, k, v, PRIMARY KEY (event_id, k))")
    columns = {"event_id": "text", "organization_id": "text", "k": "bigint", "v": "text"}
    rows = [("e", "o", number, str(number)) for number in range(5)]
    database.executemany(insertion("t", columns).sqlite, rows)
    replacing = insertion("t", columns, "ON CONFLICT (event_id, k) DO UPDATE SET v = excluded.v")
    database.executemany(replacing.sqlite, [("e", "o", 1, "one")])
    changing = updating("t", {"event_id": "text", "k": "bigint"}, {"v": "text"})
    database.executemany(changing.sqlite, [("e", 2, "two")])
    found = database.execute(
        lookup("t", "k, v", "k", "bigint", given=3).sqlite, ("e", "o", "[2, 9, 1]")
    ).fetchall()
    assert found == [(2, "two"), (1, "one")], "in the order of the keys"
    database.close()


def test_many_rows_are_one_statement_on_postgres() -> None:
    """Columns travel as arrays."""
    made = insertion("t", {"a": "text", "b": "bytea"})
    assert made.postgres == "INSERT INTO t (a, b) SELECT * FROM unnest($1::text[], $2::bytea[])"
