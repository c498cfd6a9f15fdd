"""What the desk says of a report over several events: its tables, columns and cells. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from gatekeeper.organizer.afterwards.period_report_client import (
    MINOR,
    Cell,
    PeriodReport,
    PeriodTable,
)
from gatekeeper.organizer.during.conflicts_client import DISPOSITIONS
from gatekeeper.presenters.conflict_kinds import spell_kind
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import respell_stamp
from shared.kernel.currencies import digits_of
from shared.kernel.errors import BadInput

TABLES: Final = (
    "totals",
    "events",
    "days",
    "sales",
    "taxes",
    "tenders",
    "attendance",
    "conflicts",
)
"""In the order in which they are offered; a newer server's further ones are in its files."""
_COLUMNS: Final = frozenset(
    {"figure", "currency", "count", "amount", "event", "orders", "tickets", "total", "tax"}
    | {"received", "paid_back", "net", "ticket_type", "channel", "gross", "discount", "fee"}
    | {"rounding", "rate", "tender", "payments", "payouts", "day", "tickets_used", "persons_in"}
    | {"persons_out", "kind", "disposition", "charged_back", "refunded", "after_refunds"}
)
_FIGURES: Final = {
    "orders_paid": "reports.orders",
    "cash_rounding": "reports.cash_rounding",
    "paid_unbooked": "reports.paid_unbooked",
    "received": "reports.received",
    "refunds_owed": "reports.refunds_owed",
    "paid_back": "reports.paid_back",
    "to_be_paid_back": "reports.to_be_paid_back",
    "charged_back": "reports.charged_back",
    "net": "period.column.net",
}
_CHANNELS: Final = frozenset({"web", "api", "box_office", "comp", "import"})
_TENDERS: Final = frozenset(
    {"cash", "card", "comp", "voucher", "exchange", "account", "transfer", "online", "other"}
)
_STATES: Final = {"open": "period.open", "withdrawn": "desk.conflicts.withdrawn"}
"""Of a conflict on which nobody has decided."""
_BASIS_POINTS: Final = "basis_points"


class ShownTable(msgspec.Struct, frozen=True):
    """A table as the desk shows it; `numbers` are the columns that stand at the right."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[bool]


def spell_table(table: PeriodTable) -> ShownTable:
    """Write a table in plain words, amounts in their line's currency."""
    at = table.columns.index("currency") if "currency" in table.columns else None
    return ShownTable(
        columns=[_column(name) for name in table.columns],
        rows=[
            [
                _cell(name, cell, "" if at is None else str(row[at]))
                for name, cell in zip(table.columns, row, strict=True)
            ]
            for row in table.rows
        ],
        numbers=[
            name.endswith(MINOR) or any(isinstance(row[place], int) for row in table.rows)
            for place, name in enumerate(table.columns)
        ],
    )


def spell_made(report: PeriodReport) -> str:
    """Say when it was counted, by which clock, and whether there was anything."""
    zone, time = f"\u2066{report.timezone}\u2069", respell_stamp(report.made_at)
    said = TEXTS.say("period.made", time=time, zone=zone)
    totals = next((one.rows for one in report.tables if one.name == "totals"), ())
    return said if totals else f"{TEXTS.say('period.empty')} {said}"


def _column(name: str) -> str:
    plain = "rate" if name == _BASIS_POINTS else name.removesuffix(MINOR)
    return TEXTS.say(f"period.column.{plain}") if plain in _COLUMNS else plain


def _cell(name: str, cell: Cell, currency: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, int):
        return f"\u2066{_number(name, cell, currency)}\u2069"
    if name == "event" and cell == "total":
        return TEXTS.say("period.sum")
    return _word(name, cell)


def _word(name: str, cell: str) -> str:
    key = ""
    if name == "day":
        return respell_stamp(cell)
    if name == "figure":
        key = _FIGURES.get(cell, "")
    elif name == "channel" and cell in _CHANNELS:
        key = f"orders.channel.{cell}"
    elif name == "tender" and cell in _TENDERS:
        key = f"calloff.tender.{cell}"
    elif name == "disposition":
        key = f"settle.{cell}" if cell in DISPOSITIONS else _STATES.get(cell, "")
    elif name == "kind":
        return spell_kind(cell)
    return TEXTS.say(key) if key else cell


def _number(name: str, cell: int, currency: str) -> str:
    if name == _BASIS_POINTS:
        return TEXTS.percent(cell)
    if not name.endswith(MINOR):
        return TEXTS.number(cell)
    try:
        decimals = digits_of(currency)
    except BadInput:
        return str(cell)  # no currency of ours: minor units
    return TEXTS.number(cell, decimals)
