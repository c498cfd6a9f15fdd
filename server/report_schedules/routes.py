"""`/api/v1/…/report-schedules`: reports that are mailed by themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Final

from litestar import Litestar, delete, get, patch, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.background.repeating import repeating
from server.db.unit import Context, Unit, Units
from server.http.body_and_answer_types import answer_of, moment_of
from server.http.etags import Expected
from server.http.list_search_and_filters import Listing
from server.http.logs import log
from server.http.retrying import look_again
from server.jobs.runner import Handler, JobRunner
from server.mail.smtp import SmtpSender
from server.report_schedules import schedules_and_runs
from server.report_schedules.recipient_addresses import CODE, CodeMailer
from server.report_schedules.report_mail import ReportMailer
from server.report_schedules.schedules_and_runs import (
    MAIL,
    REPORT_POLL_S,
    ReportMail,
    ReportRun,
    ReportSchedule,
)
from server.report_schedules.schemas import (
    NewSchedule,
    RunAnswer,
    RunMailAnswer,
    ScheduleAnswer,
    ScheduleChange,
)
from server.settings import Settings

ALL: Final = "/organizations/{organization_id:str}/report-schedules"
ONE: Final = ALL + "/{schedule_id:str}"
READ: Final = requires(Role.MANAGER, "reports:read")
WRITE: Final = requires(Role.MANAGER, "reports:write")
"""Whoever has it sends the organization's figures to others."""


@post(ALL, tags=["reports"], guards=[WRITE])
async def add_schedule(
    data: JSONBody[NewSchedule], has_mail: NamedDependency[bool], units: NamedDependency[Units]
) -> ScheduleAnswer:
    """Have a report mailed by the day, the week or the month."""
    members = await schedules_and_runs.member_addresses(units.context, units.organization_id)
    async with units.write() as unit:
        row = await schedules_and_runs.add_schedule(unit, data, members, actor=units.actor)
        answer = _answer(row, has_mail=has_mail)
    log().info("schedule.added", actor=units.actor, schedule_id=answer.id)
    return answer


@get(ALL, tags=["reports"], guards=[READ])
async def list_schedules(
    has_mail: NamedDependency[bool],
    listing: NamedDependency[Listing],
    units: NamedDependency[Units],
) -> list[ScheduleAnswer]:
    """List the reports that are mailed by themselves."""
    async with units.read() as unit:
        rows = await schedules_and_runs.list_schedules(unit)
        found = [_answer(one, has_mail=has_mail) for one in rows]
    return listing.arrange(found, ScheduleAnswer)


@get(ONE, tags=["reports"], guards=[READ])
async def get_schedule(
    has_mail: NamedDependency[bool], units: NamedDependency[Units], schedule_id: FromPath[str]
) -> ScheduleAnswer:
    """Return a report that is mailed by itself."""
    async with units.read() as unit:
        row = await schedules_and_runs.get_schedule(unit, schedule_id)
        return _answer(row, has_mail=has_mail)


@patch(ONE, tags=["reports"], guards=[WRITE])
@look_again
async def change_schedule(
    data: JSONBody[ScheduleChange],
    expected: NamedDependency[Expected],
    has_mail: NamedDependency[bool],
    units: NamedDependency[Units],
    schedule_id: FromPath[str],
) -> ScheduleAnswer:
    """Change what is mailed, when or to whom; pause it, or let it go on."""
    members = await schedules_and_runs.member_addresses(units.context, units.organization_id)
    async with units.write() as unit:
        await expected.check(unit, schedule_id, _locked, schedule_id, has_mail)
        row = await schedules_and_runs.change_schedule(unit, schedule_id, data, members)
        answer = _answer(row, has_mail=has_mail)
    log().info("schedule.changed", actor=units.actor, schedule_id=schedule_id)
    return answer


@delete(ONE, status_code=204, tags=["reports"], guards=[WRITE])
@look_again
async def remove_schedule(
    expected: NamedDependency[Expected],
    has_mail: NamedDependency[bool],
    units: NamedDependency[Units],
    schedule_id: FromPath[str],
) -> None:
    """Mail a report no more, and forget what was mailed."""
    async with units.write() as unit:
        await expected.check(unit, schedule_id, _locked, schedule_id, has_mail)
        await schedules_and_runs.remove_schedule(unit, schedule_id)
    log().info("schedule.removed", actor=units.actor, schedule_id=schedule_id)


@post(ONE + "/runs", status_code=202, tags=["reports"], guards=[WRITE])
async def run_now(units: NamedDependency[Units], schedule_id: FromPath[str]) -> RunAnswer:
    """Mail a report at once, besides; its next time stays as it is."""
    async with units.write() as unit:
        run = await schedules_and_runs.run_now(unit, schedule_id, actor=units.actor)
        runs = await schedules_and_runs.list_runs(unit, schedule_id)
        answer = next(_run(row, mails) for row, mails in runs if row.id == run.id)
    log().info("schedule.run", actor=units.actor, schedule_id=schedule_id)
    return answer


@get(ONE + "/runs", tags=["reports"], guards=[READ])
async def list_runs(units: NamedDependency[Units], schedule_id: FromPath[str]) -> list[RunAnswer]:
    """List the last times that a report was mailed, the latest first, with each mail."""
    async with units.read() as unit:
        return [
            _run(row, mails)
            for row, mails in await schedules_and_runs.list_runs(unit, schedule_id)
        ]


async def _locked(unit: Unit, schedule_id: str, has_mail: bool) -> ScheduleAnswer:  # noqa: FBT001 - for `partial`
    return _answer(await schedules_and_runs.lock_schedule(unit, schedule_id), has_mail=has_mail)


def _answer(row: ReportSchedule, *, has_mail: bool) -> ScheduleAnswer:
    hour, minute = divmod(row.minute, 60)
    return answer_of(ScheduleAnswer, row, clock=f"{hour:02}:{minute:02}", has_mail=has_mail)


def _run(row: ReportRun, mails: Sequence[ReportMail]) -> RunAnswer:
    return RunAnswer(
        id=row.id,
        due_at=moment_of(row.due_at),
        asked=bool(row.asked_by),
        since=date.fromisoformat(row.since),
        until=date.fromisoformat(row.until),
        mails=[answer_of(RunMailAnswer, one) for one in mails],
    )


def make_runner(state: State) -> JobRunner:
    """Make what mails reports, of an application that knows a mail server."""
    context: Context = state["context"]
    mail_sender: SmtpSender = state["mail_sender"]
    settings: Settings = state["settings"]
    mailer = ReportMailer(context, mail_sender, settings.public_url)
    handlers: dict[str, Handler] = {MAIL: mailer, CODE: CodeMailer(context, mail_sender)}
    return JobRunner(context, handlers, give_up={MAIL: mailer.give_up})


@asynccontextmanager
async def mailing(app: Litestar) -> AsyncIterator[None]:
    """Mail what is due while the application runs; without a mail server it waits for one."""
    if app.state["mail_sender"] is None:
        yield
        return
    settings: Settings = app.state["settings"]
    runner = make_runner(app.state)

    async def work() -> None:
        try:
            await schedules_and_runs.start_due(app.state["context"])
        finally:
            await runner.work()

    async with repeating("reports.mail", REPORT_POLL_S * settings.workers, work):
        yield


lifespans = [mailing]
