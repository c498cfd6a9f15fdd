"""By what a ticket was paid for good, through whatever was exchanged for it before.

A ticket that was got by an exchange has a payment by tickets that were given back. What those had
paid lies in it in the order in which it was credited; and what goes back of a payment, or pays for
another ticket in its turn, is taken off its beginning. So each minor unit of it has one root, and
none goes back to a voucher twice, or to another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import select

from server.db.personal_columns import TILL_KEYS
from server.db.unit import Unit
from server.orders.placing_orders import Order
from server.payments.models import Payment, Payout
from server.payments.order_balance import list_payouts
from server.payments.payment_states import PayoutState
from server.payments.payments_and_payouts import left_minor, list_payments
from server.payments.vouchers import find_over
from shared.kernel.id_types import DeviceId, OrderId
from shared.sales.tenders import EXCHANGE

_STEPS_MAX: Final = 20
"""So often one ticket was exchanged for another, at most, that is looked through."""


class PaidPart(msgspec.Struct, frozen=True):
    """A part of a payment, in minor units from its beginning."""

    payment: Payment
    start_minor: int
    amount_minor: int

    def within(self, start_minor: int, amount_minor: int) -> tuple[int, int]:
        """Return where it meets what another part has given, and for how much of it."""
        begin = max(self.start_minor, start_minor)
        end = min(self.start_minor + self.amount_minor, start_minor + amount_minor)
        return begin - start_minor, end - begin


def credit(sale_id: str) -> str:
    """Say for which sale a ticket that was given back pays."""
    return f"{EXCHANGE} {sale_id}"


async def find_roots(unit: Unit, device_id: DeviceId, whole: PaidPart) -> Sequence[PaidPart]:
    """Return the parts of payments, none of them by exchange, that a part was paid by.

    Args:
        unit: Where.
        device_id: The till whose sales they were.
        whole: Of which payment; one that is by no exchange is its own root.
    """
    found: list[PaidPart] = []
    parts, seen = [whole], {whole.payment.id}
    for _ in range(_STEPS_MAX):
        found += [one for one in parts if one.payment.tender != EXCHANGE]
        given = [one for one in parts if one.payment.tender == EXCHANGE]
        if not given:
            break
        earlier = [one for part in given for one in await _paid_by(unit, device_id, part)]
        parts = [one for one in earlier if one.payment.id not in seen]
        seen |= {one.payment.id for one in parts}
    return found


async def _paid_by(unit: Unit, device_id: DeviceId, part: PaidPart) -> list[PaidPart]:
    """Return what the tickets that were given back had paid of a part."""
    (sale,) = await sales_of(unit, device_id, [part.payment])
    query = (
        select(Payout, Payment)
        .join(Payment, Payment.id == Payout.payment_id)
        .where(
            Payment.event_id == part.payment.event_id,
            Payout.tender == EXCHANGE,
            Payout.reason == credit(sale),
            Payout.state != PayoutState.FAILED,
        )
        .order_by(Payout.created_at, Payout.place, Payout.id)
    )
    found: list[PaidPart] = []
    laid = 0
    for payout, payment in (await unit.session.execute(query)).all():
        begin, amount = part.within(laid, payout.amount_minor)
        laid += payout.amount_minor
        if amount > 0:
            start = await _gone_before(unit, payout)
            found.append(PaidPart(payment, start + begin, amount))
    return found


async def _gone_before(unit: Unit, payout: Payout) -> int:
    """Return what had gone back of a payment before a payout of it."""
    place = (payout.created_at, payout.place, payout.id)
    return sum(
        one.amount_minor
        for one in await list_payouts(unit, payout.order_id)
        if one.payment_id == payout.payment_id
        and one.state != PayoutState.FAILED
        and (one.created_at, one.place, one.id) < place
    )


async def sales_of(unit: Unit, device_id: DeviceId, payments: Sequence[Payment]) -> Sequence[str]:
    """Return the till's ids of the sales that payments were of."""
    keys = select(Order.client_key).where(Order.id.in_({one.order_id for one in payments}))
    return [
        (key or "").removeprefix(f"{TILL_KEYS}{device_id}:").split(":")[0]
        for key in (await unit.session.execute(keys)).scalars()
    ]


async def find_voucher_over(unit: Unit, paid_by: Sequence[PaidPart]) -> str:
    """Say why nothing goes back onto the vouchers among these; "" if it may."""
    vouchers = {one.payment.voucher_id for one in paid_by if one.payment.voucher_id}
    return min((await find_over(unit, vouchers)).values(), default="")


async def find_order_voucher_over(unit: Unit, order_id: OrderId, device_id: DeviceId) -> str:
    """Say why nothing of a till's sale goes back onto the vouchers that paid it; "" if it may."""
    payouts, paid_by = await list_payouts(unit, order_id), list[PaidPart]()
    for payment in await list_payments(unit, order_id):
        left = max(0, left_minor(payment, payouts))
        part = PaidPart(payment, payment.amount_minor - left, left)
        paid_by += await find_roots(unit, device_id, part)
    return await find_voucher_over(unit, paid_by)
