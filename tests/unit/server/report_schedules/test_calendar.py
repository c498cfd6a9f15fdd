"""When reports come again: by the clock on the wall, also in nights in which it is changed."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from server.report_schedules.calendar import PERIOD_MAX, Frequency, Rule, days_before, next_after
from shared.admission.local_time import local_datetime, time_zone
from shared.kernel.instant import MINUTE, Instant, datetime_from_instant, instant_from_datetime

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")


def rule(every: str, clock: str = "08:00", zone: str = "Europe/Berlin", **more: int) -> Rule:
    """Return a rule."""
    minute = int(clock[:2]) * 60 + int(clock[3:])
    days = {"weekday": 0, "month_day": 1} | more
    return Rule(every=Frequency(every), minute=minute, timezone=zone, **days)


def times(one: Rule, after: str, count: int) -> list[str]:
    """Return the next times, in UTC."""
    at = instant_from_datetime(datetime.fromisoformat(after).replace(tzinfo=UTC))
    found = []
    for _ in range(count):
        at = next_after(one, at)
        found.append(f"{datetime_from_instant(at):%Y-%m-%dT%H:%M}")
    return found


def test_a_morning_stays_a_morning_when_clocks_are_changed() -> None:
    """At eight o'clock by the wall, in winter and in summer."""
    assert times(rule("day"), "2026-03-28T00:00", 3) == [
        "2026-03-28T07:00",
        "2026-03-29T06:00",
        "2026-03-30T06:00",
    ]


def test_a_time_that_is_left_out_that_night_comes_and_one_that_comes_twice_comes_once() -> None:
    """Half past two, in the nights of spring and autumn."""
    assert times(rule("day", "02:30"), "2026-03-28T12:00", 2) == [
        "2026-03-29T01:30",
        "2026-03-30T00:30",
    ]
    assert times(rule("day", "02:30"), "2026-10-24T12:00", 2) == [
        "2026-10-25T00:30",
        "2026-10-26T01:30",
    ]


def test_a_month_without_the_day_has_its_last_one() -> None:
    """Also in February of a leap year."""
    assert times(rule("month", zone="UTC", month_day=31), "2028-01-31T09:00", 3) == [
        "2028-02-29T08:00",
        "2028-03-31T08:00",
        "2028-04-30T08:00",
    ]


def test_a_week_has_its_day() -> None:
    """By the place's calendar, not by that of UTC."""
    one = rule("week", "00:15", "Asia/Kathmandu", weekday=6)
    assert times(one, "2026-11-20T00:00", 2) == ["2026-11-21T18:30", "2026-11-28T18:30"]


@given(
    st.sampled_from(Frequency),
    st.integers(0, 6),
    st.integers(1, 31),
    st.integers(0, 1439),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1)),  # noqa: DTZ001 - in UTC below
)
def test_each_day_of_a_rule_has_its_time_once(
    every: Frequency, weekday: int, month_day: int, minute: int, zone: str, begin: datetime
) -> None:
    """Whatever the clocks do: later than before, on a day of the rule, and none is left out."""
    one = Rule(every=every, weekday=weekday, month_day=month_day, minute=minute, timezone=zone)
    at = instant_from_datetime(begin.replace(tzinfo=UTC))
    days = []
    for _ in range(3):
        then = next_after(one, at)
        assert 0 < then - at <= PERIOD_MAX[every]
        # A time that does not exist is read an hour on, at most.
        days.append(local_datetime(Instant(then - 61 * MINUTE), time_zone(zone)).date())
        at = then
    assert len(set(days)) == len(days)


def test_no_day_is_left_out_between_two_reports_and_none_comes_twice() -> None:
    """After a night in which no server ran, and at the first time."""
    today = date(2026, 3, 31)
    assert days_before(Frequency.DAY, today, None) == (date(2026, 3, 30), date(2026, 3, 30))
    assert days_before(Frequency.WEEK, today, None) == (date(2026, 3, 24), date(2026, 3, 30))
    assert days_before(Frequency.MONTH, today, None) == (date(2026, 3, 1), date(2026, 3, 30))
    assert days_before(Frequency.DAY, today, date(2026, 3, 20)) == (
        date(2026, 3, 21),
        date(2026, 3, 30),
    )
    assert days_before(Frequency.DAY, today, date(2026, 3, 30)) == (
        date(2026, 3, 30),
        date(2026, 3, 30),
    )
