"""A server that was killed amid a job goes on with it as soon as it is started again."""

from __future__ import annotations

import asyncio
from typing import Final

import pytest

from server.db.hot_path_connections import connect_postgres
from server.db.restore_locks import NOBODY_SERVES
from server.jobs import leases_of_ended_workers
from server.jobs.enqueuing import enqueue
from server.jobs.job_outcomes import Done, Outcome
from server.jobs.leases_of_ended_workers import end_leases
from server.jobs.runner import JobRunner, LeasedJob
from tests.factories.office import Office
from tests.factories.waiting import PATIENCE_S

KIND: Final = "probe"


class _Idle:
    async def do(self, job: LeasedJob) -> Outcome:
        """Have nothing to do."""
        del job
        return Done()


async def test_a_server_that_was_killed_amid_a_job_goes_on_with_it_as_it_starts(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All workers gone at once, an import rested until its lease ended, two minutes later."""
    person = await office.person()
    async with office.context.write(person.organization_id) as unit:
        job_id = (await enqueue(unit, KIND, {"number": 1}, key="")).id
    held = await JobRunner(office.context, {KIND: _Idle()}).lease()
    assert held is not None
    if not office.database.is_sqlite:  # a SQLite file nobody serves but who starts now
        await _wait_for_mark(office)
        await end_leases(office.database, office.clock)
        assert await JobRunner(office.context, {KIND: _Idle()}).lease() is None, "a worker's"
        nobodys = NOBODY_SERVES.replace("classid = ", "classid = 1 + ")  # has marked itself so
        monkeypatch.setattr(leases_of_ended_workers, "NOBODY_SERVES", nobodys)
    await end_leases(office.database, office.clock)
    again = await JobRunner(office.context, {KIND: _Idle()}).lease()
    assert again is not None
    assert (again.id, again.attempts, again.is_followed) == (job_id, 1, True)


async def _wait_for_mark(office: Office) -> None:
    """Wait until the office's own worker has marked that it serves."""
    worker = await connect_postgres(office.settings.database)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await worker.fetchval(f"SELECT NOT ({NOBODY_SERVES})"):
                await worker.execute("SELECT pg_sleep(0.02)")
    finally:
        await worker.close()
