"""Nobody reads or writes another organization's data: generated over the API's description.

A new route is covered without being named here. A new kind of path parameter must be added to
`PARTS`, else the test fails: so that no route can be forgotten.
"""

from __future__ import annotations

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

pytestmark = pytest.mark.integration

CANARY = "CANARY-A-7f3"

ASKED_EVERY: Final = sized(2, 1)
"""Of an operation every so many of the ways to it are tried, in turn: by whom, and under whose
address."""

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
