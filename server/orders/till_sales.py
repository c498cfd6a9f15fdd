"""Booking what tills sold while nobody could be asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import select

from server.db.unit import Unit
from server.orders.models import Order, OrderLine
from server.orders.service import SERIES
from server.organizations.service import next_number
from shared.kernel import ids

CHANNEL: Final = "box_office"


class TillLine(msgspec.Struct, frozen=True, kw_only=True):
    """Some tickets of one type at one price."""

    ticket_type_id: str
    occurrence_id: str | None
    quantity: int
    unit_price_minor: int


class TillSale(msgspec.Struct, frozen=True, kw_only=True):
    """A sale as the till's journal has it.

    Attributes:
        sale_id: The same again is the same order.
        device_id: The till.
    """

    sale_id: str
    device_id: str
    currency: str
    lines: Sequence[TillLine]


async def find_till_order(unit: Unit, sale_id: str) -> Order | None:
    """Return the order that a sale was booked as."""
    query = select(Order).where(Order.client_key == _key(sale_id))
    return (await unit.session.execute(query)).scalar_one_or_none()


async def book_till_sale(unit: Unit, event_id: str, sale: TillSale) -> Order:
    """Book a paid order for a till's sale; its tickets are recorded apart."""
    order = Order(
        id=ids.new_id(ids.ORDER, unit.entropy),
        organization_id=unit.organization_id,
        event_id=event_id,
        number=await next_number(unit, SERIES),
        state="paid",
        channel=CHANNEL,
        client_key=_key(sale.sale_id),
        client_digest=None,
        currency=sale.currency,
        total_minor=sum(line.quantity * line.unit_price_minor for line in sale.lines),
        buyer_email=None,
        buyer_name=None,
        comp_reason=None,
        created_by=sale.device_id,
        created_at=unit.now,
        expires_at=None,
        paid_at=unit.now,
        cancelled_at=None,
    )
    unit.session.add(order)
    await unit.session.flush()
    for number, line in enumerate(sale.lines, start=1):
        unit.session.add(
            OrderLine(
                order_id=order.id,
                line=number,
                organization_id=unit.organization_id,
                ticket_type_id=line.ticket_type_id,
                occurrence_id=line.occurrence_id,
                quantity=line.quantity,
                unit_price_minor=line.unit_price_minor,
                total_minor=line.quantity * line.unit_price_minor,
            )
        )
    await unit.session.flush()
    return order


def _key(sale_id: str) -> str:
    return f"till:{sale_id}"
