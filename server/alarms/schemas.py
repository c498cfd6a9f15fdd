"""Request and answer bodies of alarms."""

from __future__ import annotations

from datetime import datetime

from server.alarms.alarm_thresholds import Limits
from server.http.body_and_answer_types import Answer, Body, Text
from server.http.etags import Tagged
from shared.kernel.id_types import EventId
from shared.kernel.languages import Language


class AlarmAnswer(Answer):
    """Something that an organizer must hear of at once.

    Attributes:
        kind: `double_use`, `many_denials`, `forged_codes`, `gate_silent`, `zone_nearly_full`,
            `many_overrides` or `evacuation`.
        subject: The gate, zone or device it is about; empty for the event.
        place: That one's name.
        count, out_of: What was measured last while it stood: double uses; denied scans of all;
            codes; minutes; persons inside of those who may be; overrides of all entries; 1.
        what: The same as a sentence.
        advice: What to do.
        ended_at: When it was over; null while it stands.
        seen_by: Who has taken notice; null before.
    """

    id: str
    event_id: EventId
    event: str
    kind: str
    subject: str
    place: str
    count: int
    out_of: int
    what: str
    advice: str
    raised_at: datetime
    ended_at: datetime | None
    seen_by: str | None
    seen_at: datetime | None
    note: str


class SeenBody(Body):
    """Take notice of an alarm.

    Attributes:
        note: What was done about it.
    """

    note: Text = ""


class LimitsAnswer(Tagged, kw_only=True):
    """From where on an event's alarms are raised."""

    limits: Limits


class AlarmMail(Body):
    """Whether I am mailed when an alarm is raised.

    Attributes:
        language: Of the mails.
    """

    wanted: bool
    language: Language = "en"


class AlarmMailAnswer(Answer):
    """Whether I am mailed when an alarm is raised.

    Attributes:
        is_set_up: Whether this server has a mail server at all.
    """

    wanted: bool
    language: Language
    is_set_up: bool
