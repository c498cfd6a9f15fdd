"""Traps of the web framework, each of which was seen: what every answer must and must not do."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
import structlog
from litestar import Router, get
from litestar.params import KwargDefinition
from litestar.utils import is_async_callable

import server.app
from server.accounts.guards import Guard
from server.db.ledger_state import open_epoch, reopen_ledger
from server.db.tenancy import SYSTEM
from server.health.checks import ReadinessCheck
from server.http.security_headers import API_POLICY
from server.problem_answers import TYPE_ROOT
from server.steady_clock import SteadyClock
from shared.kernel.floored_clock import FlooredClock
from shared.kernel.id_types import EventId
from shared.kernel.instant import DAY, HOUR, MINUTE, SECOND
from shared.kernel.packing import MSGPACK
from tests.factories import frameworks
from tests.factories.ledger_office import LedgerOffice
from tests.factories.office import Office, open_office
from tests.factories.rows_at_rest import every_row

pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("patient_readiness")]


OPEN_ROUTES = {
    # The first page in a browser says nothing of whom the server serves.
    "GET /",
    "GET /health/live",
    "GET /health/ready",
    "GET /metrics",
    "POST /api/v1/users",
    "POST /api/v1/sessions",
    "POST /api/v1/sessions/refresh",
    # A device has a key of its own, which its domain checks in the handler.
    "DEVICE",
}


async def test_every_answer_carries_the_security_headers(office: Office) -> None:
    """Found, refused, unrouted, of a wrong method or broken: the same headers."""
    for method, path in (
        ("GET", "/health/live"),
        ("GET", "/nowhere"),
        ("DELETE", "/health/live"),
        ("TRACE", "/health/live"),
        ("GET", "/api/v1/me"),
        ("POST", "/api/v1/sessions"),
    ):
        answer = await office.call(method, path)
        headers = answer.headers
        assert headers["content-security-policy"] == API_POLICY, path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert headers["x-request-id"]
        assert "strict-transport-security" not in headers, "plain http must not lock browsers"
    assert (await office.call("TRACE", "/health/live")).status_code == 405


async def test_a_proxy_that_lets_no_websocket_through_is_named_where_its_operator_looks(
    office: Office,
) -> None:
    """Gates poll behind it, and nothing else says so; the log named no address, only 405."""
    person = await office.person()
    event = f"{person.path}/events/{await office.event(person)}"
    for path in ("/sync/v1/push", f"{event}/live/push"):
        answer = await office.call("GET", path, person)
        assert answer.status_code == 405, answer.text
        assert "have it pass on Upgrade and Connection" in answer.json()["detail"]


async def test_every_error_is_a_problem_document(office: Office) -> None:
    """Type, title, status, detail and request id, whoever made the error."""
    person = await office.person()
    cases: list[tuple[str, str, dict[str, Any], int, str]] = [
        ("GET", "/nowhere", {}, 404, "not-found"),
        ("DELETE", "/health/live", {}, 405, "method-not-allowed"),
        ("GET", "/api/v1/me", {}, 401, "unauthenticated"),
        ("GET", "/docs/nowhere", {}, 404, "not-found"),
        ("POST", "/api/v1/sessions", {"json": {}}, 422, "invalid-fields"),
        (
            "POST",
            "/api/v1/sessions",
            {"content": b"{", "headers": {"content-type": "application/json"}},
            400,
            "bad-request",
        ),
        (
            "POST",
            "/api/v1/sessions",
            {"content": b"a=b", "headers": {"content-type": "text/plain"}},
            415,
            "unsupported-media-type",
        ),
        ("GET", f"{person.path}/events?limit=0", {}, 422, "invalid-fields"),
        ("GET", f"{person.path}/events?limit=5&limit=7", {}, 400, "bad-request"),
    ]
    for method, path, more, status, slug in cases:
        answer = await office.call(method, path, person if "org" in path else None, **more)
        assert answer.status_code == status, (path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert body["type"] == TYPE_ROOT + slug
        assert body["status"] == status
        assert body["title"]
        assert body["title"] != body["detail"]
        assert body["request_id"] == answer.headers["x-request-id"]


async def test_a_parameter_that_holds_a_zero_character_is_named(office: Office) -> None:
    """Each of them, by its name; no database of ours can be asked for such."""
    person = await office.person()
    asked = f"{person.path}/events?q=a%00b&limit=5&after=%00&n%00o=1"
    answer = await office.call("GET", asked, person)
    assert answer.status_code == 400
    wrong = [(error["field"], error["message"]) for error in answer.json()["errors"]]
    assert wrong == [(name, "holds the character U+0000") for name in ("q", "after", "no")]


async def test_all_wrong_fields_are_named_at_once(office: Office) -> None:
    """Missing, unknown, out of bounds and of a wrong type: one answer lists them all."""
    person = await office.person()
    event_id = await office.event(person)
    body = {
        "lines": [{"ticket_type_id": "", "quantity": 0}, {"quantity": "2", "price": 1}],
        "payment": "gold",
        "state": "paid",
        "organization_id": "og_other",
    }
    answer = await office.call(
        "POST", f"{person.path}/events/{event_id}/orders", person, json=body
    )
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [
        "lines[0].ticket_type_id",
        "lines[0].quantity",
        "lines[1].ticket_type_id",
        "lines[1].quantity",
        "lines[1].price",
        "payment",
        "state",
        "organization_id",
    ]


async def test_missing_parameter_is_named(ledger_office: LedgerOffice) -> None:
    """The framework tells a parameter that is not there in words alone."""
    gate = await ledger_office.enrol(0)
    client = ledger_office.office.client
    answer = await client.get("/sync/v1/time", headers=gate.headers)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "nonce", "message": "is missing"}]


OTHER_TYPES = (
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "",
    "text/json",
)


async def test_json_under_another_content_type_is_refused(office: Office) -> None:
    """A foreign page's form can send these with the browser's cookies; we do not read them."""
    content = json.dumps({"email": "a@example.org", "password": "x"}).encode()
    for content_type in OTHER_TYPES:
        answer = await office.call(
            "POST",
            "/api/v1/sessions",
            content=content,
            headers={"content-type": content_type} if content_type else {},
        )
        assert answer.status_code == 415, content_type


async def test_device_sends_each_request_as_what_it_is(ledger_office: LedgerOffice) -> None:
    """A claim is JSON and an exchange MessagePack; neither is taken for the other."""
    gate = await ledger_office.enrol(0)
    client = ledger_office.office.client
    for path, other in (
        ("/sync/v1/claims", MSGPACK),
        ("/sync/v1/exchange", "application/json"),
        ("/sync/v1/relayed/claims", "application/json"),
        ("/sync/v1/relayed/entries", "application/json"),
    ):
        headers = gate.headers | {"content-type": other}
        answer = await client.post(path, content=b"{}", headers=headers)
        assert answer.status_code == 415, path


async def test_query_limits_hold_and_are_documented(office: Office) -> None:
    """0 and 501 are refused, 1 and 500 taken; the API's description says so."""
    person = await office.person()
    path = f"{person.path}/events"
    statuses = {
        limit: (await office.call("GET", path, person, params={"limit": limit})).status_code
        for limit in ("0", "1", "500", "501", "-1", "x")
    }
    assert statuses == {"0": 422, "1": 200, "500": 200, "501": 422, "-1": 422, "x": 422}
    document = (await office.call("GET", "/docs/openapi.json")).json()
    parameters = document["paths"]["/api/v1/organizations/{organization_id}/events"]["get"]
    (limit,) = [row for row in parameters["parameters"] if row["name"] == "limit"]
    assert (limit["schema"]["minimum"], limit["schema"]["maximum"]) == (1.0, 500.0)


def _handlers() -> list[tuple[str, Any]]:
    found = []
    for router in server.app.ROUTERS:
        for route in router.routes:
            for handler in getattr(route, "route_handlers", ()):
                methods = set(getattr(handler, "http_methods", ())) - {"OPTIONS"}
                found += [(f"{method} {route.path_format}", handler) for method in methods]
    return found


def test_routes_without_a_guard_are_these_and_no_others() -> None:
    """Whoever adds a route says who may call it, or adds it to the list here."""
    unguarded = {
        name
        for name, handler in _handlers()
        if not any(isinstance(guard, Guard) for guard in handler.resolve_guards())
    }
    of_devices = {name for name in unguarded if " /sync/" in name}
    assert unguarded - of_devices == OPEN_ROUTES - {"DEVICE"}


def test_no_guard_takes_a_thread() -> None:
    """The framework runs whatever is not awaited in one, for each request."""
    guards = {guard for _, handler in _handlers() for guard in handler.resolve_guards()}
    assert [one for one in guards if not is_async_callable(one)] == []


def test_no_parameter_has_its_bounds_where_they_are_ignored() -> None:
    """`Annotated[int, msgspec.Meta(…)]` on a handler's parameter would check nothing."""
    wrong = []
    for name, handler in _handlers():
        for field in handler.parsed_fn_signature.parameters.values():
            if any(type(mark).__module__.startswith("msgspec") for mark in field.metadata):
                wrong.append(f"{name}: {field.name}")
            is_number = field.annotation in {int, float}
            kwarg = field.kwarg_definition
            if is_number and not (isinstance(kwarg, KwargDefinition) and kwarg.is_constrained):
                wrong.append(f"{name}: {field.name} has no bounds")
    assert wrong == []


async def test_a_bug_of_ours_tells_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unforeseen exception gives 500 without its text, and rolls its transaction back."""

    @get("/broken")
    async def broken() -> None:
        secret = "CANARY-in-a-local"
        raise KeyError("CANARY-in-the-text " + secret)

    monkeypatch.setattr(
        server.app, "ROUTERS", (*server.app.ROUTERS, Router("/", route_handlers=[broken]))
    )
    monkeypatch.setattr(frameworks, "_idle", {})  # others are built without it, and go on so
    async with open_office(office.settings) as fresh:
        with structlog.testing.capture_logs() as lines:
            answer = await fresh.call("GET", "/broken?name=CANARY-in-the-query")
    assert answer.status_code == 500
    assert answer.json()["type"] == TYPE_ROOT + "internal"
    assert "CANARY" not in answer.text
    assert any(line["event"] == "request.failed" for line in lines)


async def test_metrics_count_routes_not_ids(office: Office) -> None:
    """Five ids are one time series; scraping is for this machine or a token."""
    person = await office.person()
    for n in range(5):
        await office.call("GET", f"{person.path}/events/ev_{n}", person)
    text = (await office.call("GET", "/metrics")).text
    assert "ev_0" not in text
    assert "/events/{event_id}" in text
    async with open_office(office.settings, address="198.51.100.7") as far:
        assert (await far.call("GET", "/metrics")).status_code == 403
    proxied = await office.call("GET", "/metrics", headers={"x-forwarded-for": "127.0.0.1"})
    assert proxied.status_code == 403


async def test_readiness_follows_the_ledger(office: Office) -> None:
    """While the ledger is closed the server is alive but not ready; answers last a second."""
    assert (await office.call("GET", "/health/ready")).status_code == 200
    async with office.database.write(org=SYSTEM) as session:
        now = office.clock.wall()
        await open_epoch(session, at_least=1, reason="test", now=now, admits_claims=False)
    assert (await office.call("GET", "/health/ready")).status_code == 200, "cached"
    office.clock.advance(2 * SECOND)
    ready = await office.call("GET", "/health/ready")
    assert ready.status_code == 503
    assert ready.json()["checks"]["ledger"] == {
        "ok": False,
        "epoch": 2,
        "open": False,
        "closed_organizations": 0,
    }
    assert (await office.call("GET", "/health/live")).status_code == 200
    async with office.database.write(org=SYSTEM) as session:
        await reopen_ledger(session, "test", office.clock.wall())
    office.clock.advance(2 * SECOND)
    assert (await office.call("GET", "/health/ready")).status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL has its own
async def test_readiness_says_by_how_much_the_clock_was_set_back(office: Office) -> None:
    """It goes on serving: gates need it, and the order of passages is read off no clock."""
    office.clock.advance(2 * SECOND)
    office.clock.step_wall(-60 * SECOND)  # before anybody has asked
    for set_back in (60, 90):
        ready = await office.call("GET", "/health/ready")
        assert ready.status_code == 200
        assert ready.json()["checks"]["clock"] == {"ok": True, "set_back_s": set_back}
        office.clock.advance(2 * SECOND)
        office.clock.step_wall(-30 * SECOND)


async def test_readiness_says_by_how_much_a_step_of_the_clock_is_held_out(office: Office) -> None:
    """Who has set the clock right has to start the server again, and finds it here."""
    clock = office.clock
    clock.advance(DAY)
    served = FlooredClock(SteadyClock(clock))
    check = ReadinessCheck(msgspec.structs.replace(office.context, clock=served))
    assert "held_out_s" not in (await check.read()).checks["clock"]
    clock.step_wall(HOUR)
    clock.advance(MINUTE)
    assert (await check.read()).checks["clock"]["held_out_s"] == HOUR // SECOND


async def test_the_page_of_the_api_loads_nothing_from_elsewhere(office: Office) -> None:
    """The documentation works offline: all its files are ours, and its policy says so."""
    page = await office.call("GET", "/docs")
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    for name in ("page.js", "try.js", "page.css", "icon.svg"):
        assert f"/docs/{name}" in page.text
        part = await office.call("GET", f"/docs/{name}")
        assert part.status_code == 200
        # A name space is no address that anything is loaded from.
        text = (part.text + page.text).replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert "http://" not in text
        assert "https://" not in text
    document = (await office.call("GET", "/docs/openapi.json")).json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            problem = operation["responses"]["422"]["content"]["application/problem+json"]
            assert problem["schema"]["$ref"].endswith("/ProblemBody"), (method, path)


async def test_no_get_changes_a_row(office: Office) -> None:
    """Every GET that needs no id leaves every table as it was."""
    person = await office.person()
    event_id = await office.event(person)
    kind = await office.ticket_type(person, EventId(event_id))
    body = {"lines": [{"ticket_type_id": kind, "quantity": 1}], "payment": "paid"}
    placed = await office.ok("POST", f"{person.path}/events/{event_id}/orders", person, json=body)

    # An event's first ticket key is made when it is first needed.
    ticket_id = placed["tickets"][0]["id"]
    await office.ok(
        "GET", f"{person.path}/events/{event_id}/tickets/{ticket_id}/credential", person
    )
    # So are the keys that documents are signed with.
    await office.call("GET", f"{person.path}/events/{event_id}/evidence", person)
    before = await every_row(office)
    ids = {
        "organization_id": person.organization_id,
        "event_id": event_id,
        "order_id": placed["order"]["id"],
        "ticket_id": ticket_id,
    }
    called = 0
    for name, _ in _handlers():
        method, _, path = name.partition(" ")
        for key, value in ids.items():
            path = path.replace("{" + key + "}", value)
        if method == "GET" and "{" not in path:
            assert (await office.call("GET", path, person)).status_code < 500
            called += 1
    assert called >= 10
    assert await every_row(office) == before
