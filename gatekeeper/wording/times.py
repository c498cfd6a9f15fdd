"""Times and ages as people read them at a gate."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from typing import Final

from babel.dates import format_date, format_skeleton

from gatekeeper.wording.texts import TEXTS, Texts, conventions
from shared.admission.local_time import local_datetime, spell_twice
from shared.kernel.instant import DAY, HOUR, MINUTE, SECOND, Duration, Instant
from shared.kernel.languages import ENGLISH

SECONDS_SAID_UP_TO: Final = 90 * SECOND
"""What is longer ago is said in minutes,"""
MINUTES_SAID_UP_TO: Final = 90 * MINUTE
"""what is longer ago in hours,"""
HOURS_SAID_UP_TO: Final = 36 * HOUR
"""and what is longer ago in days."""

_BUDDHIST = {"th": 543}
"""How many years ahead of ours a language's public prints count; babel does not do that."""
_DAYS = {"ar": "d MMM y"}
"""Where the short form is of figures and marks alone: their order hangs on what is around."""


def spell_clock(at: Instant, zone: tzinfo | None) -> str:
    """Spell a time with seconds, such as `19:04:31`."""
    moment = local_datetime(at, zone)
    return f"{moment:%H:%M:%S}{spell_twice(moment)}"


def spell_day(day: date, texts: Texts = TEXTS) -> str:
    """Spell a day for the desk as its language writes it, such as `04.07.2026`.

    In English it is `2026-07-04`: of the figures alone no two of its readers make the same day.
    """
    if texts.language == ENGLISH:
        return f"{day:%Y-%m-%d}"
    form = _DAYS.get(texts.language, "medium")
    said: str = format_date(day, form, locale=conventions(texts.language))
    return _count_years(said, day, texts)


def spell_stamp(moment: datetime, *, has_seconds: bool = False, texts: Texts = TEXTS) -> str:
    """Spell day and time for the desk, such as `04.07.2026 19:00`; `moment` has its zone."""
    seconds = f":{moment:%S}" if has_seconds else ""
    time = f"{moment:%H:%M}{seconds}{spell_twice(moment)}"
    return f"{spell_day(moment.date(), texts)} {time}"


def write_stamp(moment: datetime) -> str:
    """Write day and time into a file that programs read too: `2026-07-04 19:00`."""
    return f"{moment:%Y-%m-%d %H:%M}{spell_twice(moment)}"


def spell_apart(moment: datetime, zone: tzinfo) -> str:
    """Spell a moment by a place's clock, apart from the words around it."""
    return TEXTS.isolate(spell_stamp(moment.astimezone(zone)))


def respell_stamp(stamp: str, texts: Texts = TEXTS) -> str:
    """Spell day and time that the server wrote as `write_stamp` does; anything else stays."""
    day, gap, time = stamp.partition(" ")
    try:
        return f"{spell_day(date.fromisoformat(day), texts)}{gap}{time}"
    except ValueError:
        return stamp


def spell_time(at: Instant, now: Instant, zone: tzinfo | None, texts: Texts) -> str:
    """Spell a time such as `18:42`, with its date if that is not today."""
    moment = local_datetime(at, zone)
    time = f"{moment:%H:%M}{spell_twice(moment)}"
    if moment.date() == local_datetime(now, zone).date():
        return time
    return texts.say("time.dated", day=moment.day, month=texts.month(moment.month), time=time)


def spell_weekday_time(at: Instant, now: Instant, zone: tzinfo | None, texts: Texts) -> str:
    """Spell a time as `spell_time` does, another day's with its weekday: `Sun 5 Jul 18:42`."""
    moment, said = local_datetime(at, zone), spell_time(at, now, zone, texts)
    if moment.date() == local_datetime(now, zone).date():
        return said
    return f"{format_date(moment, 'ccc', locale=conventions(texts.language))} {said}"


def spell_past_scan(at: Instant, now: Instant, zone: tzinfo | None, texts: Texts) -> str:
    """Spell when something was scanned, to the second; on another day by its weekday instead."""
    is_today = local_datetime(at, zone).date() == local_datetime(now, zone).date()
    return spell_clock(at, zone) if is_today else spell_weekday_time(at, now, zone, texts)


def spell_moment(at: Instant, zone: tzinfo | None, texts: Texts) -> str:
    """Spell day and time as tickets and receipts have them, such as `Sat, Jul 4, 2026, 19:00`."""
    moment = local_datetime(at, zone)
    day = format_skeleton("yMMMEd", moment, locale=conventions(texts.language))
    day = _count_years(day, moment, texts)
    return texts.list([day, f"{moment:%H:%M}{spell_twice(moment)}"])


def spell_ago(age: Duration, texts: Texts) -> str:
    """Say how long ago something was; a future by clock error counts as now."""
    if age < SECOND:
        return texts.say("age.now")
    name, count = _unit(age)
    return texts.say(f"age.{name}", count=count)


def spell_age(age: Duration, texts: Texts) -> str:
    """Say how old something is."""
    if age < 2 * SECOND:
        return texts.say("age.fresh")
    return texts.say("age.old", age=spell_amount(age, texts))


def spell_amount(time: Duration, texts: Texts) -> str:
    """Say a length of time in its largest fitting unit, such as `2 h`."""
    name, count = _unit(time)
    short = {"seconds": "s", "minutes": "min", "hours": "h", "days": "d"}[name]
    return texts.say(f"age.{short}", count=count)


def _count_years(said: str, day: date, texts: Texts) -> str:
    shift = _BUDDHIST.get(texts.language, 0)
    return said.replace(str(day.year), str(day.year + shift)) if shift else said


def _unit(age: Duration) -> tuple[str, int]:
    if age < SECONDS_SAID_UP_TO:
        return "seconds", age // SECOND
    if age < MINUTES_SAID_UP_TO:
        return "minutes", age // MINUTE
    if age < HOURS_SAID_UP_TO:
        return "hours", age // HOUR
    return "days", age // DAY
