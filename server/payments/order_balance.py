"""How an order's money stands: what was paid, what went back, and what disputes took.

Read alike by whoever pays out, sends a cancelled event's money back, or shows it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, func, select

from server.db.personal_columns import TILL_KEYS
from server.db.unit import Unit
from server.orders.paying_and_refunding import read_beyond, read_owed
from server.orders.placing_orders import Order
from server.payments.models import Payment, PaymentFact, Payout
from server.payments.payment_states import (
    Covered,
    FactKind,
    PaymentStanding,
    PaymentState,
    PayoutState,
    cover,
    fold_payment,
)
from shared.kernel.id_types import EventId, OrderId

_PLACE: Final = re.compile(r":[0-9]{1,9}(?::moved:[0-9]{1,9})*\Z", re.ASCII)
"""How the key of a payment in a till's sale ends; a part that was moved has a number more."""
_NUMBER: Final = re.compile(r"[0-9]+", re.ASCII)
CLOSED: Final = {"expired", "cancelled"}
_TAKEN: Final = {PaymentState.PAID, PaymentState.PARTLY_REFUNDED, PaymentState.DISPUTED}
_IN_DOUBT: Final = {PaymentState.PENDING, PaymentState.UNKNOWN, PaymentState.AUTHORISED}


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An order's money; amounts in minor units.

    Attributes:
        due_minor: What is to be paid, cash rounding included.
        paid_minor: What was taken.
        pending_minor: What may have been, or may yet be.
        owed_minor: What tickets that were taken back, and what was paid too much, leave to go
            back.
        paid_out_minor: What went back, or may have gone; what tills paid that no payment had is
            of it.
        covered: What disputes took back, which does not go out a second time.
        held: Payouts that nobody should send, by id.
    """

    order: Order
    payments: Sequence[Payment]
    payouts: Sequence[Payout]
    due_minor: int
    paid_minor: int
    pending_minor: int
    owed_minor: int
    paid_out_minor: int
    covered: Covered
    held: Collection[str]

    @property
    def open_minor(self) -> int:
        """Return what may still go back."""
        gone = self.covered.lost_minor + self.covered.open_minor
        return self.owed_minor - self.paid_out_minor - gone


async def read_account(unit: Unit, order: Order) -> Account:
    """Return an order's money as it stands."""
    payments = await list_payments(unit, order.id)
    payouts = await list_payouts(unit, order.id)
    facts = await facts_of(unit, [payment.id for payment in payments])
    paid = pending = disputed = lost = 0
    for payment in payments:
        standing = stand(payment, facts.get(payment.id, {}))
        paid += standing.paid_minor
        disputed += standing.disputed_minor
        lost += standing.lost_minor
        if standing.state in _IN_DOUBT:
            pending += payment.amount_minor
    is_void = order.state in CLOSED and order.paid_at is None
    due = 0 if is_void else order.total_minor + order.rounding_minor
    owed = await read_owed(unit, order)
    out = sum(one.amount_minor for one in payouts if one.state != PayoutState.FAILED)
    out += await read_beyond(unit, order)
    return Account(
        order=order,
        payments=payments,
        payouts=payouts,
        due_minor=due,
        paid_minor=paid - lost,
        pending_minor=pending,
        owed_minor=owed + max(0, paid - lost - due),
        paid_out_minor=out,
        covered=cover(due, paid, disputed, lost),
        held=await find_held(unit, payouts),
    )


def open_minor(payment: Payment, payouts: Sequence[Payout]) -> int:
    """Return what may still go back of a payment; what is or was in dispute does not."""
    return left_minor(payment, payouts) - payment.disputed_minor - payment.lost_minor


def was_disputed_since() -> ColumnElement[bool]:
    """Ask of payouts that have not gone for certain: a dispute about their payment came after."""
    return (
        select(PaymentFact.payment_id)
        .join(Payment, Payment.id == PaymentFact.payment_id)
        .where(PaymentFact.payment_id == Payout.payment_id, PaymentFact.at >= Payout.created_at)
        .where(PaymentFact.kind.in_((FactKind.DISPUTED, FactKind.DISPUTE_LOST)))
        .where(Payment.state == PaymentState.DISPUTED)
        .where(Payout.state.in_((PayoutState.PENDING, PayoutState.UNKNOWN)))
        .correlate(Payout)
        .exists()
    )


async def find_held(unit: Unit, payouts: Sequence[Payout]) -> Collection[str]:
    """Return which payouts nobody should send: money would go out twice."""
    ids_ = [one.id for one in payouts]
    query = select(Payout.id).where(Payout.id.in_(ids_), was_disputed_since())
    return set((await unit.session.execute(query)).scalars()) if ids_ else ()


def left_minor(payment: Payment, payouts: Sequence[Payout]) -> int:
    """Return what is left of a payment that was taken, in dispute or not."""
    if payment.state not in _TAKEN:
        return 0
    gone = sum(
        one.amount_minor
        for one in payouts
        if one.payment_id == payment.id and one.state != PayoutState.FAILED
    )
    return payment.amount_minor - gone


async def is_disputed(unit: Unit, order_id: OrderId | None) -> bool:
    """Tell whether a payment of an order was taken back by a dispute, or may yet be."""
    query = select(Payment.id).where(
        Payment.order_id == order_id, Payment.state == PaymentState.DISPUTED
    )
    return (await unit.session.execute(query.limit(1))).first() is not None


async def list_payments(unit: Unit, order_id: OrderId) -> Sequence[Payment]:
    """Return an order's payments, the oldest first; a till's, in the order in which it took them.

    All of a sale's are booked at one instant, and what goes back of it is counted off the last.
    """
    query = select(Payment).where(Payment.order_id == order_id)
    found = await unit.all(query.order_by(Payment.created_at, Payment.id))
    return sorted(found, key=lambda one: (one.created_at, _place_of(one), one.id))


def _place_of(payment: Payment) -> Sequence[int]:
    """Return a payment's place in its till's sale, and whose part it became; of others nothing."""
    key = payment.client_key or ""
    found = _PLACE.search(key) if key.startswith(TILL_KEYS) else None
    return [] if found is None else [int(one) for one in _NUMBER.findall(found[0])]


async def list_payouts(unit: Unit, order_id: OrderId) -> Sequence[Payout]:
    """Return what went back of an order, or may have, the oldest first."""
    query = select(Payout).where(Payout.order_id == order_id)
    return await unit.all(query.order_by(Payout.created_at, Payout.id))


Facts = dict[FactKind, int | None]
"""What was heard of a payment, and of how much of it, where that was said."""


async def facts_of(unit: Unit, payment_ids: Sequence[str]) -> dict[str, Facts]:
    """Return what was heard of payments, by their ids; none of one of which nothing was."""
    fact = PaymentFact
    query = select(fact.payment_id, fact.kind, fact.amount_minor).where(
        fact.payment_id.in_(payment_ids)
    )
    found: dict[str, Facts] = {}
    for payment_id, kind, amount in (await unit.session.execute(query)).all():
        found.setdefault(payment_id, {})[FactKind(kind)] = amount
    return found


def stand(payment: Payment, facts: Mapping[FactKind, int | None]) -> PaymentStanding:
    """Fold where a payment stands from what was heard of it."""
    amounts = {kind: amount for kind, amount in facts.items() if amount is not None}
    return fold_payment(payment.amount_minor, facts, payment.refunded_minor, amounts)


async def read_lost(unit: Unit, event_id: EventId) -> dict[tuple[str, str], int]:
    """Sum what disputes took back for good of an event, by tender and currency."""
    by = (Payment.tender, Payment.currency)
    query = (
        select(*by, func.sum(Payment.lost_minor))
        .where(Payment.event_id == event_id, Payment.lost_minor > 0)
        .group_by(*by)
    )
    rows = (await unit.session.execute(query)).all()
    return {(tender, currency): int(total) for tender, currency, total in rows}
