"""Two people edit the same thing: the second is refused, and told who was faster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from server.http.etags import IF_MATCH
from shared.kernel.id_types import EventId
from shared.kernel.instant import SECOND
from tests.factories.everything import World, fill, make_device, make_world, operations
from tests.factories.office import Office

ORG = "/api/v1/organizations/{organization_id}"
EVENT = ORG + "/events/{event_id}"
STALE = '"000000000000000000000000"'

Find = Callable[[Any, dict[str, str]], Any]


def itself(answer: Any, _ids: dict[str, str]) -> Any:
    """Take the answer as the thing."""
    return answer


def named(part: str, field: str = "id", within: str = "") -> Find:
    """Find the thing in a list by the id that a path's part names."""

    def find(answer: Any, ids: dict[str, str]) -> Any:
        rows = answer[within] if within else answer
        return next(row for row in rows if row[field] == ids[part])

    return find


ZONE, GATE = named("zone_id", within="zones"), named("gate_id", within="gates")
CASHIER, SUPERVISOR = named("cashier_id"), named("supervisor_id")
TIMES = {"name": "Sunday", "starts_at": "2026-08-02T18:00:00Z"}
TABLE = {"form": "csv", "text": "section,row,seat\nOther,A,1\n"}

EDITS: dict[tuple[str, str], tuple[str, Find, Any]] = {
    ("PATCH", ORG): (ORG, itself, {"name": "Renamed"}),
    ("PUT", ORG + "/approval"): (ORG, itself, {"needs_approval": True}),
    ("PUT", ORG + "/retention"): (ORG + "/retention", itself, {"days": 45}),
    ("PUT", ORG + "/second-factor"): (ORG, itself, {"asks_second_factor": False}),
    ("PUT", ORG + "/members/{user_id}"): (
        ORG + "/members",
        named("user_id", "user_id"),
        {"role": "owner"},
    ),
    ("DELETE", ORG + "/members/{user_id}"): (ORG + "/members", named("user_id", "user_id"), None),
    ("PATCH", ORG + "/supervisors/{supervisor_id}"): (
        ORG + "/supervisors",
        SUPERVISOR,
        {"name": "Sam"},
    ),
    ("DELETE", ORG + "/supervisors/{supervisor_id}/badge"): (
        ORG + "/supervisors",
        SUPERVISOR,
        None,
    ),
    ("DELETE", ORG + "/supervisors/{supervisor_id}"): (ORG + "/supervisors", SUPERVISOR, None),
    ("PATCH", ORG + "/cashiers/{cashier_id}"): (ORG + "/cashiers", CASHIER, {"name": "Mara"}),
    ("DELETE", ORG + "/cashiers/{cashier_id}/badge"): (ORG + "/cashiers", CASHIER, None),
    ("DELETE", ORG + "/cashiers/{cashier_id}"): (ORG + "/cashiers", CASHIER, None),
    ("PATCH", ORG + "/webhooks/{webhook_id}"): (
        ORG + "/webhooks",
        named("webhook_id"),
        {"name": "Books"},
    ),
    ("PATCH", ORG + "/report-schedules/{schedule_id}"): (
        ORG + "/report-schedules",
        named("schedule_id"),
        {"name": "Each morning"},
    ),
    ("DELETE", ORG + "/report-schedules/{schedule_id}"): (
        ORG + "/report-schedules",
        named("schedule_id"),
        None,
    ),
    ("DELETE", ORG + "/report-addresses/{address_id}"): (
        ORG + "/report-addresses",
        named("address_id"),
        None,
    ),
    ("DELETE", ORG + "/webhooks/{webhook_id}"): (ORG + "/webhooks", named("webhook_id"), None),
    ("PUT", EVENT + "/look"): (EVENT + "/look", itself, {"accent": "#7a1f5c"}),
    ("DELETE", EVENT + "/look"): (EVENT + "/look", itself, None),
    ("PUT", EVENT + "/alarm-limits"): (EVENT + "/alarm-limits", itself, {"zone_percent": 80}),
    ("PATCH", EVENT): (EVENT, itself, {"name": "Renamed"}),
    ("PUT", EVENT + "/occurrences/{occurrence_id}"): (
        EVENT + "/occurrences",
        named("occurrence_id"),
        TIMES,
    ),
    ("PUT", ORG + "/venues/{venue_id}"): (
        ORG + "/venues/{venue_id}",
        itself,
        {"name": "Hall", "timezone": "UTC"},
    ),
    ("PUT", ORG + "/venues/{venue_id}/seats"): (ORG + "/venues/{venue_id}/seats", itself, TABLE),
    ("PUT", EVENT + "/seats/map"): (EVENT + "/seats/map", itself, None),
    ("DELETE", EVENT + "/occurrences/{occurrence_id}"): (
        EVENT + "/occurrences",
        named("occurrence_id"),
        None,
    ),
    ("DELETE", EVENT + "/ticket-types/{ticket_type_id}"): (
        EVENT + "/ticket-types",
        named("ticket_type_id"),
        None,
    ),
    ("DELETE", ORG + "/venues/{venue_id}"): (ORG + "/venues/{venue_id}", itself, None),
    ("PUT", EVENT + "/zones/{zone_id}"): (EVENT + "/plan", ZONE, {"name": "Yard"}),
    ("DELETE", EVENT + "/zones/{zone_id}"): (EVENT + "/plan", ZONE, None),
    ("PUT", EVENT + "/gates/{gate_id}"): (EVENT + "/plan", GATE, {"name": "West"}),
    ("DELETE", EVENT + "/gates/{gate_id}"): (EVENT + "/plan", GATE, None),
    ("PUT", EVENT + "/ticket-types/{ticket_type_id}"): (
        EVENT + "/ticket-types",
        named("ticket_type_id"),
        {"name": "Child", "price_minor": 900},
    ),
    ("PUT", ORG + "/devices/{device_id}/assignment"): (
        ORG + "/devices/{device_id}",
        itself,
        {"role": "till"},
    ),
    ("PUT", EVENT + "/till-stock/{device_id}"): (EVENT + "/till-stock/{device_id}", itself, None),
}
"""Each edit of what was set up: where the thing is read, which it is there, and a body."""

_TICKET = EVENT + "/tickets/{ticket_id}"
_SAME_END = "ended once and for all: whoever is second finds it ended, as was meant"

NOT_EDITED = {
    ("PUT", ORG + "/alarm-mail"): "one person's own wish, replaced whole",
    ("DELETE", ORG + "/api-keys/{api_key_id}"): _SAME_END,
    ("DELETE", ORG + "/devices/codes/{code_id}"): _SAME_END,
    ("DELETE", ORG + "/invitations/{invitation_id}"): _SAME_END,
    ("DELETE", ORG + "/pictures/{picture_id}"): "it never changes: another one is another picture",
    ("DELETE", EVENT + "/promotions/{promotion_id}"): _SAME_END,
    ("DELETE", EVENT + "/holds/{hold_id}"): _SAME_END,
    ("DELETE", "/api/v1/sessions/current"): _SAME_END,
    ("DELETE", "/api/v1/sessions/{session_id}"): _SAME_END,
    ("DELETE", EVENT + "/orders/{order_id}/buyer"): "a person's erasure, which no edit may stop",
    ("DELETE", _TICKET + "/holder"): "a name's erasure, which no edit may stop",
    ("PUT", _TICKET + "/holder"): "one name, replaced whole: there is nothing of another's in it",
    **{
        (method, EVENT + place + "/pause"): "paused or not, whoever says so: no edit of the place"
        for method in ("PUT", "DELETE")
        for place in ("/gates/{gate_id}", "/zones/{zone_id}")
    },
    ("PUT", _TICKET + "/block"): "denied or not, whoever says so: safety does not wait for a tag",
    ("DELETE", _TICKET): "an act upon a ticket: its state decides, and a void is a claim",
}
"""Each route that takes no tag, and why."""


@pytest.mark.either_database
async def test_every_edit_of_what_was_set_up_takes_the_tag_and_says_so(office: Office) -> None:
    """Over the API's description: an edit is in the table, or has a reason not to be."""
    document = (await office.call("GET", "/docs/openapi.json")).json()
    edits = {
        (method, path): operation
        for method, path, operation, _ in operations(document)
        if method in {"PATCH", "PUT", "DELETE"}
    }
    assert set(edits) == EDITS.keys() | NOT_EDITED.keys()
    assert not EDITS.keys() & NOT_EDITED.keys()
    for asked, operation in edits.items():
        headers = {row["name"] for row in operation.get("parameters", ()) if row["in"] == "header"}
        assert (IF_MATCH in headers) is (asked in EDITS), asked
        assert ("412" in operation["responses"]) is (asked in EDITS), asked


@pytest.mark.either_database
async def test_each_edit_is_refused_by_an_old_tag_and_done_by_the_present_one(
    office: Office,
) -> None:
    """Nothing is written under a tag of before; under the tag of now the edit is judged."""
    world = await make_world(office, "A")
    owner = world.person
    world.ids["user_id"] = (
        await office.person("staff", organization_id=owner.organization_id)
    ).user_id
    till = await make_device(office, owner.organization_id, "till", "till")
    template = fill(ORG + "/venues/{venue_id}/seats", world.ids)
    await office.ok("PUT", template, owner, json=TABLE)
    admin = await office.person(organization_id=owner.organization_id, is_admin=True)
    # What removes goes last: a badge before whose it is, gates before their zones.
    for method, path in sorted(EDITS, key=lambda one: (one[0] == "DELETE", -len(one[1]), one[1])):
        ids = world.ids | ({"device_id": till} if "till-stock" in path else {})
        await try_edit(
            office, world, ids, admin if path.endswith("approval") else owner, path, method
        )


async def try_edit(
    office: Office, world: World, ids: dict[str, str], person: Any, path: str, method: str
) -> None:
    """Send an edit under an old tag, under the present one, and read that it is another one."""
    read_at, find, body = EDITS[(method, path)]

    async def read() -> Any:
        return find(await office.ok("GET", fill(read_at, ids), world.person), ids)

    if path.endswith("/till-stock/{device_id}"):
        kinds = [{"ticket_type_id": ids["ticket_type_id"], "size": 5}]
        body = {"types": kinds}
    elif path.endswith("/seats/map"):
        body = {"venue_id": ids["venue_id"]}
    elif path.endswith("/gates/{gate_id}") and body is not None:
        body = {**body, "zone_id": ids["zone_id"]}
    more = {} if body is None else {"json": body}
    before = await read()
    assert before["etag"].startswith('"'), path
    stale = await office.call(method, fill(path, ids), person, **more, headers={IF_MATCH: STALE})
    assert stale.status_code == 412, (method, path, stale.text)
    assert stale.json()["type"].endswith("/changed-meanwhile")
    assert await read() == before, (method, path)
    given = f"{STALE}, {before['etag']}"
    done = await office.call(method, fill(path, ids), person, **more, headers={IF_MATCH: given})
    if path.endswith("/seats/map") or (method == "DELETE" and "ticket_type_id" in path):
        assert done.status_code == 409, "a seat of it is held, a ticket of it is sold"
        return
    assert done.is_success, (method, path, done.text)
    if method != "DELETE":
        assert done.headers["etag"] == done.json()["etag"] == (await read())["etag"], path


@pytest.mark.either_database
async def test_the_second_organizer_is_told_who_changed_what_they_edit(office: Office) -> None:
    """By name and moment; without the header the last one wins, as for older programs."""
    ada = await office.person(name="Ada Lindqvist")
    mara = await office.person("manager", organization_id=ada.organization_id, name="Mara Okoye")
    event = f"{ada.path}/events/{await office.event(ada)}"
    read = await office.ok("GET", event, ada)
    office.clock.advance(SECOND)
    await office.ok("PATCH", event, mara, json={"name": "Night of the Lanterns"})
    mine = {"name": "Lantern Night"}

    refused = await office.call("PATCH", event, ada, json=mine, headers={IF_MATCH: read["etag"]})

    assert refused.status_code == 412
    assert refused.json()["change"]["by"] == "Mara Okoye"
    assert refused.json()["change"]["at"].endswith("Z")
    assert "Mara Okoye changed this" in refused.json()["detail"]
    now = await office.ok("GET", event, ada)
    assert now["name"] == "Night of the Lanterns"
    await office.ok("PATCH", event, ada, json=mine, headers={IF_MATCH: now["etag"]})
    await office.ok("PATCH", event, mara, json={"name": "As before the header was"})
    for none in ("*", None):
        headers = {} if none is None else {IF_MATCH: none}
        await office.ok("PATCH", event, mara, json=mine, headers=headers)


@pytest.mark.either_database
async def test_what_changes_by_itself_makes_no_edit_stale(office: Office) -> None:
    """Tickets that are sold, or another date's zone, leave type and event as they were read."""
    ada = await office.person()
    event_id = await office.event(ada)
    event = f"{ada.path}/events/{event_id}"
    kind = await office.ticket_type(ada, EventId(event_id))
    before = await office.ok("GET", event, ada)
    (kind_before,) = await office.ok("GET", f"{event}/ticket-types", ada)
    lines = [{"ticket_type_id": kind, "quantity": 2}]
    await office.ok("POST", f"{event}/orders", ada, json={"lines": lines})
    await office.ok("POST", f"{event}/zones", ada, json={"name": "Yard"})
    (kind_now,) = await office.ok("GET", f"{event}/ticket-types", ada)
    now = await office.ok("GET", event, ada)
    assert kind_now["held"] + kind_now["sold"] == 2
    assert kind_now["etag"] == kind_before["etag"]
    assert now["plan_version"] > before["plan_version"]
    assert now["etag"] == before["etag"]


async def test_of_edits_at_once_with_the_same_tag_one_is_done(office: Office) -> None:
    """The check and the change are one: nobody's edit is lost between them."""
    ada = await office.person()
    event = f"{ada.path}/events/{await office.event(ada)}"
    zone = await office.ok("POST", f"{event}/zones", ada, json={"name": "Yard"})
    venue = await office.ok(
        "POST", f"{ada.path}/venues", ada, json={"name": "Hall", "timezone": "UTC"}
    )
    for path, tag, more in (
        (f"{event}/zones/{zone['id']}", zone["etag"], {}),
        (f"{ada.path}/venues/{venue['id']}", venue["etag"], {"timezone": "UTC"}),
    ):
        answers = await asyncio.gather(
            *(
                office.call(
                    "PUT", path, ada, json={"name": f"N{n}", **more}, headers={IF_MATCH: tag}
                )
                for n in range(6)
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, *[412] * 5]


NO_TAGS = ("abc", '"a" "b"', '"a', "", ",", '""x', '"a",,"b"', "W/")


@pytest.mark.either_database
async def test_a_header_that_is_no_list_of_tags_is_named(office: Office) -> None:
    """Rather than refused for ever as if somebody had changed the thing."""
    ada = await office.person()
    for header in NO_TAGS:
        answer = await office.call(
            "PATCH", ada.path, ada, json={"name": "B"}, headers={IF_MATCH: header}
        )
        assert answer.status_code == 400, (header, answer.text)
        assert answer.json()["errors"][0]["field"] == IF_MATCH


@pytest.mark.either_database
async def test_a_weak_tag_matches_nothing(office: Office) -> None:
    """RFC 9110 compares strongly here; the answer says so, for nobody has changed anything."""
    ada = await office.person()
    tag = (await office.ok("GET", ada.path, ada))["etag"]
    answer = await office.call(
        "PATCH", ada.path, ada, json={"name": "B"}, headers={IF_MATCH: f"W/{tag}"}
    )
    assert answer.status_code == 412
    assert "a weak one (W/)" in answer.json()["detail"]
