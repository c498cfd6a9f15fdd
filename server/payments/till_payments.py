"""Booking how a till's sale was paid, as its journal has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import literal, select

from server.db.unit import Unit
from server.keys.voucher_codes import VoucherCodes
from server.orders.placing_orders import Order
from server.payments.models import Payment, PaymentFact
from server.payments.payment_states import FactKind, fold_payment
from server.payments.payments_and_payouts import PAYMENT
from server.payments.till_vouchers import bind_charge
from shared.journal.sale_body import SaleBody
from shared.journal.sale_body import SalePayment as SoldFor
from shared.kernel import ids
from shared.sales.card_bookings import is_one_booking
from shared.sales.tenders import VOUCHER

_TENDERS: Final = {"cash", "card", "voucher", "comp", "exchange"}
_OTHER: Final = "other"
_FACTS: Final = {"paid": FactKind.PAID, "reversed": FactKind.FAILED}


async def book_till_payments(unit: Unit, order: Order, sale: SaleBody, codes: VoucherCodes) -> str:
    """Book a sale's payments with its order, in the transaction that books the order.

    Of a sale of an older version its one tender paid all.

    Returns:
        What does not fit, in a sentence for the organizer; "" if all does.
    """
    wrong = ""
    paid: Sequence[SoldFor] = sale.payments or (
        SoldFor(kind=sale.tender, amount_minor=order.total_minor),
    )
    order.rounding_minor = sale.rounding_minor if sale.payments else 0
    for number, part in enumerate(paid):
        fact = _FACTS.get(part.state, FactKind.UNKNOWN)
        voucher_id = None
        if part.kind == VOUCHER and part.amount_minor and fact is FactKind.PAID:
            voucher_id = await bind_charge(unit, order, part, codes)
            if voucher_id is None:
                wrong = f"{part.amount_minor} minor units by a voucher that paid nothing here"
        if fact is FactKind.PAID and is_one_booking(part.reference):
            number_of_other = await _find_charged(unit, order, part.reference)
            if number_of_other is not None:
                wrong = (
                    f"{part.amount_minor} by the card booking {part.reference}, which has paid for"
                    f" order {number_of_other}"
                )
        payment = Payment(
            id=ids.new_id(PAYMENT, unit.entropy),
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
            voucher_id=voucher_id,
        )
        await unit.add(payment)
        unit.session.add(
            PaymentFact(
                payment_id=payment.id,
                kind=fact,
                at=unit.now,
                told_by=order.created_by or "",
            )
        )
    await unit.session.flush()
    return wrong


async def _find_charged(unit: Unit, order: Order, reference: str) -> int | None:
    """Return the number of another order of the event that a card's booking has paid for."""
    query = (
        select(Order.number)
        .join(Payment, Payment.order_id == Order.id)
        .where(
            Payment.event_id == order.event_id,
            Payment.reference == reference,
            Payment.reference != literal("", literal_execute=True),  # as its index says
            Payment.order_id != order.id,
        )
        .limit(1)
    )
    return await unit.find(query)
