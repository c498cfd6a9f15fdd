"""Doing jobs: each worker leases one at a time, so that none is done by two and none is lost.

A worker that dies keeps its lease until it ends; then another does the job. One that is told to
end gives its job back. So a job may be done twice where death comes between the deed and its note:
handlers make that harmless (a mail keeps its Message-ID). A try whose worker died counts as
failed, for it may have been the job's doing.
Times are compared both ways, since the server's clock may have been set back: what was put off
in the future, is due further ahead than any delay, or leased for longer than any lease, was
written by a clock that was wrong, and is due now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol

import msgspec
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.background.repeating import FORGOTTEN_EVERY, find_steady_time
from server.db.database_time import read_time
from server.db.ledger_state import is_taken_over
from server.db.periodic_turns import RareTurn
from server.db.rate_limit_over_workers import SERVERS_APART
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.http.logs import log
from server.jobs.enqueuing import forget_ended
from server.jobs.job_outcomes import Continued, Done, Failed, Outcome, Refused, Unreachable
from server.jobs.models import Job
from server.jobs.retry_delays_of_jobs_and_webhooks import (
    JOB_DELAY_MAX,
    delay_after,
    delay_unreachable,
)
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import MINUTE, Duration, Instant
from shared.kernel.same_fields import made_of
from shared.wire.work_reasons import WorkReason

JOB_LEASE: Final[Duration] = 2 * MINUTE
"""How long one worker has a job to itself: well beyond every time limit of a handler."""
JOB_DEATHS_AT_ONCE: Final = 3
"""So many ends of a worker within one job are taken for chance (a restart, a power cut), and the
job is done again as soon as its lease has ended; what ends more of them has pauses."""
JOB_POLL_S: Final = 5
"""Seconds between two looks at what is due."""

DUE: Final = (
    "state = 'waiting' AND (due_at <= :now OR due_at > :delayed OR written_at > :wrong)"
    " AND (lease_until IS NULL OR lease_until <= :now OR lease_until > :leased)"
)
"""As `JobRunner._due` says, but for kinds and what must hold besides, and by the own clock alone:
asked every few seconds, where too many are told and leases looked at again."""
_GIVING_BACK_S: Final = 2.0
"""So long a server that ends waits for its database to hear that a job is nobody's."""
_ROUND_MAX: Final = 1_000
"""Organizations of a round at most: all that had their turn stand in one question."""
_IS_DUE: Final = text(
    f"SELECT 1 FROM job WHERE {DUE} AND kind IN :kinds LIMIT 1"  # noqa: S608 - our own words
).bindparams(bindparam("kinds", expanding=True))


class LeasedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job in the hands of one worker.

    Attributes:
        id: The same at each try.
        subject: Whom or what it is about, by ids.
        lease: Proves that it is still ours when its outcome is written.
        attempts: Tries that failed before.
        is_followed: Whoever had it last has written no outcome: that try is one of those.
    """

    id: str
    organization_id: OrganizationId
    kind: str
    subject: Mapping[str, Any]
    lease: str
    attempts: int
    is_followed: bool = False


class Handler(Protocol):
    """Does jobs of one kind; each room gives the runner those for its own."""

    async def do(self, job: LeasedJob) -> Outcome:
        """Do it; an exception counts as a failed try."""


GiveUp = Callable[[LeasedJob], Awaitable[None]]
"""Lets what a job is about say that nothing comes of it; it may be called more than once."""


class JobRunner:
    """Does what is due, until there is nothing more."""

    def __init__(
        self,
        context: Context,
        handlers: Mapping[str, Handler],
        *,
        give_up: Mapping[str, GiveUp] | None = None,
        besides: Callable[[], Sequence[ColumnElement[bool]]] = tuple,
        order: Callable[[], Sequence[ColumnElement[Any]]] = tuple,
    ) -> None:
        """Prepare; nothing is asked of the database yet.

        Args:
            context: The worker's.
            handlers: By the kinds of jobs that they do.
            give_up: By the kinds whose rows say of themselves what became of them.
            besides: What must hold of a job besides, at each look.
            order: Which of an organization's come first; of these what has been due for longest.
        """
        self._context = context
        self._handlers = handlers
        self._give_up = give_up or {}
        self._besides = besides
        self._order = order
        self._had: set[OrganizationId] = set()
        """Whose turn was in this round: an organization that has thousands to do holds up no
        other's only one."""
        self._away_until: dict[str, Duration] = {}
        """Kinds whose other side is away, until when by the steady clock: one try in a while tells
        of its return."""
        self._forgetting = RareTurn(context, "jobs.forgetting", FORGOTTEN_EVERY, self._forget)

    @property
    def kinds(self) -> Collection[str]:
        """What it does."""
        return self._handlers

    async def work(self) -> int:
        """Do all that is due, one after the other.

        Returns:
            How many tries were made.
        """
        tries = 0
        while (job := await self.lease()) is not None:
            tries += 1
            await self.do(job)
        await self.sweep()
        return tries

    async def sweep(self) -> None:
        """Have what ended long ago forgotten, now and then, by whichever worker comes first."""
        await self._forgetting.take()

    async def do(self, job: LeasedJob) -> None:
        """Try a job that was leased, and write down how that ended.

        One that has ended its worker again and again is put off instead, as if it had failed: it
        would end this one too, and the gates' connections with it.
        """
        if job.is_followed and job.attempts > JOB_DEATHS_AT_ONCE:
            job = msgspec.structs.replace(job, attempts=job.attempts - 1)
            await self.settle(job, Failed(WorkReason("work.ends_server")))
            return
        try:
            await self.settle(job, await self._try(job))
        except asyncio.CancelledError:
            await self._give_back(job)
            raise

    async def lease(self) -> LeasedJob | None:
        """Take what has been due for longest of the organizations whose turn it is, or None."""
        now = self._context.clock.wall()
        # On SQLite a writer's turn is dear; mostly there is nothing to do.
        if not (self._kinds() and await self._is_due(now)):
            return None
        # Whose turn it is may be far behind others that wait: looked for in nobody's way.
        had_theirs = case((Job.organization_id.in_(self._had), 1), else_=0)
        order = (had_theirs, *self._order(), Job.due_at, Job.id)
        async with self._context.database.read(org=SYSTEM) as session:
            # By a clock that all hosts have: by their own they would take each other's jobs.
            shared_now = await read_time(session, now)
            first = select(Job).where(self._due(now, shared_now)).order_by(*order)
            query = first.with_only_columns(Job.id).limit(1)
            job_id = (await session.execute(query)).scalar()
        if job_id is None:
            return None
        until = Instant(shared_now + JOB_LEASE)
        mine = await self._take(first.where(Job.id == job_id), now, until)
        return mine or await self._take(first, now, until)

    async def _take(self, query: Select[Job], now: Instant, until: Instant) -> LeasedJob | None:
        """Lease what is asked for, unless another worker was faster."""
        mine = self._context.entropy.random_bytes(8).hex()
        first = query.limit(1).with_for_update(skip_locked=True)
        async with self._context.database.write(org=SYSTEM, is_audited=False) as session:
            row = (await session.execute(first)).scalar()
            if row is None:
                return None
            is_followed = row.lease_until is not None
            attempts = row.attempts + is_followed
            await session.execute(
                update(Job)
                .where(Job.id == row.id)
                .values(
                    lease_by=mine,
                    lease_until=until,
                    attempts=attempts,
                    # Else it would count among those of today for as long as the clock was ahead.
                    created_at=case((Job.created_at > now, now), else_=Job.created_at),
                )
                .execution_options(synchronize_session=False)
            )
        if row.organization_id in self._had or len(self._had) >= _ROUND_MAX:
            self._had.clear()
        self._had.add(row.organization_id)
        return made_of(LeasedJob, row, lease=mine, attempts=attempts, is_followed=is_followed)

    def _kinds(self) -> tuple[str, ...]:
        """Return the kinds whose other side is not away."""
        now = self._context.clock.monotonic()
        away = {kind for kind, until in self._away_until.items() if now < until}
        return tuple(kind for kind in self._handlers if kind not in away)

    async def _is_due(self, now: Instant) -> bool:
        """Tell whether anything is due, asked for as cheaply as can be."""
        values = due_by(now) | {"kinds": self._kinds()}
        return bool(await self._context.database.glance(_IS_DUE, values))

    def _due(self, now: Instant, shared_now: Instant) -> ColumnElement[bool]:
        return and_(
            Job.state == "waiting",
            Job.kind.in_(self._kinds()),
            or_(
                Job.due_at <= now,
                Job.due_at > now + JOB_DELAY_MAX,
                Job.written_at > now + SERVERS_APART,
            ),
            or_(
                Job.lease_until.is_(None),
                Job.lease_until <= shared_now,
                Job.lease_until > shared_now + JOB_LEASE,
            ),
            # Whoever took over has the same jobs, and does them.
            ~is_taken_over(),
            *self._besides(),
        )

    async def _try(self, job: LeasedJob) -> Outcome:
        try:
            return await self._handlers[job.kind].do(job)
        except Exception:  # noqa: BLE001 - whatever it was, the others are done, and it again
            log().exception("job.broken", kind=job.kind, organization_id=job.organization_id)
            return Failed(WorkReason("work.broken"))

    async def _give_back(self, job: LeasedJob) -> None:
        """Let another worker go on at once; where the database is away the lease has to end."""
        with suppress(DBAPIError, PoolTimeout, OSError, GatekeeperError):
            async with (
                asyncio.timeout(_GIVING_BACK_S),
                self._context.database.write(org=SYSTEM, is_audited=False) as session,
            ):
                await session.execute(
                    update(Job)
                    .where(Job.id == job.id, Job.lease_by == job.lease, Job.state == "waiting")
                    .values(lease_by="", lease_until=None)
                    .execution_options(synchronize_session=False)
                )

    async def _let_go(self, job: LeasedJob) -> None:
        """Let its rows say that a job is dead, before it is: whoever dies meanwhile says it again.

        Its handler cannot be trusted with that: it may be what ends each worker.
        """
        try:
            if job.kind in self._give_up:
                await self._give_up[job.kind](job)
        except Exception:  # noqa: BLE001 - the job is dead all the same
            log().exception("job.broken", kind=job.kind, organization_id=job.organization_id)

    async def settle(self, job: LeasedJob, outcome: Outcome) -> bool:
        """Write down how a try ended.

        Returns:
            Whether the job was still ours; if not, whoever has it now writes its outcome.
        """
        now = self._context.clock.wall()
        chance = self._context.entropy.random_bytes(1)[0] / 255
        values: dict[str, Any] = {"lease_by": "", "lease_until": None, "written_at": now}
        values |= _told(outcome.said)
        match outcome:
            case Done():
                values |= {"state": "done", "ended_at": now}
            case Refused():
                values |= {"state": "dead", "ended_at": now}
            case Continued():
                values |= {"due_at": now + (outcome.pause or 0), "attempts": 0}
            case Unreachable():
                pause = delay_unreachable(chance)
                self._away_until[job.kind] = Duration(self._context.clock.monotonic() + pause)
                values |= {"due_at": now + pause}
            case Failed():
                values |= {"attempts": job.attempts + 1}
                pause_next = delay_after(job.attempts + 1, chance)
                values |= _after(now, pause_next, outcome.pause)
        if values.get("state") == "dead":
            await self._let_go(job)
        query = (
            update(Job)
            .where(Job.id == job.id, Job.lease_by == job.lease, Job.state == "waiting")
            .values(**values)
            .returning(Job.id)
            .execution_options(synchronize_session=False)
        )
        async with self._context.database.write(org=SYSTEM, is_audited=False) as session:
            is_ours = (await session.execute(query)).first() is not None
        kind, organization_id = job.kind, job.organization_id
        outcome_name = type(outcome).__name__.lower() if is_ours else "lease_lost"
        log().info("job.tried", kind=kind, organization_id=organization_id, outcome=outcome_name)
        return is_ours

    async def _forget(self) -> None:
        # A clock that leaps ahead would have all forgotten that failed, and nobody tries it again.
        steady_at = await find_steady_time(self._context)
        if steady_at is None:
            return
        async with self._context.database.write(org=SYSTEM, is_audited=False) as session:
            await forget_ended(session, steady_at)


def due_by(now: Instant) -> dict[str, Any]:
    """Return the values of `DUE`."""
    return {
        "now": now,
        "delayed": now + JOB_DELAY_MAX,
        "wrong": now + SERVERS_APART,
        "leased": now + JOB_LEASE,
    }


def _told(said: str | WorkReason) -> dict[str, Any]:
    because = [said] if isinstance(said, WorkReason) else []
    return {"said": str(said), "because": msgspec.to_builtins(because)}


def _after(now: Instant, pause: Duration | None, least: Duration | None) -> dict[str, Any]:
    if pause is None:
        return {"state": "dead", "ended_at": now}
    return {"due_at": now + max(pause, least or 0)}
