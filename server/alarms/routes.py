"""`/api/v1/…/alarms`: what stands, who has seen it, from where on it is raised, who is mailed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final

from litestar import Litestar, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Principal, Role
from server.accounts.users import name_users
from server.alarms import alarms_shown_and_settings
from server.alarms.alarm_mail import AlarmMailer, spell_alarm
from server.alarms.alarm_thresholds import Limits
from server.alarms.alarms_shown_and_settings import NamedAlarm
from server.alarms.judging import AlarmKind
from server.alarms.raising_and_ending_alarms import ALARM_POLL_S, AlarmWatch
from server.alarms.schemas import AlarmAnswer, AlarmMail, AlarmMailAnswer, LimitsAnswer, SeenBody
from server.alarms.telling_programs_and_members import MAIL
from server.background.repeating import repeating
from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit, Units
from server.http.body_and_answer_types import Page, answer_of, page_of
from server.http.etags import Expected
from server.http.list_search_and_filters import Listing
from server.http.logs import log
from server.http.page_cursors import PAGE_SIZE_DEFAULT, Limit, read_place
from server.http.retrying import look_again
from server.jobs.due_jobs import doing_jobs
from server.jobs.runner import JOB_POLL_S, JobRunner
from server.mail.mail_texts import Wording
from server.mail.smtp import SmtpSender
from server.settings import Settings
from shared.kernel.id_types import EventId

ORGANIZATION: Final = "/organizations/{organization_id:str}"
EVENT: Final = ORGANIZATION + "/events/{event_id:str}"
ALARM: Final = EVENT + "/alarms/{alarm_id:str}"
READ: Final = requires(Role.READER, "reports:read")
PERSON: Final = requires(Role.STAFF)
"""A person's session: an alarm is seen by somebody with a name."""

AfterAlarm = Annotated[
    str | None,
    QueryParameter(name="after", max_length=64, description="`next` of the page before"),
]
IsStanding = Annotated[
    bool | None, QueryParameter(name="standing", description="only those that stand, or are over")
]
OfKind = Annotated[AlarmKind | None, QueryParameter(description="only those of a kind")]


@get(ORGANIZATION + "/alarms", tags=["alarms"], guards=[READ])
async def list_standing_alarms(
    listing: NamedDependency[Listing], units: NamedDependency[Units]
) -> list[AlarmAnswer]:
    """List the alarms that stand at all events, the latest first."""
    async with units.read() as unit:
        found = await alarms_shown_and_settings.list_standing(unit)
    return listing.arrange(await _answers(units.context, found), AlarmAnswer)


@get(EVENT + "/alarms", tags=["alarms"], guards=[READ])
async def list_alarms(
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    *,
    is_standing: IsStanding = None,
    kind: OfKind = None,
    limit: Limit = PAGE_SIZE_DEFAULT,
    after: AfterAlarm = None,
) -> Page[AlarmAnswer]:
    """List an event's alarms, the latest first."""
    async with units.read() as unit:
        found = await alarms_shown_and_settings.list_alarms(
            unit,
            event_id,
            is_standing=is_standing,
            kind=kind,
            limit=limit,
            after=read_place(after),
        )
    places = {one.row.id: f"{one.row.raised_at}.{one.row.id}" for one in found}
    answers = await _answers(units.context, found)
    return page_of(answers, limit, lambda one: one, lambda one: places[one.id])


@post(ALARM + "/seen", status_code=200, tags=["alarms"], guards=[PERSON])
@look_again
async def take_notice(
    data: JSONBody[SeenBody],
    principal: NamedDependency[Principal],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    alarm_id: FromPath[str],
) -> AlarmAnswer:
    """Take notice of an alarm: whoever looks later sees by whom it was seen."""
    user_id = principal.user_id
    async with units.write() as unit:
        found = await alarms_shown_and_settings.take_notice(
            unit, event_id, alarm_id, user_id, data.note.strip()
        )
    log().info("alarm.seen", event_id=event_id, actor=user_id)
    return (await _answers(units.context, [found]))[0]


@get(EVENT + "/alarm-limits", tags=["alarms"], guards=[READ])
async def get_limits(units: NamedDependency[Units], event_id: FromPath[EventId]) -> LimitsAnswer:
    """Return from where on an event's alarms are raised."""
    async with units.read() as unit:
        return LimitsAnswer(limits=await alarms_shown_and_settings.read_limits(unit, event_id))


@put(EVENT + "/alarm-limits", tags=["alarms"], guards=[requires(Role.MANAGER, "events:write")])
@look_again
async def put_limits(
    data: JSONBody[Limits],
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
) -> LimitsAnswer:
    """Say from where on an event's alarms are raised; 0 raises none of the kind."""
    async with units.write() as unit:
        await expected.check(unit, event_id, _locked, event_id)
        await alarms_shown_and_settings.save_limits(unit, event_id, data)
        return LimitsAnswer(limits=data)


@get(ORGANIZATION + "/alarm-mail", tags=["alarms"], guards=[requires(Role.READER)])
async def get_alarm_mail(
    principal: NamedDependency[Principal],
    has_mail: NamedDependency[bool],
    units: NamedDependency[Units],
) -> AlarmMailAnswer:
    """Say whether I am mailed when an alarm is raised."""
    async with units.read() as unit:
        row = await alarms_shown_and_settings.read_reader(unit, principal.user_id)
    language: Any = "en" if row is None else row.language
    return AlarmMailAnswer(wanted=row is not None, language=language, is_set_up=has_mail)


@put(ORGANIZATION + "/alarm-mail", tags=["alarms"], guards=[PERSON])
@look_again
async def put_alarm_mail(
    data: JSONBody[AlarmMail],
    principal: NamedDependency[Principal],
    has_mail: NamedDependency[bool],
    units: NamedDependency[Units],
) -> AlarmMailAnswer:
    """Have me mailed when an alarm is raised, or no more."""
    user_id = principal.user_id
    async with units.write() as unit:
        await alarms_shown_and_settings.set_reader(
            unit, user_id, wanted=data.wanted, language=data.language
        )
    return AlarmMailAnswer(wanted=data.wanted, language=data.language, is_set_up=has_mail)


async def _locked(unit: Unit, event_id: EventId) -> LimitsAnswer:
    return LimitsAnswer(
        limits=await alarms_shown_and_settings.read_limits(unit, event_id, is_locked=True)
    )


async def _answers(context: Context, found: Sequence[NamedAlarm]) -> list[AlarmAnswer]:
    seen = sorted({one.row.seen_by for one in found if one.row.seen_by is not None})
    names: dict[str, tuple[str, str]] = {}
    if seen:
        async with context.database.read(org=SYSTEM) as session:
            names = await name_users(session, seen)
    return [_answer(one, names) for one in found]


def _answer(found: NamedAlarm, names: dict[str, tuple[str, str]]) -> AlarmAnswer:
    what, advice = spell_alarm(found, Wording("en"))
    by = found.row.seen_by
    return answer_of(
        AlarmAnswer,
        found.row,
        event=found.event,
        place=found.place,
        what=what,
        advice=advice,
        seen_by=None if by is None else names.get(by, (by, ""))[0],
    )


def make_watch(state: State) -> AlarmWatch:
    """Make what raises alarms, of an application."""
    return AlarmWatch(state["context"], sends_mail=state["mail_sender"] is not None)


def make_runner(state: State) -> JobRunner:
    """Make what mails alarms, of an application that knows a mail server."""
    mail_sender: SmtpSender = state["mail_sender"]
    return JobRunner(state["context"], {MAIL: AlarmMailer(state["context"], mail_sender)})


@asynccontextmanager
async def watching(app: Litestar) -> AsyncIterator[None]:
    """Raise alarms while the application runs."""
    settings: Settings = app.state["settings"]
    watch = make_watch(app.state)

    async def look() -> None:
        await watch.look()

    async with repeating("alarms", ALARM_POLL_S * settings.workers, look):
        yield


lifespans = [watching, doing_jobs("alarms.mail", lambda: JOB_POLL_S, make_runner, needs_mail=True)]
