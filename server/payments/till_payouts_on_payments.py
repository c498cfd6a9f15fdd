"""Booking what tills paid out for tickets that they took back, as their journals have it.

It happened, so nothing is refused: each payout goes to the payments that the ticket's order was
paid by, those of the same tender first, the newest of them first. What does not fit is said in a
sentence, for a conflict that the organizer sees.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Final

import msgspec
from sqlalchemy import func, select

from server.db.personal_columns import PAYOUT_KEYS
from server.db.unit import Unit
from server.orders.paying_and_refunding import note_beyond, note_owed
from server.orders.placing_orders import Order, lock_order
from server.payments.exchanged_parts import (
    PaidPart,
    credit,
    find_roots,
    find_voucher_over,
    sales_of,
)
from server.payments.models import Payment, Payout
from server.payments.payment_states import PaymentState, PayoutFact, PayoutState
from server.payments.payments_and_payouts import (
    WantedPayout,
    add_payout,
    left_minor,
    list_payments,
    list_payouts,
)
from server.payments.vouchers import refill_voucher
from shared.journal.shift_body import ShiftBody
from shared.journal.withdrawal_body import PaidBack
from shared.kernel.id_types import DeviceId, EventId, OrderId, TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Instant
from shared.sales.tenders import EXCHANGE, VOUCHER

_OTHER: Final = "other"


class TillPayout(msgspec.Struct, frozen=True, kw_only=True):
    """What a till did with one ticket's money; amounts in minor units.

    Attributes:
        key: Of this withdrawal for good; booked again, it changes nothing.
        ticket_id: Which ticket.
        device_id: The till.
        currency: ISO 4217.
        amount_minor: What was paid out or credited, together.
        paid_out_by: What of it was paid out by which tender.
        credited_minor: What of it pays for another sale of the till.
        credited_to: That sale's id.
        reason: As the entry has it.
        authorized_by: Whose badge has signed it, or "".
        is_allowed: A supervisor's badge has signed it, and there is a reason.
        tax_said: The rate of tax in the amount, and the tax, as the till says.
    """

    key: str
    ticket_id: TicketId
    device_id: DeviceId
    currency: str
    amount_minor: int
    paid_out_by: tuple[PaidBack, ...] = ()
    credited_minor: int = 0
    credited_to: str = ""
    reason: str = ""
    authorized_by: str = ""
    is_allowed: bool = False
    tax_said: tuple[int, int] = (0, 0)


async def book_till_payout(
    unit: Unit,
    event_id: EventId,
    order_id: OrderId,
    said: TillPayout,
    moves_of: Callable[[Collection[str]], Awaitable[Sequence[ShiftBody]]],
) -> str:
    """Book what a till paid out for a ticket of an order; once, however often it is told.

    Args:
        unit: A writing one.
        event_id: Whose order.
        order_id: Which.
        said: What the till says.
        moves_of: Reads by which acts parts of the till's sales were moved to another tender.

    Returns:
        What does not fit, in a sentence for the organizer; "" if all does.

    Raises:
        Problem: `not-found`.
    """
    order = await lock_order(unit, event_id, order_id)
    key = f"{PAYOUT_KEYS}{said.device_id}:{said.key}"
    query = select(Payout.id).where(Payout.client_key == key).limit(1)
    if (await unit.session.execute(query)).first() is not None:
        return ""
    if said.amount_minor and said.currency != order.currency:
        return f"{said.amount_minor} {said.currency} were paid out of a sale in {order.currency}"
    ticket, reason = format_ticket_id(said.ticket_id), said.reason or "at the till"
    amount = said.amount_minor
    await note_owed(unit, order, ticket, amount, said.tax_said, reason, said.device_id)
    booking = _Booking(unit, order, said, key, moves_of)
    return await booking.run()


class _Booking:
    """One payout on its way into the books."""

    def __init__(
        self,
        unit: Unit,
        order: Order,
        said: TillPayout,
        key: str,
        moves_of: Callable[[Collection[str]], Awaitable[Sequence[ShiftBody]]],
    ) -> None:
        self._unit, self._order, self._said, self._key = unit, order, said, key
        self._moves_of, self._place, self._at = moves_of, 0, unit.now

    async def run(self) -> str:
        said, wrong = self._said, ""
        self._at = await self._next_instant()
        for part in (*said.paid_out_by, PaidBack(EXCHANGE, said.credited_minor)):
            if part.amount_minor:
                wrong = await self._book(part.tender or _OTHER, part.amount_minor) or wrong
        return wrong

    async def _next_instant(self) -> Instant:
        """Return now, or just after what was booked before of this order, or for the same sale.

        By this order it is known what paid for what; a clock may have been set back meanwhile.
        """
        before = [Payout.order_id == self._order.id]
        if self._said.credited_to:
            credited = Payout.reason == credit(self._said.credited_to)
            before.append((Payout.tender == EXCHANGE) & credited)
        found = [self._unit.now]
        for one in before:  # each by an index of its own
            query = select(func.max(Payout.created_at)).where(
                Payout.event_id == self._order.event_id, one
            )
            latest = (await self._unit.session.execute(query)).scalar()
            found += [] if latest is None else [Instant(latest + 1)]
        return max(found)

    async def _book(self, tender: str, amount: int) -> str:
        """Let an amount go back by one tender; returns what does not fit."""
        payments = await list_payments(self._unit, self._order.id)
        payouts = await list_payouts(self._unit, self._order.id)
        left = amount
        roots = {one.id: await self._roots(one, payouts) for one in payments}
        newest = sorted(
            payments,
            key=lambda one: (
                tender in _tenders(roots[one.id]),
                one.state != PaymentState.DISPUTED,
            ),
        )
        is_other, is_disputed, over = False, False, ""
        for payment in reversed(newest):
            whole = max(0, left_minor(payment, payouts))
            share = min(left, whole)
            if not share:
                continue
            left -= share
            is_disputed = is_disputed or payment.state == PaymentState.DISPUTED
            paid_by = roots[payment.id]
            if share < whole:
                paid_by = await self._roots(payment, payouts, share)
            is_same = await self._is_same(tender, paid_by)
            why = await find_voucher_over(self._unit, paid_by) if tender == VOUCHER else ""
            fact = PayoutFact.FAILED if why else PayoutFact.DONE
            await self._add(payment, share, tender, fact, is_same=is_same)
            over = over or why
            if tender == VOUCHER and payment.tender == EXCHANGE and not why:
                is_same = await self._refill(paid_by) == share
            is_other = is_other or not is_same
        if left:
            name = format_ticket_id(self._said.ticket_id)
            await note_beyond(self._unit, self._order, name, left)
            return f"{left} minor units more were paid out than are on record as paid for it"
        if over:
            return f"paid back onto a voucher that {over}: nothing is on it, and it is still owed"
        if is_disputed:
            return f"paid out by {tender} while the payment is disputed: it may go back twice"
        if is_other and not self._said.is_allowed:
            return (
                f"paid out by {tender}, which it was not paid with, and no supervisor's"
                " badge approved that with a reason"
            )
        return ""

    async def _is_same(self, tender: str, paid_by: Sequence[PaidPart]) -> bool:
        """Tell whether a tender is one of those that something was paid by, as it stands now."""
        if tender == EXCHANGE or tender in _tenders(paid_by):
            return True
        payments = [one.payment for one in paid_by]
        moves = await self._moves_of(await sales_of(self._unit, self._said.device_id, payments))
        if any(tender == one.tender_to for one in moves):
            return True
        # A part of what was moved may have gone on to another ticket, and which one is not on
        # record: it goes back by either tender then.
        was_there = any(tender == one.tender for one in moves)
        return was_there and await self._has_gone_on(payments)

    async def _has_gone_on(self, payments: Sequence[Payment]) -> bool:
        """Tell whether a part of what the sales of payments brought has paid for another sale."""
        query = select(Payout.id).where(
            Payout.order_id.in_({one.order_id for one in payments}),
            Payout.tender == EXCHANGE,
            Payout.state != PayoutState.FAILED,
        )
        return (await self._unit.session.execute(query.limit(1))).first() is not None

    async def _add(
        self, payment: Payment, share: int, tender: str, fact: PayoutFact, *, is_same: bool
    ) -> None:
        said = self._said
        reason = said.reason or "at the till"
        if tender == EXCHANGE:
            reason = credit(said.credited_to)
        wanted = WantedPayout(
            amount_minor=share,
            reason=reason,
            tender=tender,
            authorized_by="" if is_same else said.authorized_by,
            fact=fact,
            client_key=self._key,
        )
        digest = hashlib.sha256(msgspec.json.encode((self._order.id, wanted))).digest()
        place, till = self._place, said.device_id
        await add_payout(self._unit, payment, share, place, wanted, digest, till, self._at)
        self._place += 1

    async def _refill(self, paid_by: Sequence[PaidPart]) -> int:
        """Put back on vouchers what they had paid of tickets that were exchanged since.

        Returns:
            How much that is.
        """
        back = 0
        for one in paid_by:
            if one.payment.voucher_id is not None:
                await refill_voucher(self._unit, one.payment.voucher_id, one.amount_minor)
                back += one.amount_minor
        return back

    async def _roots(
        self, payment: Payment, payouts: Sequence[Payout], share: int | None = None
    ) -> Sequence[PaidPart]:
        """Return by what was paid that goes back next of a payment, or all that is left of it."""
        left = max(0, left_minor(payment, payouts))
        start = payment.amount_minor - left
        part = PaidPart(payment, start, left if share is None else share)
        return await find_roots(self._unit, self._said.device_id, part)


def _tenders(paid_by: Sequence[PaidPart]) -> set[str]:
    return {one.payment.tender for one in paid_by}
