"""A till's basket, less what its cashier takes off: what each line and each ticket costs; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from shared.field_limits import AMOUNT_MAX
from shared.journal.bounds import ENTRY_NAME_SIZE_MAX
from shared.journal.sale_body import SaleLine
from shared.kernel.instant import Instant
from shared.manifest.price_plan import PricePlan
from shared.sales.basket_pricing import (
    NO_COUNTS,
    Priced,
    PriceRefusal,
    Unpriced,
    WantedTickets,
    price_basket,
)
from shared.sales.discount import discount_of, spread_discount
from shared.sales.dividing_money import spread
from shared.sales.sale_refusals import Refusal, SaleReason
from shared.sales.tax import Taxable, TaxRounding, reckon_tax

TICKETS_IN_SALE_MAX: Final = 100
"""In one sale: one entry of the journal holds them all."""
COMP_PROMO: Final = "comp"
"""What a line says that was given away."""


class Discount(msgspec.Struct, frozen=True, kw_only=True):
    """What a till or a promotion takes off a basket: percent first, then an amount.

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
    """The priced lines of what a guest buys: what each line comes to, and each ticket of it.

    Attributes:
        currency: ISO 4217.
        lines: In the order asked for; a tier that runs out parts a type in two.
        shares: For each line, what each of its tickets costs; they sum up to its gross.
        off_minor: What the cashier took off, of what promotions had left.
        uses: How much of each counted tier and promotion it takes, by id.
    """

    currency: str
    lines: tuple[SaleLine, ...]
    shares: tuple[tuple[int, ...], ...]
    off_minor: int = 0
    uses: dict[str, int] = {}

    @property
    def total_minor(self) -> int:
        """What is due."""
        return sum(line.gross_minor for line in self.lines)

    @property
    def counts(self) -> dict[int, int]:
        """How many tickets of each type, by code."""
        found: dict[int, int] = {}
        for line in self.lines:
            code = line.ticket_type_code
            found[code] = found.get(code, 0) + line.count
        return found


def fill_basket(
    plan: PricePlan,
    wanted: Sequence[WantedTickets],
    at: Instant,
    *,
    codes: Sequence[bytes] = (),
    left: Mapping[str, int] = NO_COUNTS,
    discount: Discount = NO_DISCOUNT,
) -> Basket | Refusal:
    """Price what is wanted at a till.

    Args:
        plan: The event's prices.
        wanted: Several lines of one type count as one.
        at: In server time, as well as it is known.
        codes: Hashes of the promotions' codes that the guest shows.
        left: What the till has left of counted tiers and promotions, by id.
        discount: What the cashier takes off after that, fees apart; one of the whole takes the
            fees off as well.
    """
    counts: dict[int, int] = {}
    for line in wanted:
        if line.count < 1:
            return Refusal(SaleReason.TOO_MANY, "each line holds one ticket at least")
        counts[line.ticket_type_code] = counts.get(line.ticket_type_code, 0) + line.count
    if not 1 <= sum(counts.values()) <= TICKETS_IN_SALE_MAX:
        return Refusal(SaleReason.TOO_MANY, f"a sale holds 1 to {TICKETS_IN_SALE_MAX} tickets")
    each = [WantedTickets(code, count) for code, count in counts.items()]
    priced = price_basket(plan, each, at, codes=codes, left=left)
    if isinstance(priced, Unpriced):
        return Refusal(SaleReason(priced.reason.value), _text_of(priced))
    basket = _reckon(priced, discount, _rounding_of(plan))
    if basket.total_minor + basket.off_minor > AMOUNT_MAX:
        return Refusal(SaleReason.TOO_MANY, "it costs more than one sale may; sell it in parts")
    return basket


def _reckon(priced: Priced, discount: Discount, tax_rounding: TaxRounding) -> Basket:
    lines = priced.lines
    is_free = discount.percent_points >= GIVEN_AWAY.percent_points
    left = [line.unit_minor * line.count - line.discount_minor for line in lines]
    off = discount_of(
        sum(left), percent_points=discount.percent_points, fixed_minor=discount.fixed_minor
    )
    offs = spread_discount(off, left)
    fees = [0 if is_free else line.fee_minor for line in lines]
    taxable = [
        Taxable(before - less + fee, line.tax_basis_points, line.count)
        for line, before, less, fee in zip(lines, left, offs, fees, strict=True)
    ]
    taxes = reckon_tax(taxable, tax_rounding)
    sold = tuple(
        SaleLine(
            ticket_type_code=line.ticket_type_code,
            count=line.count,
            unit_minor=line.unit_minor,
            discount_minor=line.discount_minor + less,
            fee_minor=fee,
            tax_basis_points=line.tax_basis_points,
            tax_minor=tax.tax_minor,
            promo=(line.promo or (discount.promo if less else ""))[:ENTRY_NAME_SIZE_MAX],
        )
        for line, less, fee, tax in zip(lines, offs, fees, taxes, strict=True)
    )
    shares = tuple(spread(line.gross_minor, (1,) * line.count) for line in sold)
    return Basket(priced.currency, sold, shares, off, priced.uses)


def _rounding_of(plan: PricePlan) -> TaxRounding:
    """Return how taxes are rounded at a till, where what is shown is what is paid."""
    mode = TaxRounding(plan.tax_rounding)
    return TaxRounding.SUM_BY_NET_KEEP_GROSS if mode is TaxRounding.SUM_BY_NET else mode


def _text_of(unpriced: Unpriced) -> str:
    code, bound = unpriced.ticket_type_code, unpriced.bound
    return _TEXTS[unpriced.reason].format(code=code, bound=bound)


_TEXTS: Final = {
    PriceRefusal.NOT_SOLD_HERE: "ticket type {code} is not sold at tills",
    PriceRefusal.NOT_ON_SALE: "ticket type {code} is not on sale now",
    PriceRefusal.TOO_FEW: "of ticket type {code} at least {bound} are sold at once",
    PriceRefusal.TOO_MANY: "of ticket type {code} at most {bound} are sold at once",
    PriceRefusal.UNKNOWN_CODE: "no promotion that holds now has this code",
    PriceRefusal.CODE_USED_UP: "this till may not use the code any more; ask where it is counted",
    PriceRefusal.CODES_DO_NOT_COMBINE: "these codes do not go together; take one of them",
    PriceRefusal.MIXED_CURRENCIES: "a sale has one currency; sell what has another one apart",
}
