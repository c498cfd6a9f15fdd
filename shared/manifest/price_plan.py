"""What an event's tickets cost, as the organizer set it: the plan by which a cut-off till sells.

It travels in the event's configuration; `shared.sales.basket_pricing` prices baskets by it. All
amounts are minor units of the type's currency; windows begin with their first instant and end
before their last.
"""

from __future__ import annotations

from typing import Final

import msgspec

from shared.kernel.id_types import TicketTypeId
from shared.kernel.instant import Instant
from shared.seating.seat_map import SeatOffer

CODE_HASH_SIZE: Final = 16


class PriceTier(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A price of a ticket type that holds for a time, or for so many tickets.

    Attributes:
        id: Unique within the event.
        name: Shown on screens, such as `Early bird`.
        price_minor: What a ticket costs under it.
        starts_at: From when on, or None.
        ends_at: Until when, that instant not included, or None.
        count: For how many tickets, or None for any number. How many are left is counted apart.
    """

    id: str
    name: str
    price_minor: int
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    count: int | None = None


class TypePrices(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """How a ticket type is sold.

    Attributes:
        code: The type's number in credentials.
        ticket_type_id: Its id.
        price_minor: The list price, where no tier holds.
        currency: ISO 4217.
        tiers: The first one that holds is taken.
        fee_minor: Added for each ticket; no discount takes from it.
        tax_basis_points: Tax contained in price and fee: 1,900 are 19 %.
        sales_from: From when on it is sold, or None.
        sales_until: Until when, that instant included, or None.
        order_min: Fewer in one order are not sold.
        order_max: More in one order are not sold; None for no such bound.
        visibility: `public`, `staff` (tills and the organizer sell it) or `code` (sold to whoever
            has a promotion's code that names it).
        seats: Which reserved seats its tickets are for; None for tickets without.
        host: Whose guests they are for, where the type is a guest list; "" for one that is sold.
            Then `order_max` is a guest and whoever comes with them.
    """

    code: int
    ticket_type_id: TicketTypeId
    price_minor: int
    currency: str
    tiers: tuple[PriceTier, ...] = ()
    fee_minor: int = 0
    tax_basis_points: int = 0
    sales_from: Instant | None = None
    sales_until: Instant | None = None
    order_min: int = 1
    order_max: int | None = None
    visibility: str = "public"
    seats: SeatOffer | None = None
    host: str = ""


class PricePromotion(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A discount, by itself or by a code.

    Attributes:
        id: Unique within the event.
        name: Shown on screens and receipts.
        kind: `percent`, `fixed` (off the basket) or `buy_get`.
        percent_points: Of `percent`: basis points.
        fixed_minor: Of `fixed`: what comes off the basket.
        buy: Of `buy_get`: for so many tickets paid,
        free: so many more are free, the cheapest.
        code_hash: `hash_promotion_code`; empty for one that holds for everybody.
        ticket_type_ids: The types it is for, or None for all.
        starts_at: From when on, or None.
        ends_at: Until when, that instant not included, or None.
        uses: In how many orders it may be used, or None for any number; what is left is counted
            apart.
        combinable: May stand beside another code in one order.
    """

    id: str
    name: str
    kind: str
    percent_points: int = 0
    fixed_minor: int = 0
    buy: int = 0
    free: int = 0
    code_hash: bytes = b""
    ticket_type_ids: tuple[TicketTypeId, ...] | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    uses: int | None = None
    combinable: bool = False


class RefundTerm(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What of a ticket's price goes back until a date.

    Attributes:
        until: Until when it holds, that instant not included; None for good.
        percent_points: Basis points of what the ticket cost.
        fee_minor: What is kept of that besides, in minor units.
    """

    until: Instant | None = None
    percent_points: int = 10_000
    fee_minor: int = 0


class PricePlan(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """All prices of an event, as the server sells by them and tills are told them.

    Attributes:
        types: In order of code.
        promotions: In order of id.
        tax_rounding: A word of `shared.sales.tax.TaxRounding`.
        cash_step_minor: What cash is rounded to; 1 for not at all.
        refunds: In order of date; the first that holds is taken, after the last nothing goes
            back. None at all: everything does.
        transfers_until: Until when a ticket may be passed on to somebody else, that instant not
            included; None for good, 0 for never.
    """

    types: tuple[TypePrices, ...] = ()
    promotions: tuple[PricePromotion, ...] = ()
    tax_rounding: str = "sum_by_net_keep_gross"
    cash_step_minor: int = 1
    refunds: tuple[RefundTerm, ...] = ()
    transfers_until: Instant | None = None
