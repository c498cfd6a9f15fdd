"""One idempotent command, run twice at once, gives the same answer twice, on both databases.

The commands are taken from the API's own description: each one that writes is asked twice at
once here, unless it is named as one that does something new each time. On PostgreSQL a third
transaction holds every row of the organization until both wait, so that they race every time.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.tenancy import SYSTEM, scoped_tables
from server.tables import load_metadata
from shared.kernel.id_types import EventId, OrganizationId, TicketTypeId
from tests.factories.everything import (
    ELSEWHERE,
    ORGANIZATION,
    World,
    body_schema,
    fill,
    make_device,
    make_world,
    operations,
)
from tests.factories.office import Office, Person
from tests.factories.openapi_bodies import example_body, id_fields
from tests.factories.racing import queued, rows_of
from tests.factories.sent_pictures import picture_of
from tests.factories.strength import sized

NEW_EACH_TIME: Final = {
    "/erase",
    "/export",
    "/api-keys",
    "/badge",
    "/cashiers",
    "/codes",
    "/copy",  # without a key; with one see test_event_copies.py
    "/events",
    "/gates",
    "/holds",
    "/imports",
    "/invitations",
    "/mail",  # without a key
    "/occurrences",
    "/orders",  # without a key; with one see below
    "/payments",  # without a key
    "/payouts",  # without a key
    "/promotions",
    "/pins",  # each draws new ones, and ends those before
    "/plan",
    "/supervisors",
    "/ticket-types",
    "/venues",
    "/vouchers",  # without a key; with one see test_vouchers.py
    "/webhooks",
    "/report-schedules",
    "/runs",  # each is mailed
    "/ticket-files",
    "/secret",  # each draws a new one
    "/test",
    "/zones",
    "/disposition",  # each one is kept
    "/compromise",  # answers with the key in its place; said again, 409 says that it is done
    "/rotate",  # each draws a new key
    "/lost",  # orders a move of homes, as the next
    "/moves",
    "/handover",  # each has a number
    "/reissue",  # each supersedes the one before
    "/series",  # the second one finds the dates of the first
    "/spread",
}
"""Ends of the POST addresses that make something."""

EVERY: Final = sized(2, 1)
"""Of so many commands one is tried on a database, and the next one on the other."""
PASSWORD: Final = "seven lamps over the gate"
TICKETS_IMPORT: Final = "/api/v1/organizations/{organization_id}/events/{event_id}/tickets/import"

OF_WHAT_IS_NOT_THERE: Final = {
    *("/rulings", "/facts", "/check", "/best", "/map"),
    *("/reserved", "/free"),
    *("/start", "/undo"),
    *("/stop", "/lift", "/again"),
    *("/report-addresses", "/confirmation"),
}
"""Ends of addresses of things that only a gate's journal, a payment, a code, a seated type, a room
without a taken seat, a till, a look at a list, a cancellation, a handing over, a webhook that
goes on, a mail server or a mailed code brings: refused, but alike."""

HOLD_TRIES: Final = 5

COUNTERS: Final = {"plan_version"}
"""Fields that count commands, whether or not they change anything."""

STAYS: Final = {("DELETE", "/{occurrence_id}"), ("DELETE", "/{ticket_type_id}")}
"""What other things of the world need: both are told so."""
LAST_DATE: Final = "/occurrences/{occurrence_id}/cancellation"
"""Of an event's last date; of one of several see `test_cancelled_dates.py`."""
DELETED: Final = {204, 404}
"""What is gone is gone: the second of two may be told that, but nothing else."""


def hold_all_rows(organization_id: OrganizationId) -> str:
    """Write what locks every row of an organization, in one statement."""
    places = ",".join(f"['{table.name}','{column}']" for table, column in tables_of_all())
    return f"""DO $$ DECLARE place text[]; BEGIN
        FOREACH place SLICE 1 IN ARRAY ARRAY[{places}] LOOP
            CONTINUE WHEN pg_relation_size(place[1]::regclass) = 0;
            EXECUTE format('SELECT 1 FROM %I WHERE %I = %L FOR UPDATE',
                place[1], place[2], '{organization_id}');
        END LOOP;
    END $$"""


@functools.cache
def tables_of_all() -> list[tuple[Table, str]]:
    """List the tables of organizations, with the column that says to which a row belongs."""
    return scoped_tables(load_metadata())


async def hold(session: AsyncSession, organization_id: OrganizationId) -> None:
    """Lock every row of an organization, again where the server's own upkeep crosses it.

    That locks rows in another order now and then; PostgreSQL ends either of the two.
    """
    for _ in range(HOLD_TRIES - 1):
        with contextlib.suppress(DBAPIError):
            async with session.begin_nested():
                await session.execute(text(hold_all_rows(organization_id)))
                return
    await session.execute(text(hold_all_rows(organization_id)))


async def at_once(
    office: Office, organization_id: OrganizationId, *requests: Any
) -> list[httpx.Response]:
    """Send requests that all meet at the rows of an organization."""
    if office.database.is_sqlite:
        return list(await asyncio.gather(*requests))
    tasks: list[asyncio.Task[httpx.Response]] = []
    async with office.database.write(org=SYSTEM) as session:
        await hold(session, organization_id)
        for request in requests:
            tasks.append(asyncio.create_task(request))
            await queued(office, tasks)
    return list(await asyncio.gather(*tasks))


def compared(answer: httpx.Response) -> tuple[int, Any]:
    """Return what must be alike of two answers."""
    body = answer.json() if answer.content else None
    if isinstance(body, dict):
        body = {
            name: value
            for name, value in body.items()
            if name not in COUNTERS | {"request_id", "added", "known"}
        }
        for row in body.get("tickets", []):
            row.pop("is_new", None)
    return answer.status_code, body


def order_of(command: tuple[str, str, Any, Any]) -> tuple[bool, bool, bool, bool]:
    """Let what changes go before what ends: an order, deletions, zones after gates, the event."""
    method, path, _, _ = command
    ends = path.endswith(("/revoke", "/cancel", "/refund"))
    return (
        path.endswith("/cancellation"),
        method == "DELETE" and not path.endswith("/pause"),  # a place stays when it is resumed
        ends,
        path.endswith(("/{zone_id}", "/{supervisor_id}", "/{cashier_id}")),
    )


def end_of(path: str) -> str:
    """Return an address's last part."""
    return "/" + path.rpartition("/")[2]


def commands_tried(office: Office, document: dict[str, Any]) -> list[tuple[str, str, Any, Any]]:
    """List the commands that are tried on a database, in their order."""
    found = [
        (method, path, operation, names)
        for method, path, operation, names in sorted(operations(document), key=order_of)
        if method != "GET" and ORGANIZATION in names and not names & ELSEWHERE
        if method != "POST" or end_of(path) not in NEW_EACH_TIME
    ]
    return found[int(office.database.is_sqlite) % EVERY :: EVERY]


def bodies_of(world: World, emptied: str) -> dict[str, Any]:
    """Give the bodies of which the description says too little, by their addresses' ends.

    Args:
        world: Of which they tell.
        emptied: A zone that nothing else is done with: it cannot be removed once it was emptied.
    """
    date = {"occurrence_id": world.ids["occurrence_id"], "starts_at": "2999-01-01T20:00:00Z"}
    move = {"dates": [date]}
    return {
        "/assignment": {"role": "gate"},
        "/evacuations": {
            "zone_id": emptied,
            "phase": "stop",
            "password": PASSWORD,
        },
        "/import": {"ticket_type_id": world.ids["ticket_type_id"], "codes": ["A-1", "A-2"]},
        "/seats": {"form": "csv", "text": "section,row,seat\nA,A,1\nA,A,2\n"},
        "/map": {"form": "csv", "text": "section,row,seat\nA,A,1\nA,A,2\n"},
        "/kill": {"seats": ["A-A-2"]},
        "/unkill": {"seats": ["A-A-2"]},
        "/release": {"seats": ["A-A-1"]},
        "/state": {"state": "active"},
        "/move/preview": move,
        "/move": move,
        "/copy/preview": {"name": "Again", "first_day": "2999-01-01"},
        "/look": {"accent": "#7a1f5c"},
        "/pictures": {"content": picture_of((9, 9, 9))},
        "/approval": {"needs_approval": False},
        "/second-factor": {"asks_second_factor": False},
    }


async def test_every_idempotent_command_answers_twice_alike(office: Office) -> None:
    """A retry that overtakes its first try is answered as that, never by 409 or 5xx."""
    world = await make_world(office, "A")
    member = await office.person("staff", organization_id=OrganizationId(world.ids[ORGANIZATION]))
    admin = await office.person(role=None, is_admin=True)
    till = await make_device(office, OrganizationId(world.ids[ORGANIZATION]), "till", role="till")
    await office.give_password(world.person, PASSWORD)
    zones = fill("/api/v1/organizations/{organization_id}/events/{event_id}/zones", world.ids)
    emptied = await office.ok("POST", zones, world.person, json={"name": "Yard"})
    unused = await office.ok("POST", zones, world.person, json={"name": "Cellar"})
    special = bodies_of(world, emptied["id"])
    document = (await office.call("GET", "/docs/openapi.json")).json()
    importing = fill(TICKETS_IMPORT, world.ids)
    codes = {"ticket_type_id": world.ids["ticket_type_id"], "codes": ["C-1"]}
    imported = await office.ok("POST", importing, world.person, json=codes)
    asked, unlike = 0, []
    for method, path, operation, _ in commands_tried(office, document):
        end = end_of(path)
        schema = body_schema(operation)
        more: dict[str, Any] = {}
        if schema is not None:
            own = {
                field: world.ids[field]
                for field in id_fields(document, schema)
                if field in world.ids
            }
            said = next((body for tail, body in special.items() if path.endswith(tail)), None)
            more = {"json": said or example_body(document, schema) | own}
        if end == "/csv":
            kind = world.ids["ticket_type_id"]
            guests = f"code,type,name\nB-1,{kind},Klara\n".encode()
            more = {"content": guests, "headers": {"content-type": "text/csv"}}
        parts = world.ids | {"user_id": member.user_id}
        if "/till-stock/" in path:
            parts |= {"device_id": till}
        if (method, end) == ("DELETE", "/{ticket_id}"):
            parts |= {"ticket_id": imported["ticket_ids"][0]}
        if (method, end) == ("DELETE", "/{zone_id}"):
            parts |= {"zone_id": unused["id"]}
        person: Person = admin if end == "/approval" else world.person
        first, second = await at_once(
            office,
            OrganizationId(world.ids[ORGANIZATION]),
            office.call(method, fill(path, parts), person, **more),
            office.call(method, fill(path, parts), person, **more),
        )
        told = (method, path, first.status_code, second.status_code, first.text, second.text)
        both = {first.status_code, second.status_code}
        is_alike = both <= DELETED if method == "DELETE" else compared(first) == compared(second)
        if (method, end) in STAYS or (method == "POST" and path.endswith(LAST_DATE)):
            assert both == {409}, told
            continue
        is_done = end in OF_WHAT_IS_NOT_THERE or first.is_success or second.is_success
        if not is_alike or not is_done:
            unlike.append(told)
        asked += 1
    assert unlike == []
    assert asked >= 50 // EVERY


@pytest.mark.parametrize("limit", [None, 2])
async def test_one_key_at_once_is_one_order(office: Office, limit: int | None) -> None:
    """A shop's retries all get the order, also where it takes the last tickets of a type."""
    owner = await office.person()
    event_id = await office.event(owner)
    kind = await office.ticket_type(owner, EventId(event_id), quantity_limit=limit)
    body = {"payment": "paid", "lines": [{"ticket_type_id": kind, "quantity": 2}]}
    path = f"{owner.path}/events/{event_id}/orders"
    headers = {"Idempotency-Key": "basket-1"}
    answers = await at_once(
        office,
        owner.organization_id,
        *(office.call("POST", path, owner, headers=headers, json=body) for _ in range(4)),
    )
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.text for answer in answers}) == 1
    assert await rows_of(office, "SELECT sold FROM inventory") == [(2,)]
    assert await rows_of(office, "SELECT count(*) FROM ticket_order") == [(1,)]


@pytest.mark.parametrize("limit", [None, 50])
async def test_one_import_at_once_adds_each_code_once(office: Office, limit: int | None) -> None:
    """All are told the same tickets; only one of them has added them."""
    owner = await office.person()
    event_id = await office.event(owner)
    kind = await office.ticket_type(owner, EventId(event_id), quantity_limit=limit)
    other = await office.ticket_type(owner, EventId(event_id), name="Other")
    codes = [f"CODE-{number}" for number in range(50)]
    path = f"{owner.path}/events/{event_id}/tickets/import"

    async def bring(ticket_type_id: TicketTypeId) -> httpx.Response:
        body = {"ticket_type_id": ticket_type_id, "codes": codes}
        return await office.call("POST", path, owner, json=body)

    answers = await at_once(
        office, owner.organization_id, *(bring(TicketTypeId(kind)) for _ in range(4))
    )
    assert [answer.status_code for answer in answers] == [200] * 4
    assert sorted(answer.json()["added"] for answer in answers) == [0, 0, 0, 50]
    assert len({str(compared(answer)) for answer in answers}) == 1
    late = (await bring(TicketTypeId(other))).json()
    assert {row["ticket_type_id"] for row in late["tickets"]} == {kind}
    ticket = f"{owner.path}/events/{event_id}/tickets/{late['ticket_ids'][0]}"
    await office.ok("POST", f"{ticket}/refund", owner, json={"reason": "ill"})
    again = (await bring(TicketTypeId(kind))).json()["tickets"]
    assert [row["state"] for row in again] == ["cancelled"] + ["paid"] * 49
