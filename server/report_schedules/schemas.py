"""Request and answer bodies of reports by mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

import msgspec

from server.http.body_and_answer_types import Answer, Body, Email, Id, Name, TimeZoneName
from server.http.etags import Tagged
from shared.field_limits import REPORT_EVENTS_NAMED_MAX, REPORT_RECIPIENTS_MAX
from shared.kernel.languages import Language

Clock = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9](?!\n)$",
        min_length=5,
        max_length=5,
        description="hour and minute by the clock on the wall, such as 08:00",
    ),
]
Kind = Literal["event", "period"]
Form = Literal["pdf", "xlsx", "csv"]
Weekday = Annotated[int, msgspec.Meta(ge=0, le=6, description="0 is Monday")]
MonthDay = Annotated[int, msgspec.Meta(ge=1, le=31)]
Events = Annotated[list[Id], msgspec.Meta(max_length=REPORT_EVENTS_NAMED_MAX)]
Recipients = Annotated[list[Email], msgspec.Meta(min_length=1, max_length=REPORT_RECIPIENTS_MAX)]


class NewSchedule(Body):
    """Have a report mailed again and again.

    Attributes:
        kind: `event` mails each event's own report; `period` one over the events and the days
            since the one before.
        event_ids: Which events; none for all: those that are published or on, for `event`.
        recipients: Members' addresses, or confirmed ones; each gets a mail of its own.
        weekday: Of `week`.
        month_day: Of `month`; in a shorter month its last day.
        clock: When on that day.
        timezone: Whose clock; the organization's unless said otherwise.
    """

    name: Name
    recipients: Recipients
    kind: Kind = "event"
    event_ids: Events = msgspec.field(default_factory=list)
    form: Form = "pdf"
    language: Language = "en"
    every: Literal["day", "week", "month"] = "day"
    weekday: Weekday = 0
    month_day: MonthDay = 1
    clock: Clock = "08:00"
    timezone: TimeZoneName | None = None


class ScheduleChange(Body):
    """Change what is given.

    Attributes:
        state: `paused` mails nothing; `active` goes on with the next time.
    """

    name: Name | None = None
    kind: Kind | None = None
    event_ids: Events | None = None
    form: Form | None = None
    language: Language | None = None
    recipients: Recipients | None = None
    every: Literal["day", "week", "month"] | None = None
    weekday: Weekday | None = None
    month_day: MonthDay | None = None
    clock: Clock | None = None
    timezone: TimeZoneName | None = None
    state: Literal["active", "paused"] | None = None


class ScheduleAnswer(Tagged, kw_only=True):
    """A report that is mailed by itself.

    Attributes:
        next_at: When it comes next; null while it is paused.
        last_at: When it came last by itself.
        has_mail: There is a mail server; without one nothing comes.
    """

    MADE_HERE: ClassVar[frozenset[str]] = frozenset({"etag", "clock", "has_mail"})
    BY_ITSELF: ClassVar[frozenset[str]] = frozenset({"next_at", "last_at", "has_mail"})

    id: str
    name: str
    kind: str
    event_ids: Sequence[str]
    form: str
    language: str
    recipients: Sequence[str]
    every: str
    weekday: int
    month_day: int
    clock: str
    timezone: str
    state: str
    next_at: datetime | None
    last_at: datetime | None
    has_mail: bool


class RunMailAnswer(Answer):
    """What became of one mail.

    Attributes:
        outcome: `waiting`, `handing`, `sent`, `refused`: for good, by the mail server or since
            each try failed, until its job is tried again; `gone` or `doubtful`: it may have
            arrived, and is not sent again.
    """

    email: str
    outcome: str
    at: datetime


class RunAnswer(Answer):
    """One time that a report was mailed.

    Attributes:
        asked: A person asked for it.
        since, until: The days that a report over several events is about.
    """

    id: str
    due_at: datetime
    asked: bool
    since: date
    until: date
    mails: Sequence[RunMailAnswer]


class NewAddress(Body):
    """Have a code mailed to an address, so that reports may be."""

    email: Email
    language: Language = "en"


class AddressCode(Body):
    """The code that was mailed there."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]


class AddressAnswer(Tagged, kw_only=True):
    """An address that belongs to no account here.

    Attributes:
        confirmed_at: Since when reports may be mailed to it; null before its code was said.
    """

    id: str
    email: str
    confirmed_at: datetime | None
    created_at: datetime
