"""Payments of an order, and what goes back of them.

The order's row is the first lock of every change here, as it is where orders are settled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import func, select

from server.db.unit import Unit
from server.orders.service import Order, lock_order
from server.orders.settling import mark_paid, read_beyond, read_owed
from server.payments.models import Payment, PaymentFact, Payout, PayoutFactRow
from server.payments.states import (
    FactKind,
    PaymentState,
    PayoutFact,
    PayoutState,
    Standing,
    fold_payment,
    fold_payout,
    share_payout,
)
from server.payments.vouchers import refill_voucher, spend_voucher
from server.problems import Problem, not_found, wrong_field
from server.supervisors.service import check_supervisor
from server.ticketing.ports import ChangeFeed
from shared.kernel import ids
from shared.kernel.id_types import EventId, OrderId

__all__ = ["Payment", "PaymentFact", "Payout"]
"""The rows that other domains read."""

PAYMENT: Final = "py"
PAYOUT: Final = "po"
TILL_KEYS: Final = "till:"
"""Begins the keys under which tills' payments are booked; no client's own key may."""
RUN_KEYS: Final = "cancelled:"
"""Begins the keys under which the money of a cancelled event goes back."""
PAYMENTS_MAX: Final = 100
"""Of an order, and as many payouts."""

_CLOSED: Final = {"expired", "cancelled"}
_TAKEN: Final = {PaymentState.PAID, PaymentState.PARTLY_REFUNDED, PaymentState.DISPUTED}
_IN_DOUBT: Final = {PaymentState.PENDING, PaymentState.UNKNOWN, PaymentState.AUTHORISED}


class WantedPayment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as somebody books it.

    Attributes:
        fact: What is known of it so far; None while it is pending.
        client_key: The same key again is the same payment.
        code: Of a voucher, which pays at once.
    """

    tender: str
    amount_minor: int
    reference: str = ""
    fact: FactKind | None = None
    client_key: str | None = None
    device_id: str = ""
    code: str | None = None


class WantedPayout(msgspec.Struct, frozen=True, kw_only=True):
    """Money that is to go back.

    Attributes:
        tender: Another one than it came by; None for the same.
        authorized_by: The supervisor who allows another tender, or "".
        fact: What is known of it so far; None while it is pending.
        client_key: The same key again pays nothing out again; None for none.
    """

    amount_minor: int
    reason: str
    tender: str | None = None
    authorized_by: str = ""
    fact: PayoutFact | None = None
    client_key: str | None = None


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
    """

    order: Order
    payments: Sequence[Payment]
    payouts: Sequence[Payout]
    due_minor: int
    paid_minor: int
    pending_minor: int
    owed_minor: int
    paid_out_minor: int


async def read_account(unit: Unit, order: Order) -> Account:
    """Return an order's money as it stands."""
    payments = await list_payments(unit, order.id)
    payouts = await list_payouts(unit, order.id)
    facts = await _facts_of(unit, [payment.id for payment in payments])
    paid = pending = 0
    for payment in payments:
        standing = _stand(payment, facts.get(payment.id, ()))
        paid += 0 if standing.is_lost else standing.paid_minor
        if standing.state in _IN_DOUBT:
            pending += payment.amount_minor
    is_void = order.state in _CLOSED and order.paid_at is None
    due = 0 if is_void else order.total_minor + order.rounding_minor
    owed = await read_owed(unit, order)
    out = sum(one.amount_minor for one in payouts if one.state != PayoutState.FAILED)
    out += await read_beyond(unit, order)
    return Account(
        order=order,
        payments=payments,
        payouts=payouts,
        due_minor=due,
        paid_minor=paid,
        pending_minor=pending,
        owed_minor=owed + max(0, paid - due),
        paid_out_minor=out,
    )


async def add_payment(
    unit: Unit,
    changes: ChangeFeed,
    event_id: EventId,
    order_id: OrderId,
    wanted: WantedPayment,
    *,
    actor: str,
) -> Payment:
    """Book a payment; an order that is paid in full by it becomes paid. Idempotent by its key.

    Raises:
        Problem: `not-found`; `conflict` if the key was used for something else, the order is
            closed, more would be paid than is due, or the voucher does not suffice.
    """
    order = await lock_order(unit, event_id, order_id)
    digest = hashlib.sha256(msgspec.json.encode((order_id, wanted))).digest()
    if wanted.client_key is not None:
        query = select(Payment).where(Payment.client_key == wanted.client_key)
        earlier = (await unit.session.execute(query)).scalar_one_or_none()
        if earlier is not None:
            if earlier.client_digest != digest:
                raise Problem("conflict", "This idempotency key was used for something else.")
            return earlier
    account = await read_account(unit, order)
    if order.state in _CLOSED:
        raise Problem("conflict", f"The order is {order.state}; nothing is paid for it.")
    if len(account.payments) >= PAYMENTS_MAX:
        raise Problem("quota-exceeded", f"At most {PAYMENTS_MAX} payments of one order.")
    is_failed = wanted.fact is FactKind.FAILED
    left = account.due_minor - account.paid_minor - account.pending_minor
    if wanted.amount_minor > left and not is_failed:
        detail = f"Only {left} minor units are left to be paid."
        raise Problem("conflict", detail)
    payment = await _insert(unit, order, wanted, digest, actor)
    fact = wanted.fact
    if wanted.code is not None:
        voucher = await spend_voucher(unit, wanted.code, wanted.amount_minor, order.currency)
        payment.voucher_id, fact = voucher.id, FactKind.PAID
    if fact is not None:
        await _note(unit, payment, fact, actor)
    await _settle(unit, changes, order, actor)
    return payment


async def note_fact(
    unit: Unit,
    changes: ChangeFeed,
    event_id: EventId,
    order_id: OrderId,
    payment_id: str,
    fact: FactKind,
    *,
    actor: str,
) -> Payment:
    """Note what was heard of a payment; once, however often and in whatever order it is told.

    Raises:
        Problem: `not-found`.
    """
    order = await lock_order(unit, event_id, order_id)
    payment = await _get_payment(unit, order_id, payment_id)
    await _note(unit, payment, fact, actor)
    await _settle(unit, changes, order, actor)
    return payment


async def pay_out(
    unit: Unit, event_id: EventId, order_id: OrderId, wanted: WantedPayout, *, actor: str
) -> Sequence[Payout]:
    """Let money go back to the payments that it came by, the newest first. Idempotent by its key.

    Raises:
        Problem: `not-found`; `conflict` if less is owed or was paid, or the key was used for
            something else; wrong fields if another tender has no supervisor.
    """
    order = await lock_order(unit, event_id, order_id)
    digest = hashlib.sha256(msgspec.json.encode((order_id, wanted))).digest()
    account = await read_account(unit, order)
    earlier = wanted.client_key and await _earlier_payouts(unit, wanted.client_key)
    if earlier:
        if earlier[0].client_digest != digest:
            raise Problem("conflict", "This idempotency key was used for something else.")
        return earlier
    if len(account.payouts) >= PAYMENTS_MAX:
        raise Problem("quota-exceeded", f"At most {PAYMENTS_MAX} payouts of one order.")
    left = account.owed_minor - account.paid_out_minor
    if wanted.amount_minor > left:
        detail = f"Only {max(0, left)} minor units are owed back. Take tickets back first."
        raise Problem("conflict", detail)
    newest = sorted(account.payments, key=lambda one: (one.created_at, one.id), reverse=True)
    shares = share_payout(
        wanted.amount_minor, [open_minor(one, account.payouts) for one in newest]
    )
    if shares is None:
        raise Problem("conflict", "Less was paid by payments that are booked here.")
    if wanted.tender is not None and any(
        share and one.tender != wanted.tender for one, share in zip(newest, shares, strict=True)
    ):
        if not wanted.authorized_by:
            raise wrong_field("authorized_by", "is needed: it goes back by another tender")
        await check_supervisor(unit, wanted.authorized_by, "authorized_by")
    made: list[Payout] = []
    for payment, share in zip(newest, shares, strict=True):
        if share:
            made.append(await add_payout(unit, payment, share, len(made), wanted, digest, actor))
    return made


async def note_payout_fact(
    unit: Unit,
    event_id: EventId,
    order_id: OrderId,
    payout_id: str,
    fact: PayoutFact,
    *,
    actor: str,
) -> Payout:
    """Note what became of money that goes back; once, in whatever order it is told.

    Raises:
        Problem: `not-found`; `conflict` if it is said to have gone after it was said to have
            failed, and the same money went back otherwise meanwhile.
    """
    order = await lock_order(unit, event_id, order_id)
    query = select(Payout).where(Payout.id == payout_id, Payout.order_id == order_id)
    payout = (await unit.session.execute(query)).scalar_one_or_none()
    if payout is None:
        raise not_found("payout")
    await _note_payout(unit, payout, fact, actor, order)
    return payout


def open_minor(payment: Payment, payouts: Sequence[Payout]) -> int:
    """Return what may still go back of a payment; of one in dispute nothing may."""
    if payment.state == PaymentState.DISPUTED:
        return 0
    return left_minor(payment, payouts)


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


async def _insert(
    unit: Unit, order: Order, wanted: WantedPayment, digest: bytes, actor: str
) -> Payment:
    payment = Payment(
        id=ids.new_id(PAYMENT, unit.entropy),
        organization_id=unit.organization_id,
        event_id=order.event_id,
        order_id=order.id,
        tender=wanted.tender,
        amount_minor=wanted.amount_minor,
        currency=order.currency,
        reference=wanted.reference,
        state=PaymentState.PENDING,
        refunded_minor=0,
        client_key=wanted.client_key,
        client_digest=digest,
        device_id=wanted.device_id,
        created_by=actor,
        created_at=unit.now,
    )
    unit.session.add(payment)
    await unit.session.flush()
    return payment


async def _note(unit: Unit, payment: Payment, fact: FactKind, actor: str) -> None:
    """Keep a fact, if it is new, and fold the payment's state anew from all of them."""
    facts = set((await _facts_of(unit, [payment.id])).get(payment.id, ()))
    if fact not in facts:
        facts.add(fact)
        unit.session.add(
            PaymentFact(
                payment_id=payment.id,
                kind=fact,
                organization_id=unit.organization_id,
                at=unit.now,
                told_by=actor,
            )
        )
    payment.state = fold_payment(payment.amount_minor, facts, payment.refunded_minor).state
    await unit.session.flush()


async def _settle(unit: Unit, changes: ChangeFeed, order: Order, actor: str) -> None:
    """Let an order be paid once all that is due was."""
    account = await read_account(unit, order)
    if order.state == "pending" and account.paid_minor >= account.due_minor:
        await mark_paid(unit, changes, order.event_id, order.id, actor=actor)


async def _note_payout(
    unit: Unit, payout: Payout, fact: PayoutFact, actor: str, order: Order
) -> None:
    query = select(PayoutFactRow.kind).where(PayoutFactRow.payout_id == payout.id)
    facts = {PayoutFact(kind) for kind in (await unit.session.execute(query)).scalars()}
    if fact in facts:
        return
    unit.session.add(
        PayoutFactRow(
            payout_id=payout.id,
            kind=fact,
            organization_id=unit.organization_id,
            at=unit.now,
            told_by=actor,
        )
    )
    was_done, was_failed = (payout.state == one for one in (PayoutState.DONE, PayoutState.FAILED))
    payout.state = fold_payout([*facts, fact])
    await unit.session.flush()
    payment = await _get_payment(unit, order.id, payout.payment_id)
    is_back = payout.state == PayoutState.DONE and not was_done
    if is_back and payment.voucher_id is not None and payout.tender == payment.tender:
        await refill_voucher(unit, payment.voucher_id, payout.amount_minor)
    done = select(func.coalesce(func.sum(Payout.amount_minor), 0)).where(
        Payout.payment_id == payment.id, Payout.state == PayoutState.DONE
    )
    refunded = int((await unit.session.execute(done)).scalar_one())
    if refunded > payment.amount_minor:
        raise Problem("conflict", "More has gone back than was paid: look at each payout.")
    if is_back and was_failed:
        account = await read_account(unit, order)
        if account.paid_out_minor > account.owed_minor:
            raise Problem("conflict", "More has gone back than is owed: look at each payout.")
    payment.refunded_minor = refunded
    heard = (await _facts_of(unit, [payment.id])).get(payment.id, ())
    payment.state = fold_payment(payment.amount_minor, heard, refunded).state
    await unit.session.flush()


async def add_payout(
    unit: Unit,
    payment: Payment,
    share: int,
    place: int,
    wanted: WantedPayout,
    digest: bytes,
    actor: str,
) -> Payout:
    """Let a share of a payout go back to one payment; the order is locked."""
    payout = Payout(
        id=ids.new_id(PAYOUT, unit.entropy),
        organization_id=unit.organization_id,
        event_id=payment.event_id,
        order_id=payment.order_id,
        payment_id=payment.id,
        place=place,
        tender=wanted.tender or payment.tender,
        amount_minor=share,
        currency=payment.currency,
        state=PayoutState.PENDING,
        reason=wanted.reason,
        authorized_by=wanted.authorized_by,
        client_key=wanted.client_key,
        client_digest=digest,
        created_by=actor,
        created_at=unit.now,
    )
    unit.session.add(payout)
    await unit.session.flush()
    if wanted.fact is not None:
        order = await lock_order(unit, payment.event_id, payment.order_id)
        await _note_payout(unit, payout, wanted.fact, actor, order)
    return payout


async def list_payments(unit: Unit, order_id: OrderId) -> Sequence[Payment]:
    """Return an order's payments, the oldest first."""
    query = select(Payment).where(Payment.order_id == order_id)
    return (
        (await unit.session.execute(query.order_by(Payment.created_at, Payment.id)))
        .scalars()
        .all()
    )


async def list_payouts(unit: Unit, order_id: OrderId) -> Sequence[Payout]:
    """Return what went back of an order, or may have, the oldest first."""
    query = select(Payout).where(Payout.order_id == order_id)
    return (
        (await unit.session.execute(query.order_by(Payout.created_at, Payout.id))).scalars().all()
    )


async def _earlier_payouts(unit: Unit, client_key: str) -> Sequence[Payout]:
    query = select(Payout).where(Payout.client_key == client_key).order_by(Payout.place)
    return (await unit.session.execute(query)).scalars().all()


async def _facts_of(unit: Unit, payment_ids: Sequence[str]) -> dict[str, list[FactKind]]:
    query = select(PaymentFact.payment_id, PaymentFact.kind).where(
        PaymentFact.payment_id.in_(payment_ids)
    )
    found: dict[str, list[FactKind]] = {}
    for payment_id, kind in (await unit.session.execute(query)).all():
        found.setdefault(payment_id, []).append(FactKind(kind))
    return found


async def _get_payment(unit: Unit, order_id: OrderId, payment_id: str) -> Payment:
    query = select(Payment).where(Payment.id == payment_id, Payment.order_id == order_id)
    payment = (await unit.session.execute(query)).scalar_one_or_none()
    if payment is None:
        raise not_found("payment")
    return payment


def _stand(payment: Payment, facts: Sequence[FactKind]) -> Standing:
    return fold_payment(payment.amount_minor, facts, payment.refunded_minor)
