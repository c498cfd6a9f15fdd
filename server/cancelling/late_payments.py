"""Orders whose money came after a run had settled them: a bank transfer comes days later.

So does what was sent back and has come back to us, because an account was closed. Nobody looks for
them at each order. They stand in the run's list of what needs a person, with what is open of them,
and saying the cancellation again settles them as it does orders that tills bring.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, func, select

from server.cancelling.models import RefundRun, RefundRunOrder
from server.db.unit import Unit
from server.orders.service import Order
from server.payments.service import Account, Payment, Payout
from server.payments.states import TAKEN, PayoutState


def is_late() -> ColumnElement[bool]:
    """Ask of settled orders, joined with their rows, which have brought more since.

    One that is paid in part only waits for the rest.
    """
    taken = (
        select(func.coalesce(func.sum(Payment.amount_minor), 0))
        .where(Payment.order_id == RefundRunOrder.order_id, Payment.state.in_(TAKEN))
        .correlate(RefundRunOrder)
        .scalar_subquery()
    )
    failed = (
        select(func.coalesce(func.sum(Payout.amount_minor), 0))
        .where(Payout.order_id == RefundRunOrder.order_id, Payout.state == PayoutState.FAILED)
        .correlate(RefundRunOrder)
        .scalar_subquery()
    )
    return and_(RefundRunOrder.taken_minor < taken + failed, Order.state != "pending")


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


def sum_brought(account: Account) -> int:
    """Return what an order has brought: by its payments, and by payouts that failed.

    It becomes only more, so that each money that comes is settled once.
    """
    taken = sum(one.amount_minor for one in account.payments if one.state in TAKEN)
    failed = [one for one in account.payouts if one.state == PayoutState.FAILED]
    return taken + sum(one.amount_minor for one in failed)
