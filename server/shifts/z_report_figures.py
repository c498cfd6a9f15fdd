"""A Z report as the organizer reads it: the figures of the fold, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from server.shifts.models import TillShift
from shared.journal.shift_body import ShiftSums
from shared.kernel.currencies import write_plain
from shared.kernel.errors import BadInput
from shared.kernel.spreadsheet_cells import plain_cell

HEAD: Final = ("figure", "of", "count", "amount_minor", "amount", "currency")

Line = tuple[str, str, int | None, int | None]
"""A figure's name, what it is of, how many, and how much in minor units."""


def list_figures(sums: ShiftSums) -> Iterator[Line]:
    """Yield every figure of a report, in one order."""
    yield "float", "", None, sums.float_minor
    yield "paid_in", "", None, sums.paid_in_minor
    yield "paid_out", "", None, sums.paid_out_minor
    yield "dropped", "", None, sums.dropped_minor
    yield "expected", "cash", None, sums.expected_minor
    yield "gross", "", sums.sale_count, sums.gross_minor
    yield "discount", "", None, sums.discount_minor
    yield "fee", "", None, sums.fee_minor
    yield "rounding", "", None, sums.rounding_minor
    yield "payout", "", sums.payout_count, sums.payout_minor
    yield "void", "", sums.void_count, None
    yield "tickets", "", sums.ticket_count, None
    yield "no_sale", "", sums.no_sale_count, None
    yield "receipts", "first", sums.first_receipt, None
    yield "receipts", "last", sums.last_receipt, None
    for tender in sums.tenders:
        yield "tender_sales", tender.kind, tender.sale_count, tender.sale_minor
        yield "tender_payouts", tender.kind, tender.payout_count, tender.payout_minor
        yield "tender_moved", tender.kind, None, tender.moved_minor
        yield "tender_unknown", tender.kind, None, tender.unknown_minor
        yield "tender_net", tender.kind, None, tender.net_minor
    for tax in sums.taxes:
        yield "tax_gross", str(tax.basis_points), None, tax.gross_minor
        yield "tax", str(tax.basis_points), None, tax.tax_minor
    for kind in sums.types:
        name = f"{kind.event_id}/{kind.code}"
        yield "type_sold", name, kind.sold_count, kind.sold_minor
        yield "type_returned", name, kind.returned_count, kind.returned_minor


def write_csv(row: TillShift, sums: ShiftSums, more: Iterable[Line]) -> str:
    """Write a report for a spreadsheet: minor units as they are, and with the currency's decimals.

    Args:
        row: The shift; once it is closed, with what was counted.
        sums: The figures.
        more: Further figures.
    """
    currency = row.currency
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for figure, of, count, minor in (*list_figures(sums), *more, *_list_counted(row)):
        amount = "" if minor is None else _amount(minor, currency)
        writer.writerow(
            (figure, plain_cell(of), _blank(count), _blank(minor), amount, plain_cell(currency))
        )
    return out.getvalue()


def _amount(minor: int, currency: str) -> str:
    try:
        return write_plain(minor, currency)
    except BadInput:
        return ""  # no currency of ours: the minor units stand beside it


def _list_counted(row: TillShift) -> Iterator[Line]:
    if row.state != "closed":
        return
    yield "counted", "", None, row.counted_minor
    yield "difference", "", None, row.counted_minor - row.expected_minor
    yield "left", "", None, row.left_minor
    if row.terminal_minor is not None:
        yield "terminal", "", None, row.terminal_minor


def _blank(number: int | None) -> str:
    return "" if number is None else str(number)
