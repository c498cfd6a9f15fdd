"""What is printed, as values: in no language, for no printer, and to be kept as bytes."""

from __future__ import annotations

from typing import Final

import msgspec

from shared.kernel.instant import Instant
from shared.manifest.ticket_design import TicketDesign
from shared.sales.receipt import Receipt, ReceiptTax


class TicketPaper(msgspec.Struct, frozen=True, kw_only=True, tag="ticket"):
    """A ticket; a till's names no holder, so that it may be lost, resold or left in a drawer.

    Attributes:
        digits: The credential as decimal digits, for the QR code.
        manual_code: In groups, for voice and keypad.
        event: Its name.
        ticket_type: Its type's name.
        starts_at: When doors open or the event begins, or None.
        valid_from, valid_until: The first and the last instant at which it lets in, or None.
        time_zone: In which all three are shown, an IANA name.
        venue: Where, or "".
        zone: What it leads into, or "".
        seat: Such as `Row 12, seat 34`, or "".
        organization: Who puts it on, or "".
        price_minor: What it cost in minor units, or None where none is to stand there.
        currency: ISO 4217, or "".
        order: The order's reference, or "".
        receipt_number: Of the till's receipt, or 0.
        till: The till's name, or "".
        home_gate: The gate that admits it when the network is cut, or "".
        is_practice: It admits nobody.
        holder: Whose it is, on tickets that are made for somebody; "" on a till's.
        design: How it looks; None for plain.
        persons: How many it lets in.
    """

    digits: str
    manual_code: str
    event: str
    ticket_type: str
    starts_at: Instant | None = None
    time_zone: str = "UTC"
    venue: str = ""
    zone: str = ""
    seat: str = ""
    organization: str = ""
    price_minor: int | None = None
    currency: str = ""
    order: str = ""
    receipt_number: int = 0
    till: str = ""
    home_gate: str = ""
    is_practice: bool = False
    holder: str = ""
    design: TicketDesign | None = None
    persons: int = 1
    valid_from: Instant | None = None
    valid_until: Instant | None = None


class PrintedTenderSum(msgspec.Struct, frozen=True):
    """What came in by one kind of payment.

    Attributes:
        kind: `cash`, `card`, `comp`, `voucher` or `account`.
        count: How many payments.
        amount_minor: Their sum, refunds taken off.
        unknown_minor: Of payments of which nobody knows yet whether they were made.
        moved_minor: What somebody has moved there from another one, in all; negative for away.
    """

    kind: str
    count: int
    amount_minor: int
    unknown_minor: int = 0
    moved_minor: int = 0


class PrintedHandOver(msgspec.Struct, frozen=True):
    """A drawer went from one cashier to the next within a shift.

    Attributes:
        at: When.
        cashier: Who gave it, by the organizer's name; by id where none is known, or "" for nobody.
        over_minor: What came to be over while they had it; negative for what went short.
    """

    at: Instant
    cashier: str
    over_minor: int


class DrawerReport(msgspec.Struct, frozen=True, kw_only=True, tag="report"):
    """An X report, which ends nothing, or the Z report of a shift's close.

    Amounts are whole minor units of the report's currency.

    Attributes:
        organization: Its legal name.
        till: The till's name.
        number: The Z report's, without gaps per till; 0 makes it an X report.
        shift: The shift's number at this till, or 0.
        opened_at: When the shift was opened.
        made_at: When the report was made; for a Z report when the shift was closed.
        time_zone: In which both are shown.
        currency: ISO 4217.
        cashier: Who held the drawer last: by name, or their id where nobody knows it; or "".
        cashier_id: Their id, which stands in the entries, beside the name; else "".
        first_receipt: The first receipt's number, or 0 where nothing was sold.
        last_receipt: The last one's.
        sales_count: How many sales.
        sales_minor: Their sum.
        refunds_count: How many refunds and voids.
        refunds_minor: What they gave back.
        discounts_minor: What was taken off.
        rounding_minor: What rounding in cash added; may be negative.
        tenders: What came in, by kind.
        taxes: The tax per rate.
        float_minor: The cash at the start.
        paid_in_minor: Cash put in without a sale.
        paid_out_minor: Cash taken out without a sale.
        dropped_minor: Cash carried to the safe.
        no_sales: How often the drawer was opened without a sale.
        expected_minor: The cash that has to lie in the drawer.
        counted_minor: What was counted, or None before the count.
        hand_overs: Within the shift, in order.
        earlier_counts: When else it was counted, and what was over by that, where the last count
            says otherwise: whoever counts wrongly first learns what the drawer must hold.
        terminal_minor: The card terminal's own sum of the day, or None.
        open_sales: How many sales were not finished at the close: a card may be charged.
        entry_seq: The number of the journal's signed entry that it can be checked against, or 0.
        entry_hash: That entry's SHA-256, 64 hex digits, or "".
        fiscal_lines: What a fiscal signer wants to stand there.
        is_practice: No money was taken.
    """

    organization: str
    till: str
    opened_at: Instant
    made_at: Instant
    currency: str
    number: int = 0
    shift: int = 0
    time_zone: str = "UTC"
    cashier: str = ""
    first_receipt: int = 0
    last_receipt: int = 0
    sales_count: int = 0
    sales_minor: int = 0
    refunds_count: int = 0
    refunds_minor: int = 0
    discounts_minor: int = 0
    rounding_minor: int = 0
    tenders: tuple[PrintedTenderSum, ...] = ()
    taxes: tuple[ReceiptTax, ...] = ()
    float_minor: int = 0
    paid_in_minor: int = 0
    paid_out_minor: int = 0
    dropped_minor: int = 0
    no_sales: int = 0
    expected_minor: int = 0
    counted_minor: int | None = None
    hand_overs: tuple[PrintedHandOver, ...] = ()
    terminal_minor: int | None = None
    entry_seq: int = 0
    entry_hash: str = ""
    fiscal_lines: tuple[str, ...] = ()
    is_practice: bool = False
    cashier_id: str = ""
    open_sales: int = 0
    earlier_counts: tuple[tuple[Instant, int], ...] = ()


class NameBadge(msgspec.Struct, frozen=True, kw_only=True, tag="badge"):
    """A name badge: the only paper that names its holder.

    Attributes:
        name: The holder's.
        role: What they are here, such as `Speaker`, or "".
        company: For whom they come, or "".
        event: Its name.
        digits: A credential for its QR code, or "" without one.
        manual_code: Its manual code, or "".
        is_practice: It admits nobody.
    """

    name: str
    event: str
    role: str = ""
    company: str = ""
    digits: str = ""
    manual_code: str = ""
    is_practice: bool = False


Document = TicketPaper | Receipt | DrawerReport | NameBadge

KINDS: Final[dict[type[msgspec.Struct], str]] = {
    TicketPaper: "ticket",
    Receipt: "receipt",
    DrawerReport: "report",
    NameBadge: "badge",
}
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final[msgspec.msgpack.Decoder[Document]] = msgspec.msgpack.Decoder(Document)


def encode_document(document: Document) -> bytes:
    """Return a document as it is kept with its job."""
    return _ENCODER.encode(document)


def decode_document(data: bytes) -> Document:
    """Read what `encode_document` wrote.

    Raises:
        msgspec.ValidationError: if it is none.
    """
    return _DECODER.decode(data)
