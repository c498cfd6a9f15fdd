"""A ticket tried at a gate: the present plan's own decision, and nothing recorded."""

from __future__ import annotations

from typing import Any

import pytest

from shared.kernel.id_types import EventId
from tests.factories.office import Office, Person

pytestmark = pytest.mark.either_database

RULE = {"all": [{"fact": "now", "cmp": "before", "value": "local:21:30:00"}]}
DAY = "2026-07-04"


async def make_plan(office: Office, ada: Person) -> tuple[str, dict[str, str]]:
    """Make an event with a gate whose zone closes at 21:30, and two ticket types."""
    event_id = EventId(await office.event(ada))
    event = f"{ada.path}/events/{event_id}"
    times = {"name": "Saturday", "starts_at": f"{DAY}T18:00:00+02:00"}
    day = await office.ok("POST", f"{event}/occurrences", ada, json=times)
    adult = await office.ticket_type(ada, event_id, name="Adult")
    child = await office.ticket_type(ada, event_id, name="Child")
    body = {"name": "Yard", "rule": RULE, "ticket_type_ids": [adult], "occurrence_id": day["id"]}
    zone = await office.ok("POST", f"{event}/zones", ada, json=body)
    gate = await office.ok(
        "POST", f"{event}/gates", ada, json={"name": "North", "zone_id": zone["id"]}
    )
    await office.ok("POST", f"{event}/state", ada, json={"state": "published"})
    return event, {"adult": adult, "child": child, "gate": gate["id"], "day": day["id"]}


async def ask(office: Office, ada: Person, event: str, **query: Any) -> Any:
    """Try a ticket."""
    return await office.ok("GET", f"{event}/admission-trial", ada, params=query)


async def test_a_rule_is_tried_by_the_clock_of_the_event(office: Office) -> None:
    """Would this get in at 21:29, and at 21:31, at North? Another type not at all."""
    ada = await office.person()
    event, made = await make_plan(office, ada)
    adult = {"gate_id": made["gate"], "ticket_type_id": made["adult"]}

    early = await ask(office, ada, event, **adult, at=f"{DAY}T21:29:00+02:00")
    late = await ask(office, ada, event, **adult, at=f"{DAY}T21:31:00+02:00")
    child = adult | {"ticket_type_id": made["child"]}
    other = await ask(office, ada, event, **child, at=f"{DAY}T20:00:00+02:00")
    again = await ask(
        office,
        ada,
        event,
        **adult,
        at=f"{DAY}T21:00:00+02:00",
        entered=[f"{DAY}T20:00:00+02:00"],
    )

    assert (early["admit"], early["reason"]) == (True, "ok")
    assert (late["admit"], late["reason"]) == (False, "rules_denied")
    assert other["reason"] == "wrong_ticket_type"
    assert again["reason"] == "already_used"
    assert late["meaning"]
    assert late["next_step"]


async def test_a_sold_ticket_is_tried_with_its_own_state_and_leaves_no_trace(
    office: Office,
) -> None:
    """Blocked, it is blocked here too; however often it is tried it was never used."""
    ada = await office.person()
    event, made = await make_plan(office, ada)
    lines = [{"ticket_type_id": made["adult"], "quantity": 1}]
    placed = await office.ok(
        "POST", f"{event}/orders", ada, json={"lines": lines, "payment": "paid"}
    )
    ticket = placed["tickets"][0]["id"]
    asked = {"gate_id": made["gate"], "ticket_id": ticket, "at": f"{DAY}T20:00:00+02:00"}

    for _ in range(2):
        assert (await ask(office, ada, event, **asked))["reason"] == "ok"
    await office.ok("PUT", f"{event}/tickets/{ticket}/block", ada, json={"blocked": True})

    assert (await ask(office, ada, event, **asked))["reason"] == "blocked"
    assert (await office.ok("GET", f"{event}/checkins", ada))["items"] == []


async def test_what_staff_ask_or_look_at_first_is_told_as_a_gate_would_tell_it(
    office: Office,
) -> None:
    """A question on the first way in only, a proof each time; nothing of either on the way out."""
    ada = await office.person()
    event_id = EventId(await office.event(ada))
    event = f"{ada.path}/events/{event_id}"
    times = {"name": "Saturday", "starts_at": f"{DAY}T18:00:00+02:00"}
    await office.ok("POST", f"{event}/occurrences", ada, json=times)
    asks = [{"id": "bags", "text": "Any bags?", "answers": ["yes", "no"]}]
    types = {
        "asked": await office.ticket_type(ada, event_id, name="Adult", questions=asks),
        "proven": await office.ticket_type(ada, event_id, name="18+", check_id=True),
    }
    yard = {"name": "Yard", "ticket_type_ids": [*types.values()], "multiple_entries": True}
    zone = await office.ok("POST", f"{event}/zones", ada, json=yard)
    north = {"name": "North", "zone_id": zone["id"]}
    gate = await office.ok("POST", f"{event}/gates", ada, json=north)
    before = {"entered": [f"{DAY}T20:00:00+02:00"]}
    ways: dict[str, dict[str, Any]] = {
        "first": {},
        "again": before,
        "out": before | {"direction": "out"},
    }

    reasons = {}
    for name, ticket_type_id in types.items():
        asked = {"gate_id": gate["id"], "ticket_type_id": ticket_type_id}
        for way, more in ways.items():
            answer = await ask(office, ada, event, **asked, at=f"{DAY}T21:00:00+02:00", **more)
            reasons[name, way] = (answer["verdict"], answer["reason"])

    assert reasons == {
        ("asked", "first"): ("refer", "question"),
        ("asked", "again"): ("admit", "ok"),
        ("asked", "out"): ("admit", "exit"),
        ("proven", "first"): ("refer", "check_id"),
        ("proven", "again"): ("refer", "check_id"),
        ("proven", "out"): ("admit", "exit"),
    }


UNTRIED: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, "gate_id"),
    ({"gate_id": "gt_none"}, "gate_id"),
    ({"gate_id": None}, "ticket_type_id"),
    ({"gate_id": None, "ticket_id": "zz"}, "ticket_id"),
    ({"gate_id": None, "ticket_id": "0" * 16}, "ticket_id"),
    ({"gate_id": None, "ticket_type_id": "tt_none"}, "ticket_type_id"),
    ({"gate_id": None, "ticket_type_id": "", "occurrence_id": "x"}, "ticket_type_id"),
    ({"gate_id": None, "at": "2026-07-04T20:00:00"}, "at"),
    ({"gate_id": None, "at": "0001-01-01T00:00:00+14:00"}, "at"),
    ({"gate_id": None, "at": "tomorrow"}, "at"),
    ({"gate_id": None, "direction": "up"}, "direction"),
)


async def test_what_cannot_be_tried_is_named(office: Office) -> None:
    """By its field; a gate of None is the event's own."""
    ada = await office.person()
    event, made = await make_plan(office, ada)
    for query, field in UNTRIED:
        asked = {
            name: made["gate"] if name == "gate_id" and value is None else value
            for name, value in query.items()
        }

        answer = await office.call("GET", f"{event}/admission-trial", ada, params=asked)

        assert answer.status_code in {400, 422}, answer.text
        assert answer.json()["errors"][0]["field"] == field
