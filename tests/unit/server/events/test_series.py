"""Dates by a rule: the wall's clock stays, whatever the clocks do; and each rule has an end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from server.events.series import expand_rule
from shared.field_limits import SERIES_DATES_MAX
from shared.kernel.errors import BadInput

BERLIN = ZoneInfo("Europe/Berlin")


def wall(text: str) -> datetime:
    """Read a time on the wall."""
    return datetime.fromisoformat(text)


def locals_of(rule: str, start: str, *left_out: date, zone: str = "Europe/Berlin") -> list[str]:
    """Return the dates of a rule as the wall has them."""
    found = expand_rule(rule, wall(start), ZoneInfo(zone), set(left_out))
    return [f"{one.local:%m-%d %H:%M}" for one in found]


def test_a_night_begins_at_the_same_time_before_and_after_the_clocks_change() -> None:
    """In UTC it is an hour later in winter."""
    found = expand_rule("FREQ=WEEKLY;COUNT=3", wall("2026-10-17T19:30"), BERLIN)
    assert [one.at for one in found] == [
        datetime(2026, 10, 17, 17, 30, tzinfo=UTC),
        datetime(2026, 10, 24, 17, 30, tzinfo=UTC),
        datetime(2026, 10, 31, 18, 30, tzinfo=UTC),
    ]
    assert {f"{one.local:%H:%M}" for one in found} == {"19:30"}


def test_a_time_that_a_night_leaves_out_is_later_and_one_that_comes_twice_is_the_first() -> None:
    """Both are said, so that an organizer sees them before they are made."""
    spring = expand_rule("FREQ=DAILY;COUNT=3", wall("2027-03-27T02:30"), BERLIN)
    assert [(f"{one.local:%H:%M}", one.shift) for one in spring] == [
        ("02:30", ""),
        ("03:30", "left_out"),
        ("02:30", ""),
    ]
    autumn = expand_rule("FREQ=DAILY;COUNT=2", wall("2026-10-24T02:30"), BERLIN)
    assert [one.shift for one in autumn] == ["", "twice"]
    assert autumn[1].at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_29th_of_february_comes_in_leap_years_only() -> None:
    """And the 31st in months that have one."""
    found = locals_of("FREQ=YEARLY;UNTIL=20370101", "2028-02-29T20:00")
    assert found == ["02-29 20:00"] * 3
    assert locals_of("FREQ=MONTHLY;COUNT=3", "2026-08-31T20:00") == [
        "08-31 20:00",
        "10-31 20:00",
        "12-31 20:00",
    ]


def test_days_are_left_out_by_the_wall_of_the_venue() -> None:
    """Also where it is another day in UTC, and a last day is good to its end."""
    found = locals_of(
        "RRULE:FREQ=WEEKLY;BYDAY=FR,SA;UNTIL=20261017",
        "2026-10-02T23:30",
        date(2026, 10, 9),
        zone="America/New_York",
    )
    assert found == ["10-02 23:30", "10-03 23:30", "10-10 23:30", "10-16 23:30", "10-17 23:30"]
    in_utc = locals_of("FREQ=DAILY;UNTIL=20261003T200000Z", "2026-10-01T23:30")
    assert in_utc == ["10-01 23:30", "10-02 23:30"]


def test_the_last_friday_of_each_month_is_found() -> None:
    """As the rule's own way to say so has it."""
    assert locals_of("FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", "2026-10-01T20:00") == [
        "10-30 20:00",
        "11-27 20:00",
        "12-25 20:00",
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "every friday",
        "FREQ=HOURLY;COUNT=3",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;COUNT=0",
        "FREQ=WEEKLY;COUNT=401",
        "FREQ=WEEKLY;COUNT=3;UNTIL=20270101",
        "FREQ=DAILY;UNTIL=20400101",
        "FREQ=DAILY;UNTIL=20200101",
        "FREQ=DAILY;UNTIL=2027",
        "FREQ=DAILY;INTERVAL=99999999999999;COUNT=2",
        "FREQ=DAILY;BYHOUR=1,2,3;COUNT=2",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2",
        "FREQ=DAILY;BYMONTH=99;COUNT=2",
        "FREQ=DAILY;BYDAY=XX;COUNT=2",
        "FREQ=DAILY;COUNT=2;COUNT=3",
        "FREQ=DAILY;COUNT=2;EXRULE=FREQ=DAILY",
        "FREQ=DAILY;COUNT=2\nRDATE:20270101T000000",
        "FREQ=DAILY;COUNT=²",
        "FREQ=DAILY;COUNT=000000001999999999999999999999",
        "FREQ=DAILY;INTERVAL=000000001999;COUNT=2",
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(rule: str) -> None:
    """In a moment, and with what is wrong with it."""
    with pytest.raises(BadInput):
        expand_rule(rule, wall("2026-10-02T19:30"), BERLIN)


def test_as_many_dates_as_there_may_be_are_there() -> None:
    """A year of days and some."""
    found = expand_rule(f"FREQ=DAILY;COUNT={SERIES_DATES_MAX}", wall("2026-10-02T19:30"), BERLIN)
    assert len(found) == SERIES_DATES_MAX
    assert found[-1].local - found[0].local == timedelta(days=SERIES_DATES_MAX - 1)
