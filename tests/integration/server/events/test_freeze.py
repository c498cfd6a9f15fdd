"""From the handing to gates on, what they work by is locked; what an evening needs stays open."""

from __future__ import annotations

from typing import Any

import pytest

from server import quotas
from shared.manifest.frozen_parts import LOCKED, PlanPart
from tests.factories.everything import World, body_schema, fill, make_world, operations
from tests.factories.office import Office
from tests.factories.openapi_bodies import example_body

pytestmark = pytest.mark.either_database

ORG = "/api/v1/organizations/{organization_id}"
EVENT = ORG + "/events/{event_id}"
NOON = "2026-08-01T12:00:00Z"

LOCKED_EDITS: dict[tuple[str, str], tuple[PlanPart, dict[str, Any]]] = {
    ("PATCH", EVENT): (
        PlanPart.EVENT,
        {"timezone": "Asia/Tokyo", "policy": {"offline_policy": "closed"}},
    ),
    ("PUT", EVENT + "/occurrences/{occurrence_id}"): (
        PlanPart.DATE,
        {"doors_at": NOON, "starts_at": "2026-08-01T13:00:00Z", "ends_at": "2036-08-01T23:00:00Z"},
    ),
    ("PUT", EVENT + "/zones/{zone_id}"): (
        PlanPart.ZONE,
        {
            "occurrence_id": "{occurrence_id}",
            "ticket_type_ids": ["{ticket_type_id}"],
            "reentry_after_exit": False,
            "multiple_entries": True,
            "strict_anti_passback": True,
            "admit_pending": True,
            "rule": {"any": []},
        },
    ),
    ("PUT", EVENT + "/gates/{gate_id}"): (
        PlanPart.GATE,
        {"zone_id": "{other_zone}", "direction": "out"},
    ),
    ("PUT", EVENT + "/ticket-types/{ticket_type_id}"): (
        PlanPart.TYPE,
        {
            "occurrence_id": "{occurrence_id}",
            "persons": 4,
            "check_id": True,
            "questions": [{"text": "Bags?", "answers": ["No", "Yes"]}],
            "offline_policy": "closed",
            "valid_from": NOON,
            "valid_until": "2036-08-02T12:00:00Z",
            "selling": {"seats": {}},
        },
    ),
}
"""Each edit of a part of the plan, and another value for each of its locked fields."""

LOCKED_WHOLE: dict[tuple[str, str], Any] = {
    ("POST", EVENT + "/occurrences"): {"name": "Sunday", "starts_at": "2026-08-02T18:00:00Z"},
    ("POST", EVENT + "/occurrences/series"): {
        "name": "Sunday",
        "starts_local": "2026-08-02T20:00",
        "rule": "FREQ=WEEKLY;COUNT=2",
    },
    ("DELETE", EVENT + "/occurrences/{occurrence_id}"): None,
    ("POST", EVENT + "/zones"): {"name": "Yard"},
    ("DELETE", EVENT + "/zones/{zone_id}"): None,
    ("POST", EVENT + "/plan"): {"venue_id": "{venue_id}", "again": True},
    ("PUT", EVENT + "/seats/map"): {"form": "csv", "text": "section,row,seat\nOther,A,1\n"},
}
"""What adds, removes or replaces something that is locked as a whole."""

OPEN = {
    "POST /state": "an event is cancelled or closed at any moment",
    "POST /cancellation": "an event is cancelled or closed at any moment",
    "POST /cancellation/stop": "an event is cancelled or closed at any moment",
    "POST /occurrences/{occurrence_id}/cancellation": "a date is called off at any moment",
    "POST /occurrences/{occurrence_id}/cancellation/stop": "a date is called off at any moment",
    "POST /alarms/{alarm_id}/seen": "no part of the plan",
    "PUT /alarm-limits": "no part of the plan",
    "POST /move": "one act for everybody, previewed, of which buyers are told",
    "POST /move/preview": "a question",
    "POST /copy": "another event is made of it",
    "POST /copy/preview": "a question",
    "POST /handover": "the handing itself",
    "POST /freeze/lift": "the way out",
    "POST /gates": "a further door into a zone that is there",
    "DELETE /gates/{gate_id}": "a door is closed",
    "POST /ticket-types": "a further type, such as a guest list",
    "DELETE /ticket-types/{ticket_type_id}": "of a type without tickets",
    "POST /promotions": "prices",
    "DELETE /promotions/{promotion_id}": "prices",
    "PUT /till-stock/{device_id}": "grants of tills",
    "POST /till-stock/{device_id}/reserved": "grants of tills",
    "POST /till-stock/{device_id}/reserved/free": "grants of tills",
    "POST /holds": "seats are kept and let go all evening",
    "DELETE /holds/{hold_id}": "seats are kept and let go all evening",
    "POST /holds/{hold_id}/release": "seats are kept and let go all evening",
    "POST /seats/kill": "a broken seat",
    "POST /seats/unkill": "a broken seat",
    "POST /seats/best": "a question",
    "POST /trial": "a question",
    "PUT /gates/{gate_id}/pause": "holders are told to wait, at any moment",
    "DELETE /gates/{gate_id}/pause": "holders are told to wait, at any moment",
    "PUT /zones/{zone_id}/pause": "holders are told to wait, at any moment",
    "DELETE /zones/{zone_id}/pause": "holders are told to wait, at any moment",
    "PUT /look": "no gate decides by what a ticket looks like",
    "DELETE /look": "no gate decides by what a ticket looks like",
    "POST /ticket-files": "prints what stands",
    "POST /ticket-files/{file_id}/cancel": "prints what stands",
}
"""What changes an event and is no part of what gates were handed, and why it stays open; orders,
tickets, lists, homes, conflicts and evacuations are what an evening is made of."""
EVENING = (
    "/orders",
    "/tickets",
    "/imports",
    "/guests",
    "/lists",
    "/homes",
    "/conflicts",
    "/evacuations",
    "/devices",
    "/moves",
)


def ids_of(world: World, value: Any) -> Any:
    """Put a world's ids into a body."""
    if isinstance(value, dict):
        return {name: ids_of(world, part) for name, part in value.items()}
    if isinstance(value, list):
        return [ids_of(world, part) for part in value]
    return fill(value, world.ids) if isinstance(value, str) else value


async def hand_over(office: Office, world: World) -> str:
    """Add a second zone, and hand the plan to gates; the event's address."""
    event = fill(EVENT, world.ids)
    made = await office.ok("POST", f"{event}/zones", world.person, json={"name": "Other"})
    world.ids["other_zone"] = made["id"]
    await office.ok("POST", f"{event}/handover", world.person)
    return event


async def find(office: Office, world: World, path: str) -> dict[str, Any]:
    """Read a part of the plan."""
    event = fill(EVENT, world.ids)
    name = path.rpartition("/")[0].rpartition("/")[2]
    if path == EVENT:
        return dict(await office.ok("GET", event, world.person))
    if name in {"zones", "gates"}:
        rows = (await office.ok("GET", f"{event}/plan", world.person))[name]
    else:
        rows = await office.ok("GET", f"{event}/{name}", world.person)
    mine = fill(path, world.ids).rpartition("/")[2]
    return dict(next(row for row in rows if row["id"] == mine))


def body_of(document: dict[str, Any], operation: dict[str, Any], thing: dict[str, Any]) -> Any:
    """Return a thing as its edit has it."""
    schema = body_schema(operation)
    assert schema is not None
    fields = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"]
    return {name: thing[name] for name in fields if name in thing}


async def test_each_route_of_an_event_is_locked_or_says_why_it_stays_open(office: Office) -> None:
    """Over the API's description; a route that the tables forget fails here."""
    world = await make_world(office, "A")
    await hand_over(office, world)
    document = (await office.call("GET", "/docs/openapi.json")).json()
    left = set()
    for method, path, operation, names in operations(document):
        if "event_id" not in names or method == "GET" or not path.startswith(ORG):
            continue
        place = path.removeprefix(EVENT)
        if (method, path) in LOCKED_EDITS.keys() | LOCKED_WHOLE.keys():
            continue
        if f"{method} {place}" not in OPEN and not place.startswith(EVENING):
            left.add(f"{method} {place}")
        if place.endswith("/cancellation") or place in {"/state", "/freeze/lift"}:
            continue
        schema = body_schema(operation)
        more = {} if schema is None else {"json": example_body(document, schema)}
        answer = await office.call(method, fill(path, world.ids), world.person, **more)
        assert "plan-frozen" not in answer.text, (method, path)
    assert not left


async def test_each_locked_field_is_refused_by_name_until_the_freeze_is_lifted(
    office: Office,
) -> None:
    """One by one, with the rest as it is; nothing is changed, and the lift lets each through."""
    world = await make_world(office, "A")
    await hand_over(office, world)
    document = (await office.call("GET", "/docs/openapi.json")).json()
    routes = {(method, path): operation for method, path, operation, _ in operations(document)}
    for (method, path), (part, others) in LOCKED_EDITS.items():
        before = await find(office, world, path)
        tried = set()
        for name, value in ids_of(world, others).items():
            flat = [f"{name}.{inner}" for inner in value] if isinstance(value, dict) else [name]
            locked = [one for one in flat if one in LOCKED[part]] or [name]
            tried.update(locked)
            wanted = (
                {**before[name], **value} if isinstance(value, dict) and before[name] else value
            )
            body = body_of(document, routes[(method, path)], before) | {name: wanted}
            if method == "PATCH":
                body = {name: wanted}
            answer = await office.call(method, fill(path, world.ids), world.person, json=body)
            assert answer.status_code == 409, (path, name, answer.text)
            assert answer.json()["type"].endswith("/plan-frozen")
            assert [one["field"] for one in answer.json()["errors"]] == locked
        assert tried == LOCKED[part], "every locked field is tried"
        assert await find(office, world, path) == before
    for (method, path), body in LOCKED_WHOLE.items():
        more = {} if body is None else {"json": ids_of(world, body)}
        answer = await office.call(method, fill(path, world.ids), world.person, **more)
        assert answer.json()["type"].endswith("/plan-frozen"), (method, path)

    event = fill(EVENT, world.ids)
    lift = {"reason": "The north door is locked by the fire brigade"}
    await office.ok("POST", f"{event}/freeze/lift", world.person, json=lift)
    for (method, path), body in LOCKED_WHOLE.items():
        more = {} if body is None else {"json": ids_of(world, body)}
        answer = await office.call(method, fill(path, world.ids), world.person, **more)
        assert "plan-frozen" not in answer.text, (method, path)


async def test_fifty_more_places_at_nine_are_one_field(office: Office) -> None:
    """Capacities, limits, prices, names and lanes stay open, each with the rest sent as it is."""
    world = await make_world(office, "A")
    event = await hand_over(office, world)
    document = (await office.call("GET", "/docs/openapi.json")).json()
    routes = {(method, path): operation for method, path, operation, _ in operations(document)}
    for path, fields in (
        (EVENT + "/zones/{zone_id}", {"capacity": 450, "name": "Yard"}),
        (EVENT + "/gates/{gate_id}", {"lanes": 3, "name": "West"}),
        (EVENT + "/occurrences/{occurrence_id}", {"name": "First night"}),
        (
            EVENT + "/ticket-types/{ticket_type_id}",
            {"quantity_limit": 250, "price_minor": 900, "name": "Grown-up"},
        ),
    ):
        before = await find(office, world, path)
        body = body_of(document, routes[("PUT", path)], before) | fields
        done = await office.ok("PUT", fill(path, world.ids), world.person, json=body)
        assert {name: done[name] for name in fields} == fields
    policy = (await office.ok("GET", event, world.person))["policy"]
    names = {"name": "Night", "policy": {**policy, "names_at_gates": True}}
    await office.ok("PATCH", event, world.person, json=names)
    supervisor = {"name": "Sam", "pin": "593810"}
    await office.ok("POST", f"{world.person.path}/supervisors", world.person, json=supervisor)


async def test_a_lift_names_who_and_why_and_ends_with_the_next_handing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is kept for everybody who looks, and in the audit, so many times; staff lift nothing."""
    mara = await office.person(name="Mara Okoye")
    world = await make_world(office, "A")
    event = await hand_over(office, world)
    staff = await office.person("staff", organization_id=world.person.organization_id)
    now = await office.ok("GET", f"{event}/freeze", staff)
    assert now["is_frozen"]
    assert now["since"] == (await office.ok("GET", event, staff))["frozen_at"]
    for blank in ("", "  ", "\u200b", "\u2060 \u00ad", "\u202e"):
        body = {"reason": blank}
        wrong = await office.call("POST", f"{event}/freeze/lift", world.person, json=body)
        assert wrong.status_code == 422
    body = {"reason": "The fire brigade closed North"}
    assert (await office.call("POST", f"{event}/freeze/lift", staff, json=body)).status_code == 403
    assert (await office.call("POST", f"{event}/freeze/lift", mara, json=body)).status_code == 404
    lifted = await office.ok("POST", f"{event}/freeze/lift", world.person, json=body)
    assert not lifted["is_frozen"]
    (lift,) = lifted["lifts"]
    assert (lift["by"], lift["reason"]) == ("A", "The fire brigade closed North")
    again = await office.call("POST", f"{event}/freeze/lift", world.person, json=body)
    assert again.status_code == 409
    await office.ok("POST", f"{event}/zones", world.person, json={"name": "Yard"})
    await office.ok("POST", f"{event}/handover", world.person)
    handed = await office.ok("GET", f"{event}/freeze", staff)
    assert handed["is_frozen"]
    assert handed["lifts"] == [lift]
    monkeypatch.setattr(quotas, "LIFTS_MAX", 1)
    once_more = await office.call("POST", f"{event}/freeze/lift", world.person, json=body)
    assert once_more.json()["type"].endswith("/quota-exceeded")
    audit = await office.ok("GET", f"{world.person.path}/audit?limit=100", world.person)
    assert any(line["route"].endswith("/freeze/lift") for line in audit["items"])


async def test_an_event_for_trying_is_never_frozen(office: Office) -> None:
    """A rehearsal is handed to gates again and again, and changed in between."""
    ada = await office.person()
    body = {"name": "Trial", "timezone": "UTC", "profile": "rehearsal"}
    made = await office.ok("POST", f"{ada.path}/events", ada, json=body)
    event = f"{ada.path}/events/{made['id']}"
    zone = await office.ok("POST", f"{event}/zones", ada, json={"name": "Yard"})
    await office.ok("POST", f"{event}/gates", ada, json={"name": "N", "zone_id": zone["id"]})
    await office.ticket_type(ada, made["id"])
    await office.ok("POST", f"{event}/state", ada, json={"state": "published"})
    await office.ok("POST", f"{event}/handover", ada)
    assert not (await office.ok("GET", f"{event}/freeze", ada))["is_frozen"]
    await office.ok("POST", f"{event}/zones", ada, json={"name": "Stage"})
