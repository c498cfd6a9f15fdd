"""A device keeps single values of its profile here, by name, in the journal's database."""

from __future__ import annotations

import apsw

from gatekeeper.store.kept_table import fetch_rows


def read_number(connection: apsw.Connection, name: str) -> int | None:
    """Return a whole number kept under a name, or None."""
    rows = fetch_rows(connection, "SELECT value FROM setting WHERE name=?", (name,))
    return int(rows[0][0]) if rows else None


def read_bytes(connection: apsw.Connection, name: str) -> bytes | None:
    """Return what is kept under a name, or None."""
    rows = fetch_rows(connection, "SELECT value FROM setting WHERE name=?", (name,))
    return bytes(rows[0][0]) if rows else None


def write_bytes(connection: apsw.Connection, name: str, value: bytes) -> None:
    """Keep bytes under a name; inside a transaction."""
    connection.execute("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", (name, value))


def write_number(connection: apsw.Connection, name: str, value: int) -> None:
    """Keep a whole number under a name; inside a transaction."""
    connection.execute(
        "INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", (name, b"%d" % value)
    )
