"""When a report that comes again is due next: by the clock of a place. Pure.

A clock time that does not exist on its day is read with the offset from before the change, one
that comes twice is its first (`shared/admission/local_time.py`): so each day has the time once.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from shared.admission.local_time import instant_at_clock, local_day, time_zone
from shared.kernel.instant import DAY, Duration, Instant

_WEEK: Final = 7
_LOOK_DAYS: Final = 64


class Frequency(StrEnum):
    """How often."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


PERIOD_MAX: Final[Mapping[Frequency, Duration]] = {
    Frequency.DAY: Duration(3 * DAY),
    Frequency.WEEK: Duration(9 * DAY),
    Frequency.MONTH: Duration(33 * DAY),
}
"""No two times of a rule are further apart, though a place may leave out a day: what is due later
was written by a clock that was wrong."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """When something comes again.

    Attributes:
        every: How often.
        weekday: Of a week: 0 is Monday.
        month_day: Of a month: 1 to 31; in a shorter month its last day.
        minute: Of the day, by the clock on the wall: 0 to 1439.
        timezone: Whose clock.
    """

    every: Frequency
    weekday: int
    month_day: int
    minute: int
    timezone: str

    def is_on(self, day: date) -> bool:
        """Tell whether it comes on a day."""
        match self.every:
            case Frequency.DAY:
                return True
            case Frequency.WEEK:
                return day.weekday() == self.weekday
            case Frequency.MONTH:
                return day.day == min(self.month_day, monthrange(day.year, day.month)[1])


def next_after(rule: Rule, after: Instant) -> Instant:
    """Return the first time of a rule that is later than an instant."""
    zone = time_zone(rule.timezone)
    clock = time(*divmod(rule.minute, 60))
    first = local_day(after, zone) - timedelta(days=1)
    for ahead in range(_LOOK_DAYS):
        day = first + timedelta(days=ahead)
        if rule.is_on(day) and (at := instant_at_clock(day, clock, zone)) > after:
            return at
    raise AssertionError("each rule comes within two months")  # pragma: no cover


def days_before(every: Frequency, today: date, covered_until: date | None) -> tuple[date, date]:
    """Return the first and the last day that a report is about: whole days, up to yesterday.

    Args:
        every: How often it comes; without an earlier one it is about so long.
        today: On which it is made.
        covered_until: The last day of the one before it, which it goes on after: no day is left
            out, whatever came between.
    """
    until = today - timedelta(days=1)
    if covered_until is not None and covered_until < until:
        return covered_until + timedelta(days=1), until
    match every:
        case Frequency.DAY:
            return until, until
        case Frequency.WEEK:
            return until - timedelta(days=_WEEK - 1), until
        case Frequency.MONTH:
            month_before = until.replace(day=1) - timedelta(days=1)
            same = min(until.day, monthrange(month_before.year, month_before.month)[1])
            return month_before.replace(day=same) + timedelta(days=1), until
