"""A report's tables as plain values, and what their cells are in a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from server.http.schema import Answer
from shared.kernel.currencies import write_plain
from shared.kernel.errors import BadInput

MINOR: Final = "_minor"
"""Columns whose names end so hold minor units of the event's currency; files have decimals."""

Cell = str | int | None


class TableAnswer(Answer):
    """One table of a report.

    Attributes:
        name: What it is about, such as `sales`.
        columns: Their names; amounts are in minor units where they end in `_minor`.
        rows: A cell for each column.
    """

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


class ReportAnswer(Answer):
    """What an event came to.

    Attributes:
        currency: Of all amounts.
        made_at: When it was folded, in the event's own time.
        tables: `totals`, `sales`, `tenders`, `refunds`, `promotions`, `attendance`, `occurrences`,
            `arrivals`, `denials`, `conflicts`, `tills`.
    """

    event_id: str
    event: str
    currency: str
    made_at: str
    tables: Sequence[TableAnswer]


class Shown(msgspec.Struct, frozen=True):
    """A table as a file shows it: amounts with the currency's decimals, all of it text."""

    name: str
    columns: list[str]
    rows: list[list[str]]
    numbers: list[bool]
    """Which columns are numbers, and stand at the right."""


def show_table(table: TableAnswer, currency: str) -> Shown:
    """Write a table's cells as text."""
    numbers = [
        name.endswith(MINOR) or any(isinstance(row[at], int) for row in table.rows)
        for at, name in enumerate(table.columns)
    ]
    return Shown(
        name=table.name,
        columns=[name.removesuffix(MINOR) for name in table.columns],
        rows=[
            [
                _text(cell, currency if name.endswith(MINOR) else "")
                for name, cell in zip(table.columns, row, strict=True)
            ]
            for row in table.rows
        ],
        numbers=numbers,
    )


def _text(cell: Cell, currency: str) -> str:
    if cell is None:
        return ""
    if not currency or not isinstance(cell, int):
        return str(cell)
    try:
        return write_plain(cell, currency)
    except BadInput:
        return str(cell)  # no currency of ours: minor units
