"""What becomes of an order: paid, cancelled, refunded ticket by ticket.

Each is judged after the order's row was locked. Whoever read it before would take a payment that
came meanwhile for none: the money would be kept, and nothing noted as owed back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from sqlalchemy import func, select, update

from server.db.unit import Unit
from server.orders.models import Order, OrderLine, Refund
from server.orders.placing_orders import (
    PlacedOrder,
    find_order,
    get_order,
    lock_order,
    read_placed,
    tell_of_order,
)
from server.orders.pricing import (
    LineSum,
    TicketOfLine,
    TicketTax,
    price_tickets,
    tax_tickets,
)
from server.orders.schemas import RefundAnswer
from server.problem_answers import not_found, refuse
from server.ticketing.event_price_plan import give_price_counts, read_price_plan
from server.ticketing.finding_and_changing_tickets import (
    Ticket,
    get_ticket,
    list_order_tickets,
    lock_order_tickets,
    lock_tickets,
    set_state,
)
from server.ticketing.ports import ChangeFeed, UsageLookup
from server.ticketing.withdrawals import WantedWithdrawal, check_unused, end_grants, withdraw
from server.webhooks.message_kinds import Kind
from shared.admission.facts import TicketState
from shared.admission.purpose import Purpose
from shared.kernel import ids
from shared.kernel.id_types import EventId, OrderId, TicketId
from shared.manifest.price_plan import RefundTerm
from shared.sales.refund_terms import money_back

__all__ = ["OrderLine", "Refund"]
"""The rows that other domains read."""

REFUND: Final = "rf"
BEFORE_PAYMENT: Final = "cancelled before the order was paid"
"""The reason of what is owed back although nobody has asked for it since the payment."""


async def mark_paid(
    unit: Unit, changes: ChangeFeed, event_id: EventId, order_id: OrderId, *, actor: str
) -> PlacedOrder:
    """Note that a pending order was paid in full; its tickets become valid. Idempotent.

    What was cancelled before is paid all the same, and noted as owed back.

    Raises:
        Problem: `not-found`, or `conflict` if it was cancelled or has expired.
    """
    order = await lock_order(unit, event_id, order_id)
    if order.state == "paid":
        return await read_placed(unit, order)
    if order.state != "pending":
        raise refuse("conflict", "order.unpayable", order_state=order.state)
    order.state, order.paid_at = "paid", unit.now
    await tell_of_order(unit, order, Kind.ORDER_CONFIRMED)
    rows = await lock_order_tickets(unit, event_id, order_id)
    gone = [row for row in rows if row.state == TicketState.CANCELLED]
    await _add_refunds(unit, order, gone, BEFORE_PAYMENT, actor)
    await set_live_tickets(unit, changes, event_id, rows, TicketState.PAID)
    return await read_placed(unit, order)


async def cancel_order(  # noqa: PLR0913 - each part says how it goes back
    unit: Unit,
    changes: ChangeFeed,
    usage: UsageLookup,
    event_id: EventId,
    order_id: OrderId,
    *,
    reason: str,
    actor: str,
    even_if_used: bool = False,
    in_full: bool = True,
) -> PlacedOrder:
    """Cancel an order and its tickets; what was paid is noted as refunds. Idempotent.

    All of it, or with `in_full` off what the event's refund terms give at this instant.

    Raises:
        Problem: `not-found`, or `conflict` if it has expired, or a ticket of it was used, or a
            till is taking one back, or less is noted since an earlier cancellation.
    """
    order = await lock_order(unit, event_id, order_id)
    if order.state == "cancelled":
        if in_full:
            await _refuse_rest(unit, order)
        return await read_placed(unit, order)
    if order.state not in {"pending", "paid"}:
        raise refuse("conflict", "order.uncancellable", order_state=order.state)
    was_paid = order.state == "paid"
    order.state, order.cancelled_at = "cancelled", unit.now
    await tell_of_order(unit, order, Kind.ORDER_CANCELLED)
    rows = await lock_order_tickets(unit, event_id, order_id)
    await end_grants(unit, rows, even_if_granted=even_if_used)
    await check_unused(unit, usage, event_id, rows, even_if_used=even_if_used)
    live = [row for row in rows if row.state != TicketState.CANCELLED]
    if was_paid:
        terms = await _terms(unit, event_id, in_full=in_full)
        await _add_refunds(unit, order, live, reason, actor, terms)
    await unit.session.flush()
    await withdraw(unit, changes, event_id, live, _refund(order, actor))
    await give_counts_back(unit, order)
    return await read_placed(unit, order)


async def refund_ticket(  # noqa: PLR0913 - each part says how it goes back
    unit: Unit,
    changes: ChangeFeed,
    usage: UsageLookup,
    event_id: EventId,
    ticket_id: TicketId,
    *,
    reason: str,
    actor: str,
    even_if_used: bool = False,
    in_full: bool = True,
) -> Ticket:
    """Cancel one ticket and note what of its price is owed back. Idempotent.

    All of it, or with `in_full` off what the event's refund terms give at this instant; what was
    refunded for less before is owed with the rest then.

    Of an unpaid order nothing is owed yet; it is when that is paid.

    Raises:
        Problem: `not-found`, or `conflict` if its order has expired, or it was used, or a till is
            taking it back.
    """
    order_id = (await get_ticket(unit, event_id, ticket_id)).order_id
    order = None if order_id is None else await lock_order(unit, event_id, order_id)
    rows = await lock_tickets(unit, event_id, [ticket_id])
    if not rows:
        raise not_found("ticket")
    (row,) = rows
    await end_grants(unit, rows, even_if_granted=even_if_used)
    if row.state == TicketState.CANCELLED:
        if in_full and order is not None:
            await _owe_rest(unit, order, ticket_id, reason, actor)
        return row
    if row.state == TicketState.PAYMENT_EXPIRED:
        raise refuse("conflict", "order.expired")
    await check_unused(unit, usage, event_id, rows, even_if_used=even_if_used)
    if row.state == TicketState.PAID and order is not None:
        terms = await _terms(unit, event_id, in_full=in_full)
        await _add_refunds(unit, order, [row], reason, actor, terms)
    await withdraw(unit, changes, event_id, rows, _refund(order, actor))
    return row


async def owe_good_tickets(
    unit: Unit, order: Order, *, reason: str, actor: str, only: Collection[TicketId] | None
) -> int:
    """Note all that an order's good tickets cost as owed back, and let them be; once for each.

    For an event that is off: it admits nobody, and who is inside gets out by the ticket.

    Args:
        unit: May write; the order is locked.
        order: A paid one.
        reason: Why.
        actor: Who has authorised it.
        only: Of these tickets; None for all.

    Returns:
        How many tickets are void and not noted: a till is paying them back, or they were removed.
    """
    rows = _among(await lock_order_tickets(unit, order.event_id, order.id), only)
    query = select(Refund.ticket_id).where(Refund.order_id == order.id)
    noted = set((await unit.session.execute(query)).scalars())
    fresh = [row for row in rows if ids.format_ticket_id(row.ticket_id) not in noted]
    good = [row for row in fresh if row.state == TicketState.PAID]
    await _add_refunds(unit, order, good, reason, actor)
    await unit.session.flush()
    return len(fresh) - len(good)


def _among(rows: Sequence[Ticket], only: Collection[TicketId] | None) -> Sequence[Ticket]:
    return rows if only is None else [row for row in rows if row.ticket_id in only]


async def price_good_tickets(
    unit: Unit, order: Order, only: Collection[TicketId] | None, *, is_locked: bool = True
) -> int:
    """Return what an order's tickets cost that are good and not owed back, in minor units.

    Args:
        only: Of these tickets; None for all.
        is_locked: They stay so until the unit ends; False where they are only looked at.
    """
    read = lock_order_tickets if is_locked else list_order_tickets
    rows = _among(await read(unit, order.event_id, order.id), only)
    noted = await _find_noted(unit, order)
    good = [row for row in rows if row.state == TicketState.PAID and row.ticket_id not in noted]
    prices = await _read_prices(unit, order) if good else {}
    return sum(prices[row.ticket_id] for row in good)


async def is_owed(unit: Unit, event_id: EventId, ticket_id: TicketId) -> bool:
    """Tell whether what a ticket cost is noted as owed back already."""
    name = ids.format_ticket_id(ticket_id)
    query = select(Refund.id).where(Refund.event_id == event_id, Refund.ticket_id == name)
    return (await unit.session.execute(query)).first() is not None


def _refund(order: Order | None, actor: str) -> WantedWithdrawal:
    """Say what the desk takes away; what is owed back stands with the order."""
    reference = "" if order is None else order.id
    return WantedWithdrawal(purpose=Purpose.REFUND, actor=actor, reference=reference)


async def read_refund(
    unit: Unit, usage: UsageLookup, event_id: EventId, ticket_id: TicketId
) -> RefundAnswer:
    """Return what `refund_ticket` would give back now; nothing is changed.

    Raises:
        Problem: `not-found`.
    """
    row = await get_ticket(unit, event_id, ticket_id)
    placed = None if row.order_id is None else await get_order(unit, event_id, row.order_id)
    price = back = rest = 0
    of_ticket = Refund.event_id == event_id, Refund.ticket_id == ids.format_ticket_id(ticket_id)
    noted = await unit.find(select(func.sum(Refund.amount_minor)).where(*of_ticket))
    if row.state == TicketState.PAID and placed is not None and noted is None:
        price = (await _read_prices(unit, placed.order))[ticket_id]
        terms = await _terms(unit, event_id)
        back = money_back(terms, price, unit.now)
    elif row.state == TicketState.CANCELLED and placed is not None and noted is not None:
        rest = max(0, (await _read_prices(unit, placed.order))[ticket_id] - int(noted))
    return RefundAnswer(
        currency=None if placed is None else placed.order.currency,
        price_minor=price,
        back_minor=back,
        noted_minor=None if noted is None else int(noted),
        is_used=ticket_id in await usage.used(unit.session, event_id, [ticket_id]),
        rest_minor=rest,
    )


async def note_owed(
    unit: Unit,
    order: Order,
    ticket: str,
    amount_minor: int,
    tax_said: tuple[int, int],
    reason: str,
    actor: str,
) -> None:
    """Note what is owed back for a ticket that was taken back elsewhere; once for each ticket.

    Args:
        unit: May write; the order is locked.
        order: The ticket's.
        ticket: Its id, 16 hex digits.
        amount_minor: What of its price goes back.
        tax_said: Rate and tax in that, as whoever took it back says; of another rate than the
            ticket was sold at it says nothing.
        reason: Why.
        actor: Who took it back.
    """
    known = select(Refund.id).where(Refund.event_id == order.event_id, Refund.ticket_id == ticket)
    if (await unit.session.execute(known)).first() is not None:
        return
    taxes = tax_tickets(*await _read_sold(unit, order))
    sold = taxes.get(ids.parse_ticket_id(ticket), TicketTax(0, LineSum(0, 1), 0))
    rate, said = tax_said
    part = min(said, amount_minor) if rate == sold.basis_points else sold.within(amount_minor)
    tax = (sold.basis_points, part)
    await unit.add(_refund_of(unit, order, ticket, amount_minor, tax, reason, actor))


async def note_beyond(unit: Unit, order: Order, ticket: str, amount_minor: int) -> None:
    """Note what a till paid out for a ticket that no payment has; told again, it is the same.

    Args:
        unit: May write; the order is locked.
        order: The ticket's.
        ticket: Its id, 16 hex digits; something is noted as owed back for it.
        amount_minor: What is in no payment's books.
    """
    mine = Refund.event_id == order.event_id, Refund.ticket_id == ticket, Refund.place == 0
    less = Refund.beyond_minor < amount_minor
    await unit.session.execute(update(Refund).where(*mine, less).values(beyond_minor=amount_minor))


async def read_beyond(unit: Unit, order: Order) -> int:
    """Return what tills paid back of an order that no payment has, in minor units."""
    query = select(func.coalesce(func.sum(Refund.beyond_minor), 0)).where(
        Refund.order_id == order.id
    )
    return int((await unit.session.execute(query)).scalar_one())


async def read_price_of(
    unit: Unit, event_id: EventId, order_id: OrderId, ticket_id: TicketId
) -> int:
    """Return what a ticket of an order cost, in minor units."""
    order = await find_order(unit, event_id, order_id)
    return (await _read_prices(unit, order)).get(ticket_id, 0)


async def count_given_back(unit: Unit, order_id: OrderId) -> tuple[int, int]:
    """Return how many tickets an order was of, and how many of them were given back."""
    sold = select(func.coalesce(func.sum(OrderLine.quantity), 0)).where(
        OrderLine.order_id == order_id
    )
    gone = select(func.count(Refund.ticket_id.distinct())).where(Refund.order_id == order_id)
    counts = [int((await unit.session.execute(one)).scalar_one()) for one in (sold, gone)]
    return counts[0], counts[1]


async def read_owed(unit: Unit, order: Order, only: Collection[TicketId] | None = None) -> int:
    """Return what is owed back for an order's tickets, or some of them; in minor units."""
    query = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
        Refund.order_id == order.id
    )
    if only is not None:
        query = query.where(Refund.ticket_id.in_([ids.format_ticket_id(one) for one in only]))
    return int((await unit.session.execute(query)).scalar_one())


async def give_counts_back(unit: Unit, order: Order) -> None:
    """Let others have what an order took of tiers and promotions that are counted."""
    if order.price_uses is not None:
        # What was counted then: a tier may have been given a count since.
        await give_price_counts(unit, order.event_id, order.price_uses)
        return
    query = select(OrderLine).where(OrderLine.order_id == order.id)
    uses: dict[str, int] = {}
    for line in (await unit.session.execute(query)).scalars():
        if line.tier:
            uses[line.tier] = uses.get(line.tier, 0) + line.quantity
        uses |= dict.fromkeys(filter(None, line.promotion.split(",")), 1)
    await give_price_counts(unit, order.event_id, uses)


async def set_live_tickets(
    unit: Unit, changes: ChangeFeed, event_id: EventId, rows: Iterable[Ticket], state: TicketState
) -> None:
    """Put those of an order's tickets into a state that are not cancelled."""
    await unit.session.flush()
    live = [row for row in rows if row.state not in {TicketState.CANCELLED, state}]
    await set_state(unit, changes, event_id, live, state)


async def _terms(unit: Unit, event_id: EventId, *, in_full: bool = False) -> Sequence[RefundTerm]:
    """Return what an event's tickets give back; none, if all of their price goes back."""
    return () if in_full else (await read_price_plan(unit, event_id)).refunds


async def _add_refunds(
    unit: Unit,
    order: Order,
    rows: Sequence[Ticket],
    reason: str,
    actor: str,
    terms: Sequence[RefundTerm] = (),
) -> None:
    """Note what was paid for tickets as owed back, as far as terms give it."""
    if not rows:
        return
    noted = await _find_noted(unit, order)
    taxes = tax_tickets(*await _read_sold(unit, order))
    for row in rows:
        if row.ticket_id in noted:
            continue  # it is owed since the event was cancelled, when its right stayed
        tax = taxes[row.ticket_id]
        back = money_back(terms, tax.price_minor, unit.now)
        ticket = ids.format_ticket_id(row.ticket_id)
        part = (tax.basis_points, tax.within(back))
        unit.session.add(_refund_of(unit, order, ticket, back, part, reason, actor))


def _refund_of(
    unit: Unit,
    order: Order,
    ticket: str,
    amount_minor: int,
    tax: tuple[int, int],
    reason: str,
    actor: str,
) -> Refund:
    rate, tax_minor = tax
    return Refund(
        id=ids.new_id(REFUND, unit.entropy),
        event_id=order.event_id,
        order_id=order.id,
        ticket_id=ticket,
        amount_minor=amount_minor,
        tax_basis_points=rate,
        tax_minor=tax_minor,
        currency=order.currency,
        reason=reason,
        created_by=actor,
        created_at=unit.now,
    )


async def _find_noted(unit: Unit, order: Order) -> set[TicketId]:
    """Return the tickets of an order for which something is noted as owed back."""
    query = select(Refund.ticket_id).where(Refund.order_id == order.id)
    found = (await unit.session.execute(query)).scalars()
    return {ids.parse_ticket_id(one) for one in found}


async def _refuse_rest(unit: Unit, order: Order) -> None:
    """Refuse to give an order back in full that was cancelled for less: its tickets may be."""
    noted = await _sum_noted(unit, order)
    prices = await _read_prices(unit, order) if noted else {}
    if noted and all(back < prices[ticket_id] for ticket_id, (back, _) in noted.items()):
        raise refuse("conflict", "order.refunded_for_less")


async def _owe_rest(
    unit: Unit, order: Order, ticket_id: TicketId, reason: str, actor: str
) -> None:
    """Note what a ticket cost beyond what is noted for it; nothing for one of which nothing is."""
    noted = (await _sum_noted(unit, order)).get(ticket_id)
    if noted is None:
        return
    sold = tax_tickets(*await _read_sold(unit, order))[ticket_id]
    rest = sold.price_minor - noted[0]
    if rest <= 0:
        return
    tax = (sold.basis_points, max(0, sold.within(sold.price_minor) - noted[1]))
    row = _refund_of(unit, order, ids.format_ticket_id(ticket_id), rest, tax, reason, actor)
    row.place = 1
    await unit.add(row)


async def _sum_noted(unit: Unit, order: Order) -> dict[TicketId, tuple[int, int]]:
    """Return what is noted as owed back of an order by ticket: the money, and the tax in it."""
    query = (
        select(Refund.ticket_id, func.sum(Refund.amount_minor), func.sum(Refund.tax_minor))
        .where(Refund.order_id == order.id)
        .group_by(Refund.ticket_id)
    )
    rows = (await unit.session.execute(query)).all()
    return {ids.parse_ticket_id(one): (int(back), int(tax)) for one, back, tax in rows}


async def _read_prices(unit: Unit, order: Order) -> dict[TicketId, int]:
    """Return what each ticket of an order cost, in minor units."""
    return price_tickets(*await _read_sold(unit, order))


async def _read_sold(
    unit: Unit, order: Order
) -> tuple[dict[int, LineSum], Sequence[TicketOfLine]]:
    """Return an order's lines by number, and its tickets."""
    query = select(OrderLine).where(OrderLine.order_id == order.id)
    lines = {
        one.line: LineSum(one.total_minor, one.quantity, one.tax_basis_points, one.tax_minor)
        for one in (await unit.session.execute(query)).scalars()
    }
    rows = await list_order_tickets(unit, order.event_id, order.id)
    return lines, [
        TicketOfLine(row.ticket_id, row.order_line or 0, row.price_minor) for row in rows
    ]
