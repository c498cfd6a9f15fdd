"""Every request of the office that changes something leaves a line that nobody can change."""

from __future__ import annotations

import ast
import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server.db.audit_line import PRESENT, ChangingRequest
from server.db.tenancy import SYSTEM
from tests.factories.everything import ELSEWHERE, body_schema, fill, make_world, operations
from tests.factories.office import Office
from tests.factories.openapi_bodies import example_body

ROOT = Path(__file__).resolve().parents[4]
NOT_AUDITED = {
    "server/http/rate_limits.py",  # counts requests
    "server/accounts/throttling.py",  # counts failures
    "server/accounts/principal_of_request.py",  # when a key was last used
    "server/devices/enrolling_routes.py",  # counts guesses; the enrolment itself has its line
    "server/db/writing_probe.py",  # tries whether anything can be written
    "server/jobs/runner.py",  # who tries a job until when; what asked for it has its line
    "server/jobs/leases_of_ended_workers.py",  # likewise, where whoever tried it has died
    "server/db/periodic_turns.py",  # whose turn it is to tidy up
    "server/claims/missed_codes.py",  # counts tries at codes
    "server/db/clock_leaps.py",  # when the clock was looked at; what ends then has its line
    "server/orders/how_long_unpaid_orders_hold_seats.py",  # the same, and what a leap moved
    "server/webhooks/delivering.py",  # forgets messages after a month
    "server/ledger/checkin_webhooks.py",  # how far the feed was told
    "server/persons/retention.py",  # when its clock was looked at; what it erases has its line
    "server/exchange/other_server_took_over.py",  # that it was taken over; the alarm says so
    "server/seating/placing_maps.py",  # seats that do not hold yet; making them hold has its line
}
"""Files that may write past the audit, because what they write is no change of the office."""


async def lines(office: Office, request_id: str = "%") -> list[dict[str, Any]]:
    """Return all lines of the audit, or those of a request."""
    query = "SELECT * FROM audit_line WHERE request_id LIKE :request ORDER BY at, id"
    async with office.database.read(org=SYSTEM) as session:
        rows = await session.execute(text(query), {"request": request_id})
        return [dict(row) for row in rows.mappings()]


@pytest.mark.either_database
async def test_every_operation_that_writes_leaves_a_line(office: Office) -> None:
    """Over the API's description: what succeeds has one line, what is refused has none."""
    world = await make_world(office, "A")
    document = (await office.call("GET", "/docs/openapi.json")).json()
    written: set[tuple[str, str]] = set()
    for method, path, operation, names in operations(document):
        if method == "GET" or not path.startswith("/api/") or names & ELSEWHERE:
            continue
        if path.endswith("/sessions/current"):
            continue  # ends the very session that the rest is asked with; see below
        schema = body_schema(operation)
        more = {} if schema is None else {"json": example_body(document, schema)}
        own = {f: v for f, v in world.ids.items() if schema and f in str(schema)}
        if "json" in more and isinstance(more["json"], dict):
            more["json"] |= own
        answer = await office.call(method, fill(path, world.ids), world.person, **more)
        ours = await lines(office, answer.headers["x-request-id"])
        told = (method, path, answer.status_code, answer.text)
        if answer.is_success:
            assert len(ours) == 1, told
            assert ours[0]["method"] == method
            written.add((method, path))
        else:
            assert ours == [], told
    assert len(written) >= 25, sorted(written)


@pytest.mark.either_database
async def test_a_line_tells_who_and_what_and_no_free_text(office: Office) -> None:
    """Actor, route and ids; names, addresses and bodies stand nowhere in it."""
    owner = await office.person(name="CANARY")
    body = {"name": "CANARY", "timezone": "UTC"}
    made = await office.ok("POST", f"{owner.path}/events", owner, json=body)
    path = f"{owner.path}/events/{made['id']}"
    await office.ok("PATCH", path, owner, json={"name": "CANARY too"})
    first, second = sorted(await lines(office), key=lambda row: row["method"], reverse=True)
    assert first["actor"] == second["actor"] == owner.user_id
    assert first["organization_id"] == owner.organization_id
    assert second["method"] == "PATCH"
    assert f"event_id={made['id']}" in second["targets"].split()
    assert "CANARY" not in str(first) + str(second)


@pytest.mark.either_database
async def test_owners_read_their_own_audit_only(office: Office) -> None:
    """Newest first, page by page; managers and other organizations' owners see none of it."""
    owner, other = await office.person(), await office.person()
    manager = await office.person("manager", organization_id=owner.organization_id)
    for number in range(5):
        body = {"name": f"E{number}", "timezone": "UTC"}
        await office.ok("POST", f"{owner.path}/events", owner, json=body)
    path = f"{owner.path}/audit"
    first = await office.ok("GET", f"{path}?limit=3", owner)
    rest = await office.ok("GET", f"{path}?limit=3&after={first['next']}", owner)
    both = [*first["items"], *rest["items"]]
    assert len({line["request_id"] for line in both}) == 5
    assert [line["at"] for line in both] == sorted((x["at"] for x in both), reverse=True)
    assert rest["next"] is None
    assert (await office.call("GET", path, manager)).status_code == 403
    assert (await office.call("GET", path, other)).status_code == 404
    assert (await office.ok("GET", f"{other.path}/audit", other))["items"] == []


@pytest.mark.parametrize("change", ["UPDATE audit_line SET actor = 'x'", "DELETE FROM audit_line"])
async def test_lines_are_only_added(office: Office, change: str) -> None:
    """The database itself refuses to change or delete a line, whoever asks."""
    owner = await office.person()
    body = {"name": "E", "timezone": "UTC"}
    await office.ok("POST", f"{owner.path}/events", owner, json=body)
    before = await lines(office)
    with pytest.raises(DBAPIError):
        async with office.database.write(org=SYSTEM) as session:
            await (await session.connection()).execute(text(change))
    assert await lines(office) == before != []


async def test_a_transaction_that_is_tried_again_has_its_line(office: Office) -> None:
    """What failed leaves no line, and does not use up the line of the try that succeeds."""
    request = ChangingRequest(
        lambda: (
            {"at": 1, "id": "au_1", "actor": "us_1", "method": "POST"}
            | {"route": "/x", "targets": "", "request_id": "r1"}
        )
    )
    token = PRESENT.set(request)
    try:
        with pytest.raises(DBAPIError):
            async with office.database.write(org=SYSTEM) as session:
                await (await session.connection()).execute(text("DELETE FROM nothing_of_ours"))
        for _ in range(2):
            async with office.database.write(org="og_000000000001"):
                pass
    finally:
        PRESENT.reset(token)
    assert [row["id"] for row in await lines(office)] == ["au_1"]


@pytest.mark.either_database
async def test_signing_in_and_out_leaves_lines(office: Office) -> None:
    """What belongs to no organization has its line as well."""
    credentials = {"email": "a@example.org", "password": "correct horse battery staple"}
    await office.call("POST", "/api/v1/users", json=credentials | {"name": "A"})
    signed = await office.ok("POST", "/api/v1/sessions", json=credentials)
    headers = {"authorization": f"Bearer {signed['access_token']}"}
    await office.call("DELETE", "/api/v1/sessions/current", headers=headers)
    assert {(row["method"], row["route"]) for row in await lines(office)} == {
        ("POST", "/api/v1/users"),
        ("POST", "/api/v1/sessions"),
        ("DELETE", "/api/v1/sessions/current"),
    }


def test_only_what_counts_requests_writes_past_the_audit() -> None:
    """A change of the office cannot leave its line out without being named here."""
    found = set()
    for file in (ROOT / "server").rglob("*.py"):
        source = file.read_text("utf-8")
        for node in ast.walk(ast.parse(source)) if "is_audited" in source else ():
            # Who passes on what a caller says writes nothing past it: the caller is found.
            if (
                isinstance(node, ast.keyword)
                and node.arg == "is_audited"
                and not isinstance(node.value, ast.Name)
            ):
                found.add(str(file.relative_to(ROOT)))
    assert found == NOT_AUDITED


@pytest.mark.either_database
async def test_the_audit_is_narrowed_and_taken_as_a_file(office: Office) -> None:
    """By event, by what was done, by whom; the file says who by name, and holds no formula."""
    owner = await office.person(name="=SUM(A1)")
    events = [await office.event(owner) for _ in range(2)]
    for event_id in events:
        path = f"{owner.path}/events/{event_id}"
        await office.ok("PATCH", path, owner, json={"name": "Renamed"})
    audit = f"{owner.path}/audit"
    of_one = await office.ok("GET", audit, owner, params={"event_id": events[0]})
    assert {target for row in of_one["items"] for target in row["targets"]} >= {
        f"event_id={events[0]}"
    }
    assert not any(events[1] in str(row) for row in of_one["items"])
    narrowed = {"what": "/state", "actor": owner.user_id}
    rows = (await office.ok("GET", audit, owner, params=narrowed))["items"]
    assert [(row["method"], row["by"]) for row in rows] == [("POST", "=SUM(A1)")] * 2
    assert (await office.ok("GET", audit, owner, params={"actor": "us_x"}))["items"] == []
    file = await office.call("GET", f"{audit}.csv", owner, params=narrowed)
    read = list(csv.DictReader(StringIO(file.content.decode("utf-8-sig"), newline="")))
    assert [one["by"] for one in read] == ["'=SUM(A1)"] * 2
    assert [one["request_id"] for one in read] == [row["request_id"] for row in rows]
    stranger = await office.person()
    assert (await office.call("GET", f"{audit}.csv", stranger)).status_code == 404
