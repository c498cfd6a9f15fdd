"""A report as its files have it: what is in them, and what their cells say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from server.reports.report_texts import ReportWording
from server.reports.schemas import Cell, PeriodAnswer, ReportAnswer, TableAnswer
from shared.kernel.currencies import write_plain
from shared.kernel.errors import BadInput
from shared.kernel.same_fields import made_of
from shared.wire.feed import Disposition

MINOR: Final = "_minor"
"""Columns whose names end so hold minor units of the event's currency; files have decimals."""

_CURRENCY: Final = "currency"
_CODED: Final = frozenset(
    ("figure", "what", "tender", "channel", "reason", "verdict", "kind", "disposition")
)
"""Columns whose cells are words of the API's, such as `refunds_owed`, and nobody's name."""
_TIMES: Final = frozenset(("starts", "from", "opened", "closed", "first", "last", "day", "at"))
"""Columns of days and times."""
_IDS: Final = frozenset(("till", "shift"))
"""Columns of ids, which are not printed: a till is told by its name, its shift by its times."""
_RATE: Final = "basis_points"
_AS: Final = {
    ("ticket_type", "total"): "tender",
    ("event", "total"): "tender",
    ("gate", "evacuation"): "gate",
    ("occurrence", "any_date"): "occurrence",
    ("promotion", "comp"): "promotion",
    ("promotion", "discount"): "promotion",
    **{("decided", one): "disposition" for one in ("open", "withdrawn", *Disposition)},
}
"""Such words among names, and in which column's words they are told."""


class Printed(msgspec.Struct, frozen=True, kw_only=True):
    """A report as its files have it.

    Attributes:
        title: Whose it is.
        about: What stands beside it: the currency, or the days.
        timezone: By whose clock its times are.
        currency: Of the tables that name none.
        lines: Tables of single lines, for spreadsheets; none of them is printed.
    """

    title: str
    about: str
    made_at: str
    timezone: str = ""
    currency: str
    tables: Sequence[TableAnswer]
    lines: Sequence[TableAnswer] = ()


def print_event(report: ReportAnswer, lines: Sequence[TableAnswer]) -> Printed:
    """Say an event's report for its files."""
    return made_of(Printed, report, title=report.event, about=report.currency, lines=lines)


def print_period(report: PeriodAnswer) -> Printed:
    """Say a time's report for its files."""
    return Printed(
        title=report.organization,
        about=f"{report.since or ''} – {report.until or ''}",
        made_at=report.made_at,
        timezone=report.timezone,
        currency="",
        tables=report.tables,
    )


class Shown(msgspec.Struct, frozen=True):
    """A table as a file shows it: amounts with the currency's decimals, all of it text."""

    name: str
    columns: list[str]
    rows: list[list[str]]
    numbers: list[bool]
    """Which columns are numbers, and stand at the right."""


def show_table(table: TableAnswer, currency: str) -> Shown:
    """Write a table's cells as text.

    Args:
        table: A line's own `currency` is that of its amounts.
        currency: Of a table that names none.
    """
    place = table.columns.index(_CURRENCY) if _CURRENCY in table.columns else None
    numbers = [
        name.endswith(MINOR) or any(isinstance(row[at], int) for row in table.rows)
        for at, name in enumerate(table.columns)
    ]
    return Shown(
        name=table.name,
        columns=[name.removesuffix(MINOR) for name in table.columns],
        rows=[
            [
                _text(cell, own if name.endswith(MINOR) else "")
                for name, cell in zip(table.columns, row, strict=True)
            ]
            for row in table.rows
            for own in [currency if place is None else str(row[place])]
        ],
        numbers=numbers,
    )


def show_on_paper(table: TableAnswer, currency: str, wording: ReportWording) -> Shown:
    """Write a table as people read it: with a language's words, dates, amounts and rates."""
    places = [at for at, name in enumerate(table.columns) if name not in _IDS]
    places.sort(key=lambda at: table.columns[at] != "name")
    table = msgspec.structs.replace(
        table,
        columns=[table.columns[at] for at in places],
        rows=[[row[at] for at in places] for row in table.rows],
    )
    shown = show_table(table, currency)

    def tell(column: str, cell: str) -> str:
        if column in _TIMES:
            return wording.stamp(cell)
        if column.endswith(MINOR):
            return wording.amount(cell)
        if column == _RATE and cell:
            return f"{wording.amount(f'{int(cell) / 100:g}')}\N{NO-BREAK SPACE}%"
        kind = column if column in _CODED else _AS.get((column, cell))
        return wording.say(kind, cell) if kind and cell else cell

    return msgspec.structs.replace(
        shown,
        name=wording.say("table", shown.name),
        columns=[wording.say("column", name) for name in shown.columns],
        rows=[
            [tell(column, cell) for column, cell in zip(table.columns, row, strict=True)]
            for row in shown.rows
        ],
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
