"""The model of money: what a basket costs and how it is paid, worked out from the specification.

It knows docs/specs/manifest.md, section 6, docs/specs/journal.md, section 5, and the decision
records 0047, 0050, 0052 and 0053, and calls nothing of the product. All is whole minor units.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from shared.kernel.instant import Instant
from simulator.boxoffice.offers import BY_LINE, BY_NET, Deal, Offer, PriceList

ALL: Final = 10_000
"""Ten-thousandths of a whole."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a sale or order."""

    code: int
    count: int
    unit: int
    off: int
    fee: int
    rate: int
    tax: int
    moved: int = 0

    @property
    def gross(self) -> int:
        """What is due for it."""
        return self.unit * self.count - self.off + self.fee + self.moved


class Off(msgspec.Struct, frozen=True):
    """What a cashier takes off: a percentage, then an amount."""

    points: int = 0
    amount: int = 0


NOTHING_OFF: Final = Off()
GIFT: Final = Off(ALL)


def nearest(amount: int, over: int, under: int) -> int:
    """Return amount x over / under, to the nearest whole; a half goes up."""
    whole, rest = divmod(amount * over, under)
    return whole + (1 if 2 * rest >= under else 0)


def share_out(total: int, weights: Sequence[int]) -> list[int]:
    """Part a total by weight: whole parts first, then one more each, by what is left of them."""
    sum_of = sum(weights)
    if not sum_of:
        return [0 for _ in weights]
    exact = [divmod(total * weight, sum_of) for weight in weights]
    given = [whole for whole, _ in exact]
    order = sorted(range(len(weights)), key=lambda place: -exact[place][1])  # it is stable
    for place in order[: total - sum(given)]:
        given[place] += 1
    return given


class _Row:
    """A line while it is worked out."""

    def __init__(self, offer: Offer, count: int, unit: int) -> None:
        self.offer, self.count, self.unit = offer, count, unit
        self.off = self.served = 0

    @property
    def left(self) -> int:
        return self.unit * self.count - self.off


def price_lines(
    prices: PriceList,
    wanted: Sequence[tuple[int, int]],
    at: Instant,
    *,
    words: Sequence[str] = (),
    off: Off = NOTHING_OFF,
    is_order: bool = False,
) -> list[Line] | None:
    """Say what a basket comes to; None where it is not sold so.

    Args:
        prices: Those that hold.
        wanted: Types by code, with how many.
        at: When.
        words: Of the deals that the guest knows.
        off: What the cashier takes off.
        is_order: Not a till's sale: net prices may stay, and the total move.
    """
    rows = []
    for code, count in wanted:
        offer = prices.offer(code)
        if offer is None or (offer.most is not None and count > offer.most):
            return None
        rows.append(_Row(offer, count, _unit(offer, at)))
    for kind in ("buy_get", "percent", "fixed"):
        for is_said in (False, True):
            for deal in prices.deals:
                is_turn = deal.kind == kind and bool(deal.word) == is_said
                if is_turn and (deal.word in words or not deal.word):
                    _give(deal, rows)
    by_cashier = nearest(sum(row.left for row in rows), off.points, ALL) + off.amount
    lefts = [row.left for row in rows]
    for row, part in zip(rows, share_out(min(by_cashier, sum(lefts)), lefts), strict=True):
        row.off += part
    is_gift = off.points >= ALL
    fees = [0 if is_gift else row.offer.fee * row.count for row in rows]
    grosses = [row.left + fee for row, fee in zip(rows, fees, strict=True)]
    taxes, moved = _taxes(prices.rounding, rows, grosses, is_order=is_order)
    return [
        Line(
            code=row.offer.code,
            count=row.count,
            unit=row.unit,
            off=row.off,
            fee=fee,
            rate=row.offer.rate,
            tax=tax,
            moved=by,
        )
        for row, fee, tax, by in zip(rows, fees, taxes, moved, strict=True)
    ]


def _unit(offer: Offer, at: Instant) -> int:
    for tier in offer.tiers:
        if (tier.begins is None or tier.begins <= at) and (tier.ends is None or at < tier.ends):
            return tier.price
    return offer.price


def _give(deal: Deal, rows: Sequence[_Row]) -> None:
    ours = [row for row in rows if deal.names is None or row.offer.name in deal.names]
    if deal.kind == "buy_get":
        _free(deal, ours)
        return
    lefts = [row.left for row in ours]
    amount = deal.amount
    if deal.kind == "percent":
        amount = nearest(sum(lefts), deal.points, ALL)
    for row, part in zip(ours, share_out(min(amount, sum(lefts)), lefts), strict=True):
        row.off += part


def _free(deal: Deal, rows: Sequence[_Row]) -> None:
    """Of every so many tickets the cheapest are free; worked out ticket by ticket."""
    tickets = sorted(
        (row.unit, place) for place, row in enumerate(rows) for _ in range(row.count - row.served)
    )
    groups = len(tickets) // (deal.buy + deal.free)
    for unit, place in tickets[: groups * deal.free]:
        rows[place].off += unit
        rows[place].served += 1
    dearest = sorted(tickets[groups * deal.free :], key=lambda one: (-one[0], one[1]))
    for _, place in dearest[: groups * deal.buy]:
        rows[place].served += 1


def _taxes(
    rounding: str, rows: Sequence[_Row], grosses: Sequence[int], *, is_order: bool
) -> tuple[list[int], list[int]]:
    """Return each line's tax, and by how much its total moves for it."""
    each = [
        sum(_within(price, row.offer.rate) for price in prices_of(gross, row.count))
        for row, gross in zip(rows, grosses, strict=True)
    ]
    moved = [0 for _ in rows]
    if rounding == BY_LINE:
        return each, moved
    taxes = list(each)
    for rate in {row.offer.rate for row in rows}:
        places = [place for place, row in enumerate(rows) if row.offer.rate == rate]
        if rounding == BY_NET and is_order:
            nets = [grosses[place] - each[place] for place in places]
            parts = share_out(nearest(sum(nets), rate, ALL), nets)
        else:
            weights = [grosses[place] for place in places]
            parts = share_out(_within(sum(weights), rate), weights)
        for place, part in zip(places, parts, strict=True):
            taxes[place] = part
            moved[place] = part - each[place] if rounding == BY_NET and is_order else 0
    return taxes, moved


def _within(gross: int, rate: int) -> int:
    return nearest(gross, rate, ALL + rate)


def prices_of(gross: int, count: int) -> list[int]:
    """Part a line's gross among its tickets: the first ones bear what does not divide."""
    each, rest = divmod(gross, count)
    return [each + 1] * rest + [each] * (count - rest)


def round_cash(amount: int, step: int) -> int:
    """Return what is paid in cash for an amount."""
    return nearest(amount, 1, step) * step


def tax_of_part(tax: int, gross: int, before: int, now: int) -> int:
    """Return the tax in a part of a line, so that the parts sum up to the line's whatever comes.

    Args:
        tax: The line's.
        gross: The line's.
        before: What of it the tickets in front of this one cost.
        now: What this one costs.
    """
    if not gross:
        return 0
    return nearest(before + now, tax, gross) - nearest(before, tax, gross)
