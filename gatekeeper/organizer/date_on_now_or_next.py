"""The dates of an event: which is on or comes next, by the desk's own clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from shared.kernel.instant import HOUR, Duration

DATE_COMES_SOON: Final[Duration] = 6 * HOUR
"""So long before its start a date counts as on: doors are prepared and opened."""
DATE_UNENDED_FOR: Final[Duration] = 12 * HOUR
"""So long a date is on whose end nobody has said: through its night, and not into the next one."""


_UNENDED: Final = timedelta(microseconds=DATE_UNENDED_FOR)
_COMES_SOON: Final = timedelta(microseconds=DATE_COMES_SOON)


class DateFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A date of the event.

    Attributes:
        id: By which its gates name it.
        name: As gates and tickets call it.
        starts_at: When it begins.
        ends_at: When it is over.
    """

    id: str
    name: str
    starts_at: datetime
    ends_at: datetime


def date_facts(said: Mapping[str, Any]) -> DateFacts:
    """Return a date as the server says it; one without an end lasts `DATE_UNENDED_FOR`."""
    starts = datetime.fromisoformat(said["starts_at"])
    ends = said["ends_at"]
    return DateFacts(
        id=said["id"],
        name=str(said["name"]),
        starts_at=starts,
        ends_at=starts + _UNENDED if ends is None else datetime.fromisoformat(ends),
    )


def next_date(dates: tuple[DateFacts, ...], now: datetime) -> DateFacts | None:
    """Return the date that is on or comes next; None when all are over."""
    ahead = [one for one in dates if one.ends_at > now]
    return min(ahead, key=lambda one: one.starts_at, default=None)


def is_date_on(dates: Sequence[DateFacts], now: datetime) -> bool:
    """Tell whether one of the dates is on, or its doors are about to be opened."""
    return any(one.starts_at - _COMES_SOON <= now < one.ends_at for one in dates)
