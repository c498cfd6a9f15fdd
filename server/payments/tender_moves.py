"""Booking that a till's sale was keyed in under another tender than it was paid by."""

from __future__ import annotations

from sqlalchemy import select

from server.db.unit import Unit
from server.orders.service import Order, lock_order
from server.orders.till_sales import key_of_sale
from server.payments.service import list_payments, list_payouts
from shared.journal.shift_body import ShiftBody
from shared.kernel.id_types import DeviceId
from shared.sales.tenders import CARD, CASH


async def book_tender_move(unit: Unit, device_id: DeviceId, body: ShiftBody) -> None:
    """Let a payment stand under the tender that it was made by; once.

    A part of a payment, and one of which something has gone back, stay as they are: the till's
    report says what was moved. So does a move of what was not paid by cash or card.
    """
    query = select(Order.event_id, Order.id).where(
        Order.organization_id == unit.organization_id,
        Order.client_key == key_of_sale(device_id, body.sale_id),
    )
    found = (await unit.session.execute(query)).first()
    if found is None or {body.tender, body.tender_to} != {CASH, CARD}:
        return
    order = await lock_order(unit, *found)
    payouts = await list_payouts(unit, order.id)
    touched = {one.payment_id for one in payouts}
    for payment in await list_payments(unit, order.id):
        is_whole = (payment.tender, payment.amount_minor) == (body.tender, body.amount_minor)
        if is_whole and payment.id not in touched:
            payment.tender = body.tender_to
            await unit.session.flush()
            return
