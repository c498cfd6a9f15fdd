"""Orders: placed, found, and forgotten by name; paid and refunded in `paying_and_refunding`.

An order's row is the first lock that a transaction takes, before tickets and stock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec
from sqlalchemy import select

from server.db.model import row_of
from server.db.unit import Unit, locked
from server.events.event_states import SELLABLE
from server.events.events_and_dates import (
    Occurrence,
    check_takes_place,
    get_event_in,
    list_occurrences,
)
from server.orders.how_long_unpaid_orders_hold_seats import UNPAID_ORDER_KEPT, ahead_of_unit
from server.orders.models import Order, OrderLine
from server.orders.pricing import OrderPrices, price_gifts, price_order, take_uses
from server.orders.seats_of_order import take_order_seats
from server.organizations.organizations_and_numbers import next_number
from server.problem_answers import FieldError, Problem, wrong_field, wrong_fields
from server.quotas import TICKETS_PER_ORDER_MAX
from server.ticketing.finding_and_changing_tickets import Ticket, TicketType, list_order_tickets
from server.ticketing.holds import lock_hold, take_held
from server.ticketing.inventory import Stock, take_stock
from server.ticketing.issuing import NewTickets, issue_tickets
from server.ticketing.ports import ChangeFeed
from server.ticketing.ticket_types import list_ticket_types
from server.webhooks.message_kinds import Kind
from server.webhooks.outbox import tell_programs_of_each
from shared.admission.facts import TicketState
from shared.kernel import ids
from shared.kernel.id_types import (
    EventId,
    OccurrenceId,
    OrderId,
    SeatId,
    TicketTypeId,
    UserId,
)
from shared.kernel.instant import Duration, Instant
from shared.manifest.signed_windows import SEVERAL
from shared.manifest.times_of_dates import end_of

__all__ = ["Order"]

SERIES: Final = "order"

_SOLD_BEFORE: Final = "import"
"""The channel of what was sold elsewhere: it is booked, also once its night is over."""

_ENCODE: Final = msgspec.json.Encoder().encode
"""In the order of the fields, as digests that are kept have them."""
_WHOLE_DIGEST_SIZE: Final = 32
"""Of a digest over the buyer as well, as orders of before have it."""

_NAMELESS: Final = b"\x02"
"""Leads a digest that knows no buyer."""


class OrderPayment(StrEnum):
    """How an order is settled when it is placed."""

    PAID = "paid"
    COMP = "comp"
    PENDING = "pending"
    PENDING_ADMISSIBLE = "pending_admissible"
    PENDING_APPROVAL = "pending_approval"


class WantedLine(msgspec.Struct, frozen=True, kw_only=True):
    """So many tickets of one type.

    Attributes:
        seats: One for each ticket; None for the best free ones of a type with reserved seats.
    """

    ticket_type_id: TicketTypeId
    quantity: int
    occurrence_id: OccurrenceId | None = None
    variant: str | None = None
    seats: Sequence[SeatId] | None = None


class WantedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it is to be placed: for whom, of what, and how it is paid.

    Attributes:
        payment: `paid` and `comp` give valid tickets at once; the others withhold them.
        channel: `web`, `api`, `box_office`, `comp` or `import`.
        hold_us: How long a pending order withholds its tickets.
        client_key: The same key again gives the same order.
        comp_reason: Why tickets are given at no price.
        codes: Of promotions, as the buyer said them.
        hold_id: Of a hold whose seats or tickets may be taken besides free ones.
    """

    lines: Sequence[WantedLine]
    payment: OrderPayment = OrderPayment.PENDING
    channel: str = "api"
    buyer_email: str | None = None
    buyer_name: str | None = None
    buyer_phone: str | None = None
    hold_us: Duration = UNPAID_ORDER_KEPT
    client_key: str | None = None
    comp_reason: str | None = None
    created_by: UserId | None = None
    codes: Sequence[str] = ()
    hold_id: str | None = None


class PlacedOrder(msgspec.Struct, frozen=True):
    """An order with its lines and tickets."""

    order: Order
    lines: Sequence[OrderLine]
    tickets: Sequence[Ticket]


async def create_order(
    unit: Unit, changes: ChangeFeed, event_id: EventId, wanted: WantedOrder
) -> PlacedOrder:
    """Place an order and issue its tickets, all or nothing.

    Raises:
        Problem: `not-found`, `sold-out`, `conflict` if the event is not on sale or the
            client's key was used for another order, or wrong fields.
    """
    earlier = await _find_by_key(unit, event_id, wanted)
    if earlier is not None:
        return earlier
    event = await get_event_in(unit, event_id, SELLABLE, "it is not on sale.")
    known = {row.id: row for row in await list_ticket_types(unit, event_id)}
    await _check_lines(unit, event_id, wanted, known)
    prices = await _price(unit, event_id, wanted, known)
    # Before its stock: whoever asks with the same key meets the order, not what it has taken.
    order = await _add_order(unit, event_id, wanted, event.currency, known, prices)
    lines = _add_lines(unit, order, wanted, prices)
    await unit.session.flush()
    await _take_all(unit, event_id, wanted)
    seats = await take_order_seats(
        unit,
        event_id,
        order.id,
        wanted.lines,
        known,
        is_settled=_is_settled(wanted),
        hold_id=wanted.hold_id,
    )
    await take_uses(unit, event_id, prices)
    state = TicketState.PAID if _is_settled(wanted) else TicketState(wanted.payment)
    await tell_of_order(unit, order, Kind.ORDER_CREATED)
    if order.state == "paid":
        await tell_of_order(unit, order, Kind.ORDER_CONFIRMED)
    tickets = await issue_tickets(
        unit,
        changes,
        [
            NewTickets(
                ticket_type=known[line.ticket_type_id],
                count=line.quantity,
                state=state,
                order_id=order.id,
                order_line=line.line,
                occurrence_id=line.occurrence_id,
                variant=wanted.lines[priced.wanted].variant,
                seats=[seats[priced.wanted].pop(0) for _ in range(line.quantity)]
                if seats[priced.wanted]
                else (),
            )
            for line, priced in zip(lines, prices.lines, strict=True)
        ],
    )
    return PlacedOrder(order, lines, tickets)


async def tell_of_order(unit: Unit, order: Order, *kinds: Kind) -> None:
    """Tell other programs what became of an order, in turn; not who bought."""
    what = {
        "order_id": order.id,
        "number": order.number,
        "state": order.state,
        "channel": order.channel,
        "currency": order.currency,
        "total_minor": order.total_minor,
    }
    await tell_programs_of_each(unit, kinds, order.event_id, what)


async def get_order(unit: Unit, event_id: EventId, order_id: OrderId) -> PlacedOrder:
    """Return an order with its lines and tickets.

    Raises:
        Problem: `not-found`.
    """
    return await read_placed(unit, await find_order(unit, event_id, order_id))


async def find_order(unit: Unit, event_id: EventId, order_id: OrderId) -> Order:
    """Return an order alone.

    Raises:
        Problem: `not-found`.
    """
    query = select(Order).where(Order.id == order_id, Order.event_id == event_id)
    return await unit.get(query, "order")


async def lock_order(unit: Unit, event_id: EventId, order_id: OrderId) -> Order:
    """Return an order as it is now, locked: nobody else pays, cancels or refunds it meanwhile.

    Raises:
        Problem: `not-found`.
    """
    query = select(Order).where(Order.id == order_id, Order.event_id == event_id)
    return await unit.get(locked(query), "order")


async def read_placed(unit: Unit, order: Order) -> PlacedOrder:
    """Return what belongs to an order."""
    lines = select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.line)
    tickets = await list_order_tickets(unit, order.event_id, order.id)
    return PlacedOrder(order, await unit.all(lines), tickets)


async def number_orders(unit: Unit, event_id: EventId) -> dict[str, str]:
    """Return the numbers of an event's orders by id, as people know them."""
    query = select(Order.id, Order.number).where(Order.event_id == event_id)
    rows = (await unit.session.execute(query)).all()
    return {order_id: OrderId(number) for order_id, number in rows}


async def erase_buyer(unit: Unit, event_id: EventId, order_id: OrderId) -> None:
    """Forget who bought; the order and its money stay.

    Raises:
        Problem: `not-found`.
    """
    forget_names(await lock_order(unit, event_id, order_id))
    await unit.session.flush()


def forget_names(order: Order) -> None:
    """Forget who bought a locked order, and what could tell."""
    order.buyer_email = None
    order.buyer_name = None
    order.buyer_phone = None
    if order.client_digest is not None and len(order.client_digest) == _WHOLE_DIGEST_SIZE:
        order.client_digest = None  # by guessing one could learn from it who bought


def _is_settled(wanted: WantedOrder) -> bool:
    return wanted.payment in {OrderPayment.PAID, OrderPayment.COMP}


def digest_of_wanted(wanted: WantedOrder) -> bytes:
    """Tell what was asked for, but not by whom: who has this may not learn who bought."""
    is_named = [wanted.buyer_email is not None, wanted.buyer_name is not None]
    if wanted.buyer_phone is not None:
        is_named.append(True)
    nameless = msgspec.structs.replace(wanted, buyer_email=None, buyer_name=None, buyer_phone=None)
    return _NAMELESS + hashlib.sha256(_ENCODE((_said(nameless), is_named))).digest()


def _said(wanted: WantedOrder) -> object:
    """Return an order's fields; without what was added since, its digest is that of then."""
    said = msgspec.to_builtins(wanted)
    if not wanted.codes:
        del said["codes"]
    if wanted.buyer_phone is None:
        del said["buyer_phone"]
    if wanted.hold_id is None:
        del said["hold_id"]
    for line in said["lines"]:
        if line["seats"] is None:
            del line["seats"]
    return said


async def _find_by_key(unit: Unit, event_id: EventId, wanted: WantedOrder) -> PlacedOrder | None:
    if wanted.client_key is None:
        return None
    query = select(Order).where(Order.client_key == wanted.client_key)
    order = await unit.find(query)
    if order is None:
        return None
    theirs = msgspec.structs.replace(wanted, created_by=order.created_by)
    if order.event_id != event_id or not _is_same(order, theirs):
        raise Problem("conflict", "This idempotency key was used for another order.")
    if order.created_by != wanted.created_by:
        # Two programs that both count from 1 must not hand out the same tickets.
        detail = f"Someone else has already placed this order with this key: it is {order.id}."
        raise Problem("conflict", detail)
    return await read_placed(unit, order)


def _is_same(order: Order, wanted: WantedOrder) -> bool:
    """Tell whether an order was placed by this very request."""
    kept = order.client_digest
    if kept is None:
        return True  # its buyer was erased, and with it what could tell
    if len(kept) == _WHOLE_DIGEST_SIZE:
        return kept == hashlib.sha256(_ENCODE(_said(wanted))).digest()
    names = (order.buyer_email, order.buyer_name, order.buyer_phone)
    is_erased = names == (None, None, None)
    asked = (wanted.buyer_email, wanted.buyer_name, wanted.buyer_phone)
    is_buyer = is_erased or names == asked
    return is_buyer and kept == digest_of_wanted(wanted)


async def _check_lines(
    unit: Unit, event_id: EventId, wanted: WantedOrder, known: dict[TicketTypeId, TicketType]
) -> None:
    wrong: list[FieldError] = []
    if sum(line.quantity for line in wanted.lines) > TICKETS_PER_ORDER_MAX:
        wrong.append(FieldError("lines", f"at most {TICKETS_PER_ORDER_MAX} tickets an order"))
    if wanted.payment is OrderPayment.COMP and not (wanted.comp_reason or "").strip():
        wrong.append(FieldError("comp_reason", "is needed for tickets at no price"))
    nights = await list_occurrences(unit, event_id)
    for index, line in enumerate(wanted.lines):
        kind = known.get(line.ticket_type_id)
        field = f"lines[{index}].ticket_type_id"
        if kind is None:
            wrong.append(FieldError(field, "is not a ticket type of this event"))
        elif wanted.payment is not OrderPayment.COMP and not _is_on_sale(kind, unit.now):
            wrong.append(FieldError(field, "is not on sale now"))
        elif line.occurrence_id and kind.occurrence_id not in {None, line.occurrence_id}:
            wrong.append(FieldError(f"lines[{index}].occurrence_id", "is not the ticket type's"))
        elif wanted.channel != _SOLD_BEFORE and _is_over(kind, line, nights, unit.now):
            wrong.append(FieldError(field, "no longer lets anyone in"))
    currencies = {known[line.ticket_type_id].currency for line in wanted.lines if not wrong}
    if len(currencies) > 1:
        wrong.append(FieldError("lines", "mix currencies; place an order for each"))
    if wrong:
        raise wrong_fields(wrong)
    dates = {
        line.occurrence_id or known[line.ticket_type_id].occurrence_id for line in wanted.lines
    }
    for occurrence_id in dates:
        await check_takes_place(unit, event_id, occurrence_id)


def _is_on_sale(kind: TicketType, now: Instant) -> bool:
    has_begun = kind.sales_from is None or kind.sales_from <= now
    return has_begun and (kind.sales_until is None or now <= kind.sales_until)


def _is_over(
    kind: TicketType, line: WantedLine, nights: Sequence[Occurrence], now: Instant
) -> bool:
    """Tell whether no gate lets anybody in any more; of an only date it does."""
    night = line.occurrence_id or kind.occurrence_id
    ends = [end_of(one) for one in nights if one.id == night]
    bounds = [kind.valid_until, *(ends if len(nights) >= SEVERAL else ())]
    return any(at is not None and at < now for at in bounds)


async def _take_all(unit: Unit, event_id: EventId, wanted: WantedOrder) -> None:
    counts: dict[str, int] = {}
    for line in wanted.lines:
        counts[line.ticket_type_id] = counts.get(line.ticket_type_id, 0) + line.quantity
    into = Stock.SOLD if _is_settled(wanted) else Stock.HELD
    hold = None if wanted.hold_id is None else await lock_hold(unit, event_id, wanted.hold_id)
    if hold is not None and hold.ticket_type_id not in {None, *counts}:
        raise wrong_field("hold_id", "keeps tickets of another type")
    # In order of id, so that two orders cannot wait for each other.
    for ticket_type_id, count in sorted(counts.items()):
        kind, kept = TicketTypeId(ticket_type_id), 0
        if hold is not None and hold.ticket_type_id == kind:
            kept = await take_held(unit, event_id, hold, count, into=into)
        if count > kept:
            await take_stock(unit, event_id, kind, count - kept, into=into)


async def _add_order(
    unit: Unit,
    event_id: EventId,
    wanted: WantedOrder,
    currency: str,
    known: dict[TicketTypeId, TicketType],
    prices: OrderPrices,
) -> Order:
    settled = _is_settled(wanted)
    expires_at = unit.now + wanted.hold_us if wanted.payment is OrderPayment.PENDING else None
    order = Order(
        id=ids.new_id(ids.ORDER, unit.entropy),
        event_id=event_id,
        number=await next_number(unit, SERIES),
        state="paid" if settled else "pending",
        channel=wanted.channel,
        client_key=wanted.client_key,
        client_digest=digest_of_wanted(wanted) if wanted.client_key is not None else None,
        currency=known[wanted.lines[0].ticket_type_id].currency or currency,
        total_minor=prices.total_minor,
        buyer_email=wanted.buyer_email,
        buyer_name=wanted.buyer_name,
        buyer_phone=wanted.buyer_phone,
        comp_reason=wanted.comp_reason,
        created_by=wanted.created_by,
        created_at=unit.now,
        expires_at=expires_at,
        database_ahead=0 if expires_at is None else await ahead_of_unit(unit),
        paid_at=unit.now if settled else None,
        cancelled_at=None,
        price_uses=dict(prices.uses),
    )
    return await unit.add(order)


def _add_lines(
    unit: Unit, order: Order, wanted: WantedOrder, prices: OrderPrices
) -> list[OrderLine]:
    lines = [
        row_of(
            OrderLine,
            priced,
            order_id=order.id,
            line=number,
            ticket_type_id=wanted.lines[priced.wanted].ticket_type_id,
            occurrence_id=wanted.lines[priced.wanted].occurrence_id,
            quantity=priced.count,
            unit_price_minor=priced.unit_minor,
            total_minor=priced.gross_minor,
            promotion=priced.promo,
        )
        for number, priced in enumerate(prices.lines, start=1)
    ]
    unit.session.add_all(lines)
    return lines


async def _price(
    unit: Unit, event_id: EventId, wanted: WantedOrder, known: dict[TicketTypeId, TicketType]
) -> OrderPrices:
    asked = [(line.ticket_type_id, line.quantity) for line in wanted.lines]
    if wanted.payment is OrderPayment.COMP:
        return price_gifts(asked, known)
    return await price_order(
        unit, event_id, asked, known, channel=wanted.channel, codes=wanted.codes
    )
