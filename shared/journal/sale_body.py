"""What a sale at a till says: its tickets, its lines, and how it was paid.

A sale adds up by itself: what its tickets cost is what its lines come to, and what was paid is
that and what cash was rounded by. The server names what does not, and books the tickets all the
same.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from shared.journal.bounds import Amount, Count, Name, Natural, Small, Text
from shared.kernel.id_types import TicketId
from shared.kernel.instant import Duration, Instant

TICKETS_MAX: Final = 1_000
"""Tickets of one sale at most; one entry holds fewer."""
LINES_MAX: Final = 200
PAYMENTS_MAX: Final = 50
ROUNDING_MAX: Final = 10_000
"""Minor units by which cash is rounded at most, up or down."""

_Rounding = Annotated[int, msgspec.Meta(ge=-ROUNDING_MAX, le=ROUNDING_MAX)]


class SoldTicket(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """One ticket minted by a till.

    Its numbers have no bounds here: a ticket that cannot be booked is named, and the rest of its
    sale is booked.

    Attributes:
        ticket_id: From the till's own id range.
        ticket_type_code: The event's code of its type.
        generation: 0 at first sale.
        key_id: The till's delegated key.
        manual_code: 40-bit number.
        valid_from: Exact window, or None.
        valid_until: Exact window, or None.
        price_minor: What this ticket cost in minor units: its share of its line. The shares of a
            line's tickets sum up to the line's gross exactly.
        seat: Its seat, or "" where none is reserved.
        line: Which of the sale's lines it is of, from 0.
    """

    ticket_id: TicketId
    ticket_type_code: int
    generation: int
    key_id: int
    manual_code: int
    valid_from: Instant | None
    valid_until: Instant | None
    price_minor: int
    seat: Name = ""
    line: int = 0


class SaleLine(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """Some tickets of one type at one price; amounts in minor units.

    Attributes:
        ticket_type_code: The event's code of the type.
        count: How many.
        unit_minor: The price of one before discount and fee.
        discount_minor: Off the whole line.
        fee_minor: Upon the whole line.
        tax_basis_points: The rate, in hundredths of a percent.
        tax_minor: Contained in the line's gross.
        promo: Code word of the promotion that gave the discount, or "".
    """

    ticket_type_code: Small
    count: Count
    unit_minor: Amount
    discount_minor: Amount = 0
    fee_minor: Amount = 0
    tax_basis_points: Small = 0
    tax_minor: Amount = 0
    promo: Name = ""

    @property
    def gross_minor(self) -> int:
        """What the line costs, tax included."""
        return self.unit_minor * self.count - self.discount_minor + self.fee_minor


class SalePayment(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A part of what was paid; amounts in minor units.

    Attributes:
        kind: `cash`, `card`, `comp`, `voucher`, or `exchange`: paid by tickets given back.
        amount_minor: What it paid of the sale.
        given_minor: What was handed over in cash, or 0.
        change_minor: What of that went back.
        reference: The terminal's or the voucher's own number, or "".
        state: `paid`, `unknown` (the terminal did not say) or `reversed`.
    """

    kind: Name
    amount_minor: Amount
    given_minor: Amount = 0
    change_minor: Amount = 0
    reference: Name = ""
    state: Name = "paid"


class PricedAt(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """When a sale was priced that waited for a terminal, or for whoever redeems vouchers.

    Attributes:
        at: In server time, as well as the till knew it then.
        error: How far that may be off either way; None where nothing was known of it.
        epoch: Ledger epoch of what the till had read of the feed by then.
        cursor: How far it had read.
    """

    at: Instant
    error: Duration | None
    epoch: Natural
    cursor: Natural


class CountedUse(msgspec.Struct, frozen=True, array_like=True):
    """What a sale used of a counted price: tickets of a tier, or one use of a promotion."""

    id: Name
    count: Count


class SaleBody(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A sale at a till, with the tickets that it minted.

    Attributes:
        sale_id: 32 hex digits, made before the sale; the idempotency key.
        receipt_number: From 1, without gaps, per till.
        currency: ISO 4217.
        total_minor: What was due, in minor units, before cash was rounded.
        tender: `cash`, `card`, `comp`, `voucher`, `exchange`, or `split` where there were several
            kinds.
        tickets: In the order printed; nobody pays for none.
        cashier: Opaque id, or "".
        lines: What was bought; none in entries of versions that knew one price only.
        payments: How it was paid; none in those.
        shift_id: 32 hex digits of the shift that it belongs to, or "".
        authorized_by: Opaque id of who allowed what the cashier alone may not, or "".
        why: Code of the reason for that, such as of a comp, or "".
        rounding_minor: What was paid more than due because cash was rounded; negative for less.
        plan: Version of the event's plan whose prices held (`EventConfig.sequence`); 0 where none
            was noted.
        priced: When it was priced, where it then waited for somebody's yes; None for the entry's
            own instant.
        uses: What it used of counted prices, by what its till was given of them.
    """

    sale_id: Name
    receipt_number: Natural
    currency: Name
    total_minor: Amount
    tender: Name
    tickets: Annotated[tuple[SoldTicket, ...], msgspec.Meta(min_length=1, max_length=TICKETS_MAX)]
    cashier: Name = ""
    lines: Annotated[tuple[SaleLine, ...], msgspec.Meta(max_length=LINES_MAX)] = ()
    payments: Annotated[tuple[SalePayment, ...], msgspec.Meta(max_length=PAYMENTS_MAX)] = ()
    shift_id: Name = ""
    authorized_by: Name = ""
    why: Text = ""
    rounding_minor: _Rounding = 0
    plan: Natural = 0
    priced: PricedAt | None = None
    uses: Annotated[tuple[CountedUse, ...], msgspec.Meta(max_length=LINES_MAX)] = ()
