"""Orders whose money came after a run had settled them: a bank transfer comes days later.

So does what was sent back and has come back to us, because an account was closed; a ticket is good
again that a till held and did not pay after all; a dispute is won, or took less than was said.
Nobody looks for them at each order. They stand in the run's list of what needs a person, with what
is open of them, and saying the cancellation again settles them as it does orders that tills bring.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from server.cancelling.models import RefundRun, RefundRunOrder
from server.db.unit import Unit
from server.orders.placing_orders import Order
from server.payments.payment_states import TAKEN, PayoutState
from server.payments.payments_and_payouts import Payment, Payout
from server.ticketing.finding_and_changing_tickets import Ticket
from shared.admission.facts import TicketState


def is_late() -> ColumnElement[bool]:
    """Ask of settled orders, joined with their rows, which have more to go back than was settled.

    One that is paid in part only waits for the rest.
    """
    return and_(or_(has_brought_more(), has_tickets_again()), Order.state != "pending")


def has_brought_more() -> ColumnElement[bool]:
    """Ask of settled orders which have brought more money since."""
    return RefundRunOrder.taken_minor < _brought(RefundRunOrder.order_id)


def has_tickets_again() -> ColumnElement[bool]:
    """Ask of settled orders which have good tickets again: tills held them, and paid nothing."""
    void = _count_void(RefundRunOrder.event_id, RefundRunOrder.order_id)
    return and_(
        RefundRunOrder.void_tickets > 0,
        RefundRunOrder.void_tickets > void.correlate(RefundRunOrder).scalar_subquery(),
    )


def _count_void(event_id: Any, order_id: Any) -> Select[int]:
    of_order = and_(Ticket.event_id == event_id, Ticket.order_id == order_id)
    return (
        select(func.count()).select_from(Ticket).where(of_order, Ticket.state != TicketState.PAID)
    )


async def count_void(unit: Unit, order: Order) -> int:
    """Count an order's tickets that are not good: whoever ended them, or has them in hand."""
    query = _count_void(order.event_id, order.id)
    return int((await unit.session.execute(query)).scalar_one())


def select_late(run: RefundRun) -> Select[Order]:
    """Select the orders that a run has settled and that have brought more since."""
    return (
        select(Order)
        .join(RefundRunOrder, RefundRunOrder.order_id == Order.id)
        .where(
            RefundRunOrder.event_id == run.event_id,
            RefundRunOrder.occurrence_id == run.occurrence_id,
            is_late(),
        )
    )


async def count_late(unit: Unit, run: RefundRun) -> int:
    """Count the orders that a run has to settle again; while it works, it comes by them itself."""
    if run.state != "done":
        return 0
    late = select_late(run).with_only_columns(Order.id).subquery()
    return int((await unit.session.execute(select(func.count()).select_from(late))).scalar_one())


async def sum_brought(unit: Unit, order: Order) -> int:
    """Return what an order has brought: by its payments, and by payouts that failed.

    Of payments without what disputes took, or may. Less what was sent it is what is open: so an
    order with more open than when it was settled has brought more since, whatever was said to have
    failed and went after all, or was disputed and won.
    """
    return int((await unit.session.execute(select(_brought(order.id)))).scalar_one())


def _brought(order_id: Any) -> ColumnElement[int]:
    kept = Payment.amount_minor - Payment.lost_minor - Payment.disputed_minor
    taken = select(func.coalesce(func.sum(kept), 0)).where(
        Payment.order_id == order_id, Payment.state.in_(TAKEN)
    )
    failed = select(func.coalesce(func.sum(Payout.amount_minor), 0)).where(
        Payout.order_id == order_id, Payout.state == PayoutState.FAILED
    )
    return (
        taken.correlate(RefundRunOrder).scalar_subquery()
        + failed.correlate(RefundRunOrder).scalar_subquery()
    )
