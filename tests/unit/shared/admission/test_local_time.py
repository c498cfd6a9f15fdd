"""Days and clocks of places whose calendar is strange."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.admission.local_time import instant_at_clock, local_day, time_zone
from shared.kernel.errors import BadInput
from shared.kernel.instant import HOUR, Instant, format_instant, parse_instant
from tests.factories.admission import ODD_DAYS


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Europe",
        "Europe/Berlim",
        "../../etc/passwd",
        "/etc/localtime",
        "localtime",  # another zone on another machine
        "posixrules",
        "right/Europe/Berlin",  # which counts leap seconds
        "\0",
        "\ud800",
        "x" * 999,
    ],
)
def test_unknown_time_zone_is_refused(name: str) -> None:
    """Nothing but a zone of the database is one, whatever the name tries."""
    with pytest.raises(BadInput, match="no such time zone"):
        time_zone(name)


@pytest.mark.parametrize(
    ("name", "day", "clock", "instant"),
    [
        ("Europe/Berlin", date(2026, 7, 4), time(21, 30), "2026-07-04T19:30:00Z"),
        # The hour from 02:00 does not exist: the offset from before holds.
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29T01:30:00Z"),
        ("Europe/Berlin", date(2026, 3, 29), time(3, 30), "2026-03-29T01:30:00Z"),
        # The hour from 02:00 exists twice: the first one counts.
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30:00Z"),
        ("Europe/Berlin", date(2026, 10, 25), time(3, 0), "2026-10-25T02:00:00Z"),
        # Midnight does not exist: the day begins at one o'clock.
        ("America/Sao_Paulo", date(2018, 11, 4), time(0), "2018-11-04T03:00:00Z"),
        ("America/Sao_Paulo", date(2018, 11, 4), time(1), "2018-11-04T03:00:00Z"),
        ("Asia/Beirut", date(2024, 3, 31), time(0), "2024-03-30T22:00:00Z"),
        # The hour before midnight exists twice.
        ("America/Sao_Paulo", date(2018, 2, 17), time(23, 30), "2018-02-18T01:30:00Z"),
        ("Asia/Kathmandu", date(2026, 7, 5), time(0), "2026-07-04T18:15:00Z"),
    ],
)
def test_clock_time_has_one_instant_in_gaps_and_folds(
    name: str, day: date, clock: time, instant: str
) -> None:
    """A clock time that exists never or twice is still one instant, the same everywhere."""
    assert format_instant(instant_at_clock(day, clock, time_zone(name))) == instant


@pytest.mark.parametrize(
    ("name", "instant", "day"),
    [
        ("America/Sao_Paulo", "2018-11-04T02:59:59Z", date(2018, 11, 3)),
        ("America/Sao_Paulo", "2018-11-04T03:00:00Z", date(2018, 11, 4)),
        # 23:30 for the second time is still the same day.
        ("America/Sao_Paulo", "2018-02-18T02:30:00Z", date(2018, 2, 17)),
        ("America/Sao_Paulo", "2018-02-18T03:00:00Z", date(2018, 2, 18)),
        ("Asia/Beirut", "2024-03-30T21:59:59Z", date(2024, 3, 30)),
        ("Asia/Beirut", "2024-03-30T22:00:00Z", date(2024, 3, 31)),
        # Samoa crossed the date line: the 30th never was.
        ("Pacific/Apia", "2011-12-30T09:59:59Z", date(2011, 12, 29)),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", date(2011, 12, 31)),
    ],
)
def test_local_day_begins_where_the_place_begins_it(name: str, instant: str, day: date) -> None:
    """A day ends and begins by the place's own clock, also when that jumps at midnight."""
    assert local_day(parse_instant(instant), time_zone(name)) == day


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 4), 24)],
)
def test_day_has_as_many_hours_as_the_clock_change_leaves(day: date, hours: int) -> None:
    """Every hour of a short or long day belongs to that day and no other."""
    zone = time_zone("Europe/Berlin")
    start = instant_at_clock(day, time(0), zone)
    days = [local_day(start + hour * HOUR, zone) for hour in range(-1, hours + 1)]
    assert [one == day for one in days] == [False, *[True] * hours, False]


@given(st.sampled_from([name for name, _ in ODD_DAYS]), st.integers(-(10**30), 10**30))
def test_every_instant_has_a_local_day(name: str, instant: int) -> None:
    """Instants beyond all calendars fall on their first or last days instead of failing."""
    zone = time_zone(name)
    day = local_day(Instant(instant), zone)
    assert instant_at_clock(day, time(23, 59, 59), zone) is not None
    assert 1 <= day.year <= 9999
