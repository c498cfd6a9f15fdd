"""Columns that need nothing but their names, as migrations give them to a table."""

from __future__ import annotations

import sqlalchemy as sa


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
