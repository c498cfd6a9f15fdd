"""The job that gives a cancelled event's money back, order by order, each in one transaction.

The run's row is locked first and says how far it has come; an order's refund and the step past it
are committed together. So death anywhere leaves each order untouched or settled, and whoever takes
the run up goes on behind the last one. A worker whose turn another has taken finds that out before
its next order, and stops.

Tickets stay what they are: the event denies them, and whoever is inside gets out by theirs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Final

from sqlalchemy import select

from server.cancelling.cancelling_preview import open_payments
from server.cancelling.event_cancelling import get_run, select_orders
from server.cancelling.late_payments import count_void, select_late, sum_brought
from server.cancelling.models import RefundRun, RefundRunOrder
from server.cancelling.refund_plan import RefundPlan, limit_closed, plan_refund
from server.cancelling.schemas import Why
from server.db.personal_columns import RUN_KEYS
from server.db.unit import Context, Unit
from server.http.logs import log
from server.jobs.job_outcomes import Continued, Done, Outcome
from server.jobs.runner import LeasedJob
from server.orders.paying_and_refunding import (
    cancel_order,
    owe_good_tickets,
    price_good_tickets,
    read_owed,
    refund_ticket,
)
from server.orders.placing_orders import Order, lock_order
from server.payments.payment_states import PayoutFact, PayoutState
from server.payments.payments_and_payouts import (
    Account,
    Payment,
    WantedPayout,
    add_payout,
    read_account,
)
from server.problem_answers import Problem, refuse
from server.ticketing.finding_and_changing_tickets import Ticket, lock_order_tickets
from server.ticketing.moved_windows import tickets_for
from server.ticketing.ports import ChangeFeed, UsageLookup
from shared.admission.facts import GONE
from shared.kernel.id_types import EventId, OccurrenceId, TicketId
from shared.kernel.instant import SECOND, Duration
from shared.sales.tenders import VOUCHER
from shared.wire.work_reasons import ENGLISH

REFUND_POLL_S: Final = 1
"""Seconds between two looks for a run: somebody sits before it."""

REFUND_SLICE: Final[Duration] = 30 * SECOND
"""How long one worker goes on before it gives the run back: well within a job's lease."""
REFUND_TRIES: Final = 2
"""Tries that fail for an order's sake before it is left to a person."""

_BROKEN: Final = "Something went wrong on our side; the log has details."
_LESS: Final = "The payments booked here do not cover the refund that is owed."
_IN_DOUBT: Final = "A payment is uncertain or disputed; find out whether it was taken."
_USED: Final = ENGLISH["order.used_unpaid"]
_VOID: Final = "tickets that are void nothing is noted; a till may have paid them."
_DOUBTS: Final = {"pending", "unknown", "authorised", "disputed"}
_LATE_DOUBTS: Final = {"unknown", "disputed"}
"""Of an order that was over before: a payment that was left off in the middle is none."""
_OVER: Final = {"cancelled", "expired"}


class Refunder:
    """Does the jobs of this kind."""

    def __init__(self, context: Context, changes: ChangeFeed, usage: UsageLookup) -> None:
        """Read and write by `context`, tell gates by `changes`."""
        self._context, self._changes, self._usage = context, changes, usage

    async def do(self, job: LeasedJob) -> Outcome:
        """Settle orders for as long as one turn may last."""
        event_id = EventId(job.subject["event_id"])
        async with self._context.write(job.organization_id) as unit:
            run = await get_run(unit, event_id, _date_of(job), is_locked=True)
            run.turn = job.lease
        ends = self._context.clock.wall() + REFUND_SLICE
        while await self._step(job, event_id):
            if self._context.clock.wall() > ends:
                return Continued("goes on")
        return Done("done")

    async def _step(self, job: LeasedJob, event_id: EventId) -> bool:
        """Settle one order; False if there is none left, or the turn is another's."""
        try:
            return await self._settle(job, event_id, "")
        except Problem as problem:
            log().warning("cancelling.order_left", event_id=event_id, kind=problem.slug)
            return await self._settle(job, event_id, problem.detail)
        except Exception:
            if job.attempts < REFUND_TRIES:
                raise
            # Whatever it is with this order, the others' money goes back.
            log().exception("cancelling.order_broken", event_id=event_id)
            return await self._settle(job, event_id, _BROKEN)

    async def _settle(self, job: LeasedJob, event_id: EventId, refused: str) -> bool:
        async with self._context.write(job.organization_id) as unit:
            run = await get_run(unit, event_id, _date_of(job), is_locked=True)
            if run.state != "working" or run.turn != job.lease:
                return False
            query = select_orders(run, after=run.position).order_by(Order.number).limit(1)
            order = await unit.find(query)
            if order is None:
                order = await unit.find(select_late(run).order_by(Order.number).limit(1))
            if order is None:
                run.state, run.turn, run.ended_at = "done", "", unit.now
                return False
            run.position = max(run.position, order.number)
            before = await _find_row(unit, run, order)
            if refused:
                account = await read_account(unit, order)
                row = _row(unit, run, order, account, "left", said=refused)
            else:
                row = await self._give_back(unit, run, order, is_again=before is not None)
            row.taken_minor = await sum_brought(unit, order)
            row.void_tickets = await count_void(unit, order)
            if before is None:
                unit.session.add(row)
            else:
                _settle_again(before, row)
            return True

    async def _give_back(
        self, unit: Unit, run: RefundRun, found: Order, *, is_again: bool
    ) -> RefundRunOrder:
        order = await lock_order(unit, found.event_id, found.id)
        only = await _tickets_of(unit, run, order)
        if order.state == "pending" and only is not None and not await _is_all(unit, order, only):
            return await self._take_out(unit, run, order, only)
        doubts = _LATE_DOUBTS if order.state in _OVER else _DOUBTS
        if order.state == "pending":
            await self._cancel(unit, run, order)
        is_paid = order.state == "paid"
        is_whole = only is None or not is_paid or await _is_within(unit, order, only)
        account = await read_account(unit, order)
        opened = await open_payments(unit, account.payments, account.payouts)
        price = await price_good_tickets(unit, order, only) if is_paid else 0
        owed = max(0, account.owed_minor - account.paid_out_minor)
        if not is_whole:
            # What other dates' tickets leave to go back is no matter of this one.
            mine = await read_owed(unit, order, only or ()) if is_again else 0
            owed = min(owed, mine)
        plan = plan_refund(
            price,
            owed if is_paid else limit_closed(owed, opened, account.covered.lost_minor),
            opened,
            rounding_minor=order.rounding_minor if is_whole else 0,
            by_office=only is not None,
            covered=account.covered,
        )
        void = 0
        if is_paid and not plan.at_till_minor:
            void = await owe_good_tickets(
                unit, order, reason=run.reason, actor=run.started_by, only=only
            )
        again = await _name_again(unit, account) if is_again else ""
        await _pay(unit, order, account, plan, run, again)
        why = _why(account, plan, doubts, void)
        return _row(unit, run, order, account, _outcome(plan), plan, why)

    async def _take_out(
        self, unit: Unit, run: RefundRun, order: Order, only: Collection[TicketId]
    ) -> RefundRunOrder:
        """Cancel a date's tickets of an order that is not paid and is for other dates too."""
        if await self._usage.used(unit.session, order.event_id, sorted(only)):
            raise refuse("conflict", "order.used_unpaid")
        for ticket_id in sorted(only):
            await refund_ticket(
                unit,
                self._changes,
                self._usage,
                order.event_id,
                ticket_id,
                reason=run.reason,
                actor=run.started_by,
            )
        return _row(unit, run, order, await read_account(unit, order), "none")

    async def _cancel(self, unit: Unit, run: RefundRun, order: Order) -> None:
        """Cancel an order that was not paid, unless somebody has come in on it."""
        rows = await lock_order_tickets(unit, order.event_id, order.id)
        tickets = [row.ticket_id for row in rows]
        if await self._usage.used(unit.session, order.event_id, tickets):
            raise refuse("conflict", "order.used_unpaid")
        await cancel_order(
            unit,
            self._changes,
            self._usage,
            order.event_id,
            order.id,
            reason=run.reason,
            actor=run.started_by,
        )


async def _find_row(unit: Unit, run: RefundRun, order: Order) -> RefundRunOrder | None:
    row = RefundRunOrder
    return await unit.find(
        select(row).where(
            row.event_id == run.event_id,
            row.occurrence_id == run.occurrence_id,
            row.order_id == order.id,
        )
    )


def _settle_again(row: RefundRunOrder, now: RefundRunOrder) -> None:
    """Add to what became of an order what that which it has brought since has come to."""
    if now.outcome != "none":
        row.outcome = now.outcome
    elif row.outcome == "left":
        # What a person had to find out is known.
        row.outcome = "back" if now.back_minor else "none"
    row.back_minor = now.back_minor
    # The same tickets as before; a till may have paid some of them since.
    row.at_till_minor = max(row.at_till_minor, now.at_till_minor)
    row.left_minor, row.said = now.left_minor, now.said
    row.taken_minor, row.void_tickets, row.at = now.taken_minor, now.void_tickets, now.at


async def _pay(
    unit: Unit, order: Order, account: Account, plan: RefundPlan, run: RefundRun, again: str
) -> None:
    payments: dict[str, Payment] = {one.id: one for one in account.payments}
    for place, (part, share) in enumerate(plan.shares):
        wanted = WantedPayout(
            amount_minor=share,
            reason=run.reason,
            fact=PayoutFact.DONE if part.tender == VOUCHER else None,
            client_key=f"{_key_of(run, order)}{again}",
        )
        digest = hashlib.sha256(f"{order.id}\0{part.id}\0{share}".encode()).digest()
        payment = payments[part.id]
        await add_payout(unit, payment, share, place, wanted, digest, run.started_by)


async def _name_again(unit: Unit, account: Account) -> str:
    """Name a further settlement of an order: each has more payouts than before, if it made any."""
    brought, void = await sum_brought(unit, account.order), await count_void(unit, account.order)
    return f":{brought}:{void}:{len(account.payouts)}"


def _key_of(run: RefundRun, order: Order) -> str:
    return f"{RUN_KEYS}{order.id}{run.occurrence_id}"


def _sum_sent(run: RefundRun, order: Order, account: Account) -> int:
    """Return what a run has sent of an order before, without what has come back."""
    key = _key_of(run, order)
    mine = [one for one in account.payouts if f"{one.client_key}:".startswith(f"{key}:")]
    return sum(one.amount_minor for one in mine if one.state != PayoutState.FAILED)


def _date_of(job: LeasedJob) -> str:
    return str(job.subject.get("occurrence_id", ""))


async def _tickets_of(unit: Unit, run: RefundRun, order: Order) -> frozenset[TicketId] | None:
    """Return the tickets of an order that a run is about; None for all."""
    if not run.occurrence_id:
        return None
    mine = tickets_for(order.event_id, OccurrenceId(run.occurrence_id))
    found = await unit.session.execute(mine.where(Ticket.order_id == order.id))
    return frozenset(found.scalars())


async def _is_all(unit: Unit, order: Order, only: Collection[TicketId]) -> bool:
    """Tell whether an order has no live ticket but these."""
    rows = await lock_order_tickets(unit, order.event_id, order.id)
    return all(row.ticket_id in only or row.state in GONE for row in rows)


async def _is_within(unit: Unit, order: Order, only: Collection[TicketId]) -> bool:
    """Tell whether an order has no ticket at all but these."""
    rows = await lock_order_tickets(unit, order.event_id, order.id)
    return all(row.ticket_id in only for row in rows)


def _outcome(plan: RefundPlan) -> str:
    if plan.left_minor:
        return "left"
    if plan.at_till_minor:
        return "at_till"
    return "back" if plan.shares else "none"


def _why(account: Account, plan: RefundPlan, doubts: Collection[str], void: int) -> str:
    said = []
    if plan.left_minor:
        said.append(_LESS)
    if any(one.state in doubts for one in account.payments):
        said.append(_IN_DOUBT)
    if void:
        said.append(f"Of {void} {_VOID}")
    return " ".join(said)


def find_whys(said: str) -> list[Why]:
    """Return what a settled order's words mean, for programs."""
    known: tuple[tuple[str, Why], ...] = (
        (_LESS, "less_booked"),
        (_IN_DOUBT, "in_doubt"),
        (_VOID, "void"),
        (_USED, "used_unpaid"),
        (_BROKEN, "broken"),
    )
    found: list[Why] = [why for words, why in known if words in said]
    return found or (["refused"] if said else [])


def _row(
    unit: Unit,
    run: RefundRun,
    order: Order,
    account: Account,
    outcome: str,
    plan: RefundPlan | None = None,
    said: str = "",
) -> RefundRunOrder:
    plan = RefundPlan() if plan is None else plan
    return RefundRunOrder(
        event_id=order.event_id,
        occurrence_id=run.occurrence_id,
        order_id=order.id,
        number=order.number,
        outcome="left" if said else outcome,
        back_minor=_sum_sent(run, order, account) + sum(share for _, share in plan.shares),
        at_till_minor=plan.at_till_minor,
        left_minor=plan.left_minor,
        said=said,
        at=unit.now,
    )
