"""An organization's buyers, one after the other: to find one among them, to forget one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec
from sqlalchemy import func, or_, select, update

from server.db.unit import Unit, locked
from server.orders.models import Order
from server.orders.placing_orders import forget_names
from shared.kernel.id_types import EventId, OrderId
from shared.kernel.instant import Instant

_AT_ONCE: Final = 1_000
NAMED: Final = or_(
    Order.buyer_name.is_not(None),
    Order.buyer_email.is_not(None),
    Order.buyer_phone.is_not(None),
)


class NamedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order whose buyer is named."""

    id: OrderId
    event_id: EventId
    number: int
    state: str
    currency: str
    total_minor: int
    created_at: Instant
    name: str | None
    email: str | None
    phone: str | None


async def page_named_orders(unit: Unit) -> AsyncIterator[list[NamedOrder]]:
    """Yield all orders that name a buyer, by pages, in order of their ids."""
    query = (
        select(
            Order.id,
            Order.event_id,
            Order.number,
            Order.state,
            Order.currency,
            Order.total_minor,
            Order.created_at,
            Order.buyer_name.label("name"),
            Order.buyer_email.label("email"),
            Order.buyer_phone.label("phone"),
        )
        .where(NAMED)
        .order_by(Order.id)
        .limit(_AT_ONCE)
    )
    after: OrderId | None = None
    while True:
        page = query if after is None else query.where(Order.id > after)
        rows = (await unit.session.execute(page)).all()
        if not rows:
            return
        after = rows[-1].id
        yield [NamedOrder(**row._asdict()) for row in rows]


async def forget_buyers(unit: Unit, order_ids: Sequence[OrderId]) -> int:
    """Forget who bought some orders, in order of their ids; returns how many were there."""
    query = select(Order).where(Order.id.in_(order_ids)).order_by(Order.id)
    found = await unit.all(locked(query))
    for order in found:
        forget_names(order)
    await unit.session.flush()
    return len(found)


async def forget_some_buyers(unit: Unit, event_id: EventId, most: int) -> int:
    """Forget who bought up to `most` orders of an event; returns how many were left to forget."""
    query = (
        select(Order.id).where(Order.event_id == event_id, NAMED).order_by(Order.id).limit(most)
    )
    return await forget_buyers(unit, await unit.all(query))


async def count_named_orders(unit: Unit, event_id: EventId) -> int:
    """Return how many orders of an event name a buyer."""
    query = select(func.count()).select_from(Order).where(Order.event_id == event_id, NAMED)
    return int((await unit.session.execute(query)).scalar_one())


async def forget_reasons(unit: Unit, event_id: EventId) -> None:
    """Forget why tickets of an event were given away: it may say to whom."""
    await unit.change(
        update(Order)
        .where(Order.event_id == event_id, Order.comp_reason.is_not(None), Order.comp_reason != "")
        .values(comp_reason="")
    )
