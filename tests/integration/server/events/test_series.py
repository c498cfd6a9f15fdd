"""Dates that come again by a rule, by the API: looked at, made at once, edited one by one."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from server.events import series, series_routes
from shared.kernel.id_types import EventId
from tests.factories.office import Office, Person

pytestmark = pytest.mark.either_database
RULE = {
    "name": "Late night",
    "starts_local": "2026-10-24T23:30",
    "rule": "FREQ=DAILY;COUNT=4",
    "except_days": ["2026-10-26"],
    "minutes": 180,
    "doors_minutes": 60,
}


async def event_of(office: Office) -> tuple[Person, str]:
    """Make an event, in Berlin."""
    ada = await office.person()
    event_id = EventId(await office.event(ada, state="draft"))
    return ada, f"{ada.path}/events/{event_id}"


async def dates_of(office: Office, person: Person, path: str) -> list[dict[str, Any]]:
    """List the event's dates."""
    return list(await office.ok("GET", f"{path}/occurrences", person))


async def test_a_rule_is_looked_at_then_made_and_made_again_adds_nothing(office: Office) -> None:
    """The night of the clocks' change lasts three hours of real time, as the others do."""
    ada, path = await event_of(office)
    series = f"{path}/occurrences/series"
    seen = await office.ok("POST", f"{series}?dry_run=true", ada, json=RULE)
    assert seen["made"] == 0
    assert await dates_of(office, ada, path) == []
    assert [one["local"] for one in seen["dates"]] == [
        "2026-10-24T23:30",
        "2026-10-25T23:30",
        "2026-10-27T23:30",
    ]
    made = await office.ok("POST", series, ada, json=RULE)
    assert made["made"] == 3
    assert [one["starts_at"] for one in made["dates"]] == [
        "2026-10-24T21:30:00Z",
        "2026-10-25T22:30:00Z",
        "2026-10-27T22:30:00Z",
    ]
    rows = await dates_of(office, ada, path)
    assert [one["id"] for one in rows] == [one["id"] for one in made["dates"]]
    assert rows[0]["ends_at"] == "2026-10-25T00:30:00Z"
    assert rows[0]["doors_at"] == "2026-10-24T20:30:00Z"
    again = await office.ok("POST", series, ada, json=RULE)
    assert (again["made"], {one["exists"] for one in again["dates"]}) == (0, {True})
    assert await dates_of(office, ada, path) == rows


async def test_one_of_a_series_is_edited_and_removed_by_itself(office: Office) -> None:
    """The others stay as they are."""
    ada, path = await event_of(office)
    made = await office.ok("POST", f"{path}/occurrences/series", ada, json=RULE)
    first, second, third = (one["id"] for one in made["dates"])
    moved = {"name": "Late night, moved", "starts_at": "2026-10-25T20:00:00Z"}
    await office.ok("PUT", f"{path}/occurrences/{second}", ada, json=moved)
    answer = await office.call("DELETE", f"{path}/occurrences/{third}", ada)
    assert answer.status_code == 204
    rows = {one["id"]: one["name"] for one in await dates_of(office, ada, path)}
    assert rows == {first: "Late night", second: "Late night, moved"}


async def test_a_date_that_was_moved_is_not_made_again_at_its_old_time(office: Office) -> None:
    """Whoever sends the rule again, with a day more, means the dates that are missing."""
    ada, path = await event_of(office)
    series = f"{path}/occurrences/series"
    made = await office.ok("POST", series, ada, json=RULE)
    second = made["dates"][1]["id"]
    moved = {"name": RULE["name"], "starts_at": "2026-10-30T20:00:00Z"}
    await office.ok("PUT", f"{path}/occurrences/{second}", ada, json=moved)
    again = await office.ok("POST", series, ada, json=RULE | {"rule": "FREQ=DAILY;COUNT=5"})
    assert [one["exists"] for one in again["dates"]] == [True, True, True, False]
    assert (again["made"], again["dates"][1]["id"]) == (1, second)
    rows = {one["id"]: one["starts_at"] for one in await dates_of(office, ada, path)}
    assert (len(rows), rows[second]) == (4, moved["starts_at"])


async def test_what_is_wrong_with_a_rule_is_named_by_its_field(office: Office) -> None:
    """Nothing is made of it."""
    ada, path = await event_of(office)
    series = f"{path}/occurrences/series"
    for changed, field in (
        ({"rule": "FREQ=WEEKLY"}, "rule"),
        ({"rule": "FREQ=MINUTELY;COUNT=5"}, "rule"),
        ({"starts_local": "2026-02-30T19:30"}, "starts_local"),
        ({"starts_local": "9999-12-31T23:59"}, "rule"),
        ({"except_days": ["2026-10-24", "2026-13-01"]}, "except_days[1]"),
        ({"rule": "FREQ=DAILY;COUNT=1", "except_days": ["2026-10-24"]}, "rule"),
    ):
        answer = await office.call("POST", series, ada, json=RULE | changed)
        assert answer.status_code == 422, changed
        fields = [one["field"] for one in answer.json()["errors"]]
        assert fields in ([field], ["starts_local"]), (changed, fields)
    assert await dates_of(office, ada, path) == []


async def test_nobody_waits_for_a_rule_that_takes_long(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is followed others write; a time zone that was changed meanwhile makes no dates."""
    ada, path = await event_of(office)
    begun, go_on = threading.Event(), threading.Event()
    follow = series.expand_rule

    def follow_slowly(*said: Any) -> Any:
        begun.set()
        assert go_on.wait(30)
        return follow(*said)

    monkeypatch.setattr(series_routes, "expand_rule", follow_slowly)
    making = asyncio.create_task(office.call("POST", f"{path}/occurrences/series", ada, json=RULE))
    try:
        assert await asyncio.to_thread(begun.wait, 30)
        change = {"timezone": "Asia/Tokyo"}
        async with asyncio.timeout(30):
            await office.ok("PATCH", path, ada, json=change)
    finally:
        go_on.set()
        answer = await making
    assert answer.status_code == 409, answer.text
    assert await dates_of(office, ada, path) == []


async def test_a_date_before_all_dates_is_a_wrong_field(office: Office) -> None:
    """Its doors would open before the first year, or it would end after the last."""
    ada, path = await event_of(office)
    for said in (
        {"starts_local": "0001-01-01T00:00", "doors_minutes": 10_080},
        {"starts_local": "0001-01-01T00:00", "doors_minutes": None},
        {"starts_local": "9000-12-31T23:30", "minutes": 10_080},
    ):
        for zone in ("Asia/Tokyo", "America/New_York"):
            await office.ok("PATCH", path, ada, json={"timezone": zone})
            body = RULE | {"except_days": []} | said
            answer = await office.call(
                "POST", f"{path}/occurrences/series?dry_run=true", ada, json=body
            )
            assert answer.status_code in {201, 422}, (said, zone, answer.text)
            if answer.status_code == 422:
                assert [one["field"] for one in answer.json()["errors"]] == ["starts_local"]
