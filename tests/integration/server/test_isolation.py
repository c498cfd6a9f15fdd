"""Nobody reads or writes another organization's data: generated over the API's description.

A new route is covered without being named here. A new kind of path parameter must be added to
`PARTS`, else the test fails: so that no route can be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from server.accounts.principal import SCOPES
from server.db.tables import load_metadata
from server.db.tenancy import SYSTEM, scoped_tables
from server.devices.models import Device
from server.reconciliation.models import Conflict
from shared.kernel import ids
from tests.factories.office import Office, Person
from tests.factories.openapi_bodies import example_body, id_fields

pytestmark = pytest.mark.integration

CANARY = "CANARY-A-7f3"
ORGANIZATION = "organization_id"
PARTS = {
    "event_id",
    "occurrence_id",
    "venue_id",
    "zone_id",
    "gate_id",
    "ticket_type_id",
    "order_id",
    "ticket_id",
    "user_id",
    "api_key_id",
    "device_id",
    "conflict_id",
    "supervisor_id",
}
"""Path parameters of things that belong to an organization, which `world` makes."""

ELSEWHERE = {"session_id", "digest"}
"""Path parameters of things that belong to a person or are public by their hash."""


@dataclass
class World:
    """One organization with one of everything."""

    person: Person
    ids: dict[str, str]
    key: dict[str, str]


async def make_world(office: Office, mark: str) -> World:
    """Make an organization whose text fields all carry a mark."""
    person = await office.person(name=mark)
    path = person.path
    await office.ok("PATCH", path, person, json={"name": mark})
    event_id = await office.event(person)
    event = f"{path}/events/{event_id}"
    await office.ok("PATCH", event, person, json={"name": mark})
    times = {"name": mark, "starts_at": "2026-08-01T18:00:00Z"}
    occurrence = await office.ok("POST", f"{event}/occurrences", person, json=times)
    template = [{"name": mark, "gates": [{"name": mark}]}]
    body = {"name": mark, "timezone": "UTC", "address": mark, "template": template}
    venue = await office.ok("POST", f"{path}/venues", person, json=body)
    plan = await office.ok("POST", f"{event}/plan", person, json={"venue_id": venue["id"]})
    kind = await office.ticket_type(person, event_id, name=mark)
    placed = await office.ok(
        "POST",
        f"{event}/orders",
        person,
        json={
            "lines": [{"ticket_type_id": kind, "quantity": 1, "variant": mark}],
            "payment": "paid",
            "buyer_name": mark,
            "buyer_email": f"{mark}@example.org",
        },
    )
    ticket_id = placed["tickets"][0]["id"]
    await office.ok("PUT", f"{event}/tickets/{ticket_id}/holder", person, json={"name": mark})
    key = await office.ok(
        "POST", f"{path}/api-keys", person, json={"name": mark, "scopes": sorted(SCOPES)}
    )
    supervisor = await office.ok(
        "POST", f"{path}/supervisors", person, json={"name": mark, "pin": "483920"}
    )
    found = {
        ORGANIZATION: person.organization_id,
        "event_id": event_id,
        "occurrence_id": occurrence["id"],
        "venue_id": venue["id"],
        "zone_id": plan["zones"][0]["id"],
        "gate_id": plan["gates"][0]["id"],
        "ticket_type_id": kind,
        "order_id": placed["order"]["id"],
        "ticket_id": ticket_id,
        "user_id": person.user_id,
        "api_key_id": key["api_key"]["id"],
        "device_id": await make_device(office, person.organization_id, mark),
        "supervisor_id": supervisor["supervisor"]["id"],
        "conflict_id": await make_conflict(office, person.organization_id, event_id, mark),
    }
    assert set(found) == PARTS | {ORGANIZATION}
    return World(person, found, {"authorization": f"Bearer {key['key']}"})


async def make_device(office: Office, organization_id: str, mark: str) -> str:
    """Make a device, past enrolment."""
    device_id = ids.new_id(ids.DEVICE, office.entropy)
    async with office.database.write(org=organization_id) as session:
        session.add(
            Device(
                id=device_id,
                organization_id=organization_id,
                name=mark,
                role="gate",
                profile="live",
                program="test",
                public_key=office.entropy.random_bytes(32),
                token_hash=office.entropy.random_bytes(32),
                enrolled_at=0,
            )
        )
    return device_id


async def make_conflict(office: Office, organization_id: str, event_id: str, mark: str) -> str:
    """Make a conflict, past the journals that would show it."""
    conflict_id = ids.new_id(ids.CONFLICT, office.entropy)
    async with office.database.write(org=organization_id) as session:
        session.add(
            Conflict(
                id=conflict_id,
                organization_id=organization_id,
                event_id=event_id,
                kind="clock",
                subject=mark,
                occurrence_id="",
                zone_id="",
                device_id="",
                is_ordered=False,
                detail=mark,
                disposition="",
                note=mark,
                opened_at=0,
                updated_at=0,
            )
        )
    return conflict_id


async def snapshot(office: Office, organization_id: str) -> dict[str, list[str]]:
    """Return all rows of an organization."""
    found = {}
    async with office.database.read(org=SYSTEM) as session:
        for table, column in scoped_tables(load_metadata()):
            query = text(f"SELECT * FROM {table.name} WHERE {column} = :organization_id")
            rows = await session.execute(query, {"organization_id": organization_id})
            # When a key was last used is the only column that a refused request may touch,
            # and only of the asker's own key.
            found[table.name] = sorted(map(repr, rows.all()))
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any], set[str]]]:
    """Return method, path, operation and path parameters of each operation."""
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            names = {row["name"] for row in operation.get("parameters", []) if row["in"] == "path"}
            found.append((method.upper(), path, operation, names))
    return found


def fill(path: str, parts: dict[str, str]) -> str:
    """Put ids into a path template."""
    for name, value in parts.items():
        path = path.replace("{" + name + "}", value)
    return path


def body_schema(operation: dict[str, Any]) -> dict[str, Any] | None:
    """Return the schema of an operation's JSON body, if it has one."""
    content = operation.get("requestBody", {}).get("content", {})
    schema: dict[str, Any] | None = content.get("application/json", {}).get("schema")
    return schema


async def test_every_path_parameter_is_known(office: Office) -> None:
    """A route with a new kind of id must be made known to this test."""
    document = (await office.call("GET", "/docs/openapi.json")).json()
    known = PARTS | ELSEWHERE | {ORGANIZATION}
    unknown = {name for *_, names in operations(document) for name in names} - known
    assert unknown == set()


async def test_no_operation_reaches_another_organization(office: Office) -> None:
    """B, with a session or with a key of all scopes, and strangers: 404, 401, nothing told."""
    a, b = await make_world(office, CANARY), await make_world(office, "B")
    document = (await office.call("GET", "/docs/openapi.json")).json()
    before = await snapshot(office, a.ids[ORGANIZATION])
    called = 0
    for method, path, operation, names in operations(document):
        if ORGANIZATION not in names or names & ELSEWHERE:
            continue
        schema = body_schema(operation)
        more: dict[str, Any] = {}
        if schema is not None:
            more = {"json": example_body(document, schema)}
        theirs = fill(path, a.ids)
        # A's ids under B's own organization: the scope of the query must hold, not the guard.
        smuggled = fill(path, a.ids | {ORGANIZATION: b.ids[ORGANIZATION]})
        asked = [
            (theirs, b.person.headers, {404, 403} if "approval" in path else {404}),
            (theirs, b.key, {404, 403}),
            (theirs, {}, {401}),
        ]
        if names - {ORGANIZATION}:
            asked.append((smuggled, b.person.headers, {404, 403}))
            asked.append((smuggled, b.key, {404, 403}))
        for address, headers, expected in asked:
            answer = await office.call(method, address, headers=headers, **more)
            told = (method, address, answer.status_code, answer.text)
            assert answer.status_code in expected, told
            assert CANARY not in answer.text + str(answer.headers), told
            called += 1
    assert called > 150
    assert await snapshot(office, a.ids[ORGANIZATION]) == before


async def test_no_list_shows_another_organization(office: Office) -> None:
    """What B may read holds nothing of A."""
    await make_world(office, CANARY)
    b = await make_world(office, "B")
    document = (await office.call("GET", "/docs/openapi.json")).json()
    read = 0
    for method, path, _, names in operations(document):
        if method == "GET" and not names & ELSEWHERE:
            answer = await office.call("GET", fill(path, b.ids), b.person)
            assert CANARY not in answer.text, path
            read += answer.is_success
    assert read >= 15


async def test_no_body_refers_to_another_organization(office: Office) -> None:
    """Each id in a request's body is looked up within one's own organization and event."""
    a, b = await make_world(office, CANARY), await make_world(office, "B")
    document = (await office.call("GET", "/docs/openapi.json")).json()
    before = await snapshot(office, a.ids[ORGANIZATION])
    called = 0
    for method, path, operation, names in operations(document):
        schema = body_schema(operation)
        if schema is None or ORGANIZATION not in names:
            continue
        for name in id_fields(document, schema):
            foreign = a.ids[name.removeprefix("from_").removeprefix("to_").removesuffix("s")]
            own = {field: b.ids[field] for field in id_fields(document, schema) if field in b.ids}
            wrong: Any = [foreign] if name.endswith("s") else foreign
            body = example_body(document, schema) | own | {name: wrong}
            answer = await office.call(method, fill(path, b.ids), b.person, json=body)
            assert answer.status_code in {404, 422}, (method, path, name, answer.text)
            assert CANARY not in answer.text
            called += 1
    assert called >= 8
    lines = [{"ticket_type_id": a.ids["ticket_type_id"], "quantity": 1}]
    orders = fill("/api/v1/organizations/{organization_id}/events/{event_id}/orders", b.ids)
    answer = await office.call("POST", orders, b.person, json={"lines": lines})
    assert answer.status_code == 422
    assert await snapshot(office, a.ids[ORGANIZATION]) == before
