"""By what a ticket was paid in the end: through all that was exchanged for it before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from server.db.unit import Unit
from server.orders.service import Order
from server.payments.models import Payment, Payout
from server.payments.service import TILL_KEYS, list_payments
from server.payments.vouchers import find_over
from shared.kernel.id_types import DeviceId, EventId, OrderId
from shared.sales.tenders import EXCHANGE

_STEPS_MAX: Final = 20
"""So often one ticket was exchanged for another, at most, that is looked through."""


class ExchangePayers:
    """Finds what paid for what was given in exchange, in the books of one till."""

    def __init__(self, unit: Unit, event_id: EventId, device_id: DeviceId) -> None:
        self._unit, self._event_id, self._device_id = unit, event_id, device_id

    async def find(self, payment: Payment) -> Sequence[Payment]:
        """Return by what a payment was paid, through whatever was exchanged for it before."""
        found: list[Payment] = []
        heads, seen = [payment], {payment.id}
        for _ in range(_STEPS_MAX):
            found += [one for one in heads if one.tender != EXCHANGE]
            given = [one for one in heads if one.tender == EXCHANGE]
            if not given:
                break
            earlier: Sequence[Payment] = await self._paid_by(given)
            heads = [one for one in earlier if one.id not in seen]
            seen |= {one.id for one in heads}
        return found

    async def _paid_by(self, given: Sequence[Payment]) -> Sequence[Payment]:
        """Return the payments of the tickets that paid for these in exchange."""
        sales = await self.sales(given)
        query = (
            select(Payment)
            .join(Payout, Payout.payment_id == Payment.id)
            .where(
                Payment.event_id == self._event_id,
                Payout.tender == EXCHANGE,
                Payout.reason.in_([credit_reason(sale) for sale in sales]),
            )
            .distinct()
        )
        return (await self._unit.session.execute(query)).scalars().all()

    async def sales(self, payments: Sequence[Payment]) -> Sequence[str]:
        """Return the till's ids of the sales that payments were of."""
        keys = select(Order.client_key).where(Order.id.in_({one.order_id for one in payments}))
        return [
            (key or "").removeprefix(f"{TILL_KEYS}{self._device_id}:").split(":")[0]
            for key in (await self._unit.session.execute(keys)).scalars()
        ]


def credit_reason(sale_id: str) -> str:
    """Say for which sale a ticket that was given back pays."""
    return f"{EXCHANGE} {sale_id}"


async def find_voucher_over(unit: Unit, paid_by: Sequence[Payment]) -> str:
    """Say why nothing goes back onto the vouchers among payments; "" if it may."""
    over = await find_over(unit, {one.voucher_id for one in paid_by if one.voucher_id})
    return min(over.values(), default="")


async def find_order_voucher_over(
    unit: Unit, event_id: EventId, order_id: OrderId, device_id: DeviceId
) -> str:
    """Say why nothing of a till's sale goes back onto the vouchers that paid it; "" if it may."""
    payers, paid_by = ExchangePayers(unit, event_id, device_id), list[Payment]()
    for payment in await list_payments(unit, order_id):
        paid_by += await payers.find(payment)
    return await find_voucher_over(unit, paid_by)
