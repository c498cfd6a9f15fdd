"""What the server says of itself: the first page, the API's examples, the problems' pages."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import server.app
from server.health.front_page import choose_language, prefers_page, render_page
from server.http.explained_problem_types import ADVICE
from server.http.json_body import decode_body
from server.http.security_headers import PAGE_POLICY
from server.problem_answers import TITLES, TYPE_ROOT
from tests.factories.office import Office

pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("patient_readiness")]
_TEXTS = Path(__file__).parents[4] / "server" / "health" / "front_page_texts.json"


async def test_a_browser_is_shown_a_page_and_a_program_json(office: Office) -> None:
    """By what each accepts; a stranger learns of no organization, whoever is served."""
    person = await office.person()
    page = await office.call("GET", "/", headers={"accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"] == PAGE_POLICY
    assert "accept-language" in page.headers["vary"]
    shown = page.text
    for accept in ("*/*", "application/json", ""):
        told = await office.call("GET", "/", headers={"accept": accept})
        assert told.json()["api"] == "/docs"
        shown += told.text
    for secret in (person.organization_id, "Probe", "person1@"):
        assert secret not in shown
    for link in ("/docs", "/docs/problems", "/health/ready", "/docs/icon.svg", "/docs/front.css"):
        assert f'"{link}"' in page.text
        assert (await office.call("GET", link)).status_code == 200


def test_the_first_page_speaks_six_languages() -> None:
    """The accepted one is taken, else English; each has every text."""
    texts = json.loads(_TEXTS.read_text("utf-8"))
    assert set(texts) == {"en", "de", "es", "fr", "ar", "th"}
    for language, found in texts.items():
        assert set(found) == set(texts["en"])
        for is_ready in (True, False):
            page = render_page(language, is_ready=is_ready)
            assert "$" not in page
            assert ('class="state ready"' in page) == is_ready
    assert 'dir="rtl"' in render_page("ar", is_ready=True)
    assert choose_language("nl, de-AT;q=0.8, en;q=0.9;x=1") == "en"
    assert choose_language("th-TH;q=nonsense, fr;q=0.1") == "fr"
    assert choose_language("") == "en"
    assert prefers_page("text/html;q=0.3, application/json;q=0.9") is False


async def test_the_address_in_a_problems_type_explains_it(office: Office) -> None:
    """Every type has a page that says what happened and what to do."""
    assert set(ADVICE) == set(TITLES)
    refused = await office.call("GET", "/api/v1/me")
    page = await office.call("GET", refused.json()["type"])
    assert page.status_code == 200
    assert "Sign in" in page.text
    listed = await office.call("GET", "/docs/problems")
    for slug, (_, title) in TITLES.items():
        assert f'"{TYPE_ROOT}{slug}"' in listed.text
        found = await office.call("GET", TYPE_ROOT + slug)
        assert title in unescape(found.text)
    assert (await office.call("GET", TYPE_ROOT + "nonsense")).status_code == 404


def _operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]


def _bodies() -> dict[str, Any]:
    found = {}
    for router in server.app.ROUTERS:
        for route in router.routes:
            for handler in getattr(route, "route_handlers", ()):
                field = getattr(handler, "parsed_data_field", None)
                if field is not None:
                    for method in handler.http_methods:
                        found[f"{method.lower()} {route.path_format}"] = field.annotation
    return found


async def test_every_operation_has_an_example_that_its_own_check_takes(office: Office) -> None:
    """Whoever copies one has to put in ids, and nothing else."""
    document = (await office.call("GET", "/docs/openapi.json")).json()
    bodies = _bodies()
    checked = 0
    for name, operation in _operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is not None and name.partition(" ")[2].startswith("/api/"):
            decode_body(json.dumps(content["example"]).encode(), bodies[name])
            checked += 1
        for parameter in operation.get("parameters", ()):
            assert parameter["example"] not in ("", None), (name, parameter)
        for status, answer in operation["responses"].items():
            json_content = answer.get("content", {}).get("application/json")
            if json_content is not None and int(status) < 300:
                assert "example" in json_content, (name, status)
    assert checked > 30


async def test_each_route_says_who_may_ask_for_it(office: Office) -> None:
    """Whoever chooses an API key's rights tries none of them out."""
    document = (await office.call("GET", "/docs/openapi.json")).json()
    told = {name: one["description"] for name, one in _operations(document)}
    open_to_all = {f"post /api/v1/{path}" for path in ("users", "sessions", "sessions/refresh")}
    begins = ("From the role `", "Anyone who is signed in.", "The platform admin.")
    for name, text in told.items():
        is_guarded = name.partition(" ")[2].startswith("/api/") and name not in open_to_all
        assert any(one in text for one in begins) == is_guarded, name
    of = "/api/v1/organizations/{organization_id}"
    event = f"{of}/events/{{event_id}}"
    for name, words in (
        (f"post {event}/orders", "From the role `box_office` on; an API key needs `orders:w"),
        (f"get {event}/evidence", "needs `conflicts:read`. From the role `staff` on; an API key"),
        (f"get {of}/invitations", "From the role `owner` on; no API key may."),
        (f"put {of}/approval", "The platform admin."),
        ("get /api/v1/me", "Anyone who is signed in."),
    ):
        assert words in told[name], name


async def test_a_fields_text_stands_beside_the_field(office: Office) -> None:
    """And no longer in one paragraph above all of them."""
    document = (await office.call("GET", "/docs/openapi.json")).json()
    schemas = document["components"]["schemas"]
    body = schemas["TicketTypeBody"]
    assert body["description"] == "What a ticket type is; PUT replaces all of it."
    assert body["properties"]["price_minor"]["description"].startswith("In minor units")
    left = [name for name, one in schemas.items() if "Attributes:" in one.get("description", "")]
    assert left == []
