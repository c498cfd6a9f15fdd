"""Orders that nobody paid in time: each is let go, and frees what it withheld."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit
from server.http.logs import log
from server.orders.how_long_unpaid_orders_hold_seats import due_at, look_at_clock
from server.orders.models import Order
from server.orders.paying_and_refunding import give_counts_back, set_live_tickets
from server.orders.placing_orders import lock_order, tell_of_order
from server.ticketing.finding_and_changing_tickets import lock_order_tickets
from server.ticketing.holds import DUE_AT_ONCE_MAX
from server.ticketing.ports import ChangeFeed
from server.webhooks.message_kinds import Kind
from shared.admission.facts import TicketState
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import EventId, OrderId, OrganizationId
from shared.kernel.instant import Instant


async def expire_due_orders(context: Context, changes: ChangeFeed) -> int:
    """Free what unpaid orders withheld beyond their time; any worker may do it.

    A leap of the clock since the last look, by any worker, ends none of them.
    """
    until = await look_at_clock(context)
    async with context.read(SYSTEM) as unit:
        due = await find_due_orders(unit, until)
    freed = 0
    for organization_id, event_id, order_id in due:
        try:
            async with context.write(OrganizationId(organization_id)) as unit:
                freed += await expire_order(
                    unit, changes, EventId(event_id), OrderId(order_id), until
                )
        except (DBAPIError, GatekeeperError):
            # One that is locked or refused holds up nobody else's; the next round tries it again.
            log().exception("order.not_expired", order_id=order_id)
    return freed


async def find_due_orders(unit: Unit, until: Instant) -> Sequence[tuple[str, str, str]]:
    """Return (organization, event, order) of pending orders due by then; system's scope."""
    query = (
        select(Order.organization_id, Order.event_id, Order.id)
        .where(
            Order.state == "pending",
            Order.expires_at.is_not(None),
            due_at <= until,
        )
        .order_by(Order.expires_at)
        .limit(DUE_AT_ONCE_MAX)
    )
    return [(row[0], row[1], row[2]) for row in (await unit.session.execute(query)).all()]


async def expire_order(
    unit: Unit, changes: ChangeFeed, event_id: EventId, order_id: OrderId, until: Instant
) -> bool:
    """Let an order due by then go and free what it withheld; False if somebody was faster."""
    order = await lock_order(unit, event_id, order_id)
    due = order.expires_at
    if order.state != "pending" or due is None or due + order.database_ahead > until:
        return False
    order.state = "expired"
    await tell_of_order(unit, order, Kind.ORDER_CANCELLED)
    rows = await lock_order_tickets(unit, event_id, order_id)
    await set_live_tickets(unit, changes, event_id, rows, TicketState.PAYMENT_EXPIRED)
    await give_counts_back(unit, order)
    return True
