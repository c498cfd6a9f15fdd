"""Booking what tills paid out for tickets that they took back, as their journals have it.

It happened, so nothing is refused: each payout goes to the payments that the ticket's order was
paid by, those of the same tender first, the newest of them first. What does not fit is said in a
sentence, for a conflict that the organizer sees.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import select

from server.db.unit import Unit
from server.orders.paying_and_refunding import note_beyond, note_owed
from server.orders.service import Order, lock_order
from server.payments.models import Payment, Payout
from server.payments.service import (
    TILL_KEYS,
    WantedPayout,
    add_payout,
    left_minor,
    list_payments,
    list_payouts,
)
from server.payments.states import PaymentState, PayoutFact
from shared.kernel.id_types import DeviceId, EventId, OrderId, TicketId
from shared.kernel.ids import format_ticket_id
from shared.sales.tenders import EXCHANGE

_OTHER: Final = "other"
_STEPS_MAX: Final = 20
"""So often one ticket was exchanged for another, at most, that is looked through."""


class TillPayout(msgspec.Struct, frozen=True, kw_only=True):
    """What a till did with one ticket's money; amounts in minor units.

    Attributes:
        key: Of this withdrawal for good; booked again, it changes nothing.
        ticket_id: Which ticket.
        device_id: The till.
        currency: ISO 4217.
        amount_minor: What was paid out or credited, together.
        tender: How it was paid out.
        credited_minor: What of it pays for another sale of the till.
        credited_to: That sale's id.
        reason: As the entry has it.
        authorized_by: Whose badge has signed it, or "".
        is_allowed: A supervisor's badge has signed it, and there is a reason.
    """

    key: str
    ticket_id: TicketId
    device_id: DeviceId
    currency: str
    amount_minor: int
    tender: str
    credited_minor: int = 0
    credited_to: str = ""
    reason: str = ""
    authorized_by: str = ""
    is_allowed: bool = False


async def book_till_payout(
    unit: Unit, event_id: EventId, order_id: OrderId, said: TillPayout
) -> str:
    """Book what a till paid out for a ticket of an order; once, however often it is told.

    Returns:
        What does not fit, in a sentence for the organizer; "" if all does.

    Raises:
        Problem: `not-found`.
    """
    order = await lock_order(unit, event_id, order_id)
    key = f"{TILL_KEYS}payout:{said.device_id}:{said.key}"
    query = select(Payout.id).where(Payout.client_key == key).limit(1)
    if (await unit.session.execute(query)).first() is not None:
        return ""
    if said.amount_minor and said.currency != order.currency:
        return f"{said.amount_minor} {said.currency} were paid out of a sale in {order.currency}"
    ticket, reason = format_ticket_id(said.ticket_id), said.reason or "at the till"
    amount = said.amount_minor
    await note_owed(unit, order, ticket, amount, reason, said.device_id)
    booking = _Booking(unit, order, said, key)
    return await booking.run()


class _Booking:
    """One payout on its way into the books."""

    def __init__(self, unit: Unit, order: Order, said: TillPayout, key: str) -> None:
        self._unit, self._order, self._said, self._key = unit, order, said, key
        self._place = 0

    async def run(self) -> str:
        said, wrong = self._said, ""
        credited = min(said.credited_minor, said.amount_minor)
        for tender, amount in (
            (said.tender or _OTHER, said.amount_minor - credited),
            (EXCHANGE, credited),
        ):
            if amount:
                wrong = await self._book(tender, amount) or wrong
        return wrong

    async def _book(self, tender: str, amount: int) -> str:
        """Let an amount go back by one tender; returns what does not fit."""
        payments = await list_payments(self._unit, self._order.id)
        payouts = await list_payouts(self._unit, self._order.id)
        roots = {one.id: await self._roots(one) for one in payments}
        newest = sorted(
            payments,
            key=lambda one: (
                tender in roots[one.id],
                one.state != PaymentState.DISPUTED,
                one.created_at,
                one.id,
            ),
        )
        left, is_other, is_disputed = amount, False, False
        for payment in reversed(newest):
            share = min(left, max(0, left_minor(payment, payouts)))
            if not share:
                continue
            left -= share
            is_disputed = is_disputed or payment.state == PaymentState.DISPUTED
            is_same = tender == EXCHANGE or tender in roots[payment.id]
            is_other = is_other or not is_same
            await self._add(payment, share, tender, is_same=is_same)
        if left:
            name = format_ticket_id(self._said.ticket_id)
            await note_beyond(self._unit, self._order, name, left)
            return f"{left} minor units more were paid out than are on record as paid for it"
        if is_disputed:
            return f"paid out by {tender} while the payment is disputed: it may go back twice"
        if is_other and not self._said.is_allowed:
            return (
                f"paid out by {tender}, which it was not paid with, and no supervisor's badge has"
                " allowed that with a reason"
            )
        return ""

    async def _add(self, payment: Payment, share: int, tender: str, *, is_same: bool) -> None:
        said = self._said
        reason = said.reason or "at the till"
        if tender == EXCHANGE:
            reason = _credit(said.credited_to)
        wanted = WantedPayout(
            amount_minor=share,
            reason=reason,
            tender=tender,
            authorized_by="" if is_same else said.authorized_by,
            fact=PayoutFact.DONE,
            client_key=self._key,
        )
        digest = hashlib.sha256(msgspec.json.encode((self._order.id, wanted))).digest()
        await add_payout(self._unit, payment, share, self._place, wanted, digest, said.device_id)
        self._place += 1

    async def _roots(self, payment: Payment) -> set[str]:
        """Return by what a payment was paid, through whatever was exchanged for it before."""
        found: set[str] = set()
        heads, seen = [payment], {payment.id}
        for _ in range(_STEPS_MAX):
            found |= {one.tender for one in heads if one.tender != EXCHANGE}
            given = [one for one in heads if one.tender == EXCHANGE]
            if not given:
                break
            earlier: Sequence[Payment] = await self._paid_by(given)
            heads = [one for one in earlier if one.id not in seen]
            seen |= {one.id for one in heads}
        return found

    async def _paid_by(self, given: Sequence[Payment]) -> Sequence[Payment]:
        """Return the payments of the tickets that paid for these in exchange."""
        orders = {one.order_id for one in given}
        keys = select(Order.client_key).where(Order.id.in_(orders))
        sales = [
            (key or "").removeprefix(f"{TILL_KEYS}{self._said.device_id}:").split(":")[0]
            for key in (await self._unit.session.execute(keys)).scalars()
        ]
        query = (
            select(Payment)
            .join(Payout, Payout.payment_id == Payment.id)
            .where(
                Payment.event_id == self._order.event_id,
                Payout.tender == EXCHANGE,
                Payout.reason.in_([_credit(sale) for sale in sales]),
            )
            .distinct()
        )
        return (await self._unit.session.execute(query)).scalars().all()


def _credit(sale_id: str) -> str:
    """Say for which sale a ticket that was given back pays."""
    return f"{EXCHANGE} {sale_id}"
