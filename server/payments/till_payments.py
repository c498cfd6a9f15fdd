"""Booking how a till's sale was paid, as its journal has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from server.db.unit import Unit
from server.orders.service import Order
from server.payments.models import Payment, PaymentFact
from server.payments.service import PAYMENT
from server.payments.states import FactKind, fold_payment
from shared.journal.sale import Payment as SoldFor
from shared.journal.sale import SaleBody
from shared.kernel import ids

_TENDERS: Final = {"cash", "card", "voucher", "comp", "exchange"}
_OTHER: Final = "other"
_FACTS: Final = {"paid": FactKind.PAID, "reversed": FactKind.FAILED}


async def book_till_payments(unit: Unit, order: Order, sale: SaleBody) -> None:
    """Book a sale's payments with its order, in the transaction that books the order.

    Of a sale of an older version its one tender paid all.
    """
    paid: Sequence[SoldFor] = sale.payments or (
        SoldFor(kind=sale.tender, amount_minor=order.total_minor),
    )
    order.rounding_minor = sale.rounding_minor if sale.payments else 0
    for number, part in enumerate(paid):
        fact = _FACTS.get(part.state, FactKind.UNKNOWN)
        payment = Payment(
            id=ids.new_id(PAYMENT, unit.entropy),
            organization_id=unit.organization_id,
            event_id=order.event_id,
            order_id=order.id,
            tender=part.kind if part.kind in _TENDERS else _OTHER,
            amount_minor=part.amount_minor,
            currency=order.currency,
            reference=part.reference,
            state=fold_payment(part.amount_minor, [fact]).state,
            refunded_minor=0,
            client_key=f"{order.client_key}:{number}",
            client_digest=None,
            device_id=order.created_by or "",
            created_by=order.created_by or "",
            created_at=unit.now,
        )
        unit.session.add(payment)
        await unit.session.flush()
        unit.session.add(
            PaymentFact(
                payment_id=payment.id,
                kind=fact,
                organization_id=unit.organization_id,
                at=unit.now,
                told_by=order.created_by or "",
            )
        )
    await unit.session.flush()
