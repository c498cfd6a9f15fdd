"""What a till is asked about its drawer, and what it answers: values, for window and lines."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from shared.journal.shift_body import ShiftAct, ShiftSums


class ShiftReason(StrEnum):
    """How a request about the drawer has ended."""

    OK = "ok"
    NO_SHIFT = "no_shift"
    SHIFT_OPEN = "shift_open"
    """Another one is open: close it first, or let a supervisor close it on behalf."""
    NOT_ALLOWED = "not_allowed"
    REVOKED = "revoked"
    """Nobody's badge is known here any more; whoever has the drawer counts it."""
    NOT_COUNTED = "not_counted"
    """Something went through the drawer since the last count, or nobody has counted."""
    WRONG_AMOUNT = "wrong_amount"
    FAR_BEYOND = "far_beyond"
    """More is taken out in all than ever came in: a slip, or a supervisor says that it is none."""
    WRONG_TENDER = "wrong_tender"
    UNKNOWN_SALE = "unknown_sale"
    UNKNOWN_CASHIER = "unknown_cashier"
    UNKNOWN_ACT = "unknown_act"
    NO_CURRENCY = "no_currency"
    """No event is known whose prices have one: sync once."""
    TWO_CURRENCIES = "two_currencies"
    UNKNOWN_REPORT = "unknown_report"
    OPEN_SALES = "open_sales"
    """Sales are not finished: settle them, or let the report name them."""


class ShiftRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An act that a cashier wants done at a till's drawer, such as to count it.

    Attributes:
        act: A `ShiftAct`, or `x` for an X report.
        amount_minor: Cash, as the act says; None where none was keyed, and of a moved tender for
            all that is booked there.
        cashier: Opaque id of who does it.
        authorized_by: Opaque id of who allows it, or does it on behalf; "".
        why: A code word, or "".
        currency: Of a first shift before any event is known; else the event's is taken.
        left_minor: Of a close: what stays in the drawer; None for all that was counted.
        terminal_minor: Of a close and of an X report: the terminal's own sum, or None.
        sale_id: Of a moved tender: whose part.
        tender: Of a moved tender: where it was booked.
        tender_to: Of a moved tender: where it belongs.
        receiver: Of a hand-over: who takes the drawer.
        z_number: Of an approval: which report.
        names_open_sales: Of a close: the report names sales that are not finished.
    """

    act: str
    amount_minor: int | None = None
    cashier: str = ""
    authorized_by: str = ""
    why: str = ""
    currency: str = ""
    left_minor: int | None = None
    terminal_minor: int | None = None
    sale_id: str = ""
    tender: str = ""
    tender_to: str = ""
    receiver: str = ""
    z_number: int = 0
    names_open_sales: bool = False


class ShiftAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of an act at a till's drawer; where `ok`, it is on disk.

    Attributes:
        ok: Whether it was done.
        reason: A `ShiftReason`.
        text: What to do, in a sentence, where it was not.
        seq: The entry.
        entry: SHA-256 of the entry's bytes in hex: what a printout names.
        number: The act's number in the till's series.
        shift_id: Which shift.
        z_number: Of a close or an approval.
        counted_minor: Of a count, a hand-over and a close.
        expected_minor: Beside it; never before something was counted, unless by right.
        difference_minor: What is over; negative for what is short.
        handed_minor: Of that, what was over or short already when the drawer was last handed over
            to whoever has it; None where it was not in this shift.
        float_differs_minor: Of an opening: what is there more than the last close in its currency
            left.
        card_minor: Of a close and of an X report: the card tender's sum, to stand beside the
            terminal's.
        terminal_minor: The terminal's own; None where it was not to be had.
        terminal_over_minor: What the terminal has taken more than the card tender's sum; negative
            for less.
        sums: Of an X report and a close.
    """

    ok: bool
    reason: ShiftReason = ShiftReason.OK
    text: str = ""
    seq: int = 0
    entry: str = ""
    number: int = 0
    shift_id: str = ""
    z_number: int = 0
    counted_minor: int | None = None
    expected_minor: int | None = None
    difference_minor: int | None = None
    handed_minor: int | None = None
    float_differs_minor: int | None = None
    card_minor: int | None = None
    terminal_minor: int | None = None
    terminal_over_minor: int | None = None
    sums: ShiftSums | None = None


class OpenShift(msgspec.Struct, frozen=True, kw_only=True):
    """The shift that is open at this till.

    Attributes:
        shift_id: Stands in every sale of it.
        currency: Of its drawer.
        cashier: Whose drawer it is.
        opened_seq: The entry that opened it.
    """

    shift_id: str
    currency: str
    cashier: str
    opened_seq: int


def refuse(reason: ShiftReason, text: str) -> ShiftAnswer:
    """Make the answer to an act at the drawer that is not done."""
    return ShiftAnswer(ok=False, reason=reason, text=text)


ACTS: dict[str, ShiftAct] = {act.value: act for act in ShiftAct} | {"x": ShiftAct.X_REPORT}
"""Acts by the words of a request."""
