"""What each fact of a rule means, at its boundaries."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.admission.entries_left import scans_here
from shared.admission.facts import EventTimes
from shared.admission.local_time import local_day
from shared.admission.organizer_rule_evaluation import rule_holds
from shared.admission.organizer_rule_parsing import parse_rule
from shared.kernel.instant import Instant
from tests.factories.admission import decision_case, prior


def holds(rule: dict[str, Any], prior_scans: list[dict[str, Any]], **fields: object) -> bool:
    """Ask a rule about the usual scan: in at gate north, Saturday 19:00 in Berlin."""
    case = decision_case(prior_scans, **fields)
    scans = scans_here(case.rules.zone, case.prior_scans)
    return rule_holds(parse_rule(rule), case.rules.times, case.ticket, case.scan, scans)


def now(cmp: str, value: str, **fields: object) -> dict[str, Any]:
    return {"fact": "now", "cmp": cmp, "value": value, **fields}


def fact(name: str, cmp: str, value: object, **fields: object) -> dict[str, Any]:
    return {"fact": name, "cmp": cmp, "value": value, **fields}


NOW_TABLE = [
    # Strict on both sides; the scan is at 17:00:00Z.
    (now("after", "2026-07-04T16:59:59.999999Z"), True),
    (now("after", "2026-07-04T17:00:00Z"), False),
    (now("before", "2026-07-04T17:00:00Z"), False),
    (now("before", "2026-07-04T17:00:00.000001Z"), True),
    (now("after", "2026-07-04T19:10:00+02:00", tolerance_min=10), False),
    (now("after", "2026-07-04T19:09:59+02:00", tolerance_min=10), True),
    (now("before", "2026-07-04T16:50:00Z", tolerance_min=10), False),
    (now("before", "2026-07-04T16:50:00Z", tolerance_min=10.5), True),
    (now("after", "event:doors"), True),
    (now("after", "event:start"), False),
    (now("before", "event:end"), True),
    (now("before", "local:19:00:00"), False),
    (now("before", "local:19:00:01"), True),
    (now("after", "local:18:59:59"), True),
    (now("after", "local:23:00:00"), False),
]


@pytest.mark.parametrize(("rule", "expected"), NOW_TABLE)
def test_now_is_strictly_after_or_before(rule: dict[str, Any], *, expected: bool) -> None:
    """The moment itself is on neither side, unless a tolerance widens it."""
    assert holds(rule, []) is expected


@pytest.mark.parametrize("value", ["event:end", "event:doors"])
def test_end_and_doors_fall_back_to_start(value: str) -> None:
    """An event that gives only its start has doors and end there."""
    bare = {"event__ends_at": None, "event__doors_at": None}
    assert holds(now("before", value), [], **bare)
    assert not holds(now("before", value), [], scan__at="2026-07-04T18:00:00Z", **bare)


@pytest.mark.parametrize(
    "rule",
    [
        now("after", "event:doors"),
        now("before", "event:start"),
        fact("entries_since", "==", 0, since="event:end"),
    ],
)
def test_moment_of_an_event_without_times_makes_no_condition_hold(rule: dict[str, Any]) -> None:
    """Nobody knows when it is, so nobody is let in by it."""
    case, timeless = decision_case([]), EventTimes(timezone="UTC")
    assert not rule_holds(parse_rule(rule), timeless, case.ticket, case.scan, [])


@pytest.mark.parametrize(
    ("at", "weekday"),
    [
        ("2026-07-04T17:00:00Z", 6),
        ("2026-07-04T21:59:59Z", 6),
        ("2026-07-04T22:00:00Z", 7),
        ("2026-07-05T22:00:00Z", 1),
    ],
)
def test_weekday_changes_at_local_midnight(at: str, weekday: int) -> None:
    """Saturday ends when it ends in Berlin, not in Greenwich."""
    assert holds(fact("weekday", "==", weekday), [], scan__at=at)
    assert holds(fact("weekday", ">=", weekday), [], scan__at=at)
    assert not holds(fact("weekday", "<", weekday), [], scan__at=at)


@pytest.mark.parametrize(
    ("name", "ids", "expected"),
    [
        ("gate", ["north", "south"], True),
        ("gate", [], False),
        ("ticket_type", ["vip"], False),
        ("ticket_type", ["standing"], True),
        ("variant", ["a"], False),
    ],
)
def test_membership_looks_for_the_id(name: str, ids: list[str], *, expected: bool) -> None:
    """A ticket without a variant is in no list of variants."""
    assert holds(fact(name, "in", ids), []) is expected


def test_variant_and_missing_gate_are_looked_up() -> None:
    """A variant is found by its id; a scan without a gate is at none."""
    assert holds(fact("variant", "in", ["a"]), [], ticket__variant="a")
    assert not holds(fact("gate", "in", ["north"]), [], scan__gate=None)


SCANS = [
    prior("in", "2026-07-03T21:59:59Z"),  # Friday 23:59:59
    prior("out", "2026-07-03T22:30:00Z"),
    prior("in", "2026-07-03T22:00:00Z", count=3),  # Saturday 00:00:00
    prior("in", "2026-07-04T16:29:01Z"),
    prior("in", "2026-07-04T12:00:00Z", annulled=True),
    prior("in", "2026-07-04T12:00:00Z", zone="other"),
]

COUNT_TABLE = [
    ("entries_total", 3, {}),
    ("entries_today", 2, {}),
    ("entry_days", 2, {}),
    ("entries_since", 2, {"since": "2026-07-03T22:00:00Z"}),
    ("entries_before", 1, {"since": "2026-07-03T22:00:00Z"}),
    ("entries_since", 1, {"since": "local:00:00:01"}),
    ("entries_before", 3, {"since": "event:doors"}),
    ("entries_since", 0, {"since": "event:end"}),
    ("entry_days_since", 1, {"since": "2026-07-03T22:00:00Z"}),
    ("entry_days_since", 2, {"since": "2026-07-03T21:59:59Z"}),
    ("entry_days_before", 1, {"since": "local:00:00:00"}),
]


@pytest.mark.parametrize(("name", "count", "fields"), COUNT_TABLE)
def test_entries_are_counted_by_scan_in_this_zone(
    name: str, count: int, fields: dict[str, Any]
) -> None:
    """Exits, annulled scans and other zones do not count; a group's entry is one."""
    assert holds(fact(name, "==", count, **fields), SCANS)
    assert holds(fact(name, "<", count + 0.5, **fields), SCANS)
    assert holds(fact(name, "<=", count, **fields), SCANS)
    assert not holds(fact(name, ">", count, **fields), SCANS)
    assert holds(fact(name, ">=", count, **fields), SCANS)


def test_many_conditions_over_many_scans_look_at_each_scan_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The largest rule over a season pass's entries costs their sum and not their product."""
    looked: list[Instant] = []

    def count_day(instant: Instant, zone: ZoneInfo) -> date:
        looked.append(instant)
        return local_day(instant, zone)

    monkeypatch.setattr("shared.admission.organizer_rule_evaluation.local_day", count_day)
    scans = [prior("in", f"2026-07-{day:02}T17:00:00Z") for day in range(2, 5)] * 100
    facts = [fact(name, ">=", 1) for name in ("entries_today", "entry_days")]
    facts += [
        fact(f"entry_days_{one}", "<", 9, since="event:start") for one in ("since", "before")
    ]
    assert holds({"all": facts * 20}, scans)
    assert len(looked) == len(scans) + 1  # and the day of the scan itself


def test_minutes_are_whole_and_rounded_down() -> None:
    """30 minutes and 59 seconds after the last entry are 30 minutes."""
    last, first = "minutes_since_last_entry", "minutes_since_first_entry"
    assert holds(fact(last, "==", 30), SCANS)
    assert not holds(fact(last, ">", 30), SCANS)
    assert holds(fact(first, "==", 19 * 60), SCANS)


@pytest.mark.parametrize("cmp", ["<", "<=", "==", ">=", ">"])
def test_minutes_since_no_entry_satisfy_no_comparison(cmp: str) -> None:
    """Who never entered is neither early nor late."""
    for name in ("minutes_since_last_entry", "minutes_since_first_entry"):
        assert not holds(fact(name, cmp, 0), [prior("out")])


def test_minutes_since_an_entry_in_the_future_are_negative_and_rounded_down() -> None:
    """An entry by a clock that ran ahead by a second is minus one minute ago."""
    ahead = [prior("in", "2026-07-04T17:00:01Z")]
    assert holds(fact("minutes_since_last_entry", "==", -1), ahead)


@pytest.mark.parametrize(
    ("prior_scans", "presence"),
    [
        ([], "absent"),
        ([prior("in")], "present"),
        ([prior("in", zone="other")], "absent"),
        ([prior("out", "2026-07-04T16:50:00Z"), prior("in")], "absent"),
        ([prior("out", "2026-07-04T16:40:00Z"), prior("in")], "present"),
    ],
)
def test_presence_is_what_the_latest_scan_says(
    prior_scans: list[dict[str, Any]], presence: str
) -> None:
    """Latest by the instant, whatever order the scans are told in."""
    other = "absent" if presence == "present" else "present"
    assert holds(fact("presence", "==", presence), prior_scans)
    assert not holds(fact("presence", "==", other), prior_scans)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"all": []}, True),
        ({"any": []}, False),
        ({"all": [{"const": True}, {"const": False}]}, False),
        ({"any": [{"const": False}, {"const": True}]}, True),
        ({"any": [{"all": [{"const": True}]}, {"const": False}]}, True),
    ],
)
def test_all_and_any_combine_their_parts(rule: dict[str, Any], *, expected: bool) -> None:
    """All of nothing holds, any of nothing does not."""
    assert holds(rule, []) is expected


@pytest.mark.parametrize(
    ("timezone", "entry", "at", "is_today"),
    [
        # The clock goes forward at midnight: the day begins at one.
        ("America/Sao_Paulo", "2018-11-04T02:59:59Z", "2018-11-04T03:00:00Z", False),
        ("America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-05T01:59:59Z", True),
        ("Asia/Beirut", "2024-03-30T21:59:59Z", "2024-03-30T22:00:00Z", False),
        # A day of 25 hours is one day.
        ("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", True),
        # A day of 23 hours ends an hour early.
        ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", True),
        ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", False),
    ],
)
def test_today_is_the_local_day_also_when_clocks_change(
    timezone: str, entry: str, at: str, *, is_today: bool
) -> None:
    """An entry counts today exactly if it falls on the scan's local day."""
    count = 1 if is_today else 0
    fields = {"event__timezone": timezone, "scan__at": at}
    assert holds(fact("entries_today", "==", count), [prior("in", entry)], **fields)


@pytest.mark.parametrize(
    ("clock", "at", "is_before"),
    [
        # 02:30 exists twice on this day; its first time counts.
        ("local:02:30:00", "2026-10-25T00:29:59Z", True),
        ("local:02:30:00", "2026-10-25T00:30:00Z", False),
        ("local:02:30:00", "2026-10-25T01:29:59Z", False),
        # 02:30 does not exist on this day; it lies 90 minutes after one o'clock.
        ("local:02:30:00", "2026-03-29T01:29:59Z", True),
        ("local:02:30:00", "2026-03-29T01:30:00Z", False),
    ],
)
def test_clock_time_is_well_defined_when_clocks_change(
    clock: str, at: str, *, is_before: bool
) -> None:
    """A rule like "before half past two" has one meaning on every night of the year."""
    assert holds(now("before", clock), [], scan__at=at) is is_before
