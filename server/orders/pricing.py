"""What an order comes to: priced by the event's plan at the server's instant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from server.db.unit import Unit
from server.problem_answers import FieldError, Problem, wrong_fields
from server.ticketing.event_price_plan import (
    limits_of,
    read_left,
    read_price_plan,
    take_price_counts,
)
from server.ticketing.finding_and_changing_tickets import TicketType
from server.ticketing.selling_terms import PUBLIC_CHANNELS
from shared.kernel.id_types import EventId, TicketId, TicketTypeId
from shared.sales.basket_pricing import (
    Channel,
    PricedLine,
    PriceRefusal,
    Unpriced,
    WantedTickets,
    price_basket,
)
from shared.sales.dividing_money import spread
from shared.sales.promotion_code import hash_promotion_code
from shared.sales.tax import share_of_tax

_WORDS: Final = {
    PriceRefusal.NOT_SOLD_HERE: "is not sold by this channel",
    PriceRefusal.NOT_ON_SALE: "is not on sale now",
    PriceRefusal.TOO_FEW: "are too few: at least {bound} in one order",
    PriceRefusal.TOO_MANY: "are too many: at most {bound} in one order",
    PriceRefusal.UNKNOWN_CODE: "include a code that is not valid for this event now",
    PriceRefusal.CODE_USED_UP: "include a code that is used up",
    PriceRefusal.CODES_DO_NOT_COMBINE: "include two that cannot be combined; give one",
    PriceRefusal.MIXED_CURRENCIES: "mix currencies; place an order for each",
}


class OrderPrices(msgspec.Struct, frozen=True):
    """An order's lines as they are priced.

    Attributes:
        lines: In the order asked for; `wanted` is the place there.
        uses: How much they take of each counted tier and promotion.
        limits: How much there is of each.
    """

    lines: Sequence[PricedLine]
    uses: Mapping[str, int]
    limits: Mapping[str, int]

    @property
    def total_minor(self) -> int:
        """Return what is due for all of it."""
        return sum(line.gross_minor for line in self.lines)


async def price_order(
    unit: Unit,
    event_id: EventId,
    wanted: Sequence[tuple[TicketTypeId, int]],
    known: Mapping[TicketTypeId, TicketType],
    *,
    channel: str,
    codes: Sequence[str],
) -> OrderPrices:
    """Price an order.

    Args:
        unit: Its instant is the one that counts.
        event_id: Whose tickets.
        wanted: Ticket types with how many of each.
        known: The event's types.
        channel: Where it is sold.
        codes: Of promotions, as the buyer said them.

    Raises:
        Problem: wrong fields, where it is not sold like that.
    """
    plan = await read_price_plan(unit, event_id)
    left = await read_left(unit, event_id, plan)
    asked = [WantedTickets(known[type_id].code, count) for type_id, count in wanted]
    seller = Channel.PUBLIC if channel in PUBLIC_CHANNELS else Channel.STAFF
    hashes = [hash_promotion_code(event_id, code) for code in codes]
    priced = price_basket(plan, asked, unit.now, codes=hashes, left=left, channel=seller)
    if isinstance(priced, Unpriced):
        raise _refused(priced, asked)
    return OrderPrices(priced.lines, priced.uses, limits_of(plan))


def price_gifts(
    wanted: Sequence[tuple[TicketTypeId, int]], known: Mapping[TicketTypeId, TicketType]
) -> OrderPrices:
    """Price tickets that are given at no price."""
    lines = [
        PricedLine(
            wanted=place,
            ticket_type_code=known[type_id].code,
            tier="",
            count=count,
            unit_minor=0,
            discount_minor=0,
            fee_minor=0,
            rounding_minor=0,
            tax_basis_points=0,
            tax_minor=0,
            promo="",
        )
        for place, (type_id, count) in enumerate(wanted)
    ]
    return OrderPrices(lines, {}, {})


async def take_uses(unit: Unit, event_id: EventId, prices: OrderPrices) -> None:
    """Take what an order's prices use of what is counted.

    Raises:
        Problem: `conflict` if somebody took it meanwhile.
    """
    if prices.uses:
        await take_price_counts(unit, event_id, prices.uses, prices.limits)


class TicketOfLine(NamedTuple):
    """A ticket of an order, as far as its price needs.

    Attributes:
        price_minor: What its till says that it cost; None if no till sold it.
    """

    ticket_id: TicketId
    line: int
    price_minor: int | None


class LineSum(NamedTuple):
    """What the tickets of a line cost together, how many there are, and the tax in it."""

    total_minor: int
    quantity: int
    tax_basis_points: int = 0
    tax_minor: int = 0


class TicketTax(NamedTuple):
    """What a ticket cost, the line that it is of, and what the line's tickets before it cost."""

    price_minor: int
    line: LineSum
    before_minor: int

    @property
    def basis_points(self) -> int:
        """The rate of the tax in its price."""
        return self.line.tax_basis_points

    def within(self, amount_minor: int) -> int:
        """Return the tax in a part of the price, by the ticket's place in its line."""
        part = min(amount_minor, self.price_minor)
        return share_of_tax(self.line.tax_minor, self.line.total_minor, self.before_minor, part)


def price_tickets(
    lines: Mapping[int, LineSum], tickets: Iterable[TicketOfLine]
) -> dict[TicketId, int]:
    """Return what each ticket of an order cost: those of a line sum to its total.

    They are its equal parts, and of those that differ by a unit a ticket has the one that its
    till said, or else one by the order of ids. So it is the same for whoever asks, whatever
    became of the others.

    Args:
        lines: The order's by number.
        tickets: All of the order's, whatever became of them.
    """
    mine: dict[int, list[TicketOfLine]] = {}
    for one in sorted(tickets):
        mine.setdefault(one.line, []).append(one)
    prices: dict[TicketId, int] = {}
    for number, ours in mine.items():
        line = lines.get(number, LineSum(0, 1))
        parts = spread(line.total_minor, [1] * line.quantity)
        said = [one.price_minor for one in ours if one.price_minor is not None]
        is_said = len(said) == len(ours) and Counter(said) <= Counter(parts)
        found = said if is_said else [*parts, *[0] * len(ours)]
        prices |= {one.ticket_id: part for one, part in zip(ours, found, strict=False)}
    return prices


def tax_tickets(
    lines: Mapping[int, LineSum], tickets: Sequence[TicketOfLine]
) -> dict[TicketId, TicketTax]:
    """Return the tax in what each ticket of an order cost: those of a line sum to its tax.

    Args:
        lines: The order's by number.
        tickets: All of the order's, whatever became of them.
    """
    prices = price_tickets(lines, tickets)
    before = Counter[int]()
    found = {}
    for one in sorted(tickets):
        line, price = lines.get(one.line, LineSum(0, 1)), prices[one.ticket_id]
        found[one.ticket_id] = TicketTax(price, line, before[one.line])
        before[one.line] += price
    return found


def _refused(refused: Unpriced, asked: Sequence[WantedTickets]) -> Problem:
    words = _WORDS[refused.reason]
    if refused.ticket_type_code is None:
        is_lines = refused.reason is PriceRefusal.MIXED_CURRENCIES
        field = FieldError("lines" if is_lines else "codes", words)
        return wrong_fields([field])
    name = "ticket_type_id" if refused.bound is None else "quantity"
    fields = [
        FieldError(f"lines[{place}].{name}", words.format(bound=refused.bound))
        for place, one in enumerate(asked)
        if one.ticket_type_code == refused.ticket_type_code
    ]
    return wrong_fields(fields)
