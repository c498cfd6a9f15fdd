"""Orders: placed, paid, cancelled, refunded, expired."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec
from sqlalchemy import select, update

from server.db.unit import Unit
from server.events.lifecycle import SELLABLE, EventState
from server.events.service import check_occurrence, get_event
from server.orders.models import Order, OrderLine, Refund
from server.organizations.service import next_number
from server.problems import FieldError, Problem, not_found
from server.ticketing.inventory import Stock, take_stock
from server.ticketing.issuing import NewTickets, issue_tickets
from server.ticketing.ports import ChangeFeed
from server.ticketing.service import (
    Ticket,
    TicketType,
    list_tickets,
    lock_tickets,
    set_state,
)
from server.ticketing.ticket_types import list_ticket_types
from shared.admission.facts import TicketState
from shared.kernel import ids
from shared.kernel.instant import MINUTE, SECOND, Duration, Instant

TICKETS_PER_ORDER_MAX: Final = 1_000
HOLD_DEFAULT: Final[Duration] = 30 * MINUTE
REFUND: Final = "rf"
SERIES: Final = "order"


class Payment(StrEnum):
    """How an order is settled when it is placed."""

    PAID = "paid"
    COMP = "comp"
    PENDING = "pending"
    PENDING_ADMISSIBLE = "pending_admissible"
    PENDING_APPROVAL = "pending_approval"


class WantedLine(msgspec.Struct, frozen=True, kw_only=True):
    """So many tickets of one type."""

    ticket_type_id: str
    quantity: int
    occurrence_id: str | None = None
    variant: str | None = None


class WantedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to buy.

    Attributes:
        payment: `paid` and `comp` give valid tickets at once; the others withhold them.
        channel: `web`, `api`, `box_office`, `comp` or `import`.
        hold_us: How long a pending order withholds its tickets.
        client_key: The same key again gives the same order.
        comp_reason: Why tickets are given at no price.
    """

    lines: Sequence[WantedLine]
    payment: Payment = Payment.PENDING
    channel: str = "api"
    buyer_email: str | None = None
    buyer_name: str | None = None
    hold_us: Duration = HOLD_DEFAULT
    client_key: str | None = None
    comp_reason: str | None = None
    created_by: str | None = None


class PlacedOrder(msgspec.Struct, frozen=True):
    """An order with its lines and tickets."""

    order: Order
    lines: Sequence[OrderLine]
    tickets: Sequence[Ticket]


async def create_order(
    unit: Unit, changes: ChangeFeed, event_id: str, wanted: WantedOrder
) -> PlacedOrder:
    """Place an order and issue its tickets, all or nothing.

    Raises:
        Problem: `not-found`, `sold-out`, `conflict` if the event is not on sale or the
            client's key was used for another order, or wrong fields.
    """
    earlier = await _find_by_key(unit, wanted)
    if earlier is not None:
        return earlier
    event = await get_event(unit, event_id)
    if EventState(event.state) not in SELLABLE:
        raise Problem("conflict", f"The event is {event.state}; it is not on sale.")
    known = {row.id: row for row in await list_ticket_types(unit, event_id)}
    await _check_lines(unit, event_id, wanted, known)
    await _take_all(unit, event_id, wanted)
    order = await _add_order(unit, event_id, wanted, event.currency, known)
    lines = _add_lines(unit, order, wanted, known)
    await unit.session.flush()
    state = TicketState.PAID if _is_settled(wanted) else TicketState(wanted.payment)
    tickets = await issue_tickets(
        unit,
        changes,
        [
            NewTickets(
                ticket_type=known[line.ticket_type_id],
                count=line.quantity,
                state=state,
                order_id=order.id,
                occurrence_id=line.occurrence_id,
                variant=line.variant,
            )
            for line in wanted.lines
        ],
    )
    return PlacedOrder(order, lines, tickets)


async def get_order(unit: Unit, event_id: str, order_id: str) -> PlacedOrder:
    """Return an order with its lines and tickets.

    Raises:
        Problem: `not-found`.
    """
    query = select(Order).where(Order.id == order_id, Order.event_id == event_id)
    order = (await unit.session.execute(query)).scalar_one_or_none()
    if order is None:
        raise not_found("order")
    return await _placed(unit, order)


async def list_orders(
    unit: Unit, event_id: str, *, limit: int, after: int | None
) -> Sequence[Order]:
    """Return up to `limit + 1` orders, the latest first, before one number."""
    query = select(Order).where(Order.event_id == event_id).order_by(Order.number.desc())
    if after is not None:
        query = query.where(Order.number < after)
    return (await unit.session.execute(query.limit(limit + 1))).scalars().all()


async def mark_paid(unit: Unit, changes: ChangeFeed, event_id: str, order_id: str) -> PlacedOrder:
    """Note that a pending order was paid; its tickets become valid. Idempotent.

    Raises:
        Problem: `not-found`, or `conflict` if it was cancelled or has expired.
    """
    placed = await get_order(unit, event_id, order_id)
    if placed.order.state == "paid":
        return placed
    await _change_state(unit, order_id, "paid", ("pending",), paid_at=unit.now)
    await _set_tickets(unit, changes, placed, TicketState.PAID)
    return await get_order(unit, event_id, order_id)


async def cancel_order(
    unit: Unit, changes: ChangeFeed, event_id: str, order_id: str, *, reason: str, actor: str
) -> PlacedOrder:
    """Cancel an order and its tickets; what was paid is noted as refunds. Idempotent.

    Raises:
        Problem: `not-found`, or `conflict` if it has expired.
    """
    placed = await get_order(unit, event_id, order_id)
    if placed.order.state == "cancelled":
        return placed
    was_paid = placed.order.state == "paid"
    await _change_state(unit, order_id, "cancelled", ("pending", "paid"), cancelled_at=unit.now)
    live = [row for row in placed.tickets if row.state != TicketState.CANCELLED]
    if was_paid:
        for row in live:
            _add_refund(unit, placed, row, reason, actor)
    await _set_tickets(unit, changes, placed, TicketState.CANCELLED)
    return await get_order(unit, event_id, order_id)


async def refund_ticket(
    unit: Unit, changes: ChangeFeed, event_id: str, ticket_id: int, *, reason: str, actor: str
) -> Ticket:
    """Cancel one ticket and note its price as owed back. Idempotent.

    Raises:
        Problem: `not-found`.
    """
    rows = await lock_tickets(unit, event_id, [ticket_id])
    if not rows:
        raise not_found("ticket")
    (row,) = rows
    if row.state == TicketState.CANCELLED:
        return row
    if row.state == TicketState.PAID and row.order_id is not None:
        placed = await get_order(unit, event_id, row.order_id)
        _add_refund(unit, placed, row, reason, actor)
    if row.state == TicketState.PAYMENT_EXPIRED:
        raise Problem("conflict", "The ticket's order has expired.")
    await set_state(unit, changes, event_id, rows, TicketState.CANCELLED)
    return row


async def find_due_orders(unit: Unit, *, limit: int = 200) -> Sequence[tuple[str, str, str]]:
    """Return (organization, event, order) of pending orders that are due; system's scope."""
    query = (
        select(Order.organization_id, Order.event_id, Order.id)
        .where(
            Order.state == "pending",
            Order.expires_at.is_not(None),
            Order.expires_at <= unit.now,
        )
        .order_by(Order.expires_at)
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in (await unit.session.execute(query)).all()]


async def expire_order(unit: Unit, changes: ChangeFeed, event_id: str, order_id: str) -> bool:
    """Let a due order go and free what it withheld; False if somebody was faster."""
    placed = await get_order(unit, event_id, order_id)
    due = placed.order.expires_at
    if placed.order.state != "pending" or due is None or due > unit.now:
        return False
    await _change_state(unit, order_id, "expired", ("pending",))
    await _set_tickets(unit, changes, placed, TicketState.PAYMENT_EXPIRED)
    return True


async def erase_buyer(unit: Unit, event_id: str, order_id: str) -> None:
    """Forget who bought; the order and its money stay.

    Raises:
        Problem: `not-found`.
    """
    placed = await get_order(unit, event_id, order_id)
    placed.order.buyer_email = None
    placed.order.buyer_name = None
    await unit.session.flush()


def _is_settled(wanted: WantedOrder) -> bool:
    return wanted.payment in {Payment.PAID, Payment.COMP}


def _digest(wanted: WantedOrder) -> bytes:
    return hashlib.sha256(msgspec.json.encode(wanted, order="deterministic")).digest()


async def _find_by_key(unit: Unit, wanted: WantedOrder) -> PlacedOrder | None:
    if wanted.client_key is None:
        return None
    query = select(Order).where(Order.client_key == wanted.client_key)
    order = (await unit.session.execute(query)).scalar_one_or_none()
    if order is None:
        return None
    if order.client_digest != _digest(wanted):
        raise Problem("conflict", "This idempotency key was used for another order.")
    return await _placed(unit, order)


async def _placed(unit: Unit, order: Order) -> PlacedOrder:
    lines = select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.line)
    tickets = await list_tickets(
        unit, order.event_id, limit=TICKETS_PER_ORDER_MAX, order_id=order.id
    )
    return PlacedOrder(order, (await unit.session.execute(lines)).scalars().all(), tickets)


async def _check_lines(
    unit: Unit, event_id: str, wanted: WantedOrder, known: dict[str, TicketType]
) -> None:
    wrong: list[FieldError] = []
    if sum(line.quantity for line in wanted.lines) > TICKETS_PER_ORDER_MAX:
        wrong.append(FieldError("lines", f"at most {TICKETS_PER_ORDER_MAX} tickets an order"))
    if wanted.payment is Payment.COMP and not wanted.comp_reason:
        wrong.append(FieldError("comp_reason", "is needed for tickets at no price"))
    for index, line in enumerate(wanted.lines):
        kind = known.get(line.ticket_type_id)
        field = f"lines[{index}].ticket_type_id"
        if kind is None:
            wrong.append(FieldError(field, "is not a ticket type of this event"))
        elif wanted.payment is not Payment.COMP and not _is_on_sale(kind, unit.now):
            wrong.append(FieldError(field, "is not on sale now"))
        elif line.occurrence_id and kind.occurrence_id not in {None, line.occurrence_id}:
            wrong.append(FieldError(f"lines[{index}].occurrence_id", "is not the ticket type's"))
    currencies = {known[line.ticket_type_id].currency for line in wanted.lines if not wrong}
    if len(currencies) > 1:
        wrong.append(FieldError("lines", "mix currencies; place an order for each"))
    if wrong:
        raise Problem("invalid-fields", "Correct the named fields.", errors=wrong)
    for occurrence_id in {line.occurrence_id for line in wanted.lines}:
        await check_occurrence(unit, event_id, occurrence_id)


def _is_on_sale(kind: TicketType, now: Instant) -> bool:
    has_begun = kind.sales_from is None or kind.sales_from <= now
    return has_begun and (kind.sales_until is None or now <= kind.sales_until)


async def _take_all(unit: Unit, event_id: str, wanted: WantedOrder) -> None:
    counts: dict[str, int] = {}
    for line in wanted.lines:
        counts[line.ticket_type_id] = counts.get(line.ticket_type_id, 0) + line.quantity
    into = Stock.SOLD if _is_settled(wanted) else Stock.HELD
    # In order of id, so that two orders cannot wait for each other.
    for ticket_type_id, count in sorted(counts.items()):
        await take_stock(unit, event_id, ticket_type_id, count, into=into)


async def _add_order(
    unit: Unit,
    event_id: str,
    wanted: WantedOrder,
    currency: str,
    known: dict[str, TicketType],
) -> Order:
    settled = _is_settled(wanted)
    prices = [_price(known[line.ticket_type_id], wanted) for line in wanted.lines]
    total = sum(price * line.quantity for price, line in zip(prices, wanted.lines, strict=True))
    order = Order(
        id=ids.new_id(ids.ORDER, unit.entropy),
        organization_id=unit.organization_id,
        event_id=event_id,
        number=await next_number(unit, SERIES),
        state="paid" if settled else "pending",
        channel=wanted.channel,
        client_key=wanted.client_key,
        client_digest=_digest(wanted) if wanted.client_key is not None else None,
        currency=known[wanted.lines[0].ticket_type_id].currency or currency,
        total_minor=total,
        buyer_email=wanted.buyer_email,
        buyer_name=wanted.buyer_name,
        comp_reason=wanted.comp_reason,
        created_by=wanted.created_by,
        created_at=unit.now,
        expires_at=unit.now + wanted.hold_us if wanted.payment is Payment.PENDING else None,
        paid_at=unit.now if settled else None,
        cancelled_at=None,
    )
    unit.session.add(order)
    await unit.session.flush()
    return order


def _add_lines(
    unit: Unit, order: Order, wanted: WantedOrder, known: dict[str, TicketType]
) -> list[OrderLine]:
    lines = []
    for number, line in enumerate(wanted.lines, start=1):
        price = _price(known[line.ticket_type_id], wanted)
        lines.append(
            OrderLine(
                order_id=order.id,
                line=number,
                organization_id=unit.organization_id,
                ticket_type_id=line.ticket_type_id,
                occurrence_id=line.occurrence_id,
                quantity=line.quantity,
                unit_price_minor=price,
                total_minor=price * line.quantity,
            )
        )
    unit.session.add_all(lines)
    return lines


def _price(kind: TicketType, wanted: WantedOrder) -> int:
    return 0 if wanted.payment is Payment.COMP else kind.price_minor


async def _change_state(
    unit: Unit,
    order_id: str,
    then: str,
    allowed: tuple[str, ...],
    **instants: Instant,
) -> None:
    changed = await unit.session.execute(
        update(Order)
        .where(Order.id == order_id, Order.state.in_(allowed))
        .values(state=then, **instants)
        .returning(Order.id)
        .execution_options(synchronize_session="fetch")
    )
    if changed.scalar_one_or_none() is None:
        raise Problem("conflict", f"The order cannot become {then} from its present state.")


async def _set_tickets(
    unit: Unit, changes: ChangeFeed, placed: PlacedOrder, state: TicketState
) -> None:
    wanted = [row.ticket_id for row in placed.tickets]
    rows = await lock_tickets(unit, placed.order.event_id, wanted)
    live = [row for row in rows if row.state not in {TicketState.CANCELLED, state}]
    await set_state(unit, changes, placed.order.event_id, live, state)


def _add_refund(unit: Unit, placed: PlacedOrder, row: Ticket, reason: str, actor: str) -> None:
    prices = {line.ticket_type_id: line.unit_price_minor for line in placed.lines}
    unit.session.add(
        Refund(
            id=ids.new_id(REFUND, unit.entropy),
            organization_id=unit.organization_id,
            event_id=placed.order.event_id,
            order_id=placed.order.id,
            ticket_id=ids.format_ticket_id(row.ticket_id),
            amount_minor=prices[row.ticket_type_id],
            currency=placed.order.currency,
            reason=reason,
            created_by=actor,
            created_at=unit.now,
        )
    )


HOLD_MAX: Final[Duration] = 24 * 60 * MINUTE
HOLD_MIN: Final[Duration] = 30 * SECOND
