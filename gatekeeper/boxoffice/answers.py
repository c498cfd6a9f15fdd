"""What a till answers: values that screens and lines show."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from gatekeeper.boxoffice.payment_ports import Doubt
from gatekeeper.boxoffice.till_requests import PartlyPaid, SellRequest, in_hand
from shared.journal.sale_body import PricedAt, SaleLine, SalePayment
from shared.journal.withdrawal_body import PaidBack, WithdrawalBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId, GateId, SeatId, TicketId
from shared.kernel.money import Money
from shared.kernel.trouble import TroubleKind
from shared.sales.banknotes_and_change import Piece, give_change
from shared.sales.sale_refusals import SaleReason
from shared.sales.tenders import CARD, EXCHANGE, Part, Tender
from shared.sales.till_basket import Basket
from shared.wire.voucher import VoucherAnswer


class PrintedTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket as it is handed over.

    Attributes:
        ticket_id: 16 hex digits.
        digits: The credential, for the QR code.
        manual_code: For voice and keypad.
        ticket_type: Its type's name.
        price: What it cost.
        home_gate: Its home's gate under the policy `home`, to be printed on it; else "".
        seat: Its reserved seat's id, or "".
        seat_name: What that is called on paper, or "".
    """

    ticket_id: str
    digits: str
    manual_code: str
    ticket_type: str
    price: Money
    home_gate: GateId = GateId("")
    seat: str = ""
    seat_name: str = ""


class Sale(msgspec.Struct, frozen=True, kw_only=True):
    """A sale that is on disk.

    Attributes:
        sale_id: 32 hex digits.
        receipt_number: From 1, without gaps, per till.
        seq: The journal entry's number.
        total: What was due, before cash was rounded.
        lines: What was bought.
        payments: How it was paid.
        rounding_minor: What rounding of cash has added, in minor units.
        tickets: In the order to print.
    """

    sale_id: str
    receipt_number: int
    seq: int
    total: Money
    tickets: tuple[PrintedTicket, ...]
    lines: tuple[SaleLine, ...] = ()
    payments: tuple[SalePayment, ...] = ()
    rounding_minor: int = 0

    @property
    def change_minor(self) -> int:
        """The cash that goes back, in minor units."""
        return sum(payment.change_minor for payment in self.payments)

    @property
    def change(self) -> tuple[Piece, ...]:
        """How to give it back: notes and coins, the largest first."""
        return give_change(self.change_minor, self.total.currency)


class StockLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a till may still sell of one ticket type.

    Attributes:
        code: The event's code of the type.
        name: The type's.
        left: How many may still be sold without asking.
        held: How many open sales hold besides.
        price_minor: List price, in minor units.
        currency: ISO 4217.
    """

    code: int
    name: str
    left: int
    held: int
    price_minor: int
    currency: str


class PartState(StrEnum):
    """How far a part of an open sale is paid."""

    DUE = "due"
    ASKING = "asking"
    """The terminal was asked, and its answer is not on record: nobody knows."""
    PAID = "paid"
    TAKEN = "taken"
    """It lay on the counter before somebody was asked for another part."""
    REVERSING = "reversing"


_IN_HAND: Final = frozenset({PartState.PAID, PartState.TAKEN})


class OpenPart(msgspec.Struct, frozen=True, kw_only=True):
    """One tender of an open sale, and how far it is paid.

    Attributes:
        payment: What it is to pay, and what is known of it.
        code: The voucher's, or "".
        state: How far it is.
        number: From 0, over all tenders that the sale ever had; with the sale's id it names the
            payment to the terminal, which charges one name once.
        is_twice: It was booked more than once, as the payment's reference says: one is to be
            cancelled where it was.
    """

    payment: SalePayment
    number: int
    code: str = ""
    state: PartState = PartState.DUE
    is_twice: bool = False

    @property
    def is_going_back(self) -> bool:
        """Whether somebody was asked to give it back."""
        return self.state is PartState.REVERSING


class OpenSale(msgspec.Struct, frozen=True, kw_only=True):
    """A sale of which something is still to be found out, or paid; its tickets are held.

    Attributes:
        sale_id: That of the sale that it will be.
        event_id: Of which event.
        request: What was asked.
        basket: What it came to then: a price that changes meanwhile changes nothing.
        plan: By which version of the event's plan.
        parts: The tenders.
        rounding_minor: What rounding of cash adds.
        ended: The tickets that it takes in exchange: claimed, and on record with the sale only.
        used: Those of them that had let somebody in already: whoever allowed it has known.
        seats: Each ticket's reserved seat, in order, "" for one without; none without any.
        priced: When; None in what an earlier version has left open.
        next_number: Of the next part; none of the sale's parts, also of those that were declined,
            had that or a higher one.
    """

    sale_id: str
    event_id: EventId
    request: SellRequest
    basket: Basket
    plan: int
    parts: tuple[OpenPart, ...]
    rounding_minor: int = 0
    ended: tuple[WithdrawalBody, ...] = ()
    priced: PricedAt | None = None
    seats: tuple[SeatId, ...] = ()
    next_number: int = 0
    used: tuple[TicketId, ...] = ()

    @property
    def first_free(self) -> int:
        """The number that a further tender gets."""
        return max(self.next_number, 1 + max((part.number for part in self.parts), default=-1))

    @property
    def unknown(self) -> OpenPart | None:
        """The part of which nobody knows whether it was paid, or given back."""
        doubtful = {PartState.ASKING, PartState.REVERSING}
        return next((part for part in self.parts if part.state in doubtful), None)

    @property
    def paid_minor(self) -> int:
        """What is surely paid, in minor units."""
        return sum(part.payment.amount_minor for part in self.parts if part.state in _IN_HAND)

    @property
    def has_money(self) -> bool:
        """Whether anything is surely paid, by more than what is on the counter."""
        return any(
            part.state is PartState.PAID and part.payment.kind != EXCHANGE for part in self.parts
        )

    @property
    def basket_in_hand(self) -> PartlyPaid:
        """The basket as it was before it was charged: with what goes back where nothing was."""
        taken = tuple(
            Tender(kind=part.payment.kind, amount_minor=part.payment.amount_minor, code=part.code)
            for part in self.parts
            if part.state is PartState.TAKEN
        )
        return in_hand(self.request, taken, tuple(one.ticket_id for one in self.ended))

    @property
    def left_minor(self) -> int:
        """What is still to be paid, before cash is rounded; an unknown part counts as unpaid."""
        return self.basket.total_minor - self.paid_minor

    @property
    def reason(self) -> SaleReason:
        """Why it is open."""
        return SaleReason.PAYMENT_UNKNOWN if self.unknown else SaleReason.SUM_DIFFERS


class TillAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How a request has ended; what it did is on disk.

    Attributes:
        reason: `ok`, or why not.
        mode: The rung that holds: `online`, `lan` or `offline`.
        text: What to do, in a sentence, where it is no.
        seq: The journal entry's number, where there is one.
        sale: What was sold.
        open_sale: What stays open, and holds its tickets.
        voucher: The ledger's own no to a voucher that was to pay, or None.
        doubt: Why nobody knows of a payment, where more is known than that.
    """

    reason: SaleReason
    mode: str
    text: str = ""
    seq: int | None = None
    sale: Sale | None = None
    open_sale: OpenSale | None = None
    voucher: VoucherAnswer | None = None
    doubt: Doubt | None = None

    @property
    def is_ok(self) -> bool:
        """Whether it was done."""
        return self.reason is SaleReason.OK

    def sold(self) -> Sale:
        """Return the sale.

        Raises:
            BadInput: if nothing was sold.
        """
        if self.sale is None:
            kind = TroubleKind.REVOKED if self.reason is SaleReason.REVOKED else None
            raise BadInput(self.text, kind=kind)
        return self.sale


class TicketOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one ticket that a till was to take back, hand over or print again.

    Attributes:
        ticket_id: 16 hex digits, or "" where the code names none.
        reason: `ok`, or the reason code by which it was refused.
        seq: The journal entry's number.
        amount_minor: What is to be paid out for it, in minor units.
        digits: The credential that takes its place, or "".
        manual_code: And its manual code.
        is_copy: It is the credential that was sold, printed once more: cut off, there is no other.
        parts: Where it is paid out by several tenders, what goes back by each.
    """

    ticket_id: str
    reason: str
    seq: int | None = None
    amount_minor: int = 0
    digits: str = ""
    manual_code: str = ""
    is_copy: bool = False
    parts: tuple[PaidBack, ...] = ()


class ExchangeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How an exchange has ended; what is `ok` is on disk.

    Attributes:
        reason: `ok`, or why not: of the sale, or by which a ticket that was to go back stands.
        mode: Which rung held.
        text: What to do, in a sentence, or "".
        sale: The sale of the new tickets; or the open sale, which holds the old ones as well.
        ended: What became of the tickets that were to go back, as far as it came.
        tender: By what something goes back to the guest, or "".
        paid_out_by: How much goes back now by each tender, in minor units.
    """

    reason: str
    mode: str
    text: str = ""
    sale: TillAnswer | None = None
    ended: tuple[TicketOutcome, ...] = ()
    tender: str = ""
    paid_out_by: Mapping[str, int] = msgspec.field(default_factory=dict)

    @property
    def paid_out_minor(self) -> int:
        """What goes back to the guest now, in minor units."""
        return sum(self.paid_out_by.values())

    @property
    def is_ok(self) -> bool:
        """Whether it was done."""
        return self.reason == SaleReason.OK


def payment_of(part: Part) -> SalePayment:
    """Return what is to be paid by one of the tenders."""
    return SalePayment(
        kind=part.kind,
        amount_minor=part.amount_minor,
        given_minor=part.given_minor,
        change_minor=part.change_minor,
        # A voucher's code is worth money; its reference is what its redeemer says.
        reference=part.code if part.kind == CARD else "",
    )
