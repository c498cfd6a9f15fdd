"""Dates that come again by a rule (RFC 5545): their local times, and what those are in UTC. Pure.

A rule is about the clock on the venue's wall: a night that begins at 19:30 does so before and
after the clocks change. So days are counted without a zone, and the zone is asked of each. A time
that a night leaves out is that much later (RFC 5545, section 3.3.5); of one that comes twice it is
the first.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import MAXYEAR, UTC, date, datetime, timedelta, tzinfo
from itertools import islice
from typing import Final

import msgspec

from shared.field_limits import SERIES_DATES_MAX
from shared.kernel.errors import BadInput

SERIES_YEARS_MAX: Final = 10
"""A rule is followed for so long, so that one which never comes true has an end."""

_FREQUENCIES: Final = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_PARTS: Final = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}
    | {"BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "BYYEARDAY", "BYWEEKNO"}
)
_INTERVAL_MAX: Final = 1_000
_YEAR_MAX: Final = 9_000
_CYCLE: Final = 400
"""Years after which each day has the same weekday again."""
_FORM: Final = "is not a rule such as FREQ=WEEKLY;BYDAY=FR,SA;COUNT=10"
_UNTIL: Final = re.compile(r"^\d{8}(T\d{6}Z?)?$")


class Recurring(msgspec.Struct, frozen=True):
    """One date of a rule.

    Attributes:
        local: What the clock on the wall shows when it begins; later than the rule says in a night
            that leaves that time out.
        at: The same in UTC.
        shift: What the clocks do to it: `left_out`, `twice`, or "".
    """

    local: datetime
    at: datetime
    shift: str = ""


def expand_rule(
    rule: str, start: datetime, zone: tzinfo, left_out: Collection[date] = ()
) -> list[Recurring]:
    """Return the dates of a rule, in order.

    Args:
        rule: As RFC 5545 writes it, with or without `RRULE:`; by days or more, never by hours.
        start: The first date's time on the venue's wall, without a zone. It counts only if the
            rule has it.
        zone: The venue's.
        left_out: Days of the rule on which there is none.

    Raises:
        BadInput: if the rule cannot be read, has no date, or more than `SERIES_DATES_MAX`.
    """
    parts = _read_parts(rule)
    if "COUNT" in parts and "UNTIL" in parts:
        raise BadInput("has both COUNT and UNTIL")
    if "COUNT" not in parts and "UNTIL" not in parts:
        raise BadInput("has no end: add COUNT=10 or UNTIL=20271231")
    count = int(parts.pop("COUNT", SERIES_DATES_MAX + 1))
    found = list(islice(_days(parts, start, zone), count))
    if len(found) > SERIES_DATES_MAX:
        raise BadInput(f"has more than {SERIES_DATES_MAX} dates")
    kept = [_place(one, zone) for one in found if one.date() not in left_out]
    if not kept:
        raise BadInput("has no date")
    return kept


def _read_parts(rule: str) -> dict[str, str]:
    text = rule.strip().upper().removeprefix("RRULE:").rstrip(";")
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, _, value = part.partition("=")
        if not value or name in parts or not re.fullmatch(r"[-+,0-9A-Z]+", value):
            raise BadInput(_FORM)
        if name not in _PARTS:
            raise BadInput(f"has a part that dates cannot have: {name[:20]}")
        parts[name] = value
    if parts.get("FREQ") not in _FREQUENCIES:
        raise BadInput("must come again by DAILY, WEEKLY, MONTHLY or YEARLY")
    for name, most in (("INTERVAL", _INTERVAL_MAX), ("COUNT", SERIES_DATES_MAX)):
        said = parts.get(name, "1")
        if not said.isascii() or not said.isdecimal() or not 1 <= int(said) <= most:
            raise BadInput(f"has {name} that is not from 1 to {most}")
    return parts


def _days(parts: dict[str, str], start: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Follow a rule in a century next to the calendar's last year.

    The library looks for a next date until the year 9999. The calendar is the same every 400
    years, weekdays included: there a rule that never comes true is soon at its end.
    """
    from dateutil.rrule import rrulestr

    if start.year > _YEAR_MAX:
        raise BadInput("starts too late")
    later = (MAXYEAR - SERIES_YEARS_MAX - start.year) // _CYCLE * _CYCLE
    start = start.replace(year=start.year + later)
    end = start.replace(year=start.year + SERIES_YEARS_MAX, day=min(start.day, 28))
    if "UNTIL" in parts:
        end = min(_read_until(parts["UNTIL"], later, start, zone), end)
    parts["UNTIL"] = f"{end:%Y%m%dT%H%M%S}"
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        for one in rrulestr(text, dtstart=start, cache=False):
            yield one.replace(year=one.year - later)
    except (ValueError, TypeError, KeyError, OverflowError, IndexError):
        raise BadInput(_FORM) from None


def _read_until(said: str, later: int, start: datetime, zone: tzinfo) -> datetime:
    """Read the last moment of a rule as the venue's wall has it; a day is good to its end."""
    if not _UNTIL.match(said):
        raise BadInput(_FORM)
    form = "%Y%m%d" if len(said) == len("20271231") else "%Y%m%dT%H%M%S"
    try:
        until = datetime.strptime(said.rstrip("Z"), form)  # noqa: DTZ007 - the zone's follows
        if said.endswith("Z"):
            until = until.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
        elif form == "%Y%m%d":
            until = until.replace(hour=23, minute=59, second=59)
        until = until.replace(year=min(until.year + later, MAXYEAR))
    except (ValueError, OverflowError):
        raise BadInput(_FORM) from None
    if until < start:
        raise BadInput("ends before it starts")
    return until


def _place(local: datetime, zone: tzinfo) -> Recurring:
    """Give a time on the wall its instant."""
    first = local.replace(tzinfo=zone, fold=0)
    at = first.astimezone(UTC)
    shown = at.astimezone(zone).replace(tzinfo=None)
    if shown != local:
        return Recurring(shown, at, "left_out")
    is_twice = first.utcoffset() != local.replace(tzinfo=zone, fold=1).utcoffset()
    return Recurring(local, at, "twice" if is_twice else "")


def last_of(at: datetime, minutes: int | None) -> datetime | None:
    """Return when a date ends that lasts so many minutes of real time."""
    return None if minutes is None else at + timedelta(minutes=minutes)
