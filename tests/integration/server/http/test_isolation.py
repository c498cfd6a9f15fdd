"""Nobody reads or writes another organization's data: generated over the API's description.

A new route is covered without being named here. A new kind of path parameter must be added to
`PARTS`, else the test fails: so that no route can be forgotten.
"""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from shared.kernel.id_types import OrganizationId
from tests.factories.everything import (
    ELSEWHERE,
    ORGANIZATION,
    PARTS,
    World,
    body_schema,
    fill,
    make_world,
    operations,
)
from tests.factories.office import Office
from tests.factories.openapi_bodies import example_body, id_fields
from tests.factories.rows_at_rest import rows_of
from tests.factories.strength import sized

CANARY = "CANARY-A-7f3"

ASKED_EVERY: Final = sized(2, 1)
"""Of an operation every so many of the ways to it are tried, in turn: by whom, and under whose
address."""

EVENT: Final = "/api/v1/organizations/{organization_id}/events/{event_id}/"
WEBHOOK: Final = "/api/v1/organizations/{organization_id}/webhooks/{webhook_id}"
WITHIN_EVENTS: Final = PARTS - {
    *("event_id", "venue_id", "user_id", "api_key_id", "device_id", "supervisor_id", "cashier_id"),
    *("shift_id", "voucher_id", "invitation_id", "key_name", "job_id", "webhook_id", "message_id"),
    *("schedule_id", "picture_id", "address_id", "erasure_id"),
}
"""Path parameters of what belongs to one event."""

ELSE_WRONG_FIRST: Final = {
    f"PUT {EVENT}gates/{{gate_id}}",
    f"POST {WEBHOOK}/deliveries/{{message_id}}/again",
}
"""Refused for another reason first: a body that names no zone, a webhook that is paused."""

KEYS_ON_DEMAND: Final = {"signing_key", "organization_counter", "api_key"}
"""An organization's first evidence makes the key that signs it; a key's use is noted."""

DRAWN_BY_DEVICES = {"evacuation_id"}
"""Names that a device draws; they are looked up within the path's event and zone only."""


@pytest.mark.either_database
async def test_every_path_parameter_is_known(office: Office) -> None:
    """A route with a new kind of id must be made known to this test."""
    document = (await office.call("GET", "/docs/openapi.json")).json()
    known = PARTS | ELSEWHERE | {ORGANIZATION}
    unknown = {name for *_, names in operations(document) for name in names} - known
    assert unknown == set()


async def test_nothing_reaches_or_shows_another_organization(office: Office) -> None:
    """No operation, no list and no id in a body; and whatever was asked, A is as it was."""
    a, b = await make_world(office, CANARY), await make_world(office, "B")
    document = (await office.call("GET", "/docs/openapi.json")).json()
    before = await rows_of(office, OrganizationId(a.ids[ORGANIZATION]))
    await read_all_lists(office, document, b)
    await ask_for_all_that_is_theirs(office, document, a, b)
    assert await rows_of(office, OrganizationId(a.ids[ORGANIZATION])) == before
    await name_theirs_in_bodies(office, document, a, b)
    assert await rows_of(office, OrganizationId(a.ids[ORGANIZATION])) == before


@pytest.mark.either_database
async def test_each_id_is_looked_up_within_what_stands_before_it(office: Office) -> None:
    """One id of a path at a time: another organization's, another event's, and nobody's are alike.

    What stands before it is one's own, so that the last look-up must hold by itself.
    """
    a, b = await make_world(office, CANARY), await make_world(office, "B")
    sister = await make_world(office, "C", b.person)
    document = (await office.call("GET", "/docs/openapi.json")).json()
    before = await rows_of(office, OrganizationId(a.ids[ORGANIZATION]))
    sisters = await rows_of(office, OrganizationId(b.ids[ORGANIZATION]))
    asked = 0
    for method, path, operation, names in operations(document)[:: one_of(office)]:
        schema = body_schema(operation)
        body = {} if schema is None else {"json": example_body(document, schema)}
        if ORGANIZATION not in names or f"{method} {path}" in ELSE_WRONG_FIRST:
            continue
        for name in names - {ORGANIZATION}:
            others = [a.ids[name], nobodys(a.ids[name])]
            if name in WITHIN_EVENTS and "event_id" in names:
                others.append(sister.ids[name])
            told = await what_is_told(office, b, method, path, {name: others}, **body)
            assert {status for status, _ in told} == {404}, (method, path, name, told)
            assert len(told) == 1, (method, path, name, told)
            asked += 1
    assert asked > 250 / one_of(office)
    assert await rows_of(office, OrganizationId(a.ids[ORGANIZATION])) == before
    now = await rows_of(office, OrganizationId(b.ids[ORGANIZATION]))
    changed = {table for table in now if now[table] != sisters[table]}
    assert changed <= KEYS_ON_DEMAND


@pytest.mark.either_database
async def test_ids_deep_in_a_body_are_told_as_ones_that_nobody_has(office: Office) -> None:
    """Another organization's and another event's, in lists and in what lists hold."""
    a, b = await make_world(office, CANARY), await make_world(office, "B")
    sister = await make_world(office, "C", b.person)
    before = await rows_of(office, OrganizationId(a.ids[ORGANIZATION]))
    for method, place, name, body in deep_bodies():
        others = {"{}": [a.ids[name], nobodys(a.ids[name]), sister.ids[name]]}
        text = {"content": json.dumps(body), "headers": {"content-type": "application/json"}}
        told = await what_is_told(office, b, method, EVENT + place, others, **text)
        assert len(told) == 1, (method, place, name, told)
        (status, said) = told.pop()
        assert status in {404, 422}, (method, place, said)
        assert name.removesuffix("_id").replace("_", " ") in said or name in said, said
    assert await rows_of(office, OrganizationId(a.ids[ORGANIZATION])) == before


async def what_is_told(
    office: Office, who: World, method: str, path: str, places: dict[str, list[str]], **more: Any
) -> set[tuple[int, str]]:
    """Put each of several ids in one place; returns the statuses and texts, ids apart.

    The place is a parameter of the path, or a `{}` in the text of the body.
    """
    ((place, others),) = places.items()
    told = set()
    for other in others:
        address = fill(path, who.ids | {place: other})
        sent = more
        if "content" in more:
            sent = more | {"content": more["content"].replace(place, other)}
        answer = await office.call(method, address, who.person, **sent)
        said = answer.text.partition('"request_id"')[0].replace(other, "…")
        told.add((answer.status_code, said))
    return told


def deep_bodies() -> list[tuple[str, str, str, dict[str, Any]]]:
    """List method, place at an event, the kind of id, and a body with `{}` in the id's place."""
    kind, date, starts = "ticket_type_id", "occurrence_id", "2026-08-01T18:00:00Z"
    line, word = {kind: "{}", "quantity": 1}, {"word": "x", kind: "{}"}
    moved = {date: "{}", "starts_at": starts}
    return [
        ("POST", "orders", kind, {"lines": [line]}),
        ("POST", "holds", kind, {"name": "x", kind: "{}", "quantity": 1}),
        ("POST", "zones", kind, {"name": "x", "ticket_type_ids": ["{}"]}),
        ("POST", "zones", date, {"name": "x", date: "{}"}),
        ("POST", "ticket-types", date, {"name": "x", "price_minor": 1, date: "{}"}),
        (
            "POST",
            "promotions",
            kind,
            {"name": "x", "percent_points": 1, "ticket_type_ids": ["{}"]},
        ),
        ("POST", "imports/{import_id}/check", kind, {"code": "code", "words": [word]}),
        ("POST", "move", date, {"dates": [moved]}),
        ("POST", "move/preview", date, {"dates": [moved]}),
        ("POST", "ticket-files", kind, {"which": {"ticket_type_ids": ["{}"]}}),
        ("POST", "ticket-files", "import_id", {"which": {"import_id": "{}"}}),
        ("POST", "seats/best", kind, {kind: "{}", "quantity": 1}),
    ]


def nobodys(name: str) -> str:
    """Return an id of the same form that nobody has."""
    return name[:-4] + ("0000" if name[-4:] != "0000" else "1111")


async def ask_for_all_that_is_theirs(
    office: Office, document: dict[str, Any], a: World, b: World
) -> None:
    """B, with a session or with a key of all scopes, and strangers: 404, 401, nothing told."""
    called, every = 0, one_of(office)
    for method, path, operation, names in operations(document)[::every]:
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
        for address, headers, expected in asked[called % ASKED_EVERY :: ASKED_EVERY]:
            answer = await office.call(method, address, headers=headers, **more)
            told = (method, address, answer.status_code, answer.text)
            assert answer.status_code in expected, told
            assert CANARY not in answer.text + str(answer.headers), told
            called += 1
    assert called > 150 / (every * ASKED_EVERY)


def one_of(office: Office) -> int:
    """Return of how many operations one is asked.

    On PostgreSQL, where row-level security holds behind each query, some are a sample.
    """
    return sized(1 if office.database.is_sqlite else 8, 1)


async def read_all_lists(office: Office, document: dict[str, Any], b: World) -> None:
    """What B may read holds nothing of A."""
    read, every = 0, one_of(office)
    for method, path, _, names in operations(document)[::every]:
        if method == "GET" and not names & ELSEWHERE:
            answer = await office.call("GET", fill(path, b.ids), b.person)
            assert CANARY not in answer.text, path
            read += answer.is_success
    assert read >= 15 / every


async def name_theirs_in_bodies(
    office: Office, document: dict[str, Any], a: World, b: World
) -> None:
    """Each id in a request's body is looked up within one's own organization and event."""
    called, every = 0, one_of(office)
    for method, path, operation, names in operations(document)[::every]:
        schema = body_schema(operation)
        if schema is None or ORGANIZATION not in names:
            continue
        for name in set(id_fields(document, schema)) - DRAWN_BY_DEVICES:
            named = name.removeprefix("from_").removeprefix("to_").removesuffix("s")
            foreign = a.ids[named.replace("logo", "picture")]
            own = {field: b.ids[field] for field in id_fields(document, schema) if field in b.ids}
            wrong: Any = [foreign] if name.endswith("s") else foreign
            body = example_body(document, schema) | own | {name: wrong}
            answer = await office.call(method, fill(path, b.ids), b.person, json=body)
            assert answer.status_code in {404, 422}, (method, path, name, answer.text)
            assert CANARY not in answer.text
            called += 1
    assert called >= 8 / every
    lines = [{"ticket_type_id": a.ids["ticket_type_id"], "quantity": 1}]
    orders = fill("/api/v1/organizations/{organization_id}/events/{event_id}/orders", b.ids)
    answer = await office.call("POST", orders, b.person, json={"lines": lines})
    assert answer.status_code == 422
