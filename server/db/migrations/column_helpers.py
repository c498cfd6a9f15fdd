"""What migrations give a table by names alone: its columns, checks and references."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

JSON: Final = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    """Make columns of words and ids."""
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def numbers(*names: str, nullable: bool = False) -> list[sa.Column[int]]:
    """Make columns of counts, instants in µs and money in minor units."""
    return [sa.Column(name, sa.BigInteger(), nullable=nullable) for name in names]


def flags(*names: str) -> list[sa.Column[bool]]:
    """Make columns that say yes or no."""
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]


def octets(*names: str, nullable: bool = False) -> list[sa.Column[bytes]]:
    """Make columns of bytes."""
    return [sa.Column(name, sa.LargeBinary(), nullable=nullable) for name in names]


def documents(*names: str, nullable: bool = False) -> list[sa.Column[object]]:
    """Make columns of JSON."""
    return [sa.Column(name, JSON, nullable=nullable) for name in names]


def checks(table: str, /, **conditions: str) -> list[sa.CheckConstraint]:
    """Make what each row of a table has to fulfil, called after the table and each its name."""
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
        for name, condition in conditions.items()
    ]


def belongs_to(table: str, column: str = "") -> sa.ForeignKeyConstraint:
    """Let rows refer to one of the same organization, by `<table>_id` or another column."""
    here = ["organization_id", column or f"{table}_id"]
    return sa.ForeignKeyConstraint(here, [f"{table}.organization_id", f"{table}.id"])
