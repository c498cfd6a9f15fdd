"""What each file of the store that keeps a table is made of: the journal database's connection."""

from __future__ import annotations

from typing import Any

import apsw


class KeptTable:
    """Reads and writes a table or two; writes belong inside a transaction of the store."""

    def __init__(self, connection: apsw.Connection) -> None:
        """Use the journal database's connection."""
        self._connection = connection


def fetch_rows(
    connection: apsw.Connection, statement: str, bindings: tuple[Any, ...] = ()
) -> list[tuple[Any, ...]]:
    """Run a query and return all its rows; the schema has typed them (all tables are STRICT)."""
    rows: list[tuple[Any, ...]] = connection.execute(statement, bindings).fetchall()
    return rows
