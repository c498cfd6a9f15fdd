"""Whether buyers who are named have money of an event coming back to them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, func, or_, select

from server.db.unit import Unit
from server.orders.buyers import NAMED
from server.orders.paying_and_refunding import Refund
from server.orders.placing_orders import Order
from server.payments.models import Payment, Payout
from server.payments.order_balance import open_minor, read_account
from server.payments.payment_states import PaymentState, PayoutState
from shared.kernel.id_types import EventId

_ON_ITS_WAY: Final = (PayoutState.PENDING, PayoutState.UNKNOWN)


async def owes_named(unit: Unit, event_id: EventId) -> bool:
    """Tell whether an order that names its buyer is owed money that was taken for it.

    So it is while a payout is pending, too: it may fail. What no payment is on record for can
    go back by none, and is nobody's debt here.
    """
    query = select(Order).where(
        Order.event_id == event_id, NAMED, or_(_has_payout_on_its_way(), _has_open_debt())
    )
    for order in (await unit.session.execute(query)).scalars().all():
        account = await read_account(unit, order)
        if any(one.state in _ON_ITS_WAY for one in account.payouts):
            return True
        left = sum(max(0, open_minor(one, account.payouts)) for one in account.payments)
        if min(left, account.open_minor) > 0:
            return True
    return False


def _has_payout_on_its_way() -> ColumnElement[bool]:
    return (
        select(Payout.id)
        .where(Payout.order_id == Order.id, Payout.state.in_(_ON_ITS_WAY))
        .correlate(Order)
        .exists()
    )


def _has_open_debt() -> ColumnElement[bool]:
    owed = func.coalesce(func.sum(Refund.amount_minor - Refund.beyond_minor), 0)
    gone = func.coalesce(func.sum(Payout.amount_minor), 0)
    of_refunds = select(owed).where(Refund.order_id == Order.id).correlate(Order)
    of_payouts = (
        select(gone)
        .where(Payout.order_id == Order.id, Payout.state != PayoutState.FAILED)
        .correlate(Order)
    )
    taken = select(Payment.id).where(
        Payment.order_id == Order.id,
        Payment.state.in_((PaymentState.PAID, PaymentState.PARTLY_REFUNDED)),
    )
    return (of_refunds.scalar_subquery() > of_payouts.scalar_subquery()) & taken.correlate(
        Order
    ).exists()
