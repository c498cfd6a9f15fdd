"""Request and answer bodies of orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from server.http.body_and_answer_types import Answer, Body, Email, IdOf, Name, Text
from server.orders.how_long_unpaid_orders_hold_seats import (
    UNPAID_ORDER_KEPT,
    UNPAID_ORDER_KEPT_MAX,
    UNPAID_ORDER_KEPT_MIN,
)
from server.orders.placing_orders import OrderPayment
from server.quotas import TICKETS_PER_ORDER_MAX
from server.seating.schemas import SeatIds
from server.ticketing.schemas import TicketAnswer
from shared.kernel.id_types import EventId, OccurrenceId, OrderId, TicketTypeId
from shared.kernel.instant import SECOND

Quantity = Annotated[int, msgspec.Meta(ge=1, le=TICKETS_PER_ORDER_MAX)]
HoldSeconds = Annotated[
    int, msgspec.Meta(ge=UNPAID_ORDER_KEPT_MIN // SECOND, le=UNPAID_ORDER_KEPT_MAX // SECOND)
]
PromotionCode = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Phone = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^\+?[0-9][0-9 ()./-]{3,38}$(?!\n)",
        max_length=40,
        description="a telephone number: digits, blanks, ( ) . / - and a leading +",
    ),
]
Channel = Literal["web", "api", "box_office", "comp", "import"]


class LineBody(Body):
    """So many tickets of one type.

    Attributes:
        seats: One for each ticket, of a type with reserved seats; without them the best free ones
            are taken, beside each other where that can be.
    """

    ticket_type_id: IdOf[TicketTypeId]
    quantity: Quantity
    occurrence_id: IdOf[OccurrenceId] | None = None
    variant: Name | None = None
    seats: SeatIds | None = None


class NewOrder(Body):
    """Place an order.

    Attributes:
        payment: `paid` and `comp` give valid tickets at once; the others withhold them until they
            are paid, or, also where nothing is due, until `…/paid` is said.
        hold_s: For how many seconds a pending order withholds its tickets.
        comp_reason: Needed for `comp`.
        hold_id: Of an open hold: its seats may be taken besides free ones, its tickets are taken
            before free ones.
        codes: Of promotions; two stand together only where both say so.
    """

    lines: Annotated[list[LineBody], msgspec.Meta(min_length=1, max_length=50)]
    payment: OrderPayment = OrderPayment.PENDING
    channel: Channel = "api"
    buyer_email: Email | None = None
    buyer_name: Name | None = None
    buyer_phone: Phone | None = None
    hold_s: HoldSeconds = UNPAID_ORDER_KEPT // SECOND
    comp_reason: Name | None = None
    codes: Annotated[tuple[PromotionCode, ...], msgspec.Meta(max_length=2)] = ()
    hold_id: IdOf[str] | None = None


class LineAnswer(Answer):
    """A line of an order; amounts in minor units.

    Attributes:
        discount_minor: Off the line.
        fee_minor: Upon the line.
        rounding_minor: What the line moved by so that net prices and tax hold on the order's sum.
        total_minor: What is due, tax included.
        tax_basis_points: 1,900 are 19 %.
        tier: The tier whose price it is, or empty.
        promotion: The promotions that codes gave, or empty.
    """

    line: int
    ticket_type_id: TicketTypeId
    occurrence_id: OccurrenceId | None
    quantity: int
    unit_price_minor: int
    discount_minor: int
    fee_minor: int
    rounding_minor: int
    total_minor: int
    tax_basis_points: int
    tax_minor: int
    tier: str
    promotion: str


class OrderSummary(Answer):
    """An order, without its lines."""

    id: OrderId
    event_id: EventId
    number: int
    state: str
    channel: str
    currency: str
    total_minor: int
    buyer_email: str | None
    buyer_name: str | None
    buyer_phone: str | None
    created_at: datetime
    expires_at: datetime | None
    paid_at: datetime | None
    cancelled_at: datetime | None


class OrderAnswer(Answer):
    """An order with its lines and tickets."""

    order: OrderSummary
    lines: Sequence[LineAnswer]
    tickets: Sequence[TicketAnswer]


class RefundAnswer(Answer):
    """What the refund of a ticket gives back, or has given; amounts in minor units.

    Attributes:
        currency: The order's; null of a ticket without one.
        price_minor: What was paid for it; 0 while nothing was.
        back_minor: What the event's refund terms give back of that at this instant.
        noted_minor: What was noted as owed back for it; null while nothing was.
        is_used: Somebody has come in on it: its refund needs `even_if_used`.
        rest_minor: Of a cancelled ticket, what it cost beyond what was noted; `in_full` notes it.
    """

    currency: str | None
    price_minor: int
    back_minor: int
    noted_minor: int | None
    is_used: bool
    rest_minor: int = 0


class CancelBody(Body):
    """Why an order is cancelled."""

    reason: Text
