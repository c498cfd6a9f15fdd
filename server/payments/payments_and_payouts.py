"""Adds payments to an order, and payouts of what goes back, and notes what is heard of each.

The order's row is the first lock of every change here, as it is where orders are settled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import func, select

from server.db.unit import Unit
from server.orders.paying_and_refunding import mark_paid
from server.orders.placing_orders import Order, lock_order
from server.payments.models import Payment, PaymentFact, Payout, PayoutFactRow
from server.payments.order_balance import (
    CLOSED,
    Account,
    facts_of,
    find_held,
    is_disputed,
    left_minor,
    list_payments,
    list_payouts,
    open_minor,
    read_account,
    read_lost,
    stand,
    was_disputed_since,
)
from server.payments.payment_states import (
    DISPUTES,
    FactKind,
    PaymentState,
    PayoutFact,
    PayoutState,
    fold_payout,
    join_amounts,
    share_payout,
)
from server.payments.vouchers import (
    find_over,
    refill_voucher,
    say_nothing_back,
    spend_voucher,
)
from server.problem_answers import Problem, refuse, wrong_field
from server.quotas import PAYMENTS_PER_ORDER_MAX
from server.supervisors.supervisors_and_pins import check_supervisor
from server.ticketing.ports import ChangeFeed
from shared.kernel import ids
from shared.kernel.id_types import EventId, OrderId
from shared.kernel.instant import Instant

__all__ = [
    "Account",
    "Payment",
    "PaymentFact",
    "Payout",
    "find_held",
    "fold_again",
    "is_disputed",
    "left_minor",
    "list_payments",
    "list_payouts",
    "open_minor",
    "read_account",
    "read_lost",
    "was_disputed_since",
]
"""The rows, and what is read of them, that other domains use."""

PAYMENT: Final = "py"
PAYOUT: Final = "po"

_COMES_BY_ITSELF: Final = {"card", "transfer", "online"}
"""Tenders that nobody here has to take; cash and vouchers are refused at the counter."""


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

    What has come for an order that was closed meanwhile is booked as well: it is owed back.

    Raises:
        Problem: `not-found`; `conflict` if the key was used for something else, the order is
            closed, more would be paid than is due, or the voucher does not suffice.
    """
    order = await lock_order(unit, event_id, order_id)
    digest = hashlib.sha256(msgspec.json.encode((order_id, wanted))).digest()
    if wanted.client_key is not None:
        query = select(Payment).where(Payment.client_key == wanted.client_key)
        earlier = await unit.find(query)
        if earlier is not None:
            if earlier.client_digest != digest:
                raise Problem("conflict", "This idempotency key was used for something else.")
            return earlier
    if wanted.code is not None and wanted.fact not in {None, FactKind.PAID}:
        raise wrong_field("fact", "is no voucher's: it pays at once, or is refused")
    account = await read_account(unit, order)
    is_closed = order.state in CLOSED
    has_come = wanted.fact is FactKind.PAID and wanted.tender in _COMES_BY_ITSELF
    if is_closed and not has_come:
        raise refuse("conflict", "order.nothing_paid", order_state=order.state)
    if len(account.payments) >= PAYMENTS_PER_ORDER_MAX:
        raise Problem("quota-exceeded", f"At most {PAYMENTS_PER_ORDER_MAX} payments of one order.")
    is_failed = wanted.fact is FactKind.FAILED
    left = account.due_minor - account.paid_minor - account.pending_minor
    if wanted.amount_minor > left and not is_failed and not is_closed:
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
    amount_minor: int | None = None,
    actor: str,
) -> Payment:
    """Note what was heard of a payment; once, however often and in whatever order it is told.

    Args:
        unit: A writing one.
        event_id: The order's.
        order_id: The payment's.
        payment_id: Which.
        fact: What was heard.
        amount_minor: How much of the payment a dispute is about; None where nobody said.
        actor: Who tells.

    Raises:
        Problem: `not-found`; wrong fields if a fact has no amount, or it is more than was paid.
    """
    if amount_minor is not None and fact not in DISPUTES:
        raise wrong_field("amount_minor", "is of facts about a dispute only")
    order = await lock_order(unit, event_id, order_id)
    payment = await _get_payment(unit, order_id, payment_id)
    if payment.voucher_id is not None and fact in DISPUTES:
        raise wrong_field("fact", "is no voucher's: nobody disputes one")
    if amount_minor is not None and amount_minor > payment.amount_minor:
        raise wrong_field("amount_minor", f"is more than the payment's {payment.amount_minor}")
    await _note(unit, payment, fact, actor, amount_minor)
    await _settle(unit, changes, order, actor)
    return payment


async def pay_out(
    unit: Unit,
    event_id: EventId,
    order_id: OrderId,
    wanted: WantedPayout,
    *,
    actor: str,
    is_managers: bool,
) -> Sequence[Payout]:
    """Let money go back to the payments that it came by, the newest first. Idempotent by its key.

    Args:
        unit: A writing one.
        event_id: The order's.
        order_id: Which.
        wanted: What goes back.
        actor: Who says so.
        is_managers: It is a manager's word: who lets it go by another tender names a supervisor,
            and whoever pays out must not be who allows it in that one's name.

    Raises:
        Problem: `not-found`; `conflict` if less is owed or was paid, the key was used for
            something else, or a voucher that it would go back to is over; wrong fields if another
            tender has no supervisor, `forbidden` if no manager says so.
    """
    order = await lock_order(unit, event_id, order_id)
    digest = hashlib.sha256(msgspec.json.encode((order_id, wanted))).digest()
    account = await read_account(unit, order)
    earlier = wanted.client_key and await _earlier_payouts(unit, wanted.client_key)
    if earlier:
        if earlier[0].client_digest != digest:
            raise Problem("conflict", "This idempotency key was used for something else.")
        return earlier
    if len(account.payouts) >= PAYMENTS_PER_ORDER_MAX:
        raise Problem("quota-exceeded", f"At most {PAYMENTS_PER_ORDER_MAX} payouts of one order.")
    if wanted.amount_minor > account.open_minor:
        raise Problem("conflict", _say_open(account))
    newest = sorted(account.payments, key=lambda one: (one.created_at, one.id), reverse=True)
    shares = share_payout(
        wanted.amount_minor, [open_minor(one, account.payouts) for one in newest]
    )
    if shares is None:
        raise refuse("conflict", "money.less_booked")
    touched = [one for one, share in zip(newest, shares, strict=True) if share]
    if wanted.tender is not None and any(one.tender != wanted.tender for one in touched):
        if not wanted.authorized_by:
            raise wrong_field("authorized_by", "is needed: it goes back by another tender")
        await check_supervisor(unit, wanted.authorized_by, "authorized_by")
        if not is_managers:
            raise refuse("forbidden", "money.other_tender")
    await _check_vouchers(unit, [one for one in touched if wanted.tender in {None, one.tender}])
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
            failed, and the same money went back otherwise meanwhile, or onto a voucher of which
            nothing can be spent any more.
    """
    order = await lock_order(unit, event_id, order_id)
    query = select(Payout).where(Payout.id == payout_id, Payout.order_id == order_id)
    payout = await unit.get(query, "payout")
    await _note_payout(unit, payout, fact, actor, order)
    return payout


async def _check_vouchers(unit: Unit, payments: Sequence[Payment]) -> None:
    """Refuse to let money go back where nobody can spend it.

    Raises:
        Problem: `conflict`.
    """
    over = await find_over(unit, {one.voucher_id for one in payments if one.voucher_id})
    if over:
        raise Problem("conflict", say_nothing_back(min(over.values())))


def _say_open(account: Account) -> str:
    said = f"Only {max(0, account.open_minor)} minor units are owed back."
    gone = account.covered.lost_minor + account.covered.open_minor
    if gone and account.owed_minor > account.paid_out_minor:
        return f"{said} The buyer takes {gone} back by a dispute, or has; that goes out once."
    return f"{said} Take tickets back first."


async def _insert(
    unit: Unit, order: Order, wanted: WantedPayment, digest: bytes, actor: str
) -> Payment:
    payment = Payment(
        id=ids.new_id(PAYMENT, unit.entropy),
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
    return await unit.add(payment)


async def _note(
    unit: Unit, payment: Payment, fact: FactKind, actor: str, amount: int | None = None
) -> None:
    """Keep a fact, if it is new, and fold where the payment stands anew from all of them."""
    row = await unit.session.get(PaymentFact, (payment.id, fact))
    if row is None:
        unit.session.add(
            PaymentFact(
                payment_id=payment.id,
                kind=fact,
                at=unit.now,
                told_by=actor,
                amount_minor=amount,
            )
        )
    else:
        row.amount_minor = join_amounts(row.amount_minor, amount)
    await unit.session.flush()
    await fold_again(unit, payment)


async def fold_again(unit: Unit, payment: Payment) -> None:
    """Fold where a payment stands from all that was heard of it."""
    standing = stand(payment, (await facts_of(unit, [payment.id])).get(payment.id, {}))
    payment.state = standing.state
    payment.disputed_minor, payment.lost_minor = standing.disputed_minor, standing.lost_minor
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
        await _check_vouchers(unit, [payment])
        await refill_voucher(unit, payment.voucher_id, payout.amount_minor)
    done = select(func.coalesce(func.sum(Payout.amount_minor), 0)).where(
        Payout.order_id == payment.order_id,
        Payout.payment_id == payment.id,
        Payout.state == PayoutState.DONE,
    )
    refunded = int((await unit.session.execute(done)).scalar_one())
    if refunded > payment.amount_minor:
        raise refuse("conflict", "money.over_paid")
    if is_back and was_failed:
        account = await read_account(unit, order)
        if account.paid_out_minor > account.owed_minor:
            raise refuse("conflict", "money.over_owed")
        if left_minor(payment, account.payouts) < 0:
            raise refuse("conflict", "money.meanwhile")
    payment.refunded_minor = refunded
    await fold_again(unit, payment)


async def add_payout(
    unit: Unit,
    payment: Payment,
    share: int,
    place: int,
    wanted: WantedPayout,
    digest: bytes,
    actor: str,
    at: Instant | None = None,
) -> Payout:
    """Let a share of a payout go back to one payment, now or `at`; the order is locked."""
    payout = Payout(
        id=ids.new_id(PAYOUT, unit.entropy),
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
        created_at=unit.now if at is None else at,
    )
    await unit.add(payout)
    if wanted.fact is not None:
        order = await lock_order(unit, payment.event_id, payment.order_id)
        await _note_payout(unit, payout, wanted.fact, actor, order)
    return payout


async def _earlier_payouts(unit: Unit, client_key: str) -> Sequence[Payout]:
    query = select(Payout).where(Payout.client_key == client_key).order_by(Payout.place)
    return await unit.all(query)


async def _get_payment(unit: Unit, order_id: OrderId, payment_id: str) -> Payment:
    query = select(Payment).where(Payment.id == payment_id, Payment.order_id == order_id)
    return await unit.get(query, "payment")
