"""Indexes as migrations make them on either database, and what SQLite is told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from alembic import op


def index(table: str, *columns: str, is_unique: bool = False) -> None:
    """Index all rows of a table; the index is called after it and the columns."""
    op.create_index(op.f("_".join(("ix", table, *columns))), table, columns, unique=is_unique)


def index_where(
    condition: str, name: str, table: str, columns: Sequence[str], *, is_unique: bool = False
) -> None:
    """Index the rows that fit a condition."""
    where = sa.text(condition)
    op.create_index(
        name, table, list(columns), unique=is_unique, postgresql_where=where, sqlite_where=where
    )


def tell_found(found: Mapping[tuple[str, str], str]) -> None:
    """Tell SQLite how many rows indexes find; PostgreSQL counts by itself.

    Without, it guesses 10 for one value of the first column and 9 for one of the first two,
    whatever the columns are. Who makes one of these tables anew has to tell it again.

    Args:
        found: By table and an index's columns (those of a constraint have no name that is the same
            everywhere): rows in all, how many one value of the first finds, of the first two, and
            so on.
    """
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        return
    op.execute("ANALYZE sqlite_schema")  # makes the table, and counts nothing
    for (table, columns), numbers in found.items():
        names = connection.execute(_WITH_COLUMNS, {"table": table, "columns": columns}).scalars()
        for index in names.all():
            place = {"table": table, "index": index}
            connection.execute(_FORGET, place)
            connection.execute(_TELL, place | {"found": numbers})


_WITH_COLUMNS: Final = sa.text(
    "SELECT name FROM pragma_index_list(:table) l WHERE :columns ="
    " (SELECT group_concat(name, ' ') FROM (SELECT name FROM pragma_index_info(l.name)"
    " ORDER BY seqno))"
)
_FORGET: Final = sa.text("DELETE FROM sqlite_stat1 WHERE tbl = :table AND idx = :index")
_TELL: Final = sa.text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:table, :index, :found)")
