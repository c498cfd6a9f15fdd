"""When an event's doors are open, all its dates together. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

from shared.kernel.instant import DAY, HOUR, Duration, Instant
from shared.manifest.event_config import DateTimes, OccurrenceConfig

CAME_EARLY: Final = HOUR
"""So long before its beginning somebody may come for a date that names no doors."""
CAME_LATE: Final = DAY
"""So long after its beginning, for one that names no end."""


class OpenTimes:
    """The times at which people come to an event, put together once for all that is asked of them.

    Those of all its dates, of moved ones those of before as well; an event without dates is open
    all the time.
    """

    def __init__(self, dates: Iterable[OccurrenceConfig]) -> None:
        spans = sorted(
            _span(time)
            for date in dates
            for time in (DateTimes(date.starts_at, date.ends_at, date.doors_at), *date.earlier)
        )
        self._is_always = not spans
        # Apart from each other, in order: when each begins, how long it is and all before were.
        self._begin: list[Instant] = []
        self._length: list[int] = []
        self._before: list[int] = []
        until, total = Instant(0), 0
        for opened, closed in spans:
            begin = max(opened, until)
            if closed <= begin:
                continue
            self._begin.append(begin)
            self._length.append(closed - begin)
            self._before.append(total)
            total += closed - begin
            until = closed

    def since(self, begun: Instant, now: Instant) -> Instant:
        """Say how long people may have come since an instant: only while doors were open.

        Returns:
            An instant that is so long ago.
        """
        until = min(begun, now)
        return until if self._is_always else Instant(now - self._open(now) + self._open(until))

    def _open(self, until: Instant) -> Duration:
        """Return how long doors were open before an instant, at all."""
        last = bisect_right(self._begin, until) - 1
        if last < 0:
            return Duration(0)
        return Duration(self._before[last] + min(self._length[last], until - self._begin[last]))


def _span(times: DateTimes) -> tuple[Instant, Instant]:
    starts_at, ends_at, doors_at = times.starts_at, times.ends_at, times.doors_at
    opened = Instant(starts_at - CAME_EARLY) if doors_at is None else doors_at
    return opened, Instant(starts_at + CAME_LATE) if ends_at is None else ends_at
