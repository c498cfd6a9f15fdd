"""Orders that were paid after a run had settled them: a bank transfer comes days later.

Nobody looks for them at each order. They stand in the run's list of what needs a person, with what
is open of them, and saying the cancellation again settles them as it does orders that tills bring.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, func, select

from server.cancelling.models import RefundRun, RefundRunOrder
from server.db.unit import Unit
from server.orders.service import Order
from server.payments.service import Account, Payment
from server.payments.states import TAKEN


def is_late() -> ColumnElement[bool]:
    """Ask of settled orders, joined with their rows, which have been paid more since.

    One that is paid in part only waits for the rest.
    """
    taken = (
        select(func.coalesce(func.sum(Payment.amount_minor), 0))
        .where(Payment.order_id == RefundRunOrder.order_id, Payment.state.in_(TAKEN))
        .correlate(RefundRunOrder)
        .scalar_subquery()
    )
    return and_(RefundRunOrder.taken_minor < taken, Order.state != "pending")


def select_late(run: RefundRun) -> Select[Order]:
    """Select the orders that a run has settled and that were paid more since."""
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


def sum_taken(account: Account) -> int:
    """Return what an order's payments have brought."""
    return sum(one.amount_minor for one in account.payments if one.state in TAKEN)
