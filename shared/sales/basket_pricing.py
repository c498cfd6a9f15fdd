"""What a basket comes to at an instant under a plan: the one function that says so.

The order of reckoning: list price or tier; tickets that come free; percentages; fixed amounts (of
each of these, what holds by itself before what a code gives); fees; tax. A discount is never more
than what it is taken from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from shared.kernel.instant import Instant
from shared.manifest.price_plan import PricePlan, PricePromotion, TypePrices
from shared.sales.promotions_on_basket import LinePart, apply_promotion
from shared.sales.tax import Taxable, TaxRounding, reckon_tax

CODES_MAX: Final = 2
"""Codes in one basket."""
NO_COUNTS: Final[Mapping[str, int]] = {}
_KINDS: Final = ("buy_get", "percent", "fixed")


class Channel(StrEnum):
    """Who sells tickets to a guest: each may sell only what is visible to it."""

    PUBLIC = "public"
    TILL = "till"
    STAFF = "staff"


class PriceRefusal(StrEnum):
    """Why a basket has no price."""

    NOT_SOLD_HERE = "not_sold_here"
    NOT_ON_SALE = "not_on_sale"
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    UNKNOWN_CODE = "unknown_code"
    CODE_USED_UP = "code_used_up"
    CODES_DO_NOT_COMBINE = "codes_do_not_combine"
    MIXED_CURRENCIES = "mixed_currencies"


class WantedTickets(msgspec.Struct, frozen=True):
    """So many tickets of one type, at least one."""

    ticket_type_code: int
    count: int


class PricedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Some tickets of one type at one price; amounts in minor units.

    Attributes:
        wanted: The place, from 0, in what was asked for; a tier that runs out parts it in two.
        tier: The id of the tier whose price this is, or "".
        unit_minor: Of one ticket, before discount and fee.
        discount_minor: Off the line.
        fee_minor: Of the line.
        rounding_minor: What rounding of tax adds (`sum_by_net`, orders only).
        tax_minor: Contained in the line's gross.
        promo: The ids of the promotions whose codes gave the discount, with commas, or "".
    """

    wanted: int
    ticket_type_code: int
    tier: str
    count: int
    unit_minor: int
    discount_minor: int
    fee_minor: int
    rounding_minor: int
    tax_basis_points: int
    tax_minor: int
    promo: str

    @property
    def gross_minor(self) -> int:
        """Return what is due for the line."""
        due = self.unit_minor * self.count - self.discount_minor + self.fee_minor
        return due + self.rounding_minor


class Priced(msgspec.Struct, frozen=True):
    """What a basket comes to.

    Attributes:
        lines: In the order asked for.
        currency: Of all amounts; "" of an empty basket.
        uses: How much of each counted tier and promotion it takes, by id.
    """

    lines: tuple[PricedLine, ...]
    currency: str
    uses: dict[str, int]

    @property
    def total_minor(self) -> int:
        """Return what is due for all of it."""
        return sum(line.gross_minor for line in self.lines)


class Unpriced(msgspec.Struct, frozen=True):
    """Why a basket has no price, and which type is at fault, if one is.

    Attributes:
        bound: Of too few or too many, how many it may be.
    """

    reason: PriceRefusal
    ticket_type_code: int | None = None
    bound: int | None = None


def price_basket(
    plan: PricePlan,
    wanted: Sequence[WantedTickets],
    at: Instant,
    *,
    codes: Sequence[bytes],
    left: Mapping[str, int],
    channel: Channel = Channel.TILL,
) -> Priced | Unpriced:
    """Price a basket.

    Args:
        plan: The event's.
        wanted: What is asked for; one type may be named several times.
        at: In server time, as well as it is known.
        codes: `hash_promotion_code` of those that the buyer gave, at most `CODES_MAX`.
        left: How much is left, for whoever sells, of each tier and promotion that is counted; of
            one that is not named nothing is: its tier is passed over, its code used up. A
            till's are in its grant.
        channel: Who sells; at a till what is shown is what is paid, whatever rounds taxes.

    Returns:
        The same for the same arguments, everywhere.
    """
    types = {prices.code: prices for prices in plan.types}
    fault = _check_types(types, wanted, at)
    if fault is not None:
        return fault
    given = [one for one in plan.promotions if one.code_hash and one.code_hash in codes]
    fault = _check_codes(given, codes, left, at) or _check_seen(types, wanted, given, channel)
    if fault is not None:
        return fault
    parts: list[LinePart] = []
    uses: dict[str, int] = {}
    for place, one in enumerate(wanted):
        parts += _parts(place, types[one.ticket_type_code], one.count, at, left, uses)
    for promotion in _in_order(plan, given, left, at):
        if apply_promotion(promotion, parts) and promotion.uses is not None:
            uses[promotion.id] = 1
    lines = _finish(plan, parts, channel)
    return Priced(lines, parts[0].prices.currency if parts else "", uses)


def _check_types(
    types: Mapping[int, TypePrices], wanted: Sequence[WantedTickets], at: Instant
) -> Unpriced | None:
    counts: dict[int, int] = {}
    for one in wanted:
        assert one.count >= 1
        counts[one.ticket_type_code] = counts.get(one.ticket_type_code, 0) + one.count
    for code, count in counts.items():
        prices = types.get(code)
        if prices is None:
            return Unpriced(PriceRefusal.NOT_SOLD_HERE, code)
        is_late = prices.sales_until is not None and at > prices.sales_until
        if is_late or (prices.sales_from is not None and at < prices.sales_from):
            return Unpriced(PriceRefusal.NOT_ON_SALE, code)
        if count < prices.order_min:
            return Unpriced(PriceRefusal.TOO_FEW, code, prices.order_min)
        if prices.order_max is not None and count > prices.order_max:
            return Unpriced(PriceRefusal.TOO_MANY, code, prices.order_max)
    if len({types[code].currency for code in counts}) > 1:
        return Unpriced(PriceRefusal.MIXED_CURRENCIES)
    return None


def _check_codes(
    given: Sequence[PricePromotion], codes: Sequence[bytes], left: Mapping[str, int], at: Instant
) -> Unpriced | None:
    held = [one for one in given if _holds(one.starts_at, one.ends_at, at)]
    if {one.code_hash for one in held} != set(codes) or len(codes) > CODES_MAX:
        return Unpriced(PriceRefusal.UNKNOWN_CODE)
    if len(held) > 1 and not all(one.combinable for one in held):
        return Unpriced(PriceRefusal.CODES_DO_NOT_COMBINE)
    if any(one.uses is not None and left.get(one.id, 0) < 1 for one in held):
        return Unpriced(PriceRefusal.CODE_USED_UP)
    return None


def _check_seen(
    types: Mapping[int, TypePrices],
    wanted: Sequence[WantedTickets],
    given: Sequence[PricePromotion],
    channel: Channel,
) -> Unpriced | None:
    shown = {type_id for one in given for type_id in one.ticket_type_ids or ()}
    for one in wanted:
        prices = types[one.ticket_type_code]
        is_hidden = prices.visibility == "code" and prices.ticket_type_id not in shown
        is_staffs = prices.visibility == "staff" and channel is Channel.PUBLIC
        if is_staffs or (is_hidden and channel is not Channel.STAFF):
            return Unpriced(PriceRefusal.NOT_SOLD_HERE, prices.code)
    return None


def _holds(starts_at: Instant | None, ends_at: Instant | None, at: Instant) -> bool:
    return (starts_at is None or starts_at <= at) and (ends_at is None or at < ends_at)


def _parts(
    place: int,
    prices: TypePrices,
    count: int,
    at: Instant,
    left: Mapping[str, int],
    uses: dict[str, int],
) -> list[LinePart]:
    """Take a line's tickets from the tiers that hold, then at the list price."""
    parts = []
    for tier in prices.tiers:
        if count == 0 or not _holds(tier.starts_at, tier.ends_at, at):
            continue
        taken = count
        if tier.count is not None:
            taken = max(0, min(count, left.get(tier.id, 0) - uses.get(tier.id, 0)))
            if taken:
                uses[tier.id] = uses.get(tier.id, 0) + taken
        if taken:
            parts.append(LinePart(place, prices, tier.id, taken, tier.price_minor))
            count -= taken
    if count:
        parts.append(LinePart(place, prices, "", count, prices.price_minor))
    return parts


def _in_order(
    plan: PricePlan, given: Sequence[PricePromotion], left: Mapping[str, int], at: Instant
) -> list[PricePromotion]:
    automatic = [
        one
        for one in plan.promotions
        if not one.code_hash
        and _holds(one.starts_at, one.ends_at, at)
        and (one.uses is None or left.get(one.id, 0) >= 1)
    ]
    known = [one for one in [*automatic, *given] if one.kind in _KINDS]
    return sorted(known, key=lambda one: _KINDS.index(one.kind))


def _finish(
    plan: PricePlan, parts: Sequence[LinePart], channel: Channel
) -> tuple[PricedLine, ...]:
    mode = TaxRounding(plan.tax_rounding)
    if channel is Channel.TILL and mode is TaxRounding.SUM_BY_NET:
        mode = TaxRounding.SUM_BY_NET_KEEP_GROSS
    fees = [part.prices.fee_minor * part.count for part in parts]
    taxable = [
        Taxable(part.left_minor + fee, part.prices.tax_basis_points, part.count)
        for part, fee in zip(parts, fees, strict=True)
    ]
    return tuple(
        PricedLine(
            wanted=part.wanted,
            ticket_type_code=part.prices.code,
            tier=part.tier,
            count=part.count,
            unit_minor=part.unit_minor,
            discount_minor=part.off_minor,
            fee_minor=fee,
            rounding_minor=taxed.rounding_minor,
            tax_basis_points=part.prices.tax_basis_points,
            tax_minor=taxed.tax_minor,
            promo=",".join(part.promos),
        )
        for part, fee, taxed in zip(parts, fees, reckon_tax(taxable, mode), strict=True)
    )
