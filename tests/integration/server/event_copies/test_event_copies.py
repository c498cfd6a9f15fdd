"""A new draft of an earlier event: all of its plan on new days, and nothing of its evening."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from server import quotas
from server.event_copies import copying_event
from server.events.tables_of_event_copies import COPIED, LEFT
from shared.kernel.id_types import EventId, OrganizationId
from shared.seating.csv_form import write_csv
from tests.factories.everything import make_world
from tests.factories.office import Office, Person
from tests.factories.racing import rows_of
from tests.factories.rows_at_rest import rows_of as all_rows_of
from tests.factories.seats import make_seat_map
from tests.factories.strength import sized

pytestmark = pytest.mark.either_database

NAME = "\N{ARABIC LETTER MEEM}\N{ARABIC LETTER HAH}" * 100
FOR_EVER = {"valid_from": "2026-10-24T16:00:00Z", "valid_until": "9999-12-31T23:00:00Z"}
AT_THE_DOOR: dict[str, Any] = {
    "check_id": True,
    "questions": [{"id": "bags", "text": "Bags?", "answers": ["No", "Yes"]}],
}
"""From right to left, as long as a name may be."""
Show = dict[str, Any]


async def make_show(office: Office, person: Person) -> Show:
    """Make an event with everything that comes along, over the night of 24 October 2026."""
    body = {
        "name": NAME,
        "timezone": "Europe/Berlin",
        "currency": "CHF",
        "policy": {"offline_policy": "home", "names_at_gates": True},
        "pricing": {
            "country": "CH",
            "refunds": [
                {"until": "2026-10-17T22:00:00Z", "percent_points": 8_000, "fee_minor": 100}
            ],
        },
    }
    event = await office.ok("POST", f"{person.path}/events", person, json=body)
    path = f"{person.path}/events/{event['id']}"

    async def add(where: str, **said: Any) -> str:
        made = await office.ok("POST", f"{path}/{where}", person, json=said)
        return str(made["id"])

    first = await add(
        "occurrences",
        name="Night",
        starts_at="2026-10-24T20:00:00Z",  # 22:00
        ends_at="2026-10-25T03:00:00Z",  # 04:00, with an hour that comes twice
        doors_at="2026-10-24T17:00:00Z",  # 19:00
    )
    second = await add("occurrences", name="Sunday", starts_at="2026-10-25T18:00:00Z")
    tier = {
        "key": "early",
        "name": "Early",
        "price_minor": 900,
        "ends_at": "2026-09-30T22:00:00Z",
        "count": 20,
    }
    guests = {"visibility": "staff", "guest_list": {"host": "Band", "plus_max": 2}}
    kind = await add(
        "ticket-types",
        name=NAME,
        price_minor=2_500,
        quantity_limit=100,
        occurrence_id=first,
        **AT_THE_DOOR,
        offline_policy="closed",
        sales_from="2026-09-01T08:00:00Z",
        sales_until="2026-10-24T17:00:00Z",
        **FOR_EVER,
        selling={"tiers": [tier], "fee_minor": 50, "tax_basis_points": 810, "order_max": 6},
    )
    late = await add("ticket-types", name="Sunday", price_minor=1_000, occurrence_id=second)
    await add("ticket-types", name="Guests", price_minor=0, quantity_limit=10, selling=guests)
    zone = await add("zones", name="Hall", capacity=300, ticket_type_ids=[kind, late])
    gate = await add("gates", name="North", zone_id=zone, direction="in", lanes=3)
    rule = {
        "all": [
            {"fact": "now", "cmp": "after", "value": "2026-10-24T17:00:00Z"},
            {"fact": "gate", "cmp": "in", "value": [gate]},
            {"fact": "weekday", "cmp": "==", "value": 6},
        ]
    }
    backstage = await add("zones", name="Backstage", occurrence_id=second, rule=rule)
    await add("gates", name="Stage door", zone_id=backstage)
    await add("zones", name="Lounge", rule=rule, ticket_type_ids=[late])
    three = {"kind": "buy_get", "buy": 3, "free": 1}
    await add("promotions", name="Four", ticket_type_ids=[kind], uses=5, **three)
    await add("promotions", name="Sundays", percent_points=1_000, ticket_type_ids=[late])
    await add("promotions", name="Coded", percent_points=1_000, code="SUMMER", kind="percent")
    await office.ok("PUT", f"{path}/alarm-limits", person, json={"silent_minutes": 9})
    return {"id": event["id"], "path": path, "kind": kind, "first": first, "second": second}


async def read_all(office: Office, person: Person, event_id: str) -> Show:
    """Read an event as the API shows it."""
    path = f"{person.path}/events/{event_id}"
    found: Show = {"event": await office.ok("GET", path, person)}
    for name in ("occurrences", "ticket-types", "plan", "promotions", "alarm-limits"):
        found[name] = await office.ok("GET", f"{path}/{name}", person)
    return found


def told(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    """Return some fields of rows, in order."""
    return sorted(tuple(row[name] for name in names) for row in rows)


async def copied(
    office: Office, person: Person, path: str, key: str | None = None, **said: Any
) -> Any:
    """Copy an event."""
    body = {"name": "Again", "first_day": "2027-03-27"} | said
    headers = {} if key is None else {"Idempotency-Key": key}
    return await office.call("POST", f"{path}/copy", person, json=body, headers=headers)


async def test_a_copy_has_the_plan_on_new_days_by_the_clock_on_the_wall(office: Office) -> None:
    """From the night on which the clocks go back to the one on which they go forward."""
    ada = await office.person()
    show = await make_show(office, ada)
    answer = await copied(office, ada, show["path"], name=NAME)
    assert answer.status_code == 201, answer.text
    event = answer.json()
    assert (event["name"], event["state"], event["copied_from"]) == (NAME, "draft", show["id"])
    source = await read_all(office, ada, show["id"])
    copy = await read_all(office, ada, event["id"])
    for name in ("timezone", "currency", "policy", "profile"):
        assert copy["event"][name] == source["event"][name], name
    refund = copy["event"]["pricing"]["refunds"][0]
    assert refund == {
        "until": "2027-03-20T23:00:00Z",  # midnight, in winter
        "percent_points": 8_000,
        "fee_minor": 100,
    }
    times = ("name", "starts_at", "ends_at", "doors_at", "cancelled_at")
    assert told(copy["occurrences"], *times) == [
        (
            "Night",
            "2027-03-27T21:00:00Z",  # 22:00
            "2027-03-28T02:00:00Z",  # 04:00, with an hour that is left out
            "2027-03-27T18:00:00Z",  # 19:00
            None,
        ),
        ("Sunday", "2027-03-28T17:00:00Z", None, None, None),  # 19:00, in summer
    ]
    kinds = {one["name"]: one for one in copy["ticket-types"]}
    standard = kinds[NAME]
    assert standard["selling"]["tiers"][0]["ends_at"] == "2027-03-03T23:00:00Z"
    assert (standard["sales_from"], standard["sales_until"], standard["valid_from"]) == (
        "2027-02-02T09:00:00Z",  # ten in the morning
        "2027-03-27T18:00:00Z",
        "2027-03-27T17:00:00Z",
    )
    assert standard["valid_until"] == "9999-12-31T23:00:00Z"
    same = ("name", "code", "price_minor", "currency", "quantity_limit", "check_id", "sold")
    assert told(copy["ticket-types"], *same) == told(source["ticket-types"], *same)
    assert standard["questions"] == AT_THE_DOOR["questions"]
    assert kinds["Guests"]["selling"]["guest_list"] == {"host": "Band", "plus_max": 2}
    check_names(copy)
    assert copy["alarm-limits"]["limits"]["silent_minutes"] == 9
    assert await read_all(office, ada, show["id"]) == source, "what is copied stays as it is"


def check_names(copy: Show) -> None:
    """See that all that names a part of the copy names the copy's own."""
    kinds = {one["name"]: one for one in copy["ticket-types"]}
    standard = kinds[NAME]
    dates = {one["name"]: one["id"] for one in copy["occurrences"]}
    assert (standard["occurrence_id"], kinds["Sunday"]["occurrence_id"]) == (
        dates["Night"],
        dates["Sunday"],
    )
    zones = {one["name"]: one for one in copy["plan"]["zones"]}
    assert set(zones["Hall"]["ticket_type_ids"]) == {standard["id"], kinds["Sunday"]["id"]}
    gates = {one["name"]: one for one in copy["plan"]["gates"]}
    assert gates["North"]["zone_id"] == zones["Hall"]["id"]
    now, where, weekday = zones["Backstage"]["rule"]["all"]
    assert now["value"] == "2027-03-27T18:00:00Z"
    assert where["value"] == [gates["North"]["id"]]
    assert weekday["value"] == 6
    (four, sundays) = sorted(copy["promotions"], key=lambda one: str(one["name"]))
    assert (four["name"], four["uses"], four["ticket_type_ids"]) == ("Four", 5, [standard["id"]])
    assert sundays["ticket_type_ids"] == [kinds["Sunday"]["id"]]


async def test_a_look_tells_what_the_copy_then_is(office: Office) -> None:
    """Nothing is made by it; dates and windows are those of the copy."""
    ada = await office.person()
    show = await make_show(office, ada)
    before = await rows_of(office, "SELECT count(*) FROM event")
    body = {"name": NAME, "first_day": "2027-03-27", "dates": "first"}
    seen = await office.ok("POST", f"{show['path']}/copy/preview", ada, json=body)
    assert await rows_of(office, "SELECT count(*) FROM event") == before
    (night,) = seen["dates"]
    assert (night["local"], night["shift"], night["was_starts_at"]) == (
        "2027-03-27T22:00",
        "uneven",
        "2026-10-24T20:00:00Z",
    )
    assert (seen["days"], seen["same_name"], seen["dates_left"]) == (154, 1, 1)
    assert (seen["types_left"], seen["zones_left"]) == (1, 1)
    assert (seen["ticket_types"], seen["zones"], seen["gates"]) == (2, 2, 1)
    assert (seen["codes_left"], seen["idle_zones"], seen["weekday_zones"]) == (
        ["Coded"],
        ["Lounge"],
        [],  # 154 days are 22 weeks
    )
    assert {one["kind"] for one in seen["windows"]} == {
        *("sale", "validity", "tier", "refund", "rule")
    }
    made = (await copied(office, ada, show["path"], dates="first", name=NAME)).json()
    copy = await read_all(office, ada, made["id"])
    assert [one["starts_at"] for one in copy["occurrences"]] == [night["starts_at"]]
    assert told(copy["ticket-types"], "name") == [("Guests",), (NAME,)]
    assert told(copy["plan"]["zones"], "name", "ticket_type_ids")[1] == ("Lounge", [])
    assert told(copy["promotions"], "name") == [("Four",)]
    other = body | {"first_day": "2027-03-28", "dates": "all"}
    seen = await office.ok("POST", f"{show['path']}/copy/preview", ada, json=other)
    assert sorted(seen["weekday_zones"]) == ["Backstage", "Lounge"]


async def test_of_an_evening_nothing_is_copied(office: Office) -> None:
    """A world with one of everything, used up: the copy has rows of plan tables alone."""
    world = await make_world(office, "mark")
    person, event_id = world.person, world.ids["event_id"]
    path = f"{person.path}/events/{event_id}"
    organization = OrganizationId(person.organization_id)
    before = await all_rows_of(office, organization)
    answer = await copied(office, person, path)
    assert answer.status_code == 201, answer.text
    after = await all_rows_of(office, organization)
    grown = {name for name in after if len(after[name]) > len(before[name])}
    assert grown <= set(COPIED) | {"audit_line"}
    assert {"event", "occurrence", "ticket_type", "inventory", "zone", "gate"} <= grown
    copy_id = answer.json()["id"]
    for name in grown - {"audit_line"}:
        (row, *_) = [one for one in after[name] if copy_id in one]
        assert row not in before[name]
    assert not [name for name in LEFT if any(copy_id in row for row in after.get(name, ()))]


async def test_a_copys_seats_are_all_free_but_those_out_of_the_room(office: Office) -> None:
    """Whoever had one; they are sold anew."""
    ada = await office.person()
    path = f"{ada.path}/events/{(event_id := await office.event(ada))}"
    seats = {"form": "csv", "text": write_csv(make_seat_map())}
    await office.ok("PUT", f"{path}/seats/map", ada, json=seats)
    await office.ok("POST", f"{path}/seats/kill", ada, json={"seats": ["B-2"]})
    await office.ticket_type(ada, EventId(event_id), selling={"seats": {}})

    async def buy(event: str, named: list[str]) -> None:
        (kind,) = await office.ok("GET", f"{event}/ticket-types", ada)
        line = {"ticket_type_id": kind["id"], "quantity": len(named), "seats": named}
        order = {"lines": [line], "payment": "paid"}
        await office.ok("POST", f"{event}/orders", ada, json=order)

    await buy(path, ["B-3", "B-4"])
    made = (await copied(office, ada, path, first_day=None)).json()
    counted = "SELECT state, count(*) FROM event_seat WHERE event_id = '{}' GROUP BY state"
    states = {str(row[0]): row[1] for row in await rows_of(office, counted.format(made["id"]))}
    assert states == {"free": 38, "killed": 2}
    copy = f"{ada.path}/events/{made['id']}"
    await office.ok("POST", f"{copy}/state", ada, json={"state": "published"})
    await buy(copy, ["B-3"])


@pytest.mark.parametrize("state", ["completed", "cancelled"])
async def test_an_event_that_is_over_can_be_copied(office: Office, state: str) -> None:
    """And one that gates were handed, and one of which a date was called off."""
    ada = await office.person()
    show = await make_show(office, ada)
    path = show["path"]
    for then in ("published", "active"):
        await office.ok("POST", f"{path}/state", ada, json={"state": then})
    await office.ok("POST", f"{path}/handover", ada)
    await office.ok(
        "POST", f"{path}/occurrences/{show['first']}/cancellation", ada, json={"reason": "storm"}
    )
    await office.ok("POST", f"{path}/state", ada, json={"state": state})
    seen = await office.ok(
        "POST", f"{path}/copy/preview", ada, json={"name": "N", "first_day": "2028-02-29"}
    )
    assert [one["was_cancelled"] for one in seen["dates"]] == [True, False]
    event = (await copied(office, ada, path, first_day="2028-02-29")).json()
    assert (event["state"], event["frozen_at"]) == ("draft", None)
    dates = await office.ok("GET", f"{ada.path}/events/{event['id']}/occurrences", ada)
    assert told(dates, "starts_at", "cancelled_at") == [
        ("2028-02-29T21:00:00Z", None),
        ("2028-03-01T18:00:00Z", None),
    ]


async def test_the_same_key_is_the_same_copy_also_at_once(office: Office) -> None:
    """Another copy under it is refused; without a key there is one each time."""
    ada = await office.person()
    show = await make_show(office, ada)
    path = show["path"]
    answers = await asyncio.gather(*(copied(office, ada, path, "key") for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await rows_of(office, "SELECT count(*) FROM event") == [(2,)]
    assert (await copied(office, ada, path, "key", name="Other")).status_code == 409
    elsewhere = f"{ada.path}/events/{answers[0].json()['id']}"
    assert (await copied(office, ada, elsewhere, "key")).status_code == 409
    assert (await copied(office, ada, path)).status_code == 201
    assert (await copied(office, ada, path)).status_code == 201
    assert await rows_of(office, "SELECT count(*) FROM event") == [(4,)]
    bob = await office.person()
    other = await make_show(office, bob)
    assert (await copied(office, bob, other["path"], "key")).status_code == 201


NO_FIRST_DAYS = (
    ({"first_day": None}, "says when the first date is to be"),
    ({"first_day": "2027-02-29"}, "is not a day"),
    ({"first_day": "9999-12-31"}, "takes a date out of the years 1 to 9999"),
    ({"first_day": "0001-01-01"}, "takes a date out of the years 1 to 9999"),
)


async def test_what_cannot_be_copied_so_is_refused_by_both(office: Office) -> None:
    """By name of the field; nothing is made."""
    ada = await office.person()
    show = await make_show(office, ada)
    for said, why in NO_FIRST_DAYS:
        for end in ("copy", "copy/preview"):
            answer = await office.call(
                "POST", f"{show['path']}/{end}", ada, json={"name": "N"} | said
            )
            assert answer.status_code == 422, answer.text
            (error,) = answer.json()["errors"]
            assert (error["field"], error["message"]) == ("first_day", why)
        assert await rows_of(office, "SELECT count(*) FROM event") == [(1,)]


async def test_an_event_without_a_date_is_copied_as_it_is(office: Office) -> None:
    """There is nothing to count days from: a day is refused."""
    ada = await office.person()
    path = f"{ada.path}/events/{await office.event(ada)}"
    window = {"sales_until": "2026-10-24T17:00:00Z"}
    await office.ticket_type(ada, EventId(path.rpartition("/")[2]), **window)
    assert (await copied(office, ada, path)).status_code == 422
    made = (await copied(office, ada, path, first_day=None)).json()
    (kind,) = await office.ok("GET", f"{ada.path}/events/{made['id']}/ticket-types", ada)
    assert kind["sales_until"] == window["sales_until"]


async def test_only_managers_copy_and_only_their_own(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another organization's event is not there; one more than there may be is refused."""
    ada, bob = await office.person(), await office.person()
    show = await make_show(office, ada)
    foreign = show["path"].replace(ada.organization_id, bob.organization_id)
    assert (await copied(office, bob, foreign)).status_code == 404
    assert (await copied(office, bob, show["path"])).status_code == 404
    for role, status in (("box_office", 403), ("staff", 403), ("manager", 201)):
        one = await office.person(role, organization_id=ada.organization_id)
        assert (await copied(office, one, show["path"])).status_code == status, role
    monkeypatch.setattr(quotas, "EVENTS_MAX", 1)
    answer = await copied(office, ada, show["path"])
    assert answer.json()["type"].endswith("quota-exceeded")
    assert await rows_of(office, "SELECT count(*) FROM event") == [(2,)]


async def test_a_copy_that_is_cut_off_leaves_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it ends; asked for again under its key it is made."""
    ada = await office.person()
    show = await make_show(office, ada)
    organization = OrganizationId(ada.organization_id)
    before = await all_rows_of(office, organization)
    for step in ("add_event", "add_sale", "add_places", "copy_seats", "copy_limits"):
        real: Callable[..., Any] = getattr(copying_event, step)

        async def fall(*said: Any, real: Callable[..., Any] = real) -> None:
            await real(*said)
            raise ConnectionResetError("cut off")

        with monkeypatch.context() as cut:
            cut.setattr(copying_event, step, fall)
            assert (await copied(office, ada, show["path"], "key")).status_code == 503, step
        assert await all_rows_of(office, organization) == before, step
    assert (await copied(office, ada, show["path"], "key")).status_code == 201


async def test_an_edit_beside_a_copy_is_in_it_whole_or_not_at_all(office: Office) -> None:
    """Types of dates that are added meanwhile come with their dates."""
    ada = await office.person()
    show = await make_show(office, ada)

    async def edit() -> None:
        for number in range(10):
            said: Show = {"name": f"More {number}", "starts_at": "2026-11-01T18:00:00Z"}
            date = await office.ok("POST", f"{show['path']}/occurrences", ada, json=said)
            kind = await office.ticket_type(
                ada, EventId(show["id"]), name=f"For {number}", occurrence_id=date["id"]
            )
            zone = {"name": f"Z {number}", "ticket_type_ids": [kind], "occurrence_id": date["id"]}
            await office.ok("POST", f"{show['path']}/zones", ada, json=zone)

    copies = [copied(office, ada, show["path"]) for _ in range(8)]
    answers = (await asyncio.gather(edit(), *copies))[1:]
    assert {answer.status_code for answer in answers} == {201}
    for answer in answers:
        copy = await read_all(office, ada, answer.json()["id"])
        dates = {one["id"] for one in copy["occurrences"]}
        kinds = {one["id"] for one in copy["ticket-types"]}
        assert {one["occurrence_id"] for one in copy["ticket-types"]} <= dates | {None}
        for zone in copy["plan"]["zones"]:
            assert set(zone["ticket_type_ids"] or ()) <= kinds
            assert zone["occurrence_id"] in dates | {None}


async def test_many_dates_are_copied_with_what_hangs_on_them(office: Office) -> None:
    """A rule of a year and more: each stays at its time, twice over a change of the clocks."""
    ada = await office.person()
    path = f"{ada.path}/events/{await office.event(ada)}"
    rule, count = sized(("FREQ=WEEKLY;COUNT=60", 60), ("FREQ=DAILY;COUNT=400", 400))
    series = {"name": "Daily", "starts_local": "2026-03-01T19:30", "rule": rule}
    await office.ok("POST", f"{path}/occurrences/series", ada, json=series)
    body = {"name": "N", "first_day": "2028-01-31"}
    seen = await office.ok("POST", f"{path}/copy/preview", ada, json=body)
    assert {one["local"][10:] for one in seen["dates"]} == {"T19:30"}
    made = await office.ok("POST", f"{path}/copy", ada, json=body)
    dates = await office.ok("GET", f"{ada.path}/events/{made['id']}/occurrences", ada)
    assert [one["starts_at"] for one in dates] == [one["starts_at"] for one in seen["dates"]]
    assert len(dates) == count
