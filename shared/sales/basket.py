"""A basket: several types, what each line comes to, and what each ticket of it costs; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from shared.journal.sale import SaleLine
from shared.sales.discount import discount_of, spread_discount
from shared.sales.reasons import Refusal, SaleReason
from shared.sales.rounding import spread
from shared.sales.tax import Taxable, TaxRounding, reckon_tax

TICKETS_IN_SALE_MAX: Final = 100
"""In one sale: one entry of the journal holds them all."""
COMP_PROMO: Final = "comp"
"""What a line says that was given away."""


class WantedLine(msgspec.Struct, frozen=True):
    """Some tickets of one type.

    Attributes:
        ticket_type_code: The event's code of the type.
        count: How many.
    """

    ticket_type_code: int
    count: int


class TypePrice(msgspec.Struct, frozen=True, kw_only=True):
    """What one ticket of a type costs now; amounts in minor units, tax included.

    Attributes:
        unit_minor: Before fee and discount.
        currency: ISO 4217.
        fee_minor: Upon each ticket.
        tax_basis_points: Its rate of tax.
    """

    unit_minor: int
    currency: str
    fee_minor: int = 0
    tax_basis_points: int = 0


class Discount(msgspec.Struct, frozen=True, kw_only=True):
    """What comes off a basket, percent first.

    Attributes:
        percent_points: Basis points of the prices.
        fixed_minor: Off what the percentage left, in minor units.
        promo: Code word that stands in the lines.
    """

    percent_points: int = 0
    fixed_minor: int = 0
    promo: str = ""


NO_DISCOUNT: Final = Discount()
GIVEN_AWAY: Final = Discount(percent_points=10_000, promo=COMP_PROMO)


class Basket(msgspec.Struct, frozen=True):
    """What a sale comes to.

    Attributes:
        currency: ISO 4217.
        lines: Each type once, in the order asked for.
        shares: For each line, what each of its tickets costs; they sum up to its gross.
    """

    currency: str
    lines: tuple[SaleLine, ...]
    shares: tuple[tuple[int, ...], ...]

    @property
    def total_minor(self) -> int:
        """What is due."""
        return sum(line.gross_minor for line in self.lines)

    @property
    def count(self) -> int:
        """How many tickets."""
        return sum(line.count for line in self.lines)

    @property
    def discount_minor(self) -> int:
        """What came off."""
        return sum(line.discount_minor for line in self.lines)


def price_basket(
    wanted: Sequence[WantedLine],
    prices: Mapping[int, TypePrice],
    *,
    discount: Discount = NO_DISCOUNT,
    tax_rounding: TaxRounding = TaxRounding.LINE,
) -> Basket | Refusal:
    """Price what is wanted.

    Args:
        wanted: Several lines of one type are one line.
        prices: By type's code; what is not in it is not sold here.
        discount: Off the prices, fees apart; one of the whole takes the fees off as well.
        tax_rounding: A mode that keeps what is paid.
    """
    counts: dict[int, int] = {}
    for line in wanted:
        if line.count < 1:
            return Refusal(SaleReason.TOO_MANY, "each line holds one ticket at least")
        counts[line.ticket_type_code] = counts.get(line.ticket_type_code, 0) + line.count
    if not 1 <= sum(counts.values()) <= TICKETS_IN_SALE_MAX:
        return Refusal(SaleReason.TOO_MANY, f"a sale holds 1 to {TICKETS_IN_SALE_MAX} tickets")
    for code in counts:
        if code not in prices:
            return Refusal(SaleReason.NOT_SOLD_HERE, f"ticket type {code} is not sold at tills")
    currencies = {prices[code].currency for code in counts}
    if len(currencies) > 1:
        named = " and ".join(sorted(currencies))
        return Refusal(SaleReason.TWO_CURRENCIES, f"sell {named} apart: a sale has one currency")
    return _reckon(counts, prices, discount, tax_rounding)


def _reckon(
    counts: Mapping[int, int],
    prices: Mapping[int, TypePrice],
    discount: Discount,
    tax_rounding: TaxRounding,
) -> Basket:
    is_free = discount.percent_points >= GIVEN_AWAY.percent_points
    gross = [prices[code].unit_minor * count for code, count in counts.items()]
    fees = [0 if is_free else prices[code].fee_minor * count for code, count in counts.items()]
    off = discount_of(
        sum(gross), percent_points=discount.percent_points, fixed_minor=discount.fixed_minor
    )
    offs = spread_discount(off, gross)
    left = [
        Taxable(before - less + fee, prices[code].tax_basis_points, count)
        for (code, count), before, less, fee in zip(counts.items(), gross, offs, fees, strict=True)
    ]
    taxes = reckon_tax(left, tax_rounding)
    lines = tuple(
        SaleLine(
            ticket_type_code=code,
            count=count,
            unit_minor=prices[code].unit_minor,
            discount_minor=less,
            fee_minor=fee,
            tax_basis_points=prices[code].tax_basis_points,
            tax_minor=tax.tax_minor,
            promo=discount.promo if less else "",
        )
        for (code, count), less, fee, tax in zip(counts.items(), offs, fees, taxes, strict=True)
    )
    shares = tuple(spread(line.gross_minor, (1,) * line.count) for line in lines)
    return Basket(prices[next(iter(counts))].currency, lines, shares)
