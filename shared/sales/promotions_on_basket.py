"""Which tickets of a basket an offer makes cheaper, and by how much: one promotion at a time."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from shared.kernel.id_types import TicketTypeId
from shared.manifest.price_plan import PricePromotion, TypePrices
from shared.sales.discount import discount_of, spread_discount


class LinePart(msgspec.Struct):
    """Tickets of one line at one price, while their basket is reckoned."""

    wanted: int
    prices: TypePrices
    tier: str
    count: int
    unit_minor: int
    off_minor: int = 0
    promos: list[str] = msgspec.field(default_factory=list)
    spent: int = 0
    """Tickets that served a rule that counts tickets; each serves one."""

    @property
    def left_minor(self) -> int:
        """Return what they cost by now."""
        return self.unit_minor * self.count - self.off_minor


def apply_promotion(promotion: PricePromotion, parts: Sequence[LinePart]) -> bool:
    """Take a promotion's discount off the lines that it is for; tells whether there was any."""
    for_types: set[TicketTypeId] | None = (
        None if promotion.ticket_type_ids is None else set(promotion.ticket_type_ids)
    )
    ours = [part for part in parts if for_types is None or part.prices.ticket_type_id in for_types]
    off = _free(promotion, ours) if promotion.kind == "buy_get" else _off(promotion, ours)
    for part, minor in zip(ours, off, strict=True):
        part.off_minor += minor
        if minor and promotion.code_hash:
            part.promos.append(promotion.id)
    return any(off)


def _off(promotion: PricePromotion, parts: Sequence[LinePart]) -> tuple[int, ...]:
    lefts = [part.left_minor for part in parts]
    amount = discount_of(
        sum(lefts),
        percent_points=promotion.percent_points if promotion.kind == "percent" else 0,
        fixed_minor=promotion.fixed_minor if promotion.kind == "fixed" else 0,
    )
    return spread_discount(amount, lefts)


def _free(promotion: PricePromotion, parts: Sequence[LinePart]) -> list[int]:
    """Let the cheapest tickets come free, so many for so many; each serves one such rule."""
    size = promotion.buy + promotion.free
    off = [0] * len(parts)
    unserved = sum(part.count - part.spent for part in parts)
    if size == 0 or promotion.free == 0:
        return off
    groups = unserved // size
    free, paid = groups * promotion.free, groups * promotion.buy
    for index in sorted(range(len(parts)), key=lambda i: (parts[i].unit_minor, i)):
        part = parts[index]
        taken = min(free, part.count - part.spent)
        off[index] = taken * part.unit_minor
        part.spent += taken
        free -= taken
    for index in sorted(range(len(parts)), key=lambda i: (-parts[i].unit_minor, i)):
        part = parts[index]
        taken = min(paid, part.count - part.spent)
        part.spent += taken
        paid -= taken
    return off
