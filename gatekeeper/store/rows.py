"""Reading rows whose columns the schema has typed already (all tables are STRICT)."""

from __future__ import annotations

from typing import Any

import apsw


def fetch_rows(
    connection: apsw.Connection, statement: str, bindings: tuple[Any, ...] = ()
) -> list[tuple[Any, ...]]:
    """Run a query and return all its rows."""
    rows: list[tuple[Any, ...]] = connection.execute(statement, bindings).fetchall()
    return rows
