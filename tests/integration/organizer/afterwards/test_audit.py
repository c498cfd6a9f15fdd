"""Who did what, as the desk asks for it, at the real application."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from gatekeeper.organizer.afterwards import audit_client as desk_audit
from gatekeeper.organizer.afterwards.audit_client import (
    ACTS,
    AuditClient,
    AuditFilter,
    AuditLine,
    Days,
    count_lines,
)
from gatekeeper.organizer.server_api import Refused
from gatekeeper.presenters.desk.audit_words import spell_act, spell_audit_line, spell_request
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import EventId
from shared.kernel.instant import SECOND, datetime_from_instant
from shared.kernel.languages import LANGUAGE_NAMES
from tests.factories.audit_screens import FACTS, make_line
from tests.factories.desk_seat import take_seat
from tests.factories.everything import operations
from tests.factories.office import Office, Person

pytestmark = pytest.mark.either_database
_ELSEWHERE = {
    "/api/v1/organizations",
    "/api/v1/invitations/accept",
    "/api/v1/users",
    "/sync/v1/enrol",
}
"""What is done in an organization, though its route does not name one."""
_LOOKING = ("/move/preview", "/copy/preview", "/seats/best", "/vouchers/check")
"""Asked with a body, but changing nothing: they leave no line."""
Seat = Callable[[Person], AuditClient]


@pytest.fixture
async def seat(office: Office) -> AsyncIterator[Seat]:
    """Sit people down at a desk."""
    opened = []

    def sit_down(person: Person) -> AuditClient:
        desk = take_seat(office, person)
        opened.append(desk._http)
        return AuditClient(desk, person.organization_id)

    yield sit_down
    for one in opened:
        await one.aclose()


async def test_an_owner_reads_page_by_page_narrows_and_saves_who_did_what(
    office: Office, seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line once; by event, person, kind and day; the file holds what is chosen."""
    monkeypatch.setattr(desk_audit, "PAGE_LINES", 3)
    owner = await office.person(name="Mara Okoye")
    us = owner.organization_id
    manager = await office.person("manager", organization_id=us, name="حسن")
    first, other = [await office.event(owner) for _ in range(2)]
    office.clock.advance(SECOND)
    await office.ok("PATCH", f"{owner.path}/events/{first}", manager, json={"name": "Night"})
    desk = seat(owner)
    facts = await desk.read_facts()
    assert facts.events[first] == "Night"
    assert facts.people[manager.user_id] == "حسن"

    lines: list[AuditLine] = []
    after, pages = "", 0
    while pages == 0 or after:
        page = await desk.read(AuditFilter(), facts.zone, after)
        lines, after, pages = [*lines, *page.lines], page.next, pages + 1
    assert pages > 1
    assert len({one.request_id for one in lines}) == len(lines)
    assert (lines[0].by, lines[0].act) == ("حسن", ("changed", "event"))
    assert {"event"} <= {one.act[1] for one in lines}

    async def found(**chosen: Any) -> list[tuple[str, str]]:
        wanted = AuditFilter(**chosen)
        file = await desk.read_file(wanted, facts.zone)
        page = await desk.read(wanted, facts.zone)
        assert count_lines(file) >= len(page.lines)
        return [(one.by, one.target("event_id")) for one in page.lines]

    assert await found(actor=manager.user_id) == [("حسن", first)]
    assert {event for _, event in await found(event_id=other)} == {other}
    assert len(await found(kind="state")) == 2
    today = datetime_from_instant(office.clock.wall()).date()
    assert len(await found(kind="state", days=Days(today, today))) == 2
    assert await found(days=Days(None, today - timedelta(days=1))) == []
    assert await found(days=Days(today + timedelta(days=1))) == []
    with pytest.raises(Refused):
        await seat(manager).read(AuditFilter(), facts.zone)


async def test_opposite_acts_of_one_route_are_told_apart(office: Office, seat: Seat) -> None:
    """Denied or let in again, published, ended or reopened: each has a sentence of its own."""
    owner = await office.person()
    event_id = await office.event(owner)
    root = f"{owner.path}/events/{event_id}"
    kind = await office.ticket_type(owner, EventId(event_id))
    body = {
        "lines": [{"ticket_type_id": kind, "quantity": 1}],
        "payment": "comp",
        "comp_reason": "press",
    }
    (ticket,) = (await office.ok("POST", f"{root}/orders", owner, json=body))["tickets"]
    block = f"{root}/tickets/{ticket['id']}/block"
    for blocked in (True, False):
        await office.ok("PUT", block, owner, json={"blocked": blocked})
    for state in ("active", "completed", "active", "completed"):
        await office.ok("POST", f"{root}/state", owner, json={"state": state})
    desk = seat(owner)
    lines = (await desk.read(AuditFilter(kind="tickets"), "UTC")).lines
    assert sorted(spell_act(one) for one in lines) == [
        "Admitted a denied ticket again",
        "Denied a ticket at gates",
    ]
    assert {one.last_target for one in lines} == {ticket["id"]}
    lines = (await desk.read(AuditFilter(kind="state"), "UTC")).lines
    acts = sorted(spell_act(one) for one in lines if one.target("state") != "published")
    assert acts == ["Ended an event", "Ended an event", "Reopened an event", "Started an event"]
    assert {one.last_target for one in lines} == {""}
    of_before = [
        msgspec.structs.replace(one, targets=[x for x in one.targets if "state=" not in x])
        for one in lines
    ]
    assert {spell_act(one) for one in of_before} == {"Published, ended or reopened an event"}


async def test_ids_stand_beside_what_people_call_them_by_on_the_page_and_in_the_file(
    office: Office, seat: Seat
) -> None:
    """Zones by name, orders by number, tickets by code; of what is gone the id alone is left."""
    owner = await office.person()
    event_id = await office.event(owner)
    root = f"{owner.path}/events/{event_id}"
    zone = await office.ok("POST", f"{root}/zones", owner, json={"name": "=Hall"})
    gone = await office.ok("POST", f"{root}/zones", owner, json={"name": "Yard"})
    zones = f"{root}/zones"
    await office.ok("PUT", f"{zones}/{zone['id']}", owner, json={"name": "=Great Hall"})
    await office.ok("PUT", f"{zones}/{gone['id']}", owner, json={"name": "Court"})
    await office.ok("DELETE", f"{zones}/{gone['id']}", owner)
    kind = await office.ticket_type(owner, EventId(event_id))
    lines = [{"ticket_type_id": kind, "quantity": 1}]
    body = {"lines": lines, "payment": "comp", "comp_reason": "press"}
    made = await office.ok("POST", f"{root}/orders", owner, json=body)
    order, ticket = made["order"], made["tickets"][0]
    words = {"name": "Ada"}
    await office.ok("PUT", f"{root}/tickets/{ticket['id']}/holder", owner, json=words)
    desk = seat(owner)
    known = (await desk.read(AuditFilter(), "UTC")).names.get(ticket["id"])
    assert known == ticket["manual_code"]
    await office.ok("POST", f"{root}/orders/{order['id']}/cancel", owner, json={"reason": "ill"})
    page = await desk.read(AuditFilter(), "UTC")
    assert page.names[zone["id"]] == "=Great Hall"
    assert page.names[order["id"]] == str(order["number"])
    assert gone["id"] not in page.names
    rows = list(
        csv.DictReader(
            (await desk.read_file(AuditFilter(), "UTC")).decode("utf-8-sig").splitlines()
        )
    )
    said = {row["targets"].rpartition("=")[2]: row["names"] for row in rows}
    assert said[zone["id"]] == "'=Great Hall"
    assert said[order["id"]] == str(order["number"])
    assert said[gone["id"]] == ""


async def test_who_was_made_supervisor_or_cashier_is_named(office: Office, seat: Seat) -> None:
    """The path of what makes one has no id: the line named nobody."""
    owner = await office.person()
    supervisor = {"name": "Selma", "pin": "54080543"}
    await office.ok("POST", f"{owner.path}/supervisors", owner, json=supervisor)
    await office.ok("POST", f"{owner.path}/cashiers", owner, json={"name": "Mia"})
    page = await seat(owner).read(AuditFilter(), FACTS.zone)
    told = {one.act: page.names.get(one.last_target) for one in page.lines}
    assert told["made", "supervisor"] == "Selma"
    assert told["made", "cashier"] == "Mia"


async def test_each_act_that_has_words_is_a_route_of_the_server(office: Office) -> None:
    """One that is renamed would show its bare request again, and nobody would notice."""
    document = (await office.call("GET", "/docs/openapi.json")).json()
    routes = {f"{method} {template}" for method, template, _, _ in operations(document)}
    root = "/api/v1/organizations/{organization_id}"
    known = {f"{key[: key.index(' ')]} {root}{key.partition(' ')[2]}" for key in ACTS}
    assert known - routes == set()


@pytest.mark.parametrize("route", ["keys/compromise", "supervisors/pins", "epoch/absent"])
def test_what_was_done_at_the_servers_machine_is_told_in_words(route: str) -> None:
    """By whom and what, for an owner who has never seen the command line."""
    line = msgspec.structs.replace(
        make_line("operator", "COMMAND", "", ""), route=f"gatekeeper-server/{route}"
    )
    _, by, what, _, _ = spell_audit_line(line, FACTS, {})
    assert by == "On the server’s machine"
    assert "COMMAND" not in what


async def test_each_change_in_the_trail_of_an_organization_has_words_in_every_language(
    office: Office,
) -> None:
    """No owner has to read `POST /…`; a new operation gets its words with its route."""
    document = (await office.call("GET", "/docs/openapi.json")).json()
    lines = [
        AuditLine(
            at=datetime_from_instant(office.clock.wall()),
            actor="",
            by="",
            method=method,
            route=path,
            targets=(),
            request_id="",
        )
        for method, path, _, _ in operations(document)
        if method != "GET"
        and ("{organization_id}" in path or path in _ELSEWHERE)
        and not path.endswith(_LOOKING)
    ]
    assert len(lines) > 100
    try:
        for language in LANGUAGE_NAMES:
            TEXTS.use(language)
            bare = [spell_request(one) for one in lines if spell_act(one) == spell_request(one)]
            assert bare == [], language
    finally:
        TEXTS.use("en")
