"""Setting reports by mail up, and having them come when they are due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, func, or_, select

from server import quotas
from server.accounts.api_keys import list_api_keys
from server.accounts.principal import RANKS, Role
from server.accounts.users import list_admins, name_users
from server.background.repeating import for_each
from server.db.model import row_of
from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit, locked
from server.events.events_and_dates import name_events
from server.how_long_records_are_kept import REPORT_RUNS_KEPT
from server.jobs.enqueuing import Job, enqueue
from server.organizations.members_and_last_owner import list_members
from server.organizations.organizations_and_numbers import get_organization
from server.problem_answers import wrong_field
from server.quotas import REPORT_MAILS_A_DAY_MAX, REPORT_RUNS_A_DAY_MAX, REPORT_SCHEDULES_MAX
from server.report_schedules.calendar import PERIOD_MAX, Frequency, Rule, days_before, next_after
from server.report_schedules.models import ReportAddress, ReportMail, ReportRun, ReportSchedule
from server.report_schedules.schemas import NewSchedule, ScheduleChange
from shared.admission.local_time import local_day, time_zone
from shared.kernel import ids
from shared.kernel.email_address import email_key
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.instant import DAY, SECOND, Instant
from shared.kernel.same_fields import made_of
from shared.wire.work_reasons import WorkReason

REPORT_POLL_S: Final = 10
"""Seconds between two looks for what is due: minutes are what people say."""


__all__ = ["ReportMail", "ReportRun", "ReportSchedule"]
"""The rows that are shown."""

MAIL: Final = "mail.report"
ACTIVE: Final = "active"


async def member_addresses(context: Context, organization_id: OrganizationId) -> frozenset[str]:
    """Return the keys of the addresses of an organization's members."""
    async with context.read(organization_id) as unit:
        users = [one.user_id for one in await list_members(unit)]
    async with context.database.read(org=SYSTEM) as session:
        found = await name_users(session, users)
    return frozenset(email_key(email) for _, email in found.values())


async def confirmed_addresses(unit: Unit) -> frozenset[str]:
    """Return the keys of the addresses that were confirmed by a code, and are answered for."""
    query = select(ReportAddress.email_key, ReportAddress.created_by).where(
        ReportAddress.confirmed_at.is_not(None)
    )
    found = (await unit.session.execute(query)).all()
    people = await read_answering(unit)
    return frozenset(key for key, by in found if by in people)


async def read_answering(unit: Unit) -> frozenset[str]:
    """Return who may answer for an address: managers, those above them, and their API keys.

    An address of somebody who is a manager no more may be that person's own: what is mailed there
    ends with the role, until a manager has it confirmed anew.
    """
    members = await list_members(unit)
    least = RANKS[Role.MANAGER]
    people = {one.user_id for one in members if RANKS[Role(one.role)] >= least}
    people |= await list_admins(unit.session)
    keys = [one.id for one in await list_api_keys(unit) if one.created_by in people]
    return frozenset({*people, *keys})


def rule_of(row: ReportSchedule) -> Rule:
    """Return when a report comes."""
    return made_of(Rule, row, every=Frequency(row.every))


async def add_schedule(
    unit: Unit, said: NewSchedule, members: frozenset[str], *, actor: str
) -> ReportSchedule:
    """Have a report mailed again and again.

    Args:
        unit: A writing one.
        said: What, when, to whom.
        members: Keys of the members' addresses.
        actor: Who says so.

    Raises:
        Problem: naming `recipients`, `event_ids` or `timezone`; `quota-exceeded`.
    """
    query = select(func.count()).select_from(ReportSchedule)
    count = (await unit.session.execute(query)).scalar_one()
    quotas.check(count, REPORT_SCHEDULES_MAX, "reports by mail; remove one")
    timezone = said.timezone or (await get_organization(unit)).timezone
    row = row_of(
        ReportSchedule,
        said,
        id=ids.new_id(ids.SCHEDULE, unit.entropy),
        event_ids=await _events(unit, said.event_ids),
        recipients=await _recipients(unit, said.recipients, members),
        minute=_minute(said.clock),
        timezone=_zone(timezone),
        state=ACTIVE,
        next_at=None,
        last_at=None,
        covered_until="",
        created_by=actor,
        created_at=unit.now,
    )
    row.next_at = next_after(rule_of(row), unit.now)
    return await unit.add(row)


async def list_schedules(unit: Unit) -> Sequence[ReportSchedule]:
    """Return an organization's reports by mail, by their names."""
    return await unit.all(select(ReportSchedule).order_by(ReportSchedule.name, ReportSchedule.id))


async def name_schedules_of(unit: Unit, event_id: EventId) -> list[str]:
    """Return the names of the reports by mail that name an event."""
    return [row.name for row in await list_schedules(unit) if event_id in row.event_ids]


async def get_schedule(unit: Unit, schedule_id: str) -> ReportSchedule:
    """Return one.

    Raises:
        Problem: `not-found`.
    """
    query = select(ReportSchedule).where(ReportSchedule.id == schedule_id)
    return await unit.get(query, "schedule")


async def lock_schedule(unit: Unit, schedule_id: str) -> ReportSchedule:
    """Return one as it is now, locked.

    Raises:
        Problem: `not-found`.
    """
    query = select(ReportSchedule).where(ReportSchedule.id == schedule_id)
    return await unit.get(locked(query), "schedule")


async def change_schedule(
    unit: Unit, schedule_id: str, said: ScheduleChange, members: frozenset[str]
) -> ReportSchedule:
    """Change what is given; None leaves a value as it is.

    Raises:
        Problem: `not-found`; naming `recipients`, `event_ids` or `timezone`.
    """
    row = await lock_schedule(unit, schedule_id)
    before = rule_of(row), row.state
    for name in ("name", "kind", "form", "language", "every", "weekday", "month_day", "state"):
        if (value := getattr(said, name)) is not None:
            setattr(row, name, value)
    if said.clock is not None:
        row.minute = _minute(said.clock)
    if said.timezone is not None:
        row.timezone = _zone(said.timezone)
    if said.event_ids is not None:
        row.event_ids = await _events(unit, said.event_ids)
    if said.recipients is not None:
        row.recipients = await _recipients(unit, said.recipients, members)
    if (rule_of(row), row.state) != before:
        row.next_at = next_after(rule_of(row), unit.now) if row.state == ACTIVE else None
    await unit.session.flush()
    return row


async def remove_schedule(unit: Unit, schedule_id: str) -> None:
    """Mail a report no more, and forget what was mailed.

    Raises:
        Problem: `not-found`.
    """
    row = await lock_schedule(unit, schedule_id)
    await _forget_runs(unit, ReportRun.schedule_id == schedule_id)
    await unit.session.delete(row)
    await unit.session.flush()


async def run_now(unit: Unit, schedule_id: str, *, actor: str) -> ReportRun:
    """Mail a report at once, besides; its next time stays.

    Raises:
        Problem: `not-found`; `quota-exceeded`.
    """
    row = await lock_schedule(unit, schedule_id)
    query = select(func.count()).select_from(ReportRun)
    lately = query.where(ReportRun.asked_by != "", ReportRun.created_at > unit.now - DAY)
    count = (await unit.session.execute(lately)).scalar_one()
    quotas.check(count, REPORT_RUNS_A_DAY_MAX, "reports a day that are asked for at once")
    quotas.check(
        await _mailed_today(unit),
        REPORT_MAILS_A_DAY_MAX,
        "mails a day with reports; what is due comes when there is room",
    )
    return await _start(unit, row, unit.now, actor)


async def list_runs(
    unit: Unit, schedule_id: str
) -> Sequence[tuple[ReportRun, Sequence[ReportMail]]]:
    """Return the times that a report was mailed, the latest first, each with its mails.

    Raises:
        Problem: `not-found`.
    """
    await get_schedule(unit, schedule_id)
    query = (
        select(ReportRun)
        .where(ReportRun.schedule_id == schedule_id)
        .order_by(ReportRun.created_at.desc(), ReportRun.id)
        .limit(REPORT_RUNS_KEPT)
    )
    runs = await unit.all(query)
    mails: dict[str, list[ReportMail]] = {one.id: [] for one in runs}
    of_runs = select(ReportMail).where(ReportMail.run_id.in_(list(mails)))
    for mail in await unit.all(of_runs.order_by(ReportMail.email, ReportMail.id)):
        mails[mail.run_id].append(mail)
    return [(one, mails[one.id]) for one in runs]


async def start_due(context: Context) -> int:
    """Start what is due, of all organizations; returns how many reports that were.

    A report's next time, its mails and their jobs are one transaction: whoever looks second finds
    it done, and nobody's death leaves a time out. Times that passed while no server ran are one
    report, about all days since the last.
    """
    now = context.clock.wall()
    query = (
        select(ReportSchedule.organization_id, ReportSchedule.id)
        .where(ReportSchedule.state == ACTIVE)
        .where(
            or_(ReportSchedule.next_at <= now, *(_is_too_late(every, now) for every in Frequency))
        )
        .order_by(ReportSchedule.next_at, ReportSchedule.id)
    )
    async with context.database.read(org=SYSTEM) as session:
        due = [(row[0], row[1]) for row in (await session.execute(query)).all()]

    async def start(one: tuple[OrganizationId, str]) -> int:
        async with context.write(one[0]) as unit:
            return await _start_one(unit, one[1])

    return await for_each(due, start)


def _is_too_late(every: Frequency, now: Instant) -> ColumnElement[bool]:
    """Say which reports of a kind were made to wait by a clock that was ahead."""
    late = ReportSchedule.next_at > now + PERIOD_MAX[every]
    return and_(ReportSchedule.every == every.value, late)


async def _start_one(unit: Unit, schedule_id: str) -> bool:
    query = select(ReportSchedule).where(ReportSchedule.id == schedule_id).with_for_update()
    row = await unit.find(query)
    if row is None or row.state != ACTIVE or row.next_at is None:
        return False
    is_due = row.next_at <= unit.now
    if is_due and await _mailed_today(unit) >= REPORT_MAILS_A_DAY_MAX:
        return False  # it waits, and is then one report about all days since
    if is_due:
        run = await _start(unit, row, row.next_at, "")
        row.last_at, row.covered_until = unit.now, run.until
    elif row.covered_until:
        # Of the days that a wrong clock has reported on, those that come are reported on again.
        zone = time_zone((await get_organization(unit)).timezone)
        yesterday = (local_day(unit.now, zone) - timedelta(days=1)).isoformat()
        row.covered_until = min(row.covered_until, yesterday)
    row.next_at = next_after(rule_of(row), unit.now)
    await unit.session.flush()
    return is_due


async def _mailed_today(unit: Unit) -> int:
    """Count the organization's mails with reports; jobs outlast the schedules that wrote them."""
    mailed = select(func.count()).where(Job.kind == MAIL, Job.created_at > unit.now - DAY)
    return int((await unit.session.execute(mailed)).scalar_one())


async def _start(unit: Unit, row: ReportSchedule, due_at: Instant, actor: str) -> ReportRun:
    zone = time_zone((await get_organization(unit)).timezone)
    covered = date.fromisoformat(row.covered_until) if row.covered_until else None
    since, until = days_before(Frequency(row.every), local_day(unit.now, zone), covered)
    query = select(func.max(ReportRun.due_at)).where(
        ReportRun.schedule_id == row.id, ReportRun.due_at.between(due_at, due_at + SECOND)
    )
    if (before := await unit.find(query)) is not None:
        due_at = Instant(before + 1)  # a clock that was ahead has had that time already
    run = ReportRun(
        id=ids.new_id(ids.REPORT_RUN, unit.entropy),
        schedule_id=row.id,
        due_at=due_at,
        asked_by=actor,
        since=since.isoformat(),
        until=until.isoformat(),
        created_at=unit.now,
    )
    await unit.add(run)
    for email in row.recipients:
        mail = ReportMail(
            id=ids.new_id(ids.MESSAGE, unit.entropy),
            run_id=run.id,
            email=email,
            outcome="waiting",
            at=unit.now,
        )
        await unit.add(mail)
        await enqueue(unit, MAIL, {"mail_id": mail.id}, key=mail.id)
    old = (
        select(ReportRun.id)
        .where(ReportRun.schedule_id == row.id)
        .order_by(ReportRun.created_at.desc(), ReportRun.id)
        .offset(REPORT_RUNS_KEPT)
        .limit(REPORT_RUNS_KEPT)
    )
    await _forget_runs(unit, ReportRun.id.in_(await unit.all(old)))
    return run


async def _forget_runs(unit: Unit, which: Any) -> None:
    found = await unit.all(select(ReportRun.id).where(which))
    for kind, column in ((ReportMail, ReportMail.run_id), (ReportRun, ReportRun.id)):
        forget = delete(kind).where(column.in_(found))
        await unit.change(forget)


async def _events(unit: Unit, said: Sequence[str]) -> list[str]:
    known = await name_events(unit)
    wanted = list(dict.fromkeys(said))
    if any(one not in known for one in wanted):
        raise wrong_field("event_ids", "names no event of this organization")
    return wanted


async def _recipients(unit: Unit, said: Sequence[str], members: frozenset[str]) -> list[str]:
    known = members | await confirmed_addresses(unit)
    wanted = {email_key(one): one.strip() for one in said}
    if unknown := [one for key, one in wanted.items() if key not in known]:
        message = f"{unknown[0]} is no member's address, and was not confirmed by a code"
        because = WorkReason("field.recipient", {"name": unknown[0]})
        raise wrong_field("recipients", message, because)
    return list(wanted.values())


def _zone(name: str) -> str:
    try:
        time_zone(name)
    except BadInput as error:
        raise wrong_field("timezone", str(error)) from None
    return name


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])
