"""Days and times as people type them: read as what they surely mean, or refused."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from shared.kernel.errors import BadInput

TYPED_YEARS: Final = range(1990, 2101)
"""Of days that are typed at the desk: another year is a slip."""
TYPED_YEAR_ALONE_AHEAD: Final = 10
"""How far ahead four digits alone may be a year: `1930` and `2330` are times of the day."""

_YEAR_FIRST: Final = re.compile(r"(\d{4})(?:[-./ ]*\d{1,2}){0,2}(?:[ :.-]*\d{1,2}){0,2}", re.ASCII)
"""As the field shows it; its parts may be missing from behind, and the signs between."""
_DAY: Final = re.compile(
    r"(\d{1,2})([-./])(\d{1,2})(?:\2(\d{4}|\d{2})?)?(?: +(\d{1,2}[:.]?\d{2}))?", re.ASCII
)
_TIME: Final = re.compile(r"(\d{1,2})([:.]?)(\d{2})", re.ASCII)
_ROUND: Final = 5
"""Minutes that times of an evening are multiples of."""


def read_typed(
    typed: str, shown: datetime, *, has_time: bool, is_english: bool
) -> datetime | None:
    """Read what somebody typed over a whole field of a day, or of a day and a time.

    Args:
        typed: Its signs in their order.
        shown: What stood there before, without a zone.
        has_time: Whether the field has a time.
        is_english: Of `4/7/2026` no two readers of English make the same day.

    Returns:
        The moment; None where it is typed as the field shows it: then the field reads it.

    Raises:
        BadInput: if it is neither, or could be two.
    """
    text = typed.strip()
    year = _YEAR_FIRST.fullmatch(text)
    is_year = year is not None and int(year[1]) in TYPED_YEARS
    time = _read_time(text, shown) if has_time else None
    if year is not None and len(text) == len(year[1]):
        # 2330 is no year, and hardly anybody begins at 20:27; of 2030 nobody can tell.
        is_round = time is not None and time.minute % _ROUND == 0
        is_near = 0 <= int(text) - shown.year <= TYPED_YEAR_ALONE_AHEAD
        if is_round and is_near:
            raise BadInput(typed)
        if is_year and (is_near or not is_round):
            return None
    elif is_year:
        return None
    days = _read_days(text, shown, has_time=has_time, is_english=is_english)
    found = set(days) if time is None else {*days, time}
    if len(found) != 1:
        raise BadInput(typed)
    return found.pop()


def _read_time(text: str, shown: datetime) -> datetime | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    try:
        return shown.replace(hour=int(found[1]), minute=int(found[3]))
    except ValueError:
        return None


def _read_days(text: str, shown: datetime, *, has_time: bool, is_english: bool) -> list[datetime]:
    """List the days that a text may be, with the month behind the day or before it."""
    found = _DAY.fullmatch(text)
    if found is None or (found[5] and not has_time):
        return []
    at = _read_time(found[5], shown) if found[5] else shown
    year = int(found[4] or shown.year)
    first, second = int(found[1]), int(found[3])
    orders = [(second, first)]
    if is_english and found[2] != ".":
        orders.append((first, second))
    days = list[datetime]()
    for month, day in orders:
        try:
            one = at and at.replace(year + 2000 * (year < 100), month, day)
        except ValueError:
            continue
        if one is not None and one.year in TYPED_YEARS:
            days.append(one)
    return days
