"""A room writes jobs into its deed's transaction; people have dead ones tried again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Select, case, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.unit import Unit
from server.how_long_records_are_kept import DEAD_JOBS_KEPT, JOBS_KEPT
from server.http.page_cursors import RowOrder
from server.jobs.models import Job
from server.problem_answers import Problem
from shared.kernel import ids
from shared.kernel.instant import Instant

__all__ = ["Job"]
"""The rows that other domains read."""

BRIEF: Final = ("webhook.message",)
"""Kinds whose failures are many, on record elsewhere, and begun anew from there."""


async def enqueue(unit: Unit, kind: str, subject: Mapping[str, Any], *, key: str = "") -> Job:
    """Have something done once this transaction is committed, and never if it is not.

    Args:
        unit: The business transaction.
        kind: Which handler does it.
        subject: Whom or what it is about, by ids alone.
        key: The same again is the same job; without one, each call is a job of its own.

    Returns:
        The job, which may be an earlier one of this key.
    """
    job_id = ids.new_id(ids.JOB, unit.entropy)
    if key:
        query = select(Job).where(Job.kind == kind, Job.key == key)
        found = await unit.find(query)
        if found is not None:
            return found
    job = Job(
        id=job_id,
        kind=kind,
        key=key or job_id,
        subject=dict(subject),
        state="waiting",
        created_at=unit.now,
        due_at=unit.now,
        written_at=unit.now,
        attempts=0,
        lease_by="",
        lease_until=None,
        ended_at=None,
        said="",
    )
    return await unit.add(job)


JOB_ORDER: Final = RowOrder(
    Job.id,
    fields={
        "kind": Job.kind,
        "state": Job.state,
        "created_at": Job.created_at,
        "due_at": Job.due_at,
        "ended_at": Job.ended_at,
        "attempts": Job.attempts,
    },
)


def select_jobs(*, state: str | None, kind: str | None) -> Select[Job]:
    """Ask for an organization's jobs: in a state, of a kind."""
    query = select(Job)
    if state is not None:
        query = query.where(Job.state == state)
    return query if kind is None else query.where(Job.kind == kind)


async def try_again(unit: Unit, job_id: str) -> Job:
    """Have a dead job done anew, from its first try on.

    Raises:
        Problem: `not-found`, or `conflict` if it is done.
    """
    query = select(Job).where(Job.id == job_id).with_for_update()
    job = await unit.get(query, "job")
    if job.state == "done":
        raise Problem("conflict", "The job is done; only a dead one is tried again.")
    if job.state == "waiting":
        return job
    job.state, job.attempts, job.ended_at = "waiting", 0, None
    job.due_at = job.written_at = unit.now
    await unit.session.flush()
    return job


async def forget_ended(session: AsyncSession, now: Instant) -> None:
    """Delete jobs that ended long ago; in the system's scope, any worker may do it."""
    is_brief = (Job.state == "done") | Job.kind.in_(BRIEF)
    kept = case((is_brief, JOBS_KEPT), else_=DEAD_JOBS_KEPT)
    await session.execute(
        delete(Job)
        .where(Job.state != "waiting", Job.ended_at < now - kept)
        .execution_options(synchronize_session=False)
    )
