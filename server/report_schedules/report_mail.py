"""Mailing a report: each address at most once, whatever dies meanwhile, as notices are.

The files are written first, and then the mail's row says that it is being handed over. Whoever
finds that mark of a process that died does not know whether the mail is out: it is not sent again,
and the room says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from email.message import EmailMessage
from functools import partial
from typing import Final
from unicodedata import category

import msgspec
from sqlalchemy import select

from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit
from server.events.event_states import EventState
from server.events.events_and_dates import Event
from server.http.content_type import TYPES_OF_FILES
from server.jobs.job_outcomes import Done, Outcome
from server.jobs.runner import LeasedJob
from server.mail.headers import MailHead, begin_mail
from server.mail.mail_outcomes import OPEN, may_tell, settle_handing
from server.mail.mail_texts import Wording
from server.mail.smtp import SmtpSender
from server.organizations.organizations_and_numbers import get_organization
from server.report_schedules.models import ReportMail, ReportRun, ReportSchedule
from server.report_schedules.schedules_and_runs import confirmed_addresses, member_addresses
from server.reports.csv_xlsx_and_pdf_files import write_csv, write_pdf, write_xlsx
from server.reports.event_tables import fold_files
from server.reports.making_files_beside_requests import drawn
from server.reports.period_tables import Period, fold_period
from server.reports.report_cells import Printed, print_period
from shared.kernel.email_address import email_key
from shared.kernel.id_types import EventId, OrganizationId

REPORT_EVENTS_A_MAIL_MAX: Final = 20
"""Events whose own reports are in one mail; the others are named."""
REPORT_FILES_MAX: Final = 7_000_000
"""Bytes of all files of one mail: a third more on the way, and many servers take 10 MB."""

_RUNNING: Final = (EventState.PUBLISHED.value, EventState.ACTIVE.value)
_NAME_MAX: Final = 60
_NOT_THERE: Final = "Nothing to send: the report is not wanted any more."


class ReportFile(msgspec.Struct, frozen=True):
    """A file of a mail: whose report, as it is called, and its bytes; None where it is too big."""

    title: str
    name: str
    path: str
    content: bytes | None


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What the mails of one time have in common."""

    run_id: str
    name: str
    organization: str
    language: str
    form: str
    since: date
    until: date
    files: Sequence[ReportFile]


def name_file(title: str, day: date, form: str) -> str:
    """Name a file by what it is about: letters and digits alone, which no program misreads."""
    words = "".join(one if category(one)[0] in "LMN" else " " for one in title).split()
    return f"{'-'.join(words)[:_NAME_MAX] or 'report'}-{day.isoformat()}.{form}"


def write_form(report: Printed, form: str, language: str) -> bytes:
    """Write a report as a file of a form; on paper in a language's words."""
    match form:
        case "csv":
            return write_csv(report).encode()
        case "xlsx":
            return write_xlsx(report)
        case _:
            return write_pdf(report, language)


def keep_within(files: Sequence[ReportFile], bytes_max: int) -> list[ReportFile]:
    """Leave out the bytes of those files that are too much for one mail."""
    kept, room = list[ReportFile](), bytes_max
    for file in files:
        size = len(file.content or b"")
        if size > room:
            kept.append(msgspec.structs.replace(file, content=None))
        else:
            kept.append(file)
            room -= size
    return kept


def compose_report(made: Made, wording: Wording, head: MailHead, base: str) -> EmailMessage:
    """Write one mail.

    Args:
        made: What is in it.
        wording: Its language.
        head: To whom it goes.
        base: The server's public address, for what is too big.
    """
    days = f"{made.since.isoformat()} – {made.until.isoformat()}"
    parts = [wording.say("report_lead", name=made.name, days=days)]
    there = [one for one in made.files if one.content is not None]
    if there:
        parts.append("\n".join([wording.say("report_attached"), *(one.title for one in there)]))
    else:
        parts.append(wording.say("report_too_big" if made.files else "report_none"))
    if (missing := [one for one in made.files if one.content is None]) and there:
        parts.append(wording.say("report_too_big"))
    parts += [f"{one.title}\n{base}{one.path}" for one in missing]
    parts.append(wording.say("from", organization=made.organization))
    message = begin_mail(
        head,
        subject=wording.say("report_subject", name=made.name, day=made.until.isoformat()),
        language=wording.language,
        text="\n\n".join(parts) + "\n",
    )
    main, _, sub = TYPES_OF_FILES[made.form].partition("/")
    for file in there:
        assert file.content is not None
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)
    return message


class ReportMailer:
    """Does the jobs that hand one such mail over."""

    def __init__(self, context: Context, mail_sender: SmtpSender, public_url: str) -> None:
        """Read from `context`, send by `mail_sender`."""
        self._context, self._mail_sender, self._base = context, mail_sender, public_url
        self._last: Made | None = None
        """Of the time that was mailed last: its other addresses get the same files."""

    async def do(self, job: LeasedJob) -> Outcome:
        """Send one mail, unless somebody may have sent it before."""
        members = await member_addresses(self._context, job.organization_id)
        made = await self._make(job)
        if made is None:
            return Done(_NOT_THERE)
        async with self._context.write(job.organization_id) as unit:
            recipient = await self._begin(unit, job, members)
        if recipient is None:
            return Done("Nothing to send: it was told already, or is not wanted any more.")
        message = compose_report(
            made,
            Wording(made.language),
            self._mail_sender.head(job.id, made.organization, recipient),
            self._base,
        )
        return await self._settle(job, await self._mail_sender.send(message))

    async def _settle(self, job: LeasedJob, given: Outcome) -> Outcome:
        then, outcome = settle_handing(given, job.attempts)
        async with self._context.write(job.organization_id) as unit:
            row = await _find_mail(unit, job)
            if row is not None and may_tell(row.outcome, then):
                row.outcome, row.at = then, unit.now
        return outcome

    async def give_up(self, job: LeasedJob) -> None:
        """Say that nothing comes of a mail whose job fails each time, or ends whoever does it."""
        async with self._context.write(job.organization_id) as unit:
            row = await _find_mail(unit, job)
            if row is not None and row.outcome == "waiting":
                row.outcome, row.at = "refused", unit.now

    async def _begin(self, unit: Unit, job: LeasedJob, members: frozenset[str]) -> str | None:
        """Mark a mail as handed over; returns to whom, or None where it is not to be sent."""
        row = await _find_mail(unit, job)
        if row is None or row.outcome not in OPEN:
            return None
        row.at = unit.now
        if row.outcome == "handing":
            row.outcome = "doubtful"
            return None
        if email_key(row.email) not in members | await confirmed_addresses(unit):
            row.outcome = "gone"
            return None
        row.outcome = "handing"
        return row.email

    async def _make(self, job: LeasedJob) -> Made | None:
        async with self._context.read(job.organization_id) as unit:
            query = select(ReportMail.run_id).where(ReportMail.id == job.subject["mail_id"])
            run_id = await unit.find(query)
            if run_id is None:
                return None
            if self._last is not None and self._last.run_id == run_id:
                return self._last
            run = await unit.get(select(ReportRun).where(ReportRun.id == run_id), "run")
            of = select(ReportSchedule).where(ReportSchedule.id == run.schedule_id)
            schedule = await unit.get(of, "schedule")
            reports = await _fold(unit, schedule, run)
            organization = (await get_organization(unit)).name
        until = date.fromisoformat(run.until)
        files = []
        for report, path in reports:
            title = report.title if report.title.strip() else schedule.name
            name = name_file(title, until, schedule.form)
            write = partial(write_form, form=schedule.form, language=schedule.language)
            content = await drawn(SYSTEM, write, report)
            files.append(ReportFile(title, name, f"{path[0]}.{schedule.form}{path[1]}", content))
        self._last = Made(
            run_id=run_id,
            name=schedule.name,
            organization=organization,
            language=schedule.language,
            form=schedule.form,
            since=date.fromisoformat(run.since),
            until=until,
            files=keep_within(files, REPORT_FILES_MAX),
        )
        return self._last


async def _find_mail(unit: Unit, job: LeasedJob) -> ReportMail | None:
    query = select(ReportMail).where(ReportMail.id == job.subject["mail_id"])
    return await unit.find(query.with_for_update())


async def _fold(
    unit: Unit, schedule: ReportSchedule, run: ReportRun
) -> list[tuple[Printed, tuple[str, str]]]:
    """Fold what a mail is about; each with where it is fetched: address, and question."""
    of_organization = _path(unit.organization_id)
    wanted = tuple(EventId(one) for one in schedule.event_ids)
    if schedule.kind == "period":
        there = await unit.all(select(Event.id).where(Event.id.in_(wanted)))
        period = Period(
            event_ids=tuple(there),
            since=date.fromisoformat(run.since),
            until=date.fromisoformat(run.until),
        )
        if wanted and not there:
            return []
        question = f"?since={run.since}&until={run.until}"
        if there:
            question += f"&events={','.join(there)}"
        report = print_period(await fold_period(unit, period))
        return [(report, (f"{of_organization}/report", question))]
    events = select(Event.id).order_by(Event.created_at, Event.id)
    if wanted:
        events = events.where(Event.id.in_(wanted))
    else:
        events = events.where(Event.profile == "live", Event.state.in_(_RUNNING))
    return [
        (
            await fold_files(unit, event_id),
            (f"{of_organization}/events/{event_id}/report", ""),
        )
        for event_id in await unit.all(events.limit(REPORT_EVENTS_A_MAIL_MAX))
    ]


def _path(organization_id: OrganizationId) -> str:
    return f"/api/v1/organizations/{organization_id}"
