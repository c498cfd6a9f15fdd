"""Days and clock times of one place, for rules that speak of "today" and "21:30".

The one room of the decision where calendars matter. Time zones come from the system's database,
or from the `tzdata` package where the system has none.

A clock time that does not exist on its day (clocks go forward) is read with the offset from
before the change, one that exists twice (clocks go back) is its first: `fold=0` of PEP 495.
"""

from __future__ import annotations

from datetime import date, datetime, time, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from shared.kernel.errors import BadInput
from shared.kernel.instant import (
    DAY,
    INSTANT_MAX,
    Instant,
    datetime_from_instant,
    instant_from_datetime,
)

ZONE_NAME_SIZE_MAX: Final = 64
_UNSHARED: Final = ("localtime", "posixrules", "posix/", "right/")
"""Names that mean another zone on another machine, or another count of seconds."""
_EARLIEST: Final = -62_135_596_800_000_000 + 2 * DAY
_LATEST: Final = INSTANT_MAX - 2 * DAY
"""Calendars end with the years 1 and 9999; two days of margin hold every offset."""


@lru_cache(maxsize=1024)
def time_zone(name: str) -> ZoneInfo:
    """Look up a time zone such as `Europe/Berlin`.

    Raises:
        BadInput: if there is no such zone.
    """
    shown = name[:ZONE_NAME_SIZE_MAX]
    try:
        if shown.startswith(_UNSHARED):
            raise ValueError(shown)
        # OSError: a name such as "Europe" is a folder of the database.
        return ZoneInfo(shown)
    except (KeyError, ValueError, OSError):
        raise BadInput(f"no such time zone: {shown!r}; write it like Europe/Berlin") from None


def local_datetime(instant: Instant, zone: tzinfo | None) -> datetime:
    """Tell the local calendar and clock at `instant`; beyond years 1 to 9999, at the nearest end.

    Total: never raises, so that no stored scan can stop a gate. No zone is the machine's own.
    """
    return datetime_from_instant(Instant(min(max(instant, _EARLIEST), _LATEST))).astimezone(zone)


def local_day(instant: Instant, zone: ZoneInfo) -> date:
    """Tell the local day at `instant`."""
    return local_datetime(instant, zone).date()


def instant_at_clock(day: date, clock: time, zone: ZoneInfo) -> Instant:
    """Tell when the local clock shows `clock` on `day` (gap and fold: see the module)."""
    return instant_from_datetime(datetime.combine(day, clock, tzinfo=zone))


def spell_twice(moment: datetime) -> str:
    """Say which of two a time is that a clock shows twice in the night in which it goes back.

    Args:
        moment: In the zone in which it is shown.

    Returns:
        How far it is from UTC, such as ` (UTC+02:00)`; "" for a time that comes once.
    """
    other = moment.replace(fold=1 - moment.fold)
    if other.utcoffset() == moment.utcoffset():
        return ""
    away = f"{moment:%z}"
    return f" (UTC{away[:3]}:{away[3:5]})"
