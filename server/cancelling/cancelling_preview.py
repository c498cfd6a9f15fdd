"""What cancelling an event would mean now: its tickets, its money, and who is inside."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, case, func, select, true

from server.cancelling.refund_plan import OpenPayment, RefundPlan, limit_closed, plan_refund
from server.cancelling.schemas import TicketCountAnswer
from server.db.unit import Unit
from server.ledger.checkins import TicketUse
from server.orders.paying_and_refunding import OrderLine, Refund
from server.orders.placing_orders import Order
from server.orders.pricing import LineSum, TicketOfLine, price_tickets
from server.payments.payment_states import TAKEN, cover
from server.payments.payments_and_payouts import Payment, Payout, open_minor
from server.payments.vouchers import Voucher
from server.ticketing.finding_and_changing_tickets import Ticket, TicketType
from server.ticketing.moved_windows import tickets_for
from server.ticketing.tickets_of_orders import SoldTicketRow, list_sold_tickets
from shared.admission.facts import GONE, TicketState
from shared.kernel.id_types import EventId, OccurrenceId, OrderId, TicketId
from shared.kernel.ids import format_ticket_id
from shared.sales.tenders import CASH

_AT_ONCE = 500
"""States of tickets that nobody has any more."""


class Forecast(msgspec.Struct, kw_only=True):
    """What would happen to the money of one currency; amounts in its minor units.

    Attributes:
        orders: Of which money would go back.
        by_tender: What would be sent back to each tender.
        at_till_minor: What tills would pay in cash against the tickets.
        left_minor: What is owed and cannot go back without a person.
        left_orders: Of how many orders that is.
    """

    orders: int = 0
    by_tender: Counter[str] = msgspec.field(default_factory=Counter)
    at_till_minor: int = 0
    left_minor: int = 0
    left_orders: int = 0


class Inside(msgspec.Struct, frozen=True):
    """Who is inside by what has been brought in: tickets, and persons on them."""

    tickets: int
    persons: int


async def count_tickets(
    unit: Unit, event_id: EventId, dates: Sequence[OccurrenceId]
) -> list[TicketCountAnswer]:
    """Count the tickets of an event, or of some dates alone, by type and state."""
    query = (
        select(TicketType.id, TicketType.name, Ticket.state, func.count())
        .join(TicketType, TicketType.id == Ticket.ticket_type_id)
        .where(Ticket.event_id == event_id, *of_dates(dates))
        .group_by(TicketType.id, TicketType.name, Ticket.state)
        .order_by(TicketType.name, TicketType.id, Ticket.state)
    )
    return [TicketCountAnswer(*row) for row in (await unit.session.execute(query)).all()]


def of_dates(dates: Sequence[OccurrenceId]) -> list[ColumnElement[bool]]:
    """Return what tickets for some dates alone have, joined with their types; none for any."""
    if not dates:
        return []
    by_type = Ticket.occurrence_id.is_(None) & TicketType.occurrence_id.in_(dates)
    return [Ticket.occurrence_id.in_(dates) | by_type]


async def count_inside(unit: Unit, event_id: EventId, dates: Sequence[OccurrenceId]) -> Inside:
    """Count who has come in somewhere, on some dates alone if named, and not gone out again."""
    way = case((TicketUse.direction == "in", TicketUse.count), else_=-TicketUse.count)
    persons = func.sum(way)
    by_zone = (
        select(TicketUse.ticket_id, persons.label("persons"))
        .where(TicketUse.event_id == event_id, TicketUse.is_annulled.is_(False))
        .where(TicketUse.occurrence_id.in_(dates) if dates else true())
        .group_by(TicketUse.ticket_id, TicketUse.zone_id)
        .having(persons > 0)
        .subquery()
    )
    by_ticket = (
        select(func.max(by_zone.c.persons).label("persons"))
        .group_by(by_zone.c.ticket_id)
        .subquery()
    )
    query = select(func.count(), func.coalesce(func.sum(by_ticket.c.persons), 0)).select_from(
        by_ticket
    )
    tickets, inside = (await unit.session.execute(query)).one()
    return Inside(int(tickets), int(inside))


async def forecast(unit: Unit, event_id: EventId, date: str) -> dict[str, Forecast]:
    """Plan the refund of each order of an event, or of one date, and sum by currency."""
    sums: defaultdict[str, Forecast] = defaultdict(Forecast)
    after = 0
    while True:
        query = (
            select(Order)
            .where(Order.event_id == event_id, Order.number > after)
            .where(*_with_ticket(event_id, date))
            .order_by(Order.number)
            .limit(_AT_ONCE)
        )
        found = await unit.all(query)
        if not found:
            break
        plans = await _plans(unit, event_id, found, date)
        for order, plan in zip(found, plans, strict=True):
            if plan.shares or plan.at_till_minor or plan.left_minor:
                _add_up(sums[order.currency], plan)
        after = found[-1].number
        unit.session.expunge_all()
    return dict(sums)


def _add_up(sums: Forecast, plan: RefundPlan) -> None:
    sums.orders += 1
    for payment, share in plan.shares:
        sums.by_tender[payment.tender] += share
    if plan.at_till_minor:
        sums.by_tender[CASH] += plan.at_till_minor
    sums.at_till_minor += plan.at_till_minor
    sums.left_minor += plan.left_minor
    sums.left_orders += bool(plan.left_minor)


def _with_ticket(event_id: EventId, date: str) -> list[ColumnElement[bool]]:
    if not date:
        return []
    mine = tickets_for(event_id, OccurrenceId(date))
    return [mine.where(Ticket.order_id == Order.id).exists()]


async def _find_apart(
    unit: Unit,
    event_id: EventId,
    orders: Sequence[Order],
    tickets: Sequence[SoldTicketRow],
    date: str,
) -> tuple[frozenset[int] | None, frozenset[OrderId]]:
    """Return which tickets of orders are for a date, and which orders have others besides.

    The first is None for all of the event; an order that is not paid yet has no others but live
    ones.
    """
    if not date:
        return None, frozenset()
    of_date, mine = tickets_for(event_id, OccurrenceId(date)), set[int]()
    for first in range(0, len(tickets), _AT_ONCE):
        some = [one.ticket_id for one in tickets[first : first + _AT_ONCE]]
        mine |= set(await unit.all(of_date.where(Ticket.ticket_id.in_(some))))
    paid = {one.id for one in orders if one.state == "paid"}
    others = (
        one.order_id
        for one in tickets
        if one.ticket_id not in mine and (one.order_id in paid or one.state not in GONE)
    )
    return frozenset(mine), frozenset(others)


async def _price(
    unit: Unit,
    ids: Sequence[OrderId],
    sold: Sequence[SoldTicketRow],
    mine: frozenset[int] | None,
) -> Counter[OrderId]:
    """Return what the good tickets of orders cost that are not owed back, in minor units."""
    noted = select(Refund.ticket_id).where(Refund.order_id.in_(ids))
    owed = set((await unit.session.execute(noted)).scalars())
    tickets: dict[OrderId, list[TicketOfLine]] = defaultdict(list)
    good: dict[OrderId, list[TicketId]] = {one: [] for one in ids}
    for row in sold:
        tickets[row.order_id].append(TicketOfLine(row.ticket_id, row.line, row.price_minor))
        is_good = row.state == TicketState.PAID and (mine is None or row.ticket_id in mine)
        if is_good and format_ticket_id(row.ticket_id) not in owed:
            good[row.order_id].append(row.ticket_id)
    lines: dict[OrderId, dict[int, LineSum]] = {one: {} for one in ids}
    for line in await unit.all(select(OrderLine).where(OrderLine.order_id.in_(ids))):
        lines[line.order_id][line.line] = LineSum(line.total_minor, line.quantity)
    costs = {one: price_tickets(lines[one], tickets[one]) for one in ids}
    return Counter({one: sum(costs[one][it] for it in good[one]) for one in ids})


async def _plans(
    unit: Unit, event_id: EventId, orders: Sequence[Order], date: str
) -> list[RefundPlan]:
    ids = [one.id for one in orders]
    sold = await list_sold_tickets(unit, event_id, ids)
    only, apart = await _find_apart(unit, event_id, orders, sold, date)
    tickets = await _price(unit, ids, sold, only)
    owed = await _owed(unit, ids)
    payments: dict[OrderId, list[Payment]] = defaultdict(list)
    for payment in await unit.all(select(Payment).where(Payment.order_id.in_(ids))):
        payments[payment.order_id].append(payment)
    payouts: dict[OrderId, list[Payout]] = defaultdict(list)
    for payout in await unit.all(select(Payout).where(Payout.order_id.in_(ids))):
        payouts[payout.order_id].append(payout)
    plans = []
    for order in orders:
        mine, gone = payments[order.id], payouts[order.id]
        opened = await open_payments(unit, mine, gone)
        paid = sum(one.amount_minor for one in mine if one.state in TAKEN)
        lost = sum(one.lost_minor for one in mine)
        is_paid, is_whole = order.state == "paid", order.id not in apart
        # One that is pending is cancelled, and then nothing is due for it.
        due = 0 if order.paid_at is None else order.total_minor + order.rounding_minor
        owes = owed[order.id] + max(0, paid - lost - due) - _out(gone)
        earlier = max(0, owes) if is_whole else 0
        plans.append(
            plan_refund(
                tickets[order.id] if is_paid else 0,
                earlier if is_paid else limit_closed(earlier, opened, lost),
                opened,
                rounding_minor=order.rounding_minor if is_whole else 0,
                by_office=bool(date),
                covered=cover(due, paid, sum(one.disputed_minor for one in mine), lost),
            )
        )
    return plans


async def open_payments(
    unit: Unit, payments: Sequence[Payment], payouts: Sequence[Payout]
) -> list[OpenPayment]:
    """Return what may go back of an order's payments, the newest first."""
    vouchers = {one.voucher_id for one in payments if one.voucher_id is not None}
    good = set()
    if vouchers:
        for row in await unit.all(select(Voucher).where(Voucher.id.in_(vouchers))):
            if row.withdrawn_at is None and (row.ends_at is None or unit.now < row.ends_at):
                good.add(row.id)
    newest = sorted(payments, key=lambda one: (one.created_at, one.id), reverse=True)
    return [
        OpenPayment(
            id=one.id,
            tender=one.tender,
            open_minor=open_minor(one, payouts),
            is_good=one.voucher_id in good,
        )
        for one in newest
    ]


def _out(payouts: Sequence[Payout]) -> int:
    return sum(one.amount_minor for one in payouts if one.state != "failed")


async def _owed(unit: Unit, ids: Sequence[OrderId]) -> Counter[OrderId]:
    """Sum what is noted as owed back, less what tills have paid of it that no payment has."""
    query = (
        select(Refund.order_id, func.sum(Refund.amount_minor - Refund.beyond_minor))
        .where(Refund.order_id.in_(ids))
        .group_by(Refund.order_id)
    )
    rows = (await unit.session.execute(query)).all()
    return Counter({order_id: int(total) for order_id, total in rows})
