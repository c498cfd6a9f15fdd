"""What a receipt says: the facts of one sale, as the till's journal has them.

Amounts are whole minor units of the receipt's currency. A receipt of a refund or a void carries
negative amounts and names the receipt that it takes back.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from shared.journal.sale_body import SaleLine
from shared.kernel.instant import Instant


class ReceiptKind(StrEnum):
    """What the receipt is of."""

    SALE = "sale"
    REFUND = "refund"
    VOID = "void"


class ReceiptLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of what was bought.

    Attributes:
        text: The ticket type's name as it is sold.
        count: How many.
        unit_minor: The price of one.
        discount_minor: Taken off the line.
        fee_minor: Put on the line.
        tax_basis_points: Its rate; 1900 are 19 %.
        tax_minor: The tax that the line's sum contains.
        note: What belongs to it, such as its seats; or "".
    """

    text: str
    count: int
    unit_minor: int
    discount_minor: int = 0
    fee_minor: int = 0
    tax_basis_points: int = 0
    tax_minor: int = 0
    note: str = ""

    @property
    def gross_minor(self) -> int:
        """What the line costs, tax and fee included."""
        return self.unit_minor * self.count - self.discount_minor + self.fee_minor


class ReceiptTax(msgspec.Struct, frozen=True):
    """The tax of one rate in a receipt's sum.

    Attributes:
        basis_points: The rate; 1900 are 19 %.
        gross_minor: What the lines of this rate cost.
        tax_minor: The tax contained in it.
    """

    basis_points: int
    gross_minor: int
    tax_minor: int


class ReceiptPayment(msgspec.Struct, frozen=True):
    """One payment.

    Attributes:
        kind: `cash`, `card`, `comp`, `voucher` or `account`.
        amount_minor: What it paid.
        given_minor: The cash that was handed over, or 0.
        change_minor: The cash that was given back, or 0.
        reference: The card slip's number or what else names it, or "".
        state: `paid`, `unknown` or `reversed`.
    """

    kind: str
    amount_minor: int
    given_minor: int = 0
    change_minor: int = 0
    reference: str = ""
    state: str = "paid"


class Receipt(msgspec.Struct, frozen=True, kw_only=True, tag="receipt"):
    """A receipt as values, in no language yet.

    Attributes:
        organization: Its legal name.
        address: Lines under the name: street, town, tax number.
        event: What the tickets are for.
        till: The till's name.
        number: From 1, without gaps, per till.
        kind: Sale, refund or void.
        of_number: The receipt that a refund or a void takes back, or 0.
        at: When.
        time_zone: In which it is shown, an IANA name.
        currency: ISO 4217.
        lines: What was bought.
        taxes: The tax per rate, rates ascending.
        payments: In the order in which they were made.
        total_minor: What was due, without rounding in cash.
        rounding_minor: What rounding in cash adds to it; may be negative.
        shift: The shift's number at this till, or 0.
        cashier: Who sold: by name, or their id where nobody knows it; or "".
        order: The order's reference, or "".
        fiscal_lines: What a fiscal signer wants to stand there, or that it is unavailable.
        fiscal_code: The text of its QR code, or "".
        is_practice: Sold in practice: no money, no admission.
    """

    organization: str
    event: str
    till: str
    number: int
    at: Instant
    currency: str
    lines: tuple[ReceiptLine, ...]
    payments: tuple[ReceiptPayment, ...]
    total_minor: int
    address: tuple[str, ...] = ()
    kind: ReceiptKind = ReceiptKind.SALE
    of_number: int = 0
    time_zone: str = "UTC"
    taxes: tuple[ReceiptTax, ...] = ()
    rounding_minor: int = 0
    shift: int = 0
    cashier: str = ""
    order: str = ""
    fiscal_lines: tuple[str, ...] = ()
    fiscal_code: str = ""
    is_practice: bool = False


def sum_taxes(lines: Iterable[ReceiptLine | SaleLine]) -> tuple[ReceiptTax, ...]:
    """Add up the tax of lines per rate, rates ascending; lines without tax too."""
    sums: dict[int, tuple[int, int]] = {}
    for line in lines:
        gross, tax = sums.get(line.tax_basis_points, (0, 0))
        sums[line.tax_basis_points] = (gross + line.gross_minor, tax + line.tax_minor)
    return tuple(ReceiptTax(rate, *sums[rate]) for rate in sorted(sums))
