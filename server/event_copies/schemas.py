"""Request and answer bodies of copies of events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from server.http.body_and_answer_types import Answer, Body, Name
from shared.kernel.id_types import OccurrenceId

Day = Annotated[
    str,
    msgspec.Meta(
        max_length=10,
        pattern=r"^\d{4}-\d{2}-\d{2}(?!\n)$",
        description="a day of the calendar, such as 2027-05-14",
    ),
]
Shift = Literal["", "left_out", "twice", "uneven"]
WindowKind = Literal["sale", "validity", "tier", "promotion", "refund", "transfer", "rule"]


class CopyBody(Body):
    """Make a new draft of an event.

    Attributes:
        name: The draft's; another event may have it too.
        first_day: On which day its first date begins by the clock on the venue's wall. All other
            dates and windows are moved by as many days, each at its own time of day. Null for an
            event that has no date, else needed.
        dates: `all` of them, or `first`: the earliest alone, with what is for every date.
    """

    name: Name
    first_day: Day | None = None
    dates: Literal["all", "first"] = "all"


class CopiedDate(Answer):
    """A date of the draft.

    Attributes:
        occurrence_id: The date that it is a copy of.
        was_cancelled: That one was called off; this one is not.
        local: What the clock on the venue's wall shows when it begins.
        shift: `left_out` where the clocks go forward over its time of day, so that it is later;
            `twice` where that time comes twice; `uneven` where a change of the clocks makes it
            longer or shorter than the one before; else "".
    """

    occurrence_id: OccurrenceId
    name: str
    was_cancelled: bool
    was_starts_at: datetime
    starts_at: datetime
    ends_at: datetime | None
    doors_at: datetime | None
    local: str
    shift: Shift


class CopiedWindow(Answer):
    """A window that moves along, as it is in the draft.

    Attributes:
        kind: `sale` and `validity` of a ticket type, a price `tier`, a `promotion`, until when a
            `refund` is given, an instant in a zone's `rule`.
        name: Of the type, the promotion or the zone; "" of a refund.
        part: The tier's name; "" else.
        starts_at, ends_at: Null where it is open on that side. A rule's instant is both.
    """

    kind: WindowKind
    name: str
    part: str
    starts_at: datetime | None
    ends_at: datetime | None


class CopyPreviewAnswer(Answer):
    """What a copy would be; nothing is made.

    Attributes:
        same_name: How many events have that name already.
        days: By how many everything moves; negative for earlier.
        windows: Each that is open on neither or one side, moved.
        dates_left: How many dates do not come along.
        types_left: How many types were for those dates, and stay behind with them.
        zones_left: How many zones were, likewise.
        seats_killed: Of the seats, those that are out of the room and stay so.
        has_alarm_limits: Limits of alarms of its own come along.
        codes_left: Names of promotions with a code; codes are kept as hashes alone, so each is to
            be added again.
        holds_left: How many holds stay behind; each keeps something for somebody of that evening.
        weekday_zones: Zones whose rule names a weekday, while the dates are on other ones.
        idle_zones: Zones that take types by name, none of which comes along.
        reports_left: Names of reports by mail that name this event; one for all events has the
            draft in it once it is published.
    """

    timezone: str
    same_name: int
    days: int
    dates: Sequence[CopiedDate]
    windows: Sequence[CopiedWindow]
    dates_left: int
    types_left: int
    zones_left: int
    ticket_types: int
    promotions: int
    zones: int
    gates: int
    seats: int
    seats_killed: int
    has_alarm_limits: bool
    codes_left: Sequence[str]
    holds_left: int
    weekday_zones: Sequence[str]
    idle_zones: Sequence[str]
    reports_left: Sequence[str]
