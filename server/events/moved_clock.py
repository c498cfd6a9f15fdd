"""Moments moved by whole days of the clock on the venue's wall. Pure.

What begins at seven begins at seven, whatever the clocks do in between: days are counted on the
wall and each time is given its instant there. A time that the night leaves out is that much later;
of one that comes twice it is the first, unless it was the second of two where it came from. Two
moments keep their order: where a change of the clocks would turn them round, or make them one, the
second keeps its distance in real time.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from shared.kernel.errors import BadInput
from shared.kernel.instant import Instant, datetime_from_instant, instant_from_datetime

_OUTSIDE: Final = "takes a date out of the years 1 to 9999"


class MovedClock(msgspec.Struct, frozen=True):
    """Moves moments by so many days.

    Attributes:
        zone: The venue's.
        days: Later; negative for earlier, 0 leaves every moment as it is.
    """

    zone: ZoneInfo
    days: int

    def at(self, was: Instant) -> Instant:
        """Move a moment.

        Raises:
            BadInput: if it lies outside the calendar, before or after.
        """
        try:
            shown = datetime_from_instant(was).astimezone(self.zone)
            local = shown.replace(tzinfo=None, fold=0) + timedelta(days=self.days)
            return _checked(instant_of(local, self.zone, is_second=bool(shown.fold)))
        except (OverflowError, ValueError):
            raise BadInput(_OUTSIDE) from None

    def maybe(self, was: Instant | None) -> Instant | None:
        """Move a moment, if there is one.

        Raises:
            BadInput: as `at`.
        """
        return None if was is None else self.at(was)

    def beside(
        self, was: Instant | None, mark_was: Instant | None, mark: Instant | None
    ) -> Instant | None:
        """Move a moment that stands before or after another one: it stays on its side.

        Args:
            was: The moment.
            mark_was: The other one.
            mark: What that was moved to.

        Raises:
            BadInput: as `at`.
        """
        if was is None or mark_was is None or mark is None:
            return self.maybe(was)
        then, apart = self.at(was), was - mark_was
        is_kept = (then > mark) - (then < mark) == (apart > 0) - (apart < 0)
        try:
            return then if is_kept else _checked(Instant(mark + apart))
        except OverflowError:
            raise BadInput(_OUTSIDE) from None


def instant_of(local: datetime, zone: ZoneInfo, *, is_second: bool) -> Instant:
    """Return when the clock on a wall shows something.

    Args:
        local: What it shows, without a zone.
        zone: Where the wall is.
        is_second: Of a time that comes twice, the second is meant.
    """
    first, second = (
        instant_from_datetime(local.replace(tzinfo=zone, fold=fold)) for fold in (0, 1)
    )
    # Of a time that is left out, what `fold` names second comes first.
    return max(first, second) if is_second else first


def _checked(at: Instant) -> Instant:
    """Return a moment that can be written; else an `OverflowError`."""
    datetime_from_instant(at)
    return at


def days_between(first: Instant, day: date, zone: ZoneInfo) -> int:
    """Count the days on the wall from the day of a moment to a day."""
    return (day - datetime_from_instant(first).astimezone(zone).date()).days
