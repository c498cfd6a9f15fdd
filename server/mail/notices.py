"""What all buyers are told at once: written with the act, and then order by order.

The notice is a row of the act's own transaction, and so is the job that looks at the orders. A
batch of orders, their jobs and the notice's place are committed together: whoever takes it up goes
on behind the last one, and no buyer is written to twice, for a job's key is made of the address.
Of orders with one address the first stands for all: what becomes of its mail is said of each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import func, select, update

from server import quotas
from server.db.model import row_of
from server.db.unit import Context, Unit, locked
from server.jobs.enqueuing import Job, enqueue
from server.jobs.job_outcomes import Continued, Done, Outcome
from server.jobs.runner import LeasedJob
from server.mail.models import Notice, NoticeOrder
from server.mail.notice_recipients import NOTICE_BATCH, next_orders
from server.orders.placing_orders import Order
from server.problem_answers import not_found
from server.quotas import NOTICE_MAILS_A_DAY_MAX, NOTICES_A_DAY_MAX, NOTICES_MAX
from shared.kernel import ids
from shared.kernel.email_address import email_key
from shared.kernel.id_types import EventId, OccurrenceId, OrderId
from shared.kernel.instant import DAY, HOUR, Duration, Instant

NOTICES_SHOWN: Final = 100
"""Of an event, the newest."""
NOTICE_REST: Final[Duration] = HOUR
"""Between two looks whether there is room again."""

SPREADING: Final = "notice.orders"
MAILING: Final = "mail.notice"
MOVED: Final = "moved"
_PREFIX: Final = "no"
_MISSED: Final = frozenset({"refused", "doubtful"})
"""What a mail's outcome says of each order that it was for."""


class MovedDate(msgspec.Struct, frozen=True):
    """A date that was moved: its name, when it was to start, and when it starts and opens."""

    name: str
    was: Instant
    starts_at: Instant
    doors_at: Instant | None = None


class NewNotice(msgspec.Struct, frozen=True, kw_only=True):
    """What is told; see `Notice`."""

    kind: str
    language: str
    words: str = ""
    dates: Sequence[OccurrenceId] = ()
    times: Sequence[MovedDate] = ()
    refund_until: Instant | None = None
    has_mail: bool = True


async def write_notice(unit: Unit, event_id: EventId, new: NewNotice, *, actor: str) -> None:
    """Have all buyers told, once this transaction is committed.

    Raises:
        Problem: `quota-exceeded` for a move: calling off is told whatever was told before.
    """
    if new.kind == MOVED:
        await _check_moves(unit, event_id)
    notice = row_of(
        Notice,
        new,
        id=ids.new_id(_PREFIX, unit.entropy),
        event_id=event_id,
        dates=list(new.dates),
        times=msgspec.to_builtins(new.times),
        position=0,
        created_by=actor,
        created_at=unit.now,
        ended_at=None,
    )
    await unit.add(notice)
    await enqueue(unit, SPREADING, {"notice_id": notice.id}, key=notice.id)


async def _check_moves(unit: Unit, event_id: EventId) -> None:
    query = select(func.count()).select_from(Notice)
    moves = query.where(Notice.event_id == event_id, Notice.kind == MOVED)
    count = (await unit.session.execute(moves)).scalar_one()
    quotas.check(count, NOTICES_MAX, "messages to all buyers of an event")
    today = moves.where(Notice.created_at > unit.now - DAY)
    count = (await unit.session.execute(today)).scalar_one()
    quotas.check(count, NOTICES_A_DAY_MAX, "messages a day to all buyers of an event")


async def tell_once(unit: Unit, event_id: EventId, new: NewNotice, *, actor: str) -> None:
    """Have all buyers told, unless they were told the like; whoever asks holds a lock on it."""
    query = select(Notice).where(Notice.event_id == event_id, Notice.kind == new.kind)
    if all(list(one.dates) != list(new.dates) for one in await unit.all(query)):
        await write_notice(unit, event_id, new, actor=actor)


class NoticeSpreader:
    """Does the jobs that look at an event's orders, and write one for each buyer."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def do(self, job: LeasedJob) -> Outcome:
        """Look at orders until none is left, or the organization has written enough for a day."""
        async with self._context.read(job.organization_id) as unit:
            today = select(func.count()).where(
                Job.kind == MAILING, Job.created_at > unit.now - DAY
            )
            written = (await unit.session.execute(today)).scalar_one()
        while written < NOTICE_MAILS_A_DAY_MAX:
            if not await self._step(job):
                return Done("All buyers' mails are written.")
            written += NOTICE_BATCH
        return Continued("Enough mails for one day; the others follow.", NOTICE_REST)

    async def _step(self, job: LeasedJob) -> bool:
        async with self._context.write(job.organization_id) as unit:
            query = select(Notice).where(Notice.id == job.subject["notice_id"]).with_for_update()
            notice = await unit.find(query)
            if notice is None or notice.ended_at is not None:
                return False
            found = await unit.all(next_orders(notice))
            for order in found:
                await _tell(unit, notice, order)
                notice.position = order.number
            if not found:
                notice.ended_at = unit.now
            return bool(found)


async def _tell(unit: Unit, notice: Notice, order: Order) -> None:
    row = NoticeOrder(
        notice_id=notice.id,
        order_id=order.id,
        number=order.number,
        outcome="waiting" if notice.has_mail else "no_server",
        behind_id=None,
        at=unit.now,
    )
    await unit.add(row)
    if notice.has_mail or not order.buyer_email:
        await _address(unit, row, order.buyer_email)


async def _address(unit: Unit, row: NoticeOrder, address: str | None) -> None:
    """Have an order's address written to, if no other order stands for it; the notice has mail."""
    row.at = unit.now
    if not address:
        row.outcome, row.behind_id = "no_address", None
        return
    key = f"{row.notice_id}\0{email_key(address)}"
    subject = {"notice_id": row.notice_id, "order_id": row.order_id}
    while True:
        digest = hashlib.sha256(key.encode()).hexdigest()[:32]
        job = await enqueue(unit, MAILING, subject, key=digest)
        ahead_id = OrderId(job.subject["order_id"])
        if ahead_id == row.order_id:
            row.outcome, row.behind_id = "waiting", None
            return
        ahead = await lock_told(unit, row.notice_id, ahead_id)
        if ahead is None or ahead.outcome != "no_address":
            row.behind_id = ahead_id
            row.outcome = _behind("" if ahead is None else ahead.outcome)
            return
        # Its buyer was erased before the mail was out: the next order stands for the address.
        key += f"\0{ahead_id}"


def _behind(outcome: str) -> str:
    """Say what is told of an order for which another one stands."""
    return outcome if outcome in _MISSED else "same"


async def lock_told(unit: Unit, notice_id: str, order_id: OrderId) -> NoticeOrder | None:
    """Return what became of a notice for an order, to be changed."""
    query = select(NoticeOrder).where(
        NoticeOrder.notice_id == notice_id, NoticeOrder.order_id == order_id
    )
    return await unit.find(locked(query))


async def settle_told(unit: Unit, row: NoticeOrder, outcome: str) -> None:
    """Say what became of an order's mail, and of the orders that it stands for.

    Where it has no address any more, the next of them stands for the others.
    """
    row.outcome, row.at = outcome, unit.now
    await unit.session.flush()
    mine = (NoticeOrder.notice_id == row.notice_id) & (NoticeOrder.behind_id == row.order_id)
    if outcome != "no_address":
        changed = update(NoticeOrder).where(mine, NoticeOrder.outcome != _behind(outcome))
        await unit.change(changed.values(outcome=_behind(outcome), at=unit.now))
        return
    query = select(NoticeOrder).where(mine).order_by(NoticeOrder.number)
    for one in await unit.all(query):
        order = await unit.find(select(Order).where(Order.id == one.order_id))
        await _address(unit, one, None if order is None else order.buyer_email)


class NoticeState(NamedTuple):
    """How far a notice is.

    Attributes:
        counts: Its orders by outcome.
        is_stopped: Its work has failed for good before all orders were looked at.
    """

    notice: Notice
    counts: Mapping[str, int]
    is_stopped: bool


async def list_notices(unit: Unit, event_id: EventId) -> Sequence[NoticeState]:
    """Return how far an event's notices are, the newest first."""
    query = (
        select(Notice)
        .where(Notice.event_id == event_id)
        .order_by(Notice.created_at.desc(), Notice.id)
        .limit(NOTICES_SHOWN)
    )
    found = await unit.all(query)
    counts: dict[str, dict[str, int]] = {one.id: {} for one in found}
    grouped = (
        select(NoticeOrder.notice_id, NoticeOrder.outcome, func.count())
        .where(NoticeOrder.notice_id.in_(list(counts)))
        .group_by(NoticeOrder.notice_id, NoticeOrder.outcome)
    )
    for notice_id, outcome, count in (await unit.session.execute(grouped)).all():
        counts[notice_id][outcome] = count
    dead = select(Job.key).where(Job.kind == SPREADING, Job.state == "dead")
    stopped = set(await unit.all(dead.where(Job.key.in_(list(counts)))))
    return [NoticeState(one, counts[one.id], one.id in stopped) for one in found]


async def list_told(
    unit: Unit,
    event_id: EventId,
    notice_id: str,
    *,
    outcomes: Sequence[str],
    limit: int,
    after: int,
) -> Sequence[tuple[NoticeOrder, Order]]:
    """Return what became of a notice order by order; one more than `limit`.

    Raises:
        Problem: `not-found`.
    """
    known = select(Notice.id).where(Notice.id == notice_id, Notice.event_id == event_id)
    if await unit.find(known) is None:
        raise not_found("notice")
    query = (
        select(NoticeOrder, Order)
        .join(Order, Order.id == NoticeOrder.order_id)
        .where(NoticeOrder.notice_id == notice_id, NoticeOrder.number > after)
        .where(NoticeOrder.outcome.in_(outcomes))
        .order_by(NoticeOrder.number)
        .limit(limit + 1)
    )
    return [(row[0], row[1]) for row in (await unit.session.execute(query)).all()]
