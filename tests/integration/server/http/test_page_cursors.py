"""Every list of the API is ordered alike, and its pages go on where they ended."""

from __future__ import annotations

from typing import Any, Final

import pytest

from shared.kernel.list_search_folding import fold_text
from tests.factories.everything import World, fill, make_device, make_world, operations
from tests.factories.office import Office
from tests.factories.strength import sized

pytestmark = pytest.mark.either_database

EVENT = "/api/v1/organizations/{organization_id}/events/{event_id}"
ORG = "/api/v1/organizations/{organization_id}"
OTHERWISE = {
    EVENT + "/tickets": "in the order of their ids, of which there may be a million",
    EVENT + "/checkins": "in the order in which they were told",
    EVENT + "/seats": "as the room has them",
    EVENT + "/till-stock": "as many as there are tills",
    EVENT + "/orders/{order_id}/mail": "few, the newest first",
    EVENT + "/notices": "few, the newest first",
    EVENT + "/notices/{notice_id}/buyers": "in the order of their numbers, as they are told",
    ORG + "/webhooks/{webhook_id}/deliveries": "the latest first",
    EVENT + "/holds": "in the order of their ids, with their seats",
    EVENT + "/devices": "what the board shows as a whole",
    EVENT + "/imports/{import_id}/lines": "as the file has them",
    EVENT + "/homes/moves": "in the order of what was ordered",
    EVENT + "/evacuations": "few, and each must be seen",
    EVENT + "/evacuations/reach": "few, and each must be seen",
    EVENT + "/pauses": "few, and each must be seen",
    EVENT + "/cancellation/orders": "in the order in which they are gone through",
    EVENT + "/occurrences/{occurrence_id}/cancellation/orders": "as those of an event",
    EVENT + "/alarms": "few: the newest first, those that nobody has seen to before all others",
    ORG + "/devices/{device_id}/refusals": "evidence of one device, the latest first",
    ORG + "/devices/{device_id}/unconfirmed": "evidence of one device, in its order",
    ORG + "/report-schedules/{schedule_id}/runs": "the latest first",
    ORG + "/keyring": "what gates hold, as a whole",
}
"""Lists that keep their own order, and why."""


WAYS: Final = sized(1, 2)
"""To order by a field: that way or the other, in turn, or both."""
PAGED_EVERY: Final = sized(2, 1)
"""Of so many orders one is read page by page too."""


def is_list(document: dict[str, Any], operation: dict[str, Any]) -> bool:
    """Tell whether an operation answers a list, whole or by pages."""
    content = operation["responses"].get("200", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    named = document["components"]["schemas"].get(name, schema)
    return schema.get("type") == "array" or {"items", "next"} <= set(named.get("properties", {}))


async def crowded(office: Office) -> World:
    """Make an organization with several of what lists show, many of them equal in a field."""
    world = await make_world(office, "b")
    person, event = world.person, fill(EVENT, world.ids)
    for name in ("B", "a", "Älpler", "a"):
        await office.ok(
            "POST", f"{person.path}/events", person, json={"name": name, "timezone": "UTC"}
        )
        venue: dict[str, Any] = {"name": name, "timezone": "UTC", "template": []}
        await office.ok("POST", f"{person.path}/venues", person, json=venue)
        await make_device(office, person.organization_id, name)
        worth = {"value_minor": 5_000, "note": name}
        await office.ok("POST", f"{person.path}/vouchers", person, json=worth)
        lines = [{"ticket_type_id": world.ids["ticket_type_id"], "quantity": 1}]
        await office.ok("POST", f"{event}/orders", person, json={"lines": lines})
    return world


async def read_all(office: Office, world: World, path: str, **query: Any) -> list[dict[str, Any]]:
    """Read a list to its end, page by page, or whole."""
    found: list[dict[str, Any]] = []
    for _ in range(100):
        page = await office.ok("GET", path, world.person, params=query)
        if isinstance(page, list):
            return page
        found += page["items"]
        if page["next"] is None:
            return found
        query["after"] = page["next"]
    message = f"{path} never ends"
    raise AssertionError(message)


def in_order(rows: list[dict[str, Any]], field: str, *, is_descending: bool) -> bool:
    """Tell whether rows are ordered by a field, what is not there last.

    Letters beyond ASCII stand where the database has them.
    """
    values = [row[field] for row in rows]
    given = [one for one in values if one is not None]
    if values[: len(given)] != given:
        return False
    keys = [
        fold_text(one) if isinstance(one, str) else one
        for one in given
        if not isinstance(one, str) or one.isascii()
    ]
    return keys == sorted(keys, reverse=is_descending)


async def is_same_by_pages(
    office: Office, world: World, path: str, sort: str, rows: list[dict[str, Any]]
) -> bool:
    """Whether pages of two are the whole; jobs go on meanwhile, and end."""
    for _ in range(3):
        if await read_all(office, world, path, sort=sort, limit=2) == rows:
            return True
        rows = await read_all(office, world, path, sort=sort)
    return False


async def test_every_list_is_ordered_by_each_of_its_fields_and_by_pages(office: Office) -> None:
    """Forth and back; pages of two hold each row once, in the order of the whole."""
    world = await crowded(office)
    document = (await office.call("GET", "/docs/openapi.json")).json()
    without, tried = set(), 0
    for method, template, operation, _ in operations(document):
        if method != "GET" or not template.startswith("/api/") or not is_list(document, operation):
            continue
        asked = {one["name"]: one for one in operation.get("parameters", ())}
        if "sort" not in asked:
            without.add(template)
            continue
        path = fill(template, world.ids)
        everything = await read_all(office, world, path)
        for number, field in enumerate(asked["sort"]["x-fields"]):
            for sort in (field, f"-{field}")[:: 1 if number % 2 else -1][:WAYS]:
                rows = await read_all(office, world, path, sort=sort)
                assert in_order(rows, field, is_descending=sort[0] == "-"), (path, sort)
                assert len(rows) == len(everything)
                if "limit" in asked and tried % PAGED_EVERY == 0:
                    assert await is_same_by_pages(office, world, path, sort, rows), (path, sort)
                tried += 1
        wrong = await office.call("GET", path, world.person, params={"sort": "nmae"})
        assert wrong.status_code == 422
        assert [one["field"] for one in wrong.json()["errors"]] == ["sort"]
    assert without == OTHERWISE.keys()
    assert tried > 40 * WAYS


async def test_pages_go_on_where_they_ended_whatever_happens_between(office: Office) -> None:
    """Rows that come, go and change: none that was there all the time is missed or doubled."""
    world = await crowded(office)
    path = f"{world.person.path}/venues"
    before = await office.ok("GET", path, world.person, params={"sort": "-name"})
    first = await office.ok("GET", path, world.person, params={"sort": "-name", "limit": 2})
    last = first["items"][-1]
    await office.ok("DELETE", f"{path}/{last['id']}", world.person)
    for name in ("zz", "0"):
        body: dict[str, Any] = {"name": name, "timezone": "UTC", "template": []}
        await office.ok("POST", path, world.person, json=body)
    query = {"sort": "-name", "limit": 2, "after": first["next"]}
    rest = await read_all(office, world, path, **query)
    ids = [one["id"] for one in (*first["items"], *rest)]
    assert ids[: len(before["items"])] == [one["id"] for one in before["items"]]
    assert [one["name"] for one in rest][-1] == "0"


async def test_a_place_of_another_list_or_order_is_refused(office: Office) -> None:
    """And so is whatever else is no place; nothing is answered from a wrong one."""
    world = await crowded(office)
    path = f"{world.person.path}/events"
    page = await office.ok("GET", path, world.person, params={"sort": "name", "limit": 2})
    orders = fill(EVENT, world.ids) + "/orders"
    for address, query in (
        (path, {"sort": "-name", "after": page["next"]}),
        (path, {"sort": "state", "after": page["next"]}),
        (orders, {"sort": "total_minor", "after": page["next"]}),
        (orders, {"after": page["next"]}),
        (orders, {"after": "9" * 30}),
        (orders, {"after": "0" * 20 + "9" * 30}),
        (path, {"sort": "name", "after": "ev_1"}),
        (path, {"sort": "name", "after": "AAAA"}),
        (path, {"sort": "name,name"}),
        (path, {"sort": ""}),
        (path, {"sort": "name,state,created_at,updated_at"}),
    ):
        answer = await office.call("GET", address, world.person, params=query)
        assert answer.status_code == 422, (address, query, answer.text)
        assert answer.json()["errors"][0]["field"] in {"after", "sort"}


async def test_lists_are_narrowed_by_their_fields(office: Office) -> None:
    """Together with the order and the words."""
    world = await crowded(office)
    orders = fill(EVENT, world.ids) + "/orders"
    for query, wanted in (
        ({"state": "pending"}, {"pending"}),
        ({"state": "paid", "channel": "api"}, {"paid"}),
        ({"state": "paid", "channel": "web"}, set()),
        ({"state": "pending", "sort": "-total_minor", "limit": 2}, {"pending"}),
    ):
        found = await read_all(office, world, orders, **query)
        assert {one["state"] for one in found} == wanted
    audit = f"{world.person.path}/audit"
    mine = await read_all(office, world, audit, actor=world.person.user_id, limit=100)
    assert mine
    assert await read_all(office, world, audit, actor="us_nobody") == []
    assert await read_all(office, world, audit, until="2001-01-01T00:00:00Z") == []
    assert await read_all(office, world, audit, since="2001-01-01T00:00:00Z", limit=100) == mine
    devices = f"{world.person.path}/devices"
    assert await read_all(office, world, devices, role="till") == []
    assert len(await read_all(office, world, devices, role="gate", revoked="false")) == 5
