"""Cancelling an event: one act that stops it and orders the refund of all that it took."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import Select, case, false, func, select

from server.cancelling.late_payments import count_late, has_brought_more, is_late
from server.cancelling.models import RefundRun, RefundRunOrder
from server.db.unit import Unit, locked
from server.events.event_states import EventState
from server.events.events_and_dates import Event, cancel_occurrence, change_state, lock_event
from server.events.pricing_terms import pricing_from_json, pricing_to_json
from server.jobs.enqueuing import Job, enqueue
from server.mail.notices import NewNotice, tell_once
from server.orders.paying_and_refunding import is_owed, price_good_tickets
from server.orders.placing_orders import Order
from server.payments.payments_and_payouts import Payout, read_account, was_disputed_since
from server.problem_answers import not_found
from server.ticketing.finding_and_changing_tickets import Ticket
from server.ticketing.moved_windows import end_sales, tickets_for
from shared.kernel.id_types import EventId, OccurrenceId, TicketId

KIND: Final = "event.refunds"
HELD: Final = "held"
"""State of money that has not gone for certain, and whose payment was disputed since."""


class Refunded(msgspec.Struct, kw_only=True):
    """How far a run has come with the orders of one currency; amounts in its minor units.

    Attributes:
        sent: What the run has sent back, by tender and state of the payout: how many, how much.
        at_till_minor: Owed in cash at tills when the run came by.
        at_till_paid_minor: What of it has been paid since.
        left_minor: Owed, and not on its way.
        left: Orders that need a person.
    """

    sent: list[tuple[str, str, int, int]] = msgspec.field(default_factory=list)
    back_minor: int = 0
    at_till_minor: int = 0
    at_till_paid_minor: int = 0
    left_minor: int = 0
    left: int = 0


class RunStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run has come.

    Attributes:
        orders: All of the event.
        settled: Those looked at.
        counts: Of them, by outcome.
        money: By currency.
        late: Orders that were paid, or paid more, after they were settled, or of which a payout
            failed since.
        is_under_way: Somebody works on it, or will by itself.
    """

    run: RefundRun
    orders: int
    settled: int
    counts: Counter[str]
    money: dict[str, Refunded]
    late: int
    is_under_way: bool


async def cancel_event(
    unit: Unit,
    event_id: EventId,
    *,
    reason: str,
    actor: str,
    notice: NewNotice | None = None,
    date: str = "",
) -> None:
    """Cancel an event, or one date, and write the run that gives the money back. Idempotent.

    From the commit on nothing is sold for it and nobody comes in. The event's refund terms end
    with it: tills pay the whole price back; what a date took goes back by the organizer, and the
    event's other dates keep their terms. Asked again, a run that is done looks for orders that
    tills have brought, or that were paid, since, and one that was stopped, or whose job is dead,
    goes on.

    Args:
        unit: A writing one.
        event_id: Which.
        reason: Why, for the books; the first one stays.
        actor: Whose authorisation stands for every ticket, used ones too.
        notice: What all buyers are told, if none of this kind was told them; None: nothing.
        date: The occurrence; "" for the whole event.

    Raises:
        Problem: `not-found`, or `conflict` if the event is over, or the date is its last one.
    """
    # The run before the event: a worker holds the run's row while it needs the event's.
    run = await _find_run(unit, event_id, date)
    event = None if run is not None else await lock_event(unit, event_id)
    run = run or await _find_run(unit, event_id, date)
    if notice is not None:
        await tell_once(unit, event_id, notice, actor=actor)
    if run is None:
        assert event is not None
        if date:
            await cancel_occurrence(unit, event_id, OccurrenceId(date))
            await end_sales(unit, event_id, OccurrenceId(date))
        else:
            await _end_event(unit, event)
        run = RefundRun(
            event_id=event_id,
            occurrence_id=date,
            state="working",
            reason=reason,
            started_by=actor,
            round=0,
            turn="",
            position=0,
            created_at=unit.now,
            ended_at=None,
        )
        await unit.add(run)
    elif run.state == "working":
        if await _is_worked_at(unit, run):
            return
    elif run.state == "done" and not (
        await _count_orders(unit, run, after=run.position) or await count_late(unit, run)
    ):
        return
    run.state, run.turn, run.ended_at = "working", "", None
    run.round += 1
    await unit.session.flush()
    subject = {"event_id": event_id, "occurrence_id": date}
    await enqueue(unit, KIND, subject, key=_job_key(run))


async def _end_event(unit: Unit, event: Event) -> None:
    terms = pricing_from_json(event.pricing)
    if terms.refunds:
        event.pricing = pricing_to_json(msgspec.structs.replace(terms, refunds=()))
        event.plan_version += 1
    await change_state(unit, event.id, EventState.CANCELLED)


async def stop_refunds(unit: Unit, event_id: EventId, date: str = "") -> None:
    """Let a run rest after the order that is being settled, until the act is said again.

    Raises:
        Problem: `not-found`.
    """
    run = await get_run(unit, event_id, date, is_locked=True)
    if run.state == "working":
        run.state, run.turn = "stopped", ""
        await unit.session.flush()


def _job_key(run: RefundRun) -> str:
    return f"{run.event_id}:{run.round}:{run.occurrence_id}".removesuffix(":")


async def _is_worked_at(unit: Unit, run: RefundRun) -> bool:
    """Tell whether a run's job is still tried; one that failed too often is not."""
    query = select(Job.id).where(
        Job.kind == KIND, Job.key == _job_key(run), Job.state == "waiting"
    )
    return (await unit.session.execute(query)).first() is not None


async def get_run(
    unit: Unit, event_id: EventId, date: str = "", *, is_locked: bool = False
) -> RefundRun:
    """Return an event's run, or that of one date.

    Raises:
        Problem: `not-found`.
    """
    run = await _find_run(unit, event_id, date, is_locked=is_locked)
    if run is None:
        raise not_found("cancellation")
    return run


async def _find_run(
    unit: Unit, event_id: EventId, date: str, *, is_locked: bool = True
) -> RefundRun | None:
    query = select(RefundRun).where(
        RefundRun.event_id == event_id, RefundRun.occurrence_id == date
    )
    if is_locked:
        query = locked(query)
    return await unit.find(query)


async def is_refunding(unit: Unit, event_id: EventId) -> bool:
    """Tell whether an event's money is still going back."""
    query = select(RefundRun.event_id).where(
        RefundRun.event_id == event_id, RefundRun.state != "done"
    )
    return (await unit.session.execute(query)).first() is not None


async def is_sent_back(unit: Unit, event_id: EventId, ticket_id: TicketId) -> bool | None:
    """Tell whether a ticket's money is on its way already, so that no till pays it.

    Returns:
        None where no run gives the event's money back: then a till decides as ever.
    """
    query = select(RefundRun.occurrence_id).where(RefundRun.event_id == event_id)
    off = set((await unit.session.execute(query)).scalars())
    if not off:
        return None
    if "" not in off:
        dates = [tickets_for(event_id, OccurrenceId(date)) for date in off]
        mine = [query.where(Ticket.ticket_id == ticket_id) for query in dates]
        if not any([await unit.find(query) is not None for query in mine]):
            return None
    return await is_owed(unit, event_id, ticket_id)


async def read_standing(unit: Unit, event_id: EventId, date: str = "") -> RunStanding:
    """Return how far the run of an event, or of one date, has come.

    Raises:
        Problem: `not-found`.
    """
    run = await get_run(unit, event_id, date)
    counts, money = await _sum_settled(unit, run)
    return RunStanding(
        run=run,
        orders=await _count_orders(unit, run, after=0),
        settled=counts.total(),
        counts=counts,
        money=money,
        late=await count_late(unit, run),
        is_under_way=run.state == "working" and await _is_worked_at(unit, run),
    )


async def _sum_settled(unit: Unit, run: RefundRun) -> tuple[Counter[str], dict[str, Refunded]]:
    """Count the settled orders by outcome, and sum their money by currency."""
    row, money = RefundRunOrder, defaultdict[str, Refunded](Refunded)
    of_run = (row.event_id == run.event_id) & (row.occurrence_id == run.occurrence_id)
    query = (
        select(
            Order.currency,
            row.outcome,
            func.count(),
            func.sum(row.back_minor),
            func.sum(row.at_till_minor),
            func.sum(row.left_minor),
        )
        .join(Order, Order.id == row.order_id)
        .where(of_run)
        .group_by(Order.currency, row.outcome)
    )
    counts: Counter[str] = Counter()
    for currency, outcome, count, *amounts in (await unit.session.execute(query)).all():
        counts[outcome] += count
        sums, (back, at_till, left) = money[currency], map(int, amounts)
        sums.back_minor += back
        sums.at_till_minor += at_till
        sums.left_minor += left
        sums.left += count if outcome == "left" else 0
    since = (Payout.created_at >= run.created_at) & (Payout.state != "failed")
    state = case((was_disputed_since(), HELD), else_=Payout.state).label("state")
    each = (
        select(Payout.currency, Payout.tender, state, Payout.amount_minor)
        .join(row, row.order_id == Payout.order_id)
        .where(of_run, row.outcome.in_(("back", "left")), since)
        .subquery()
    )
    by = (each.c.currency, each.c.tender, each.c.state)
    sent = select(*by, func.count(), func.sum(each.c.amount_minor)).group_by(*by).order_by(*by)
    for currency, tender, state, count, total in (await unit.session.execute(sent)).all():
        money[currency].sent.append((tender, state, count, int(total)))
    at_tills = (
        select(Payout.currency, func.sum(Payout.amount_minor))
        .join(row, row.order_id == Payout.order_id)
        .where(of_run, row.outcome == "at_till", since)
        .group_by(Payout.currency)
    )
    for currency, total in (await unit.session.execute(at_tills)).all():
        money[currency].at_till_paid_minor += int(total)
    return counts, dict(money)


class SettledOrder(msgspec.Struct, frozen=True):
    """What became of an order's money.

    Attributes:
        open_minor: Of one that has more to go back since: what may go back now; else None.
        has_brought_more: Whether that is money; else a till held a ticket, and paid nothing.
    """

    row: RefundRunOrder
    order: Order
    open_minor: int | None
    has_brought_more: bool


async def list_settled(
    unit: Unit, event_id: EventId, date: str, *, outcome: str | None, limit: int, after: int
) -> Sequence[SettledOrder]:
    """Return what became of orders, one more than `limit`.

    Those that need a person (`left`) have with them whose money came, or came back, since.

    Raises:
        Problem: `not-found`.
    """
    run = await get_run(unit, event_id, date)
    late = is_late() if run.state == "done" else false()
    query = (
        select(RefundRunOrder, Order, late.label("is_late"), has_brought_more().label("more"))
        .join(Order, Order.id == RefundRunOrder.order_id)
        .where(RefundRunOrder.event_id == event_id, RefundRunOrder.occurrence_id == date)
        .where(RefundRunOrder.number > after)
        .order_by(RefundRunOrder.number)
        .limit(limit + 1)
    )
    if outcome is not None:
        of_outcome = RefundRunOrder.outcome == outcome
        query = query.where(of_outcome | late if outcome == "left" else of_outcome)
    found = []
    for row, order, is_one, has_more in (await unit.session.execute(query)).all():
        opened = None
        if is_one:
            opened = max(0, (await read_account(unit, order)).open_minor)
            opened += 0 if has_more else await _price_again(unit, run, row, order)
        found.append(SettledOrder(row, order, opened, has_brought_more=bool(has_more)))
    return found


async def _price_again(unit: Unit, run: RefundRun, row: RefundRunOrder, order: Order) -> int:
    """Return what tickets cost that tills held and did not pay, beside what tills owe."""
    only = None
    if run.occurrence_id:
        mine = tickets_for(run.event_id, OccurrenceId(run.occurrence_id))
        found = await unit.session.execute(mine.where(Ticket.order_id == order.id))
        only = frozenset(found.scalars())
    price = await price_good_tickets(unit, order, only, is_locked=False)
    return max(0, price - row.at_till_minor)


async def _count_orders(unit: Unit, run: RefundRun, *, after: int) -> int:
    orders = select_orders(run, after=after).with_only_columns(Order.id).subquery()
    query = select(func.count()).select_from(orders)
    return int((await unit.session.execute(query)).scalar_one())


def select_orders(run: RefundRun, *, after: int) -> Select[Order]:
    """Select the orders that a run has to settle, behind one number: of a date, those for it."""
    query = select(Order).where(Order.event_id == run.event_id, Order.number > after)
    if not run.occurrence_id:
        return query
    mine = tickets_for(run.event_id, OccurrenceId(run.occurrence_id))
    return query.where(mine.where(Ticket.order_id == Order.id).exists())
