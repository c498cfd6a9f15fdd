"""Refusals that help: they name what is missing, what is allowed and what is wanted, in words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.kernel.id_types import EventId
from tests.factories.office import Office

pytestmark = pytest.mark.either_database


def _errors(answer: Any, status: int) -> dict[str, str]:
    assert answer.status_code == status, answer.text
    return {error["field"]: error["message"] for error in answer.json()["errors"]}


async def test_an_unknown_parameter_is_refused_and_the_allowed_ones_are_listed(
    office: Office,
) -> None:
    """A mistyped filter would otherwise answer with everything, as if all of it fitted."""
    person = await office.person()
    event_id = await office.event(person)
    path = f"{person.path}/events/{event_id}/tickets"
    errors = _errors(await office.call("GET", path + "?nmae=Klara", person), 400)
    assert list(errors) == ["nmae"]
    for allowed in ("after", "limit", "manual_code", "order_id", "state", "ticket_type_id"):
        assert allowed in errors["nmae"]
    assert "ticket_state" not in errors["nmae"], "the code's name for it, not the query's"
    # Also where there is no parameter at all, and on what writes.
    assert (
        "takes none" in _errors(await office.call("GET", "/api/v1/me?full=1", person), 400)["full"]
    )
    made = await office.call("POST", f"{person.path}/events?dry=1", person, json={"name": "x"})
    assert list(_errors(made, 400)) == ["dry"]
    # A stranger learns nothing by asking.
    assert (await office.call("GET", path + "?nmae=Klara")).status_code == 401


async def test_devices_and_monitors_may_ask_for_more_than_is_known(office: Office) -> None:
    """A newer device asks an older server; a balancer adds a parameter of its own."""
    assert (await office.call("GET", "/health/live?t=1")).status_code == 200
    answer = await office.call("GET", "/sync/v1/time?nonce=00&later=1")
    assert "later" not in answer.text


async def test_a_header_that_is_wrong_is_named_as_it_is_sent(office: Office) -> None:
    """Nobody outside knows how the code calls it; and it is no parameter of the query."""
    person = await office.person()
    path = f"{person.path}/events/{await office.event(person)}/orders"
    body = {"lines": [{"ticket_type_id": "tt_1", "quantity": 1}]}
    too_long = {"Idempotency-Key": "k" * 81}
    answer = await office.call("POST", path, person, headers=too_long, json=body)
    assert _errors(answer, 422) == {"Idempotency-Key": "must have at most 80 characters"}
    errors = _errors(await office.call("POST", path + "?x=1", person, json=body), 400)
    assert "Idempotency-Key" not in errors["x"]


async def test_a_value_that_is_none_of_a_choice_is_answered_by_the_choice(office: Office) -> None:
    """In a query and in a body alike, under the name that the request must use."""
    person = await office.person()
    event_id = await office.event(person)
    path = f"{person.path}/events/{event_id}"
    errors = _errors(await office.call("GET", f"{path}/tickets?state=foo", person), 422)
    assert list(errors) == ["state"]
    for state in ("paid", "pending", "cancelled"):
        assert state in errors["state"]
    body = {"lines": [], "payment": "gold"}
    errors = _errors(await office.call("POST", f"{path}/orders", person, json=body), 422)
    assert "paid" in errors["payment"]
    assert "gold" not in errors["payment"], "never what was sent"


async def test_a_missing_body_is_named_with_its_fields(office: Office) -> None:
    """Nobody has to guess that `data` was the body."""
    person = await office.person()
    event_id = await office.event(person)
    path = f"{person.path}/events/{event_id}/tickets/0123456789abcdef/refund"
    errors = _errors(await office.call("POST", path, person), 400)
    assert "data" not in errors
    assert "JSON" in errors["body"]
    assert errors["reason"] == "is missing"


async def nothing_in_pieces() -> AsyncIterator[bytes]:
    """Give a body whose length is told by its end alone."""
    yield b""


async def test_a_body_in_pieces_that_is_empty_is_named_as_a_missing_one(office: Office) -> None:
    """A proxy may send it on without its length."""
    person = await office.person()
    sent = {"content": nothing_in_pieces(), "headers": {"content-type": "application/json"}}
    errors = _errors(await office.call("POST", f"{person.path}/events", person, **sent), 400)
    assert errors["name"] == errors["timezone"] == "is missing"
    assert "JSON" in errors["body"]


async def test_a_time_without_its_zone_is_told_how_it_is_written(office: Office) -> None:
    """In words of a person, not of the program that reads it."""
    person = await office.person()
    path = f"{person.path}/events/{await office.event(person)}/occurrences"
    body = {"name": "Night", "starts_at": "2026-07-04T18:00:00"}
    errors = _errors(await office.call("POST", path, person, json=body), 422)
    assert errors["starts_at"].startswith("must be a date and time with its zone")


async def test_a_body_that_says_a_thing_twice_changes_nothing(office: Office) -> None:
    """Neither the first nor the last of two amounts, roles or names counts: which, is said."""
    person = await office.person()
    event_id = await office.event(person)
    path = f"{person.path}/events/{event_id}"
    before = await office.ok("GET", path, person)
    body = b'{"name": "First", "name": "Last"}'
    told = {"content": body, "headers": {"content-type": "application/json"}}
    errors = _errors(await office.call("PATCH", path, person, **told), 400)
    assert errors == {"name": "appears more than once"}
    assert await office.ok("GET", path, person) == before
    kind = await office.ticket_type(person, EventId(event_id))
    line = b'{"ticket_type_id": "%s", "quantity": 1, "quantity": 9}' % kind.encode()
    body = b'{"lines": [%s], "payment": "comp", "comp_reason": "press"}' % line
    told["content"] = body
    errors = _errors(await office.call("POST", f"{path}/orders", person, **told), 400)
    assert list(errors) == ["lines[0].quantity"]
    assert (await office.ok("GET", f"{path}/orders", person))["items"] == []


async def test_what_is_wanted_is_said_in_words(office: Office) -> None:
    """A slug, an address and a currency: no regular expression is shown to anybody."""
    person = await office.person()
    body = {"name": "x", "slug": "Summer Fair!", "currency": "euro"}
    errors = _errors(await office.call("POST", "/api/v1/organizations", person, json=body), 422)
    assert "hyphens" in errors["slug"]
    assert "EUR" in errors["currency"]
    body = {"email": "notanemail", "password": "x"}
    errors = _errors(await office.call("POST", "/api/v1/sessions", json=body), 422)
    assert "ada@example.org" in errors["email"]
    assert not any("^" in message or "`" in message for message in errors.values())
