"""Booking that a till's sale was keyed in under another tender than it was paid by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import select

from server.db.model import row_of
from server.db.unit import Unit
from server.orders.placing_orders import Order, lock_order
from server.orders.till_sales import key_of_sale
from server.payments.models import Payment, PaymentFact, Payout, PayoutFactRow
from server.payments.payment_states import FactKind, PaymentState, PayoutState
from server.payments.payments_and_payouts import (
    PAYMENT,
    PAYOUT,
    fold_again,
    list_payments,
    list_payouts,
)
from server.quotas import PAYMENTS_PER_ORDER_MAX
from shared.journal.shift_body import ShiftBody
from shared.kernel import ids
from shared.kernel.id_types import DeviceId
from shared.sales.tenders import CARD, CASH

_MOVED: Final = ":moved:"
"""In the key of a payment that a move has made: after that of the one that it was a part of."""
_SURE: Final = {PaymentState.PAID, PaymentState.PARTLY_REFUNDED, PaymentState.REFUNDED}


async def book_tender_move(unit: Unit, device_id: DeviceId, body: ShiftBody) -> bool:
    """Let what was booked under a wrong tender stand under the one that it was paid by; once.

    A part becomes a payment of its own, so that the server's reports and the drawer's say the same
    of each tender; what has gone back went by the tender that it went by. A payment in dispute
    stays as it is, and so does what was not paid by cash or card.

    Returns:
        Whether that is done: False while the sale is not on record.
    """
    if {body.tender, body.tender_to} != {CASH, CARD}:
        return True
    query = select(Order.event_id, Order.id).where(
        Order.organization_id == unit.organization_id,
        Order.client_key == key_of_sale(device_id, body.sale_id),
    )
    found = (await unit.session.execute(query)).first()
    if found is None:
        return False
    order = await lock_order(unit, *found)
    payments = await list_payments(unit, order.id)
    booked = [one for one in payments if one.tender == body.tender and one.state in _SURE]
    left = body.amount_minor
    # A whole one first: a sale may have been paid by several cards.
    for payment in sorted(booked, key=lambda one: one.amount_minor != body.amount_minor):
        payouts = await list_payouts(unit, order.id)
        if left >= payment.amount_minor:
            payment.tender = body.tender_to
            left -= payment.amount_minor
        elif len(payments) < PAYMENTS_PER_ORDER_MAX:
            left -= await _split(unit, payment, payouts, left, body.tender_to, len(payments))
    await unit.session.flush()
    return True


async def _split(
    unit: Unit, payment: Payment, payouts: Sequence[Payout], wanted: int, tender: str, number: int
) -> int:
    """Make a part of a payment one of its own, by another tender; returns how much that is.

    With it goes of what went back as much as must, since the rest is not enough: what went by that
    tender first, and of one that is more than that a part.
    """
    mine = [one for one in payouts if one.payment_id == payment.id]
    live = [one for one in mine if one.state != PayoutState.FAILED]
    live.sort(key=lambda one: one.tender != tender)
    rest, along, larger = payment.amount_minor - _sum(live), list[Payout](), list[Payout]()
    for payout in live:
        gone = _sum(along)
        if rest + gone >= wanted:
            break
        (along if gone + payout.amount_minor <= wanted else larger).append(payout)
    missing = wanted - rest - _sum(along)
    for payout in larger:
        if payout.state == PayoutState.DONE and payout.amount_minor > missing > 0:
            along.append(await _cut(unit, payout, payouts, missing))
            break
    amount = min(wanted, rest + _sum(along))
    if not amount:
        return 0
    made = Payment(
        id=ids.new_id(PAYMENT, unit.entropy),
        event_id=payment.event_id,
        order_id=payment.order_id,
        tender=tender,
        amount_minor=amount,
        currency=payment.currency,
        reference=payment.reference,
        state=PaymentState.PAID,
        refunded_minor=0,
        client_key=f"{payment.client_key}{_MOVED}{number}",
        client_digest=None,
        device_id=payment.device_id,
        created_by=payment.created_by,
        created_at=payment.created_at,
    )
    await unit.add(made)
    await _copy_fact(unit, payment, made)
    for payout in along:
        payout.payment_id = made.id
    back = _sum(one for one in along if one.state == PayoutState.DONE)
    payment.refunded_minor, made.refunded_minor = payment.refunded_minor - back, back
    payment.amount_minor -= amount
    await unit.session.flush()
    for one in (payment, made):
        await fold_again(unit, one)
    return amount


async def _cut(unit: Unit, payout: Payout, all_of: Sequence[Payout], amount: int) -> Payout:
    """Make a part of what went back one of its own, of which the same was heard."""
    same_key = [one.place for one in all_of if one.client_key == payout.client_key]
    made = row_of(
        Payout,
        payout,
        id=ids.new_id(PAYOUT, unit.entropy),
        place=max(same_key) + 1,
        amount_minor=amount,
    )
    payout.amount_minor -= amount
    await unit.add(made)
    query = select(PayoutFactRow).where(PayoutFactRow.payout_id == payout.id)
    for fact in await unit.all(query):
        await unit.add(
            PayoutFactRow(
                payout_id=made.id,
                kind=fact.kind,
                at=fact.at,
                told_by=fact.told_by,
            )
        )
    return made


def _sum(payouts: Iterable[Payout]) -> int:
    return sum(one.amount_minor for one in payouts)


async def _copy_fact(unit: Unit, payment: Payment, made: Payment) -> None:
    """Let what was heard of the whole be heard of the part: that it was paid, and when."""
    fact = await unit.session.get_one(PaymentFact, (payment.id, FactKind.PAID))
    await unit.add(
        PaymentFact(
            payment_id=made.id,
            kind=fact.kind,
            at=fact.at,
            told_by=fact.told_by,
        )
    )
