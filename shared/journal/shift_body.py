"""What an entry of the kind `shift` says: the drawer of a till, from its float to its Z report.

One drawer belongs to a till, so at most one shift is open at it. Each act of a shift is an entry
with the next number of the till's one series; a Z report has a number of a series of its own.
Nobody is named: persons are opaque ids, and reasons are code words.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import msgspec

from shared.journal.bounds import Amount, Bytes, Name, Natural, Small

SUMS_MAX: Final = 10**15
"""Minor units of one sum of a report at most: a thousand of the largest sales."""
LINES_MAX: Final = 256
"""Lines of one list of a report at most; what is beyond stands in one line under code 65,535."""

OPEN_SALES_MAX: Final = 32
"""Unfinished sales that a close names at most."""

_Sum = Annotated[int, msgspec.Meta(ge=0, le=SUMS_MAX)]
_Signed = Annotated[int, msgspec.Meta(ge=-SUMS_MAX, le=SUMS_MAX)]
_Lines = msgspec.Meta(max_length=LINES_MAX)


class ShiftAct(StrEnum):
    """What was done at the drawer."""

    OPEN = "open"
    """Begins the shift; the amount is the float as it was counted."""
    PAID_IN = "paid_in"
    PAID_OUT = "paid_out"
    DROP = "drop"
    """Cash that went from the drawer into the safe."""
    NO_SALE = "no_sale"
    """The drawer was opened without a sale."""
    TENDER_MOVED = "tender_moved"
    """A sale's part was booked under a wrong tender: the amount moves from one to the other."""
    HAND_OVER = "hand_over"
    """The drawer passes to another cashier; the amount is what both have counted."""
    COUNT = "count"
    """What was counted, before what is expected was shown; each recount is an entry as well."""
    X_REPORT = "x_report"
    CLOSE = "close"
    """Ends the shift with its Z report; the amount is what the last count gave."""
    APPROVE = "approve"
    """A supervisor has looked at a Z report; the shift is the report's."""


class TenderSum(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What a shift took in and paid out by one tender.

    Attributes:
        kind: `cash`, `card`, `comp`, `voucher`, or a later one.
        sale_count: Parts of sales paid so.
        sale_minor: Their sum; what is unknown is not in it.
        payout_count: Refunds and voids paid out so.
        payout_minor: Their sum.
        moved_minor: What entries moved to this tender, less what they moved away from it.
        unknown_minor: Of payments of which nobody knows yet whether they were made.
    """

    kind: Name
    sale_count: Natural = 0
    sale_minor: _Sum = 0
    payout_count: Natural = 0
    payout_minor: _Sum = 0
    moved_minor: _Signed = 0
    unknown_minor: _Sum = 0

    @property
    def net_minor(self) -> int:
        """What this tender has brought."""
        return self.sale_minor - self.payout_minor + self.moved_minor


class TaxSum(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What was sold under one rate of tax, less what was given back.

    Attributes:
        basis_points: The rate: 1,900 is 19 %.
        gross_minor: With the tax, which is contained in it.
        tax_minor: The tax.
    """

    basis_points: Small
    gross_minor: _Signed = 0
    tax_minor: _Signed = 0


class TypeSum(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What was sold of one type of ticket, and given back.

    Attributes:
        event_id: Whose type.
        code: The event's code of it.
        sold_count: Tickets.
        sold_minor: Their gross.
        returned_count: Tickets taken back for money, or void.
        returned_minor: What was paid out for them.
    """

    event_id: Name
    code: Small
    sold_count: Natural = 0
    sold_minor: _Sum = 0
    returned_count: Natural = 0
    returned_minor: _Sum = 0


class ShiftSums(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """The figures of an X or Z report, all from one calculation (`shared.sales.shift_totals`).

    Attributes:
        first_seq: The entry that opened the shift.
        last_seq: The last entry that is counted here.
        entry_count: How many entries are.
        float_minor: Cash at the opening.
        paid_in_minor: Cash put in.
        paid_out_minor: Cash taken out for something.
        dropped_minor: Cash brought to the safe.
        expected_minor: Cash that the drawer must hold.
        gross_minor: All that was sold.
        discount_minor: By how much it would have been more.
        fee_minor: Fees in it.
        rounding_minor: What rounding of cash has added, or taken.
        payout_minor: All that was paid out again.
        sale_count: Sales.
        ticket_count: Tickets sold.
        payout_count: Refunds and voids.
        void_count: Those of them that were voids.
        no_sale_count: Times the drawer was opened without a sale.
        first_receipt: Number of the first sale, 0 without any.
        last_receipt: Number of the last.
        tenders: In order of their kinds.
        taxes: In order of their rates.
        types: In order of event and code.
    """

    first_seq: Natural
    last_seq: Natural
    entry_count: Natural
    float_minor: _Sum = 0
    paid_in_minor: _Sum = 0
    paid_out_minor: _Sum = 0
    dropped_minor: _Sum = 0
    expected_minor: _Signed = 0
    gross_minor: _Sum = 0
    discount_minor: _Sum = 0
    fee_minor: _Sum = 0
    rounding_minor: _Signed = 0
    payout_minor: _Sum = 0
    sale_count: Natural = 0
    ticket_count: Natural = 0
    payout_count: Natural = 0
    void_count: Natural = 0
    no_sale_count: Natural = 0
    first_receipt: Natural = 0
    last_receipt: Natural = 0
    tenders: Annotated[tuple[TenderSum, ...], _Lines] = ()
    taxes: Annotated[tuple[TaxSum, ...], _Lines] = ()
    types: Annotated[tuple[TypeSum, ...], _Lines] = ()


class ShiftBody(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """One act of a cashier's shift: its opening, its cash, its count, its reports, its close.

    Attributes:
        shift_id: 32 hex digits, the same through all acts of the shift.
        number: From 1, without gaps, per till, over all acts of all its shifts.
        act: A `ShiftAct`, or a later one.
        amount_minor: Cash, in minor units, as the act says.
        currency: ISO 4217.
        cashier: Opaque id of whose shift it is, or "".
        authorized_by: Opaque id of the supervisor who allowed it or did it on behalf, or "".
        why: A code word, or "".
        z_number: Of a close and of its approval: from 1, without gaps, per till; else 0.
        sums: Of a close and of an X report: what the report says.
        left_minor: Of a close: what stays in the drawer; the rest went to the safe.
        terminal_minor: Of a close: what the card terminal's end of day says; of an X report: what
            it has taken so far; or None.
        sale_id: Of a moved tender: whose part it is.
        tender: Of a moved tender: where it was booked.
        tender_to: Of a moved tender: where it belongs.
        receiver: Of a hand-over: opaque id of the cashier who takes the drawer.
        signature: By the badge of `authorized_by` (`shared.manifest.badge_signatures`), or empty.
        open_sales: Of a close: sales that were not finished then, such as one of which the card
            terminal said nothing.
    """

    shift_id: Name
    number: Natural
    act: Name
    amount_minor: Amount = 0
    currency: Name = ""
    cashier: Name = ""
    authorized_by: Name = ""
    why: Name = ""
    z_number: Natural = 0
    sums: ShiftSums | None = None
    left_minor: Amount = 0
    terminal_minor: Amount | None = None
    sale_id: Name = ""
    tender: Name = ""
    tender_to: Name = ""
    receiver: Name = ""
    signature: Bytes = b""
    open_sales: Annotated[tuple[Name, ...], msgspec.Meta(max_length=OPEN_SALES_MAX)] = ()
