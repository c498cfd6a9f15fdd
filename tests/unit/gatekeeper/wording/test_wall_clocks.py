"""The desk in Auckland looks at an evening in New York: every room says New York's time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from gatekeeper.organizer.before_doors.notices_client import Notice
from gatekeeper.organizer.merging_edits import Clash
from gatekeeper.organizer.own_server_copies import Missing
from gatekeeper.organizer.prepare.plan_client import Freeze
from gatekeeper.presenters.desk.doors_ready_words import spell_missing
from gatekeeper.presenters.desk.live_chart_figures import (
    arrivals_by_gate,
    minute_rows,
    spell_minute,
)
from gatekeeper.presenters.desk.notice_words import spell_notice
from gatekeeper.presenters.desk.plan_words import spell_clash, spell_freeze
from gatekeeper.wording.wall_clocks import ORGANIZATION_CLOCK, VENUE_CLOCK, WallClock, zone_named
from tests.factories.live_boards import make_board

NEW_YORK: Final = "America/New_York"
AT: Final = datetime(2026, 11, 1, 3, 10, tzinfo=UTC)
"""23:10 of 31 October in New York, whose clocks go back in the night; 16:10 in Auckland."""


@pytest.fixture(autouse=True)
def _auckland(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the laptop be in Auckland, and an event in New York be open at its desk."""
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    VENUE_CLOCK.turn_to(NEW_YORK)
    ORGANIZATION_CLOCK.turn_to("Europe/Berlin")
    yield
    monkeypatch.undo()
    time.tzset()
    for clock in (VENUE_CLOCK, ORGANIZATION_CLOCK):
        clock.turn_to("UTC")


def test_who_changed_a_thing_did_so_by_the_venues_clock() -> None:
    """What is no event's, by the house's."""
    clash = Clash(by="Ada", at=AT, etag="", theirs={}, fields=())
    assert "2026-10-31 23:10" in spell_clash(clash)
    assert "2026-11-01 04:10" in spell_clash(clash, ORGANIZATION_CLOCK)


def test_a_message_to_buyers_and_a_freeze_were_then_too() -> None:
    """A freeze always was; both spell alike."""
    told: dict[str, Any] = {"id": "n", "kind": "moved", "waiting": 0}
    told |= dict.fromkeys(("sent", "no_address", "no_server", "refused", "doubtful"), 0)
    notice = Notice(**told, created_at=AT, ended_at=AT)
    assert "2026-10-31 23:10" in spell_notice(notice)
    frozen = Freeze(since=AT)
    assert "2026-10-31 23:10" in spell_freeze(frozen, NEW_YORK)


def test_the_live_charts_and_their_table_go_over_midnight_by_the_venues_clock() -> None:
    """And in the night in which an hour comes twice each of the two says which one it is."""
    since = AT + timedelta(minutes=40)
    board = make_board(since=since)
    oldest = minute_rows(board, arrivals_by_gate(board), count=60)[-1]
    assert oldest[0] == "23:50"
    assert spell_minute(since, 10) == "00:00"
    assert spell_minute(since, 100) == "01:30 (UTC-04:00)"
    assert spell_minute(since, 160) == "01:30 (UTC-05:00)"
    assert spell_minute(since, 220) == "02:30"


def test_what_a_dead_server_held_is_told_by_the_houses_clock() -> None:
    """It is of all events."""
    missing = Missing(since=AT, until=AT + timedelta(seconds=9), back=(), awaited={}, told="")
    said = spell_missing(missing)
    assert "04:10:00" in said
    assert "04:10:09" in said


def test_a_time_that_is_waited_for_says_by_which_clock_where_the_laptop_shows_another() -> None:
    """A code that lasts half an hour; in the doubled hour it is said once."""
    assert VENUE_CLOCK.named(AT) == "23:10 (UTC-04:00)"
    assert VENUE_CLOCK.named(AT + timedelta(hours=2, minutes=20)) == "01:30 (UTC-04:00)"
    own = WallClock()
    own.turn_to("Pacific/Auckland")
    assert own.named(AT) == "16:10"


def test_the_29th_of_february_and_a_zone_that_nobody_knows_are_shown() -> None:
    """A zone that is newer than this laptop's list is UTC, as dates of it are everywhere."""
    leap = datetime(2028, 3, 1, 2, 0, tzinfo=UTC)
    assert VENUE_CLOCK.day(leap) == "2028-02-29"
    assert VENUE_CLOCK.stamp(leap, has_seconds=True) == "2028-02-29 21:00:00"
    VENUE_CLOCK.turn_to("Mars/Olympus_Mons")
    assert VENUE_CLOCK.stamp(leap) == "2028-03-01 02:00"
    assert zone_named("") is UTC
