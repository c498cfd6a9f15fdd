"""Jobs: written with what caused them, done once, tried again, and dead only for a reason."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import pairwise
from typing import Any, Final

import pytest
from sqlalchemy import Connection, event

from server.db.clock_leaps import note_time
from server.db.database_time import read_time
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.how_long_records_are_kept import DEAD_JOBS_KEPT
from server.jobs import due_jobs as jobs_due
from server.jobs import enqueuing
from server.jobs import runner as job_runner
from server.jobs.due_jobs import DueJobs
from server.jobs.enqueuing import enqueue
from server.jobs.job_outcomes import Continued, Done, Failed, Outcome, Refused, Unreachable
from server.jobs.models import Job
from server.jobs.retry_delays_of_jobs_and_webhooks import JOB_DELAYS
from server.jobs.runner import JOB_LEASE, JobRunner, LeasedJob
from server.webhooks import outbox
from shared.kernel.instant import DAY, HOUR, MINUTE, SECOND, Duration, Instant
from tests.factories.office import Office, Person
from tests.factories.strength import sized
from tests.factories.waiting import PATIENCE_S
from tests.fakes.clock import ManualClock

KIND = "probe"
WAITED: Final = sized([2 * HOUR] * 60, [20 * MINUTE] * 290)
"""Until a job is dead that ends whoever does it: four days, and what steps add to a pause."""
HOURS_APART: Final = sized(3, 1)
"""Hours of a week without a network, from one try to the next."""


class Recorder:
    """A handler that keeps what it was given and answers as told."""

    def __init__(self, answer: Callable[[LeasedJob], Outcome] = lambda _job: Done()) -> None:
        self.answer = answer
        self.done: list[LeasedJob] = []

    async def do(self, job: LeasedJob) -> Outcome:
        """Remember the job."""
        await asyncio.sleep(0)
        self.done.append(job)
        return self.answer(job)


class Ended(BaseException):
    """The process is gone: nothing of it writes down how its try ended."""


class Fatal:
    """A handler whose job ends the process."""

    begun = 0

    async def do(self, job: LeasedJob) -> Outcome:
        """Begin it, and be gone."""
        del job
        self.begun += 1
        raise Ended


async def add(office: Office, person: Person, number: int = 1, key: str = "") -> str:
    async with office.context.write(person.organization_id) as unit:
        return (await enqueue(unit, KIND, {"number": number}, key=key)).id


def plan_by_nested_loops(connection: Connection) -> None:
    """Have a transaction's statements planned as PostgreSQL does it for tables that it knows."""
    for other in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
        connection.exec_driver_sql(f"SET LOCAL enable_{other} = off")


async def read(office: Office, job_id: str) -> Job:
    async with office.database.read(org=SYSTEM) as session:
        row = await session.get(Job, job_id)
    assert row is not None
    return row


async def is_known(office: Office, job_id: str) -> bool:
    async with office.database.read(org=SYSTEM) as session:
        return await session.get(Job, job_id) is not None


async def test_a_job_is_written_with_its_transaction_or_not_at_all(office: Office) -> None:
    """What is rolled back leaves no job; what is committed is done once."""
    person = await office.person()
    with pytest.raises(RuntimeError):
        async with office.context.write(person.organization_id) as unit:
            await enqueue(unit, KIND, {})
            raise RuntimeError
    await add(office, person, key="same")
    await add(office, person, key="same")
    handler = Recorder()
    runner = JobRunner(office.context, {KIND: handler})
    assert await runner.work() == 1
    assert await runner.work() == 0
    assert [job.subject for job in handler.done] == [{"number": 1}]


@pytest.mark.either_database
async def test_each_organization_has_its_turn(office: Office) -> None:
    """Mails to all buyers of one do not keep another's ticket waiting until they are sent."""
    many, other, third = [await office.person() for _ in range(3)]
    for number, person in enumerate((many, many, many, many, other, third, other)):
        await add(office, person, number)
        office.clock.advance(SECOND)
    handler = Recorder()
    assert await JobRunner(office.context, {KIND: handler}).work() == 7
    turns = [job.organization_id for job in handler.done]
    a, b, c = (one.organization_id for one in (many, other, third))
    assert turns == [a, b, c, a, b, a, a]
    assert [job.subject["number"] for job in handler.done if job.organization_id == b] == [4, 6]


async def test_many_workers_do_each_job_once(office: Office) -> None:
    """Four workers at 40 jobs: each is done, none twice."""
    person = await office.person()
    wanted = {await add(office, person, number) for number in range(40)}
    handlers = [Recorder() for _ in range(4)]
    await asyncio.gather(
        *(JobRunner(office.context, {KIND: handler}).work() for handler in handlers)
    )
    done = [job.id for handler in handlers for job in handler.done]
    assert sorted(done) == sorted(wanted)


async def test_one_lease_takes_one_job_however_the_database_plans(office: Office) -> None:
    """A job that is leased without its worker's knowing waits until that lease has ended."""
    person = await office.person()
    if not office.database.is_sqlite:
        event.listen(office.database._writer.sync_engine, "begin", plan_by_nested_loops)
    for _ in range(3):
        for number in range(6):
            await add(office, person, number)
            office.clock.advance(SECOND)
        runner = JobRunner(office.context, {KIND: Recorder()})
        leased = [await runner.lease() for _ in range(7)]
        assert [job is not None for job in leased] == [True] * 6 + [False]


async def test_a_worker_that_died_loses_its_job_to_another(office: Office) -> None:
    """Its lease ends; if it lives after all, its outcome is not written over the other's."""
    person = await office.person()
    job_id = await add(office, person)
    dying = JobRunner(office.context, {KIND: Recorder()})
    held = await dying.lease()
    assert held is not None
    other = JobRunner(office.context, {KIND: Recorder()})
    assert await other.lease() is None
    office.clock.advance(JOB_LEASE + SECOND)
    assert await other.work() == 1
    assert not await dying.settle(held, Refused("too late"))
    assert (await read(office, job_id)).state == "done"


@pytest.mark.parametrize("hours", [3, -3])
async def test_a_host_whose_clock_is_hours_away_takes_no_job_that_another_is_at(
    office: Office, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each took it from the other by turns, until it counted as one that ends servers."""
    if office.database.is_sqlite:  # which one host serves
        return
    monkeypatch.setattr(job_runner, "read_time", read_time)
    job_id = await add(office, await office.person())
    clock = ManualClock(Instant(office.clock.wall() + hours * HOUR))
    away = JobRunner(Context(office.database, clock, office.entropy), {KIND: Recorder()})
    here = JobRunner(office.context, {KIND: Recorder()})
    held = await here.lease()
    assert held is not None
    assert await away.lease() is None
    assert await here.settle(held, Done())
    assert (await read(office, job_id)).state == "done"


@pytest.mark.either_database
async def test_a_worker_that_is_told_to_end_gives_its_job_back(office: Office) -> None:
    """Whoever restarts a server amid an import would see it stand still for two minutes."""
    person, begun = await office.person(), asyncio.Event()
    job_id = await add(office, person)

    class Long:
        async def do(self, job: LeasedJob) -> Outcome:
            """Begin, and be at it until somebody ends the program."""
            del job
            begun.set()
            await asyncio.Event().wait()
            return Done()

    working = asyncio.create_task(JobRunner(office.context, {KIND: Long()}).work())
    async with asyncio.timeout(PATIENCE_S):
        await begun.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    job = await JobRunner(office.context, {KIND: Recorder()}).lease()
    assert job is not None
    assert (job.id, job.attempts, job.is_followed) == (job_id, 0, False)


async def test_a_job_that_ends_whoever_does_it_is_tried_ever_less_often_and_then_dead(
    office: Office,
) -> None:
    """Else it would end the server every two minutes, and with it the gates' connection."""
    person = await office.person()
    job_id = await add(office, person)
    begun: list[Instant] = []
    for step in [MINUTE] * 30 + WAITED:  # each pause may be a fifth longer
        runner = JobRunner(office.context, {KIND: (handler := Fatal())})
        with suppress(Ended):
            await runner.work()
        begun += [office.clock.wall()] * handler.begun
        office.clock.advance(step)
    pauses = [later - earlier for earlier, later in pairwise(begun)]
    assert len(begun) == len(JOB_DELAYS) + 1
    assert pauses[0] <= JOB_LEASE + 2 * MINUTE, "who was ended by chance is followed at once"
    assert pauses[-1] > 12 * HOUR
    dead = await read(office, job_id)
    assert (dead.state, dead.attempts) == ("dead", len(JOB_DELAYS) + 1)
    assert "stopped" in dead.said


@pytest.mark.either_database
async def test_parts_that_are_done_forgive_a_long_job_its_worker_s_deaths(office: Office) -> None:
    """A job of many turns outlives as many restarts of its server as there are turns."""
    person = await office.person()
    job_id = await add(office, person)
    for _ in range(3 * len(JOB_DELAYS)):
        with suppress(Ended):
            await JobRunner(office.context, {KIND: Fatal()}).work()
        office.clock.advance(JOB_LEASE + MINUTE)
        told: Iterator[Outcome] = iter((Continued("goes on"), Failed("not now")))
        handler = Recorder(partial(_next_of, told))
        await JobRunner(office.context, {KIND: handler}).work()
        office.clock.advance(MINUTE)
    assert (await read(office, job_id)).state == "waiting"


def _next_of(told: Iterator[Outcome], _job: LeasedJob) -> Outcome:
    return next(told)


async def test_a_failing_job_is_tried_for_three_days_and_then_shown_as_dead(
    office: Office,
) -> None:
    """Each pause is longer; a dead one is listed, and tried anew when a person says so."""
    person = await office.person()
    job_id = await add(office, person)
    handler = Recorder(lambda _job: Failed("not today"))
    runner = JobRunner(office.context, {KIND: handler})
    for delay in JOB_DELAYS:
        assert await runner.work() == 1
        assert await runner.work() == 0, "a pause comes first"
        office.clock.advance(delay + delay // 4 + SECOND)
    assert await runner.work() == 1
    person = await office.person("manager", organization_id=person.organization_id)
    path = f"{person.path}/jobs"
    (dead,) = (await office.ok("GET", f"{path}?state=dead", person))["items"]
    assert (dead["id"], dead["said"], dead["attempts"]) == (job_id, "not today", 11)
    handler.answer = lambda _job: Done("at last")
    again = await office.ok("POST", f"{path}/{job_id}/again", person)
    assert (again["state"], again["attempts"]) == ("waiting", 0)
    assert await runner.work() == 1
    assert (await read(office, job_id)).said == "at last"
    refused = await office.call("POST", f"{path}/{job_id}/again", person)
    assert refused.status_code == 409


@pytest.mark.either_database
async def test_a_week_without_a_network_ends_no_job(office: Office) -> None:
    """Where nobody can be asked nothing counts, and one try in a while serves all of the kind."""
    person = await office.person()
    for number in range(3):
        await add(office, person, number)
    handler = Recorder(lambda _job: Unreachable("no connection"))
    runner = JobRunner(office.context, {KIND: handler})
    for _ in range(7 * 24 // HOURS_APART):
        assert await runner.work() == 1
        office.clock.advance(HOURS_APART * HOUR)
    handler.answer = lambda _job: Done()
    assert await runner.work() == 3
    async with office.database.read(org=SYSTEM) as session:
        rows = [await session.get(Job, job.id) for job in handler.done]
    assert {(row.state, row.attempts) for row in rows if row is not None} == {("done", 0)}


async def test_all_of_a_workers_runners_share_one_look_at_the_table(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is due is done all the same, by its own runner; what comes later, at the next look."""
    person = await office.person()
    await add(office, person)
    handlers = {kind: Recorder() for kind in (KIND, "another", "third")}
    runners = [JobRunner(office.context, {kind: one}) for kind, one in handlers.items()]
    for runner in runners:
        await runner.sweep()
    due_jobs, looks = DueJobs(office.context), []
    glance = office.database.glance

    async def counted(*asked: Any, **more: Any) -> Any:
        looks.append(asked)
        return await glance(*asked, **more)

    monkeypatch.setattr(office.database, "glance", counted)
    monkeypatch.setattr(jobs_due, "JOBS_SEEN_S", PATIENCE_S)
    for runner in reversed(runners):
        await due_jobs.let_work(runner)
    assert [len(one.done) for one in handlers.values()] == [1, 0, 0]
    assert len(looks) == 3, "one for all, and two of the runner that has something to do"
    await add(office, person, 2)
    monkeypatch.setattr(jobs_due, "JOBS_SEEN_S", 0.0)
    for runner in runners:
        await due_jobs.let_work(runner)
    assert [len(one.done) for one in handlers.values()] == [2, 0, 0]


async def test_a_clock_that_is_set_back_stops_no_job(office: Office) -> None:
    """What was written by a clock that was ahead by a year is due at once afterwards."""
    person = await office.person()
    office.clock.advance(365 * DAY)
    job_id = await add(office, person)
    runner = JobRunner(office.context, {KIND: Recorder(lambda _job: Failed("later"))})
    assert await runner.work() == 1
    assert await runner.lease() is None
    office.clock.set_wall(office.clock.wall() - 365 * DAY)
    after = JobRunner(office.context, {KIND: Recorder()})
    assert await after.work() == 1
    assert (await read(office, job_id)).state == "done"


@pytest.mark.either_database
@pytest.mark.parametrize("ahead", [HOUR, 20 * HOUR], ids=["an hour", "20 hours"])
@pytest.mark.parametrize(
    "outcome",
    [Continued("goes on"), Failed("later"), Unreachable("no connection")],
    ids=["in slices", "failed", "unreachable"],
)
async def test_a_job_of_before_a_leap_goes_on_once_the_clock_is_right(
    office: Office, ahead: Duration, outcome: Outcome
) -> None:
    """Asked for by a right clock, put off by a wrong one: what put it off is what tells."""
    person = await office.person()
    job_id = await add(office, person)
    handler = Recorder(lambda _job: outcome)
    runner = JobRunner(office.context, {KIND: handler})
    office.clock.step_wall(ahead)
    lease = await runner.lease()
    assert lease is not None
    await runner.settle(lease, outcome)
    office.clock.step_wall(Duration(-ahead))
    office.clock.advance(MINUTE)
    handler.answer = lambda _job: Failed("not now")
    assert [await runner.work() for _ in range(3)] == [1, 0, 0], "its pauses hold again"
    office.clock.advance(HOUR)
    handler.answer = lambda _job: Done()
    assert await runner.work() == 1
    assert (await read(office, job_id)).state == "done"


async def test_two_workers_whose_clocks_differ_by_seconds_keep_a_job_s_pauses(
    office: Office,
) -> None:
    """Two hosts never agree to the second: that is no leap."""
    person = await office.person()
    await add(office, person)
    runner = JobRunner(office.context, {KIND: Recorder(lambda _job: Failed("not now"))})
    assert await runner.work() == 1
    office.clock.advance(10 * MINUTE)
    assert await runner.work() == 1
    office.clock.step_wall(Duration(-20 * SECOND))
    assert await runner.work() == 0


@pytest.mark.either_database
@pytest.mark.parametrize("ahead", [HOUR, 365 * DAY], ids=["an hour", "a year"])
async def test_what_waits_for_a_mail_server_goes_once_that_is_there_though_the_clock_was_ahead(
    office: Office, ahead: Duration
) -> None:
    """Without a network no clock is set right; with it, mails go at once, and not twice as often.

    An hour ahead is less than some delays: what is due then was not written by a wrong clock for
    certain, but what was asked for then was.
    """
    person = await office.person()
    office.clock.step_wall(ahead)
    job_id = await add(office, person)
    handler = Recorder(lambda _job: Unreachable("no connection"))
    runner = JobRunner(office.context, {KIND: handler})
    assert await runner.work() == 1
    office.clock.step_wall(Duration(-ahead))
    office.clock.advance(MINUTE)
    handler.answer = lambda _job: Failed("not now")
    assert [await runner.work() for _ in range(3)] == [1, 0, 0], "its pauses hold again"
    office.clock.advance(HOUR)
    handler.answer = lambda _job: Done()
    assert await runner.work() == 1
    assert (await read(office, job_id)).state == "done"


@pytest.mark.either_database
async def test_a_broken_handler_stops_nobody_else(office: Office) -> None:
    """An exception is a failed try, said without its text."""
    person = await office.person()
    first, second = await add(office, person, 1), await add(office, person, 2)

    def answer(job: LeasedJob) -> Outcome:
        if job.subject["number"] == 1:
            raise ValueError("klara@example.org")
        return Done()

    assert await JobRunner(office.context, {KIND: Recorder(answer)}).work() == 2
    broken = await read(office, first)
    assert (broken.state, broken.attempts) == ("waiting", 1)
    assert "klara" not in broken.said
    assert (await read(office, second)).state == "done"


@pytest.mark.either_database
async def test_ended_jobs_are_forgotten_in_time(office: Office) -> None:
    """What is done after 30 days; what failed can be tried again for a year."""
    person = await office.person()
    done, dead = await add(office, person, 1), await add(office, person, 2)
    assert (outbox.JOB,) == enqueuing.BRIEF, "what is sent to programs is kept by its own log"

    def answer(job: LeasedJob) -> Outcome:
        return Done() if job.id == done else Refused("The disk is full.")

    async def forgotten(job_id: str, days: int) -> None:
        office.clock.advance(Duration(days * DAY))
        await JobRunner(office.context, {KIND: Recorder(answer)}).work()
        # A server that was off for so long waits: its clock may just have leapt.
        await office.rest_over_leap()
        await JobRunner(office.context, {KIND: Recorder(answer)}).work()
        # The server's own workers take turns with this one, and may just be at it.
        async with asyncio.timeout(PATIENCE_S):
            while await is_known(office, job_id):  # noqa: ASYNC110 - a row tells nobody that it is gone
                await asyncio.sleep(0.01)

    await JobRunner(office.context, {KIND: Recorder(answer)}).work()
    await forgotten(done, 31)
    person = await office.person("manager", organization_id=person.organization_id)
    await office.ok("POST", f"{person.path}/jobs/{dead}/again", person)
    await JobRunner(office.context, {KIND: Recorder(answer)}).work()
    await forgotten(dead, 367)


@pytest.mark.either_database
async def test_a_clock_that_leaps_ahead_has_no_failed_job_forgotten(office: Office) -> None:
    """Set right within the hour, it can be tried again; after its time it is forgotten."""
    person = await office.person()
    job_id = await add(office, person)
    await note_time(office.context)

    async def look() -> None:
        await JobRunner(office.context, {KIND: Recorder(lambda _job: Refused("never"))}).work()

    await look()
    office.clock.step_wall(2 * DEAD_JOBS_KEPT)
    await look()
    office.clock.step_wall(-2 * DEAD_JOBS_KEPT)
    await note_time(office.context)
    assert (await read(office, job_id)).state == "dead"
    office.clock.advance(DEAD_JOBS_KEPT + DAY)
    await look()
    assert (await read(office, job_id)).state == "dead"
    await office.rest_over_leap()
    async with asyncio.timeout(PATIENCE_S):
        while await is_known(office, job_id):
            await look()
