"""Whether a till's sale adds up, and whether its prices are those of its plan.

Nothing is refused by this: a ticket that was sold is sold. What does not fit is told to the
organizer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from shared.journal.sale_body import SaleBody, SaleLine, SalePayment, SoldTicket
from shared.kernel.instant import INSTANT_MAX, Duration, Instant
from shared.manifest.event_config import EventConfig
from shared.manifest.price_plan import PricePlan, TypePrices
from shared.sales.basket_pricing import Priced, PricedLine, WantedTickets, price_basket
from shared.sales.shift_totals import PAID, UNKNOWN
from shared.sales.tax import Taxable, TaxRounding, reckon_tax
from shared.sales.tenders import CARD, CASH, COMP, EXCHANGE, KINDS

BOUNDARIES_MAX: Final = 30
"""Beginnings and ends of prices that are looked at, within the error of one clock."""
REVERSED: Final = "reversed"
_TENDERS: Final = frozenset({*KINDS, EXCHANGE})

_OTHER_PRICE: Final = "sold at another price than the type's"


class Mismatch(msgspec.Struct, frozen=True):
    """What of a till's sale does not fit the event's prices.

    Attributes:
        ticket: The place, from 0, of the ticket by which it is named.
        detail: For the organizer.
    """

    ticket: int
    detail: str


def prices_of(config: EventConfig) -> PricePlan:
    """Return an event's plan of prices; of a version without one, its list prices."""
    if config.prices.types:
        return config.prices
    return msgspec.structs.replace(
        config.prices,
        types=tuple(
            TypePrices(
                code=kind.code,
                ticket_type_id=kind.id,
                price_minor=kind.price_minor,
                currency=kind.currency,
            )
            for kind in config.ticket_types
            if kind.price_minor is not None
        ),
    )


def check_sums(sale: SaleBody, cash_steps: Sequence[int]) -> list[Mismatch]:
    """Tell what of a sale contradicts itself, whatever anything costs.

    Args:
        sale: With at least one ticket.
        cash_steps: What cash may be rounded to.
    """
    found = []
    if sum(one.price_minor for one in sale.tickets) != sale.total_minor:
        found.append(Mismatch(0, "the sale's total is not the sum of its tickets"))
    elif sale.lines and not fit_lines(sale):
        found.append(Mismatch(0, "the sale's lines are not those of its tickets"))
    paid = sum(one.amount_minor for one in sale.payments if one.state != REVERSED)
    if sale.payments and paid != sale.total_minor + sale.rounding_minor:
        found.append(Mismatch(0, "what was paid is not what was due"))
    elif abs(sale.rounding_minor) * 2 > max(cash_steps, default=1) or (
        sale.rounding_minor and not any(one.kind == CASH for one in sale.payments)
    ):
        found.append(Mismatch(0, "rounded by more than the coins of its cash make needful"))
    if not all(map(_is_accounted_for, sale.payments)):
        found.append(Mismatch(0, "paid by no known tender, or said to be unknown and no card's"))
    elif not sale.payments and sale.tender not in _TENDERS:
        found.append(Mismatch(0, "paid by no known tender"))
    if not all(map(_is_change_right, sale.payments)):
        found.append(Mismatch(0, "what was handed over, less the change, is not what it paid"))
    return found[:1]


def _is_accounted_for(one: SalePayment) -> bool:
    """Tell whether drawers and orders count a payment; only a terminal may leave it open."""
    is_open = one.state in {UNKNOWN, REVERSED}
    return one.kind in _TENDERS and (one.state == PAID or (one.kind == CARD and is_open))


def _is_change_right(one: SalePayment) -> bool:
    """Tell whether what was handed over, where that is said, is cash and paid what it says."""
    if not one.given_minor and not one.change_minor:
        return True
    return one.kind == CASH and one.given_minor - one.change_minor == one.amount_minor


def fit_lines(sale: SaleBody) -> bool:
    """Tell whether a sale's lines are of its tickets, count by count and unit by unit."""
    for number, line in enumerate(sale.lines):
        ours = [one for one in sale.tickets if one.line == number]
        is_whole = (
            len(ours) == line.count
            and all(one.ticket_type_code == line.ticket_type_code for one in ours)
            and sum(one.price_minor for one in ours) == line.gross_minor
            and line.discount_minor <= line.unit_minor * line.count
            and line.tax_minor <= line.gross_minor
        )
        if not is_whole:
            return False
    return sum(line.count for line in sale.lines) == len(sale.tickets)


def check_prices(
    plans: Sequence[PricePlan], sale: SaleBody, at: Instant, error: Duration | None
) -> list[Mismatch]:
    """Tell which prices are none of the plans' at the instant of a sale.

    Args:
        plans: Any of them may have held.
        sale: One that adds up.
        at: Its instant, in server time as well as it is known.
        error: Its bound; of an unknown one any time may have been.
    """
    if sale.tender == COMP and all(one.kind == COMP for one in sale.payments):
        return []
    first, last = _bounds(at, error)
    plans = [plan for plan in plans if _is_in_currency(plan, sale)]
    if sale.lines:
        fits = any(_fits(plan, sale, first, last) for plan in plans)
        return [] if fits else [Mismatch(0, _OTHER_PRICE)]
    return [
        Mismatch(place, _OTHER_PRICE)
        for place, sold in enumerate(sale.tickets)
        if not any(_is_price(plan, sold, first, last) for plan in plans)
    ]


def _is_in_currency(plan: PricePlan, sale: SaleBody) -> bool:
    """Tell whether what was sold is paid in the currency of its types, where these say one."""
    codes = {one.ticket_type_code for one in sale.tickets}
    sold_in = {prices.currency for prices in plan.types if prices.code in codes}
    return sold_in <= {sale.currency, ""}


def _bounds(at: Instant, error: Duration | None) -> tuple[Instant, Instant]:
    if error is None:
        return Instant(0), INSTANT_MAX
    return Instant(max(0, at - error)), Instant(min(INSTANT_MAX, at + error))


def _is_price(plan: PricePlan, sold: SoldTicket, first: Instant, last: Instant) -> bool:
    """Tell whether a ticket by itself has a price of its type; any is right of unknown types."""
    for prices in plan.types:
        if prices.code == sold.ticket_type_code:
            tiers = {
                tier.price_minor
                for tier in prices.tiers
                if (tier.starts_at is None or tier.starts_at <= last)
                and (tier.ends_at is None or first < tier.ends_at)
            }
            return sold.price_minor in {prices.price_minor, *tiers}
    return True


def _fits(plan: PricePlan, sale: SaleBody, first: Instant, last: Instant) -> bool:
    """Tell whether the lines are what the plan says at any instant between two."""
    known = {prices.code for prices in plan.types}
    lines = [line for line in sale.lines if line.ticket_type_code in known]
    codes_sold = {line.ticket_type_code for line in lines}
    sold = tuple(prices for prices in plan.types if prices.code in codes_sold)
    plan = msgspec.structs.replace(plan, types=sold)  # it is priced again at each turn of prices
    wanted = [WantedTickets(line.ticket_type_code, line.count) for line in lines]
    named = {name for line in lines for name in line.promo.split(",") if name}
    codes = [one.code_hash for one in plan.promotions if one.id in named and one.code_hash]
    if not lines:
        return True
    # What is counted holds as far as the sale says that it used it; whether its till had been
    # given so much is for whoever counts.
    left = {use.id: use.count for use in sale.uses}
    for at in _instants(plan, first, last):
        priced = price_basket(plan, wanted, at, codes=codes, left=left)
        is_whole = isinstance(priced, Priced) and priced.uses == left
        if is_whole and isinstance(priced, Priced) and _is_same(plan, sale, lines, priced):
            return True
    return False


def _instants(plan: PricePlan, first: Instant, last: Instant) -> list[Instant]:
    """Return one instant of each stretch within which the plan's prices stay as they are."""
    turns: set[Instant] = set()
    for prices in plan.types:
        turns |= {at for tier in prices.tiers for at in (tier.starts_at, tier.ends_at) if at}
        turns |= {at for at in (prices.sales_from, prices.sales_until) if at is not None}
    turns |= {at for one in plan.promotions for at in (one.starts_at, one.ends_at) if at}
    within = sorted(at for at in turns if first <= at <= last)[:BOUNDARIES_MAX]
    return sorted({first, last, *within, *(Instant(max(first, at - 1)) for at in within)})


def _is_same(plan: PricePlan, sale: SaleBody, lines: Sequence[SaleLine], priced: Priced) -> bool:
    if len(priced.lines) != len(lines):
        return False
    pairs = list(zip(lines, priced.lines, strict=True))
    if all(_key_of(line) == _key_of(one) for line, one in pairs):
        return True
    # Somebody with the right to took something off: prices, fees and tax are still the plan's.
    is_signed = bool(sale.cashier or sale.authorized_by)
    off = [line.discount_minor - one.discount_minor for line, one in pairs]
    same = all(
        (line.ticket_type_code, line.unit_minor, line.fee_minor, line.tax_basis_points)
        == (one.ticket_type_code, one.unit_minor, one.fee_minor, one.tax_basis_points)
        for line, one in pairs
    )
    return is_signed and same and min(off) >= 0 and _tax_fits(plan, lines)


def _tax_fits(plan: PricePlan, lines: Sequence[SaleLine]) -> bool:
    mode = TaxRounding(plan.tax_rounding)
    if mode is TaxRounding.SUM_BY_NET:
        mode = TaxRounding.SUM_BY_NET_KEEP_GROSS
    taxable = [Taxable(line.gross_minor, line.tax_basis_points, line.count) for line in lines]
    taxed = reckon_tax(taxable, mode)
    return [one.tax_minor for one in taxed] == [line.tax_minor for line in lines]


def _key_of(line: SaleLine | PricedLine) -> tuple[int, ...]:
    return (
        line.ticket_type_code,
        line.count,
        line.unit_minor,
        line.discount_minor,
        line.fee_minor,
        line.tax_basis_points,
        line.tax_minor,
    )
