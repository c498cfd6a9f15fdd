"""`/api/v1/…/occurrences/series`: dates that come again by a rule, looked at and made at once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from server import quotas
from server.background.work_aside import short_work_aside
from server.db.unit import Unit, Units
from server.events import events_and_dates
from server.events.routes import OCCURRENCES, WRITE
from server.events.schemas import OccurrenceBody
from server.events.series import Recurring, expand_rule, last_of
from server.http.body_and_answer_types import Answer, Body, Name
from server.http.retrying import look_again
from server.problem_answers import Problem, wrong_field
from shared.field_limits import SERIES_DATES_MAX
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId, OccurrenceId
from shared.kernel.instant import instant_from_datetime

DATE_MINUTES_MAX: Final = 7 * 24 * 60
"""From a date's beginning to its end: a week."""

_WALL: Final = "%Y-%m-%dT%H:%M"
Minutes = Annotated[int, msgspec.Meta(ge=0, le=DATE_MINUTES_MAX)]
Rule = Annotated[str, msgspec.Meta(min_length=9, max_length=300)]
Wall = Annotated[
    str, msgspec.Meta(max_length=16, pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?!\n)$")
]
Day = Annotated[str, msgspec.Meta(max_length=10, pattern=r"^\d{4}-\d{2}-\d{2}(?!\n)$")]
DryRun = Annotated[
    bool, QueryParameter(description="only say which dates there would be; nothing is made")
]


class SeriesBody(Body):
    """Add the dates of a rule to an event.

    Attributes:
        name: Of each date.
        starts_local: When the first one begins by the clock on the venue's wall, such as
            `2026-10-02T19:30`; the event's time zone says what that is.
        rule: As RFC 5545 has it, such as `FREQ=WEEKLY;BYDAY=FR,SA;UNTIL=20261231`; with an end, by
            days or more, at most 400 dates within ten years.
        except_days: Days of the rule on which there is none.
        minutes: How long each lasts; null where that is open.
        doors_minutes: How long before its beginning its doors open; null for none of their own.
    """

    name: Name
    starts_local: Wall
    rule: Rule
    except_days: Annotated[list[Day], msgspec.Meta(max_length=SERIES_DATES_MAX)] = msgspec.field(
        default_factory=list
    )
    minutes: Minutes | None = None
    doors_minutes: Minutes | None = None


class SeriesDate(Answer):
    """One date of a rule.

    Attributes:
        id: The date's, once it is made; null before.
        local: What the clock on the venue's wall shows when it begins.
        shift: `left_out` where the clocks go forward over the rule's time, so that it is later;
            `twice` where that time comes twice and the first is meant; else "".
        exists: There is a date of this name at this time already, or was before it was moved: none
            is made again.
    """

    id: OccurrenceId | None
    local: str
    starts_at: datetime
    ends_at: datetime | None
    doors_at: datetime | None
    shift: Literal["", "left_out", "twice"]
    exists: bool


class SeriesAnswer(Answer):
    """The dates of a rule, in order.

    Attributes:
        made: How many were made.
    """

    timezone: str
    dates: list[SeriesDate]
    made: int


@post(OCCURRENCES + "/series", tags=["events"], guards=[WRITE])
@look_again
async def create_series(
    data: JSONBody[SeriesBody],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    dry_run: DryRun = False,  # noqa: FBT002 - a parameter of the query has a name there
) -> SeriesAnswer:
    """Add the dates of a rule, all or none; each can be edited or removed by itself afterwards.

    Sent again it adds only what is missing. With `dry_run` it says which dates there would be.
    """
    # A rule may take a second: nobody waits for it, neither for the loop nor for the database.
    async with units.read() as unit:
        timezone = (await events_and_dates.get_event(unit, event_id)).timezone
    dates = await short_work_aside(units.organization_id, partial(_expand, data, timezone))
    if dry_run:
        async with units.read() as unit:
            return await _series(unit, event_id, data, Expanded(timezone, dates), makes=False)
    async with units.write() as unit:
        return await _series(unit, event_id, data, Expanded(timezone, dates), makes=True)


class Expanded(msgspec.Struct, frozen=True):
    """The dates of a rule by the clock of a time zone."""

    timezone: str
    dates: list[Recurring]


async def _series(
    unit: Unit, event_id: EventId, said: SeriesBody, expanded: Expanded, *, makes: bool
) -> SeriesAnswer:
    event = await events_and_dates.get_event(unit, event_id)
    if makes:
        event = await events_and_dates.get_editable_event(unit, event_id)
    if event.timezone != expanded.timezone:
        raise Problem("conflict", "The event’s time zone has changed in the meantime; look again.")
    dates = expanded.dates
    rows = await events_and_dates.list_occurrences(unit, event_id)
    # What was moved is still the rule's: made again at its old time, it would be sold twice.
    known = {(row.name, times[0]): row.id for row in rows for times in row.earlier}
    known |= {(row.name, row.starts_at): row.id for row in rows}
    news = [one for one in dates if (said.name, instant_from_datetime(one.at)) not in known]
    if news:
        count = len(rows) + len(news) - 1
        quotas.check(count, quotas.OCCURRENCES_MAX, "occurrences")
    answers = []
    for one in dates:
        found = known.get((said.name, instant_from_datetime(one.at)))
        try:
            body = _body(said, one)
        except OverflowError:
            raise wrong_field("starts_local", "is too early or too late") from None
        made = found
        if makes and found is None:
            made = (await events_and_dates.save_occurrence(unit, event_id, None, body)).id
        answers.append(
            SeriesDate(
                id=made,
                local=one.local.strftime(_WALL),
                starts_at=body.starts_at,
                ends_at=body.ends_at,
                doors_at=body.doors_at,
                shift="left_out" if one.shift == "left_out" else "twice" if one.shift else "",
                exists=found is not None,
            )
        )
    return SeriesAnswer(timezone=event.timezone, dates=answers, made=len(news) if makes else 0)


def _expand(said: SeriesBody, timezone: str) -> list[Recurring]:
    try:
        start = datetime.strptime(said.starts_local, _WALL)  # noqa: DTZ007 - of the venue's wall
    except ValueError:
        raise wrong_field("starts_local", "is not a day and time") from None
    days = set()
    for number, day in enumerate(said.except_days):
        try:
            days.add(date.fromisoformat(day))
        except ValueError:
            raise wrong_field(f"except_days[{number}]", "is not a day") from None
    try:
        return expand_rule(said.rule, start, ZoneInfo(timezone), days)
    except BadInput as fault:
        raise wrong_field("rule", str(fault)) from None
    except OverflowError:
        raise wrong_field("starts_local", "is too early or too late") from None


def _body(said: SeriesBody, one: Recurring) -> OccurrenceBody:
    before = said.doors_minutes
    return OccurrenceBody(
        name=said.name,
        starts_at=one.at,
        ends_at=last_of(one.at, said.minutes or None),
        doors_at=None if before is None else one.at - timedelta(minutes=before),
    )
