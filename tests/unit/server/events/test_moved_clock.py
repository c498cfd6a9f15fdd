"""Moments are moved by days of the clock on the venue's wall."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.events.copying_event_and_dates import move_terms
from server.events.moved_clock import MovedClock, days_between
from server.events.pricing_terms import PricingTerms, RefundRule
from server.ticketing.copying_event_types import move_tiers
from server.ticketing.selling_terms import SellingTerms, Tier
from server.venues_and_gates.copying_event_zones import moments_of, move_rule
from shared.admission.organizer_rule_parsing import parse_rule
from shared.kernel.errors import BadInput
from shared.kernel.instant import (
    DAY,
    HOUR,
    Instant,
    datetime_from_instant,
    instant_from_datetime,
)

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    BERLIN,
    ZoneInfo("UTC"),
    ZoneInfo("America/New_York"),
    ZoneInfo("Asia/Bangkok"),
    ZoneInfo("Australia/Lord_Howe"),  # its clocks change by half an hour
    ZoneInfo("America/Sao_Paulo"),  # its clocks changed at midnight
    ZoneInfo("Pacific/Apia"),  # left out a whole day, 30 December 2011
]
moments = st.integers(
    instant_from_datetime(datetime(2008, 1, 1, tzinfo=UTC)),
    instant_from_datetime(datetime(2035, 1, 1, tzinfo=UTC)),
).map(Instant)
days = st.integers(-1500, 1500)
zones = st.sampled_from(ZONES)
gaps = st.integers(-3 * DAY, 3 * DAY) | st.integers(-2 * HOUR, 2 * HOUR)


def at(text: str, zone: ZoneInfo = BERLIN, *, fold: int = 0) -> Instant:
    """Return when a wall in a zone shows a time."""
    return instant_from_datetime(datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold))


def wall(instant: Instant, zone: ZoneInfo = BERLIN) -> str:
    """Return what a wall in a zone shows."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def moved(was: str, day: str, zone: ZoneInfo = BERLIN) -> str:
    """Move a time so that it is on a day, and read the wall."""
    first = at(was, zone)
    clock = MovedClock(zone, days_between(first, date.fromisoformat(day), zone))
    return wall(clock.at(first), zone)


@pytest.mark.parametrize(
    ("was", "day", "then"),
    [
        ("2026-10-24 19:00", "2026-10-25", "2026-10-25 19:00"),  # the clocks go back
        ("2027-03-27 19:00", "2027-03-28", "2027-03-28 19:00"),  # the clocks go forward
        ("2028-02-29 20:00", "2029-03-01", "2029-03-01 20:00"),
        ("2027-02-28 20:00", "2028-02-29", "2028-02-29 20:00"),
        ("2027-03-20 02:30", "2027-03-28", "2027-03-28 03:30"),  # left out: that much later
        ("2026-10-18 02:30", "2026-10-25", "2026-10-25 02:30"),  # comes twice: the first
        ("2026-12-31 23:59", "2027-01-01", "2027-01-01 23:59"),
        ("2027-05-01 00:00", "2020-05-01", "2020-05-01 00:00"),  # earlier
    ],
)
def test_a_time_of_day_stays_on_the_wall(was: str, day: str, then: str) -> None:
    """Whatever the clocks do between the two days."""
    assert moved(was, day) == then


def test_of_a_time_that_comes_twice_the_first_is_meant_unless_it_was_the_second() -> None:
    """The second of two stays the second on the night of the next year."""
    first, second = at("2026-10-25 02:30"), at("2026-10-25 02:30", fold=1)
    year = MovedClock(BERLIN, (date(2027, 10, 31) - date(2026, 10, 25)).days)
    assert year.at(first) == at("2027-10-31 02:30")
    assert year.at(second) == at("2027-10-31 02:30", fold=1)
    week = MovedClock(BERLIN, 7)
    assert week.at(first) == week.at(second) == at("2026-11-01 02:30")
    spring = MovedClock(BERLIN, (date(2027, 3, 28) - date(2026, 10, 25)).days)
    assert wall(spring.at(second)) == "2027-03-28 03:30"


def test_an_event_over_midnight_keeps_both_days() -> None:
    """It begins before midnight, and ends after it, at the times it did."""
    clock = MovedClock(BERLIN, 5)
    start, end = at("2027-03-22 22:00"), at("2027-03-23 04:00")
    assert wall(clock.at(start)) == "2027-03-27 22:00"
    then = clock.beside(end, start, clock.at(start))
    assert then is not None
    assert wall(then) == "2027-03-28 04:00"
    assert then - clock.at(start) == 5 * HOUR  # an hour is left out


def test_what_ends_after_it_begins_still_does_in_a_night_that_leaves_its_beginning_out() -> None:
    """From 02:30 to 03:15 is a quarter less than nothing, where 02:30 is 03:30."""
    clock = MovedClock(BERLIN, 8)
    start, end = at("2027-03-20 02:30"), at("2027-03-20 03:15")
    then = clock.beside(end, start, clock.at(start))
    assert (wall(clock.at(start)), wall(then or Instant(0))) == (
        "2027-03-28 03:30",
        "2027-03-28 04:15",
    )


def test_a_date_outside_the_calendar_is_refused() -> None:
    """And never a fault of the program's own."""
    for was, days_later in [(Instant(0), 10**9), (Instant(0), -(10**6)), (Instant(2**62), 0)]:
        with pytest.raises(BadInput):
            MovedClock(BERLIN, days_later).at(was)
    last = instant_from_datetime(datetime(9999, 12, 31, 23, 30, tzinfo=UTC))
    with pytest.raises(BadInput):
        MovedClock(ZoneInfo("America/New_York"), 1).at(last)


@given(moments, zones)
@example(at("2026-10-25 02:30", fold=1), BERLIN)
def test_no_days_move_nothing(moment: Instant, zone: ZoneInfo) -> None:
    """Also in the hour that comes twice."""
    assert MovedClock(zone, 0).at(moment) == moment


@given(moments, days, zones)
def test_the_wall_shows_the_same_time_so_many_days_later(
    moment: Instant, count: int, zone: ZoneInfo
) -> None:
    """Or what comes after the hour that the night leaves out."""
    before = wall(moment, zone)
    then = MovedClock(zone, count).at(moment)
    wanted = datetime.fromisoformat(before) + timedelta(days=count)
    shown = datetime.fromisoformat(wall(then, zone))
    later = shown - wanted
    assert timedelta(0) <= later <= timedelta(days=1)
    if later:
        exact = wanted.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
        assert exact.replace(tzinfo=None) != wanted


@given(moments, gaps, days, zones)
@example(at("2027-03-20 02:30"), HOUR // 2, 8, BERLIN)
def test_two_moments_keep_their_order(
    moment: Instant, gap: int, count: int, zone: ZoneInfo
) -> None:
    """What was before is before, what was after is after, what was one moment is one."""
    clock = MovedClock(zone, count)
    mark = clock.at(moment)
    then = clock.beside(Instant(moment + gap), moment, mark)
    assert then is not None
    assert (then > mark) - (then < mark) == (gap > 0) - (gap < 0)


@given(st.lists(moments, min_size=1, max_size=6, unique=True), days, zones)
@example([at("2027-03-20 02:30"), at("2027-03-20 03:30")], 8, BERLIN)
def test_refunds_stay_in_order_and_transfers_end_with_them(
    untils: list[Instant], count: int, zone: ZoneInfo
) -> None:
    """Terms whose rules stand out of order are none."""
    start = datetime(1970, 1, 1, tzinfo=UTC)
    rules = [RefundRule(until=start + timedelta(microseconds=one)) for one in sorted(untils)]
    terms = PricingTerms(refunds=(*rules, RefundRule(percent_points=0)))
    clock = MovedClock(zone, count)
    until = rules[0].until
    assert until is not None
    then = move_terms(msgspec.structs.replace(terms, transfers_until=until), clock)
    assert then.transfers_until == datetime_from_instant(clock.at(instant_from_datetime(until)))
    assert len(then.refunds) == len(terms.refunds)
    assert then.refunds[-1] == terms.refunds[-1]


def test_tiers_are_moved_and_what_is_open_stays_open() -> None:
    """With their prices and counts."""
    early = Tier(key="early", name="Early", price_minor=900, ends_at=noon(2027, 3, 1), count=50)
    door = Tier(key="door", name="Door", price_minor=1500, starts_at=noon(2027, 3, 1))
    then = move_tiers(SellingTerms(tiers=(early, door)), MovedClock(BERLIN, 31))
    assert [(one.starts_at, one.ends_at) for one in then.tiers] == [
        (None, noon(2027, 4, 1, summer=True)),
        (noon(2027, 4, 1, summer=True), None),
    ]
    assert [(one.price_minor, one.count) for one in then.tiers] == [(900, 50), (1500, None)]


def noon(year: int, month: int, day: int, *, summer: bool = False) -> datetime:
    """Return noon in Berlin, in UTC."""
    return datetime(year, month, day, 10 if summer else 11, tzinfo=UTC)


def test_a_rules_instants_are_moved_and_its_ids_are_the_copys() -> None:
    """What the event and the clock on the wall define goes by itself."""
    rule: dict[str, Any] = {
        "all": [
            {"fact": "now", "cmp": "after", "value": "2027-03-01T18:00:00Z", "tolerance_min": 5},
            {"fact": "now", "cmp": "before", "value": "local:23:00:00"},
            {"fact": "now", "cmp": "after", "value": "event:doors"},
            {
                "any": [
                    {"fact": "gate", "cmp": "in", "value": ["gt_one", "gt_gone"]},
                    {"fact": "ticket_type", "cmp": "in", "value": ["tt_one"]},
                    {"fact": "variant", "cmp": "in", "value": ["tt_one", "2027"]},
                    {"fact": "presence", "cmp": "==", "value": "absent"},
                    {"fact": "weekday", "cmp": "==", "value": 6},
                    {"const": True},
                ]
            },
            {
                "fact": "entries_since",
                "cmp": "<",
                "value": 2,
                "since": "2027-03-01T19:00:00+01:00",
            },
        ]
    }
    parse_rule(rule)
    then = move_rule(rule, MovedClock(BERLIN, 31), {"gt_one": "gt_new", "tt_one": "tt_new"})
    parse_rule(then)
    first, clock, doors, some, since = then["all"]
    assert first["value"] == since["since"] == "2027-04-01T17:00:00Z"
    assert (clock, doors) == tuple(rule["all"][1:3])
    assert some["any"][0]["value"] == ["gt_new", "gt_gone"]
    assert some["any"][1]["value"] == ["tt_new"]
    assert some["any"][2:] == rule["all"][3]["any"][2:]
    assert len(moments_of(then)) == 2
