"""Instants and durations as whole microseconds, and their ISO 8601 spelling.

An `Instant` counts microseconds since the Unix epoch, UTC. Whole numbers sort, hash and travel
alike on every platform; `datetime` appears only where calendars matter (the rules).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from shared.kernel.errors import BadInput
from shared.kernel.time_types import Duration, Instant

__all__ = [
    "DAY",
    "HOUR",
    "INSTANT_MAX",
    "MILLISECOND",
    "MINUTE",
    "SECOND",
    "Duration",
    "Instant",
]

MILLISECOND: Duration = Duration(1_000)
SECOND: Duration = Duration(1_000_000)
MINUTE: Duration = 60 * SECOND
HOUR: Duration = 60 * MINUTE
DAY: Duration = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPELLING = re.compile(r"[0-9W-]+([Tt ][0-9:]+([.,][0-9]+)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?")
"""What of the standard's forms `fromisoformat` is asked: it takes any character for the T."""
INSTANT_MAX = Instant(253_402_300_799 * SECOND)
"""The last whole second of the year 9999, the most that `datetime` can hold."""


def instant_from_datetime(moment: datetime) -> Instant:
    """Convert an aware datetime; a naive one is our bug.

    Raises:
        BadInput: if `moment` carries no time zone.
    """
    if moment.tzinfo is None:
        raise BadInput("a time without a zone: write it like 2026-07-04T17:00:00Z")
    return Instant((moment - _EPOCH) // timedelta(microseconds=1))


def datetime_from_instant(instant: Instant) -> datetime:
    """Convert to an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=instant)


def parse_instant(text: str) -> Instant:
    """Read ISO 8601 with a zone, such as `2026-07-04T17:00:00Z`; a space may stand for the T.

    Raises:
        BadInput: if the text is no such time, or in UTC lies outside the years 1 to 9999.
    """
    try:
        if _SPELLING.fullmatch(text) is None:
            raise ValueError(text)
        # astimezone, because 9999-12-31T23:59-14:00 is a date that UTC cannot write.
        moment = datetime.fromisoformat(text)
        return instant_from_datetime(moment.astimezone(UTC) if moment.tzinfo else moment)
    except (ValueError, OverflowError):
        raise BadInput(f"not a time: {text[:40]!r}; write it like 2026-07-04T17:00:00Z") from None


def format_instant(instant: Instant) -> str:
    """Spell an instant as ISO 8601 with Z; a fraction appears only if there is one."""
    text = datetime_from_instant(instant).isoformat()
    return text.removesuffix("+00:00") + "Z"


def format_instant_or_none(instant: Instant | None) -> str | None:
    """Spell an instant where there is one."""
    return None if instant is None else format_instant(instant)
