"""Indexes over the rows alone that fit a condition, as migrations make them on either database."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


def index_where(
    condition: str, name: str, table: str, columns: Sequence[str], *, is_unique: bool = False
) -> None:
    """Index the rows that fit a condition."""
    where = sa.text(condition)
    op.create_index(
        name, table, list(columns), unique=is_unique, postgresql_where=where, sqlite_where=where
    )
