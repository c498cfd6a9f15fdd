"""An event's buyers, as its tills are given them to be found by."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from itertools import groupby
from typing import Final

import msgspec
from sqlalchemy import func, select

from server.db.unit import Unit
from server.erasures.erasure_list import count_erasures
from server.orders.models import Order, OrderLine
from server.orders.pricing import LineSum, TicketOfLine, price_tickets
from server.ticketing.reissues import count_reissues, list_reissued
from server.ticketing.ticket_types import list_ticket_types
from server.ticketing.tickets_of_orders import list_sold_tickets
from shared.admission.facts import GONE
from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import EventId, OrderId, TicketTypeId
from shared.manifest.sealed_buyer_list import BoughtTicket, BuyerRow

TILL_BUYERS_MAX: Final = 100_000
"""Orders of an event that its tills hold to be found by their buyers, the newest ones."""

PAGE_ORDERS: Final = 500
_FOUND: Final = ("paid", "pending")


async def name_buyers(unit: Unit, event_id: EventId) -> str:
    """Return what names the present state of an event's buyers: it changes whenever they do.

    Orders are only added, change their state, and forget their buyers; tickets are reissued.
    """
    query = (
        select(
            Order.state,
            func.count(),
            func.max(Order.number),
            func.count(Order.buyer_name),
            func.count(Order.buyer_email),
            func.count(Order.buyer_phone),
        )
        .where(Order.event_id == event_id)
        .group_by(Order.state)
        .order_by(Order.state)
    )
    rows = [tuple(row) for row in (await unit.session.execute(query)).all()]
    # One may be forgotten while another is named.
    rows.append((await count_erasures(unit),))
    rows.append((await count_reissues(unit, event_id),))
    return sha256(msgspec.json.encode(rows)).hex()[:32]


async def page_buyers(unit: Unit, event_id: EventId) -> AsyncIterator[list[BuyerRow]]:
    """Yield the orders of an event that stand or wait to be paid, the newest first.

    A page at a time: whoever shares the process wants an answer between two of them.
    """
    codes = {kind.id: kind.code for kind in await list_ticket_types(unit, event_id)}
    query = (
        select(
            Order.id,
            Order.number,
            Order.state,
            Order.currency,
            Order.buyer_name,
            Order.buyer_phone,
            Order.buyer_email,
        )
        .where(Order.event_id == event_id, Order.state.in_(_FOUND))
        .order_by(Order.number.desc())
        .limit(PAGE_ORDERS)
    )
    below: int | None = None
    for _ in range(0, TILL_BUYERS_MAX, PAGE_ORDERS):
        page = query if below is None else query.where(Order.number < below)
        orders = (await unit.session.execute(page)).all()
        if not orders:
            return
        below = orders[-1].number
        bought = await _list_bought(unit, event_id, [order.id for order in orders])
        yield [
            BuyerRow(
                number=str(order.number),
                state=order.state,
                currency=order.currency,
                name=order.buyer_name or "",
                phone=order.buyer_phone or "",
                email=order.buyer_email or "",
                tickets=tuple(
                    msgspec.structs.replace(ticket, ticket_type_code=codes.get(kind_id, 0))
                    for kind_id, ticket in bought.get(order.id, ())
                ),
            )
            for order in orders
        ]


async def _list_bought(
    unit: Unit, event_id: EventId, order_ids: Sequence[OrderId]
) -> dict[str, list[tuple[TicketTypeId, BoughtTicket]]]:
    """Return the good tickets of some orders, with their types' ids and what each cost."""
    query = select(OrderLine.order_id, OrderLine.line, OrderLine.total_minor, OrderLine.quantity)
    query = query.where(OrderLine.order_id.in_(order_ids))
    lines: dict[str, dict[int, LineSum]] = {}
    for row in (await unit.session.execute(query)).all():
        lines.setdefault(row.order_id, {})[row.line] = LineSum(row.total_minor, row.quantity)
    found: dict[str, list[tuple[TicketTypeId, BoughtTicket]]] = {}
    sold = await list_sold_tickets(unit, event_id, order_ids)
    reissued = await list_reissued(unit, event_id, [one.ticket_id for one in sold])
    for order_id, group in groupby(sold, lambda one: one.order_id):
        tickets = list(group)
        prices = price_tickets(
            lines.get(order_id, {}),
            [TicketOfLine(one.ticket_id, one.line, one.price_minor) for one in tickets],
        )
        found[order_id] = [
            (
                one.ticket_type_id,
                BoughtTicket(
                    one.ticket_id, 0, prices[one.ticket_id], reissued.get(one.ticket_id, 0)
                ),
            )
            for one in tickets
            if one.state not in GONE
        ]
    return found
