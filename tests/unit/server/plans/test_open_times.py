"""How long people may have come to a device of which nobody has heard: while doors were open."""

from __future__ import annotations

import pytest

from server.plans.open_times import OpenTimes
from shared.kernel.id_types import OccurrenceId
from shared.kernel.instant import DAY, HOUR, Duration, Instant
from shared.manifest.event_config import DateTimes, OccurrenceConfig

MIDNIGHT = Instant(1_783_000_000_000_000)


def at(hours: int, days: int = 0) -> Instant:
    """Return an hour of a day."""
    return Instant(MIDNIGHT + hours * HOUR + days * DAY)


def date(
    starts: Instant,
    ends: Instant | None = None,
    doors: Instant | None = None,
    *earlier: DateTimes,
) -> OccurrenceConfig:
    """Make a date."""
    return OccurrenceConfig(OccurrenceId("oc"), "Evening", starts, ends, doors, earlier)


FIRST = date(at(20), at(23), at(19))
SECOND = date(at(20, 1), at(23, 1), at(19, 1))
MOVED = date(at(20, 1), at(23, 1), at(19, 1), DateTimes(at(20), at(23), at(19)))


@pytest.mark.parametrize(
    ("dates", "begun", "now", "hours"),
    [
        ((), at(8), at(20), 12),
        ((FIRST,), at(8), at(20), 1),
        ((FIRST,), at(20), at(22), 2),
        ((FIRST,), at(8), at(10), 0),
        ((FIRST,), at(8), at(8, 1), 4),
        ((FIRST,), at(22), at(21), 0),
        ((FIRST, SECOND), at(22), at(20, 1), 2),
        ((SECOND, FIRST, FIRST), at(0), at(8, 2), 8),
        ((MOVED,), at(0), at(21, 1), 6),
        ((FIRST, date(at(21), at(22), at(20)), SECOND), at(0), at(8, 2), 8),
        ((date(at(20), at(18)),), at(0), at(8, 2), 0),
        ((date(at(20)),), at(0), at(22), 3),
        ((date(at(20)),), at(0), at(8, 2), 25),
    ],
)
def test_silence_counts_while_doors_were_open(
    dates: tuple[OccurrenceConfig, ...], begun: Instant, now: Instant, hours: int
) -> None:
    """All dates together, each hour once; never more than there was, and never less than none."""
    assert Duration(now - OpenTimes(dates).since(begun, now)) == hours * HOUR
