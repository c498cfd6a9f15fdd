"""Staff of an organization without the right: a member's sign-in, or a key that was given out.

Each does what the role says, and no more: the rest is refused, changes nothing and leaves no line.
Nobody raises a right of their own, and what somebody gave out ends with their right.

Proven elsewhere: a line for all that does change something (`test_audit.py`), what an
organization's owner may not do to others' (`test_another_organization.py`), supervisors' rights
at gates (`test_supervisors.py`, `gate/test_attended_gate.py`).
"""

from __future__ import annotations

from typing import Any

import pytest

from server.accounts.principal import SCOPES
from shared.kernel.id_types import OrganizationId
from tests.adversaries.scene import try_to_enrol
from tests.factories.everything import (
    ELSEWHERE,
    ORGANIZATION,
    World,
    body_schema,
    fill,
    make_world,
    operations,
)
from tests.factories.office import Office, Person
from tests.factories.openapi_bodies import example_body
from tests.factories.rows_at_rest import rows_of
from tests.factories.strength import sized

BOX_OFFICE_CHANGE = {
    "POST imports",
    "POST imports/{import_id}/cancel",
    "POST imports/{import_id}/check",
    "POST imports/{import_id}/start",
    "POST imports/{import_id}/undo",
    "POST orders",
    "DELETE orders/{order_id}/buyer",
    "POST orders/{order_id}/cancel",
    "POST orders/{order_id}/mail",
    "POST orders/{order_id}/paid",
    "POST orders/{order_id}/payments",
    "POST orders/{order_id}/payments/{payment_id}/facts",
    "POST orders/{order_id}/payouts",
    "POST orders/{order_id}/payouts/{payout_id}/facts",
    "POST tickets/import",
    "POST tickets/import/csv",
    "DELETE tickets/{ticket_id}",
    "PUT tickets/{ticket_id}/holder",
    "DELETE tickets/{ticket_id}/holder",
    "POST tickets/{ticket_id}/refund",
    "POST tickets/{ticket_id}/reissue",
}
"""What the box office changes: an event's orders and tickets."""

STAFF_CHANGE = {"PUT tickets/{ticket_id}/block", "POST alarms/{alarm_id}/seen"}
"""What staff at the door change: they deny a ticket, allow it again, and see an alarm."""

STAFF_ASK = {
    "POST /vouchers/check",
    "POST /events/{event_id}/seats/best",
    "PUT /alarm-mail",
}
"""What staff ask with a body, so that no address holds it, or say for themselves alone."""

FROM_STAFF_ONLY = {
    "GET /members",
    "GET /devices/codes",
    "GET /webhooks",
    "GET /webhooks/{webhook_id}",
    "GET /webhooks/{webhook_id}/deliveries",
    "GET /webhooks/{webhook_id}/deliveries/{message_id}",
    "GET /report-schedules",
    "GET /report-schedules/{schedule_id}",
    "GET /report-schedules/{schedule_id}/runs",
    "GET /report-addresses",
    "GET /events/{event_id}/ticket-files",
    "GET /events/{event_id}/ticket-files/{file_id}",
    "GET /events/{event_id}/ticket-files/{file_id}/content",
}
"""A webhook's address may hold a word that opens another program; who gets
the books is told to managers; whoever has files of tickets has the tickets."""
SECRET_FROM_MANAGERS = {"GET /invitations", "GET /api-keys", "GET /audit", "GET /audit.csv"}
SECRET_FROM_BOX_OFFICE = SECRET_FROM_MANAGERS | FROM_STAFF_ONLY
SECRET_FROM_STAFF = {
    *SECRET_FROM_BOX_OFFICE,
    "GET /events/{event_id}/tickets/{ticket_id}/credential",
}
"""A credential opens a gate: whoever reads it has the ticket."""
NAMES_GUESTS = (
    "/erasures",
    "/jobs",
    "/retention",
    "/vouchers",
    "/events/{event_id}/orders",
    "/events/{event_id}/tickets",
    "/events/{event_id}/imports",
    "/events/{event_id}/holds",
    "/events/{event_id}/seats",
    "/events/{event_id}/cancellation",
    "/events/{event_id}/occurrences/{occurrence_id}/cancellation",
    "/events/{event_id}/notices",
    "/events/{event_id}/gates/{gate_id}/fallback-list",
    "/events/{event_id}/evidence",
    "/events/{event_id}/conflicts/{conflict_id}/evidence",
)
"""What readers do not see: guests and buyers, and what their tickets are."""
READERS_SEE = {"GET /events/{event_id}/seats/map"}

LOOKS = {"POST /persons/find", "POST /persons/held", "POST /persons/export"}
"""What only reads, with a body, so that no address holds a name."""

OWNERS_CHANGE = {
    "PATCH ",
    "PUT /second-factor",
    "PUT /retention",
    "PUT /members/{user_id}",
    "DELETE /members/{user_id}",
    "POST /invitations",
    "DELETE /invitations/{invitation_id}",
    "POST /api-keys",
    "DELETE /api-keys/{api_key_id}",
    "POST /keys/{key_name}/rotate",
    "POST /keys/{key_name}/bound",
    "POST /keys/{key_name}/compromise",
}
"""What owners alone change: the organization, its members, and every kind of key."""

ADMINS_CHANGE = {"PUT /approval"}

PREFIX = "/api/v1/organizations/{organization_id}"
EVENT = "/events/{event_id}/"


Act = tuple[str, str, str, dict[str, Any]]
"""An operation: its method, its path in the description, its address, and its body if any."""

RANKS = ("reader", "staff", "box_office", "manager", "owner")
SECRET = {
    "reader": SECRET_FROM_STAFF,
    "staff": SECRET_FROM_STAFF,
    "box_office": SECRET_FROM_BOX_OFFICE,
}
CHANGE = {
    "reader": set[str](),
    "staff": STAFF_CHANGE,
    "box_office": STAFF_CHANGE | BOX_OFFICE_CHANGE,
}
LEAST_REFUSED = {"reader": 90, "staff": 60, "box_office": 40, "manager": 12}


def is_forbidden(role: str, method: str, path: str) -> bool:
    """Tell whether a role must not do something, by the tables above."""
    place = path.removeprefix(PREFIX)
    name = f"{method} {place}"
    if name in ADMINS_CHANGE:
        return True
    if role == "manager":
        return name in OWNERS_CHANGE | SECRET_FROM_MANAGERS
    if role == "reader" and place.startswith(NAMES_GUESTS) and name not in READERS_SEE:
        return True
    if name in STAFF_ASK:
        return role == "reader"
    if method == "GET":
        return name in SECRET[role]
    return not (
        place.startswith(EVENT) and f"{method} {place.removeprefix(EVENT)}" in CHANGE[role]
    )


async def tries(office: Office, world: World) -> list[Act]:
    """List every operation of an organization, with its address and a body."""
    document = (await office.call("GET", "/docs/openapi.json")).json()
    found: list[Act] = []
    for method, path, operation, names in operations(document):
        if ORGANIZATION not in names or names & ELSEWHERE:
            continue
        schema = body_schema(operation)
        more = {} if schema is None else {"json": example_body(document, schema)}
        found.append((method, path, fill(path, world.ids), more))
    return found


async def test_each_act_above_the_role_is_refused_and_changes_nothing(office: Office) -> None:
    """Over the API's description; a route that the tables forget fails here."""
    world = await make_world(office, "A")
    organization_id = OrganizationId(world.ids[ORGANIZATION])
    members = {
        role: await office.person(role, organization_id=organization_id) for role in RANKS[:-1]
    }
    before = await rows_of(office, organization_id)
    acts = await tries(office, world)
    for role, member in members.items():
        forbidden = [one for one in acts if is_forbidden(role, one[0], one[1])]
        assert len(forbidden) >= LEAST_REFUSED[role]
        for method, path, address, more in nearest_part(role, forbidden):
            answer = await office.call(method, address, member, **more)
            assert answer.status_code == 403, (role, method, path, answer.status_code)
    assert await rows_of(office, organization_id) == before
    # The rest is the role's: else the tables could forbid all.
    for role, member in members.items():
        allowed = [one for one in acts if not is_forbidden(role, one[0], one[1])]
        for method, path, address, more in own_part(role, allowed):
            answer = await office.call(method, address, member, **more)
            assert answer.status_code not in {401, 403}, (role, method, path)


def nearest_part(role: str, forbidden: list[Act]) -> list[Act]:
    """List what a role must not do and members above it may; in the whole all that it must not.

    Whoever stands just below a line shows that it is drawn too low.
    """
    higher = RANKS[RANKS.index(role) + 1 : -1]
    return sized(
        [
            one
            for one in forbidden
            if not any(is_forbidden(rank, one[0], one[1]) for rank in higher)
        ],
        forbidden,
    )


def own_part(role: str, allowed: list[Act]) -> list[Act]:
    """List what a role may do and no lower one may; in the whole all that it may do."""
    lower = RANKS[: RANKS.index(role)]
    return sized(
        [one for one in allowed if all(is_forbidden(rank, one[0], one[1]) for rank in lower)],
        allowed,
    )


async def test_key_changes_only_what_one_of_its_scopes_names(office: Office) -> None:
    """An owner's key: without scopes nothing at all; with all that read, no change."""
    world = await make_world(office, "A")
    path = f"{world.person.path}/api-keys"

    async def key_with(scopes: list[str]) -> dict[str, str]:
        body = {"name": "Probe", "scopes": scopes}
        made = await office.ok("POST", path, world.person, json=body)
        return {"authorization": f"Bearer {made['key']}"}

    reading = await key_with(sorted(one for one in SCOPES if one.endswith(":read")))
    one_thing = await key_with(["venues:write"])
    for method, place, address, more in await tries(office, world):
        if method != "GET" and f"{method} {place.removeprefix(PREFIX)}" not in LOOKS:
            answer = await office.call(method, address, headers=reading, **more)
            assert answer.status_code == 403, (method, place)
        name = place.removeprefix(PREFIX)
        places = ("/zones", "/gates", "/plan", "/venues", "/seats/map")
        if not any(one in name for one in places):
            answer = await office.call(method, address, headers=one_thing, **more)
            assert answer.status_code == 403, (method, place)


async def test_key_with_every_scope_makes_no_member_no_key_and_no_badge(office: Office) -> None:
    """Rights over people and keys are a person's, whatever a key was given."""
    world = await make_world(office, "A")
    for method, path, address, more in await tries(office, world):
        name = f"{method} {path.removeprefix(PREFIX)}"
        is_persons = name in OWNERS_CHANGE - {"PATCH "} or "/supervisors" in path
        if method != "GET" and is_persons:
            answer = await office.call(method, address, headers=world.key, **more)
            assert answer.status_code == 403, name


@pytest.mark.parametrize("role", ["reader", "box_office", "manager"])
async def test_nobody_raises_a_right_of_their_own(office: Office, role: str) -> None:
    """Not by the member's row, an invitation or a key, nor by accepting one's own demotion."""
    owner = await office.person()
    member = await office.person(role, organization_id=owner.organization_id)
    path = owner.path
    own_row = f"{path}/members/{member.user_id}"
    for method, address, body in (
        ("PUT", own_row, {"role": "owner"}),
        ("PUT", f"{path}/members/{owner.user_id}", {"role": "staff"}),
        ("DELETE", f"{path}/members/{owner.user_id}", None),
        ("POST", f"{path}/invitations", {"role": "owner"}),
        ("POST", f"{path}/api-keys", {"name": "x", "scopes": sorted(SCOPES)}),
    ):
        answer = await office.call(method, address, member, json=body)
        assert answer.status_code == 403, (method, address)
    invited = await office.ok("POST", f"{path}/invitations", owner, json={"role": "staff"})
    accepting = {"code": invited["code"]}
    await office.call("POST", "/api/v1/invitations/accept", member, json=accepting)
    rows = await office.ok("GET", f"{path}/members", owner)
    assert {one["user_id"]: one["role"] for one in rows} == {
        owner.user_id: "owner",
        member.user_id: role,
    }


async def become(office: Office, owner: Person, member: Person, role: str | None) -> None:
    """Give a member another role, or none."""
    path = f"{owner.path}/members/{member.user_id}"
    if role is None:
        await office.ok("DELETE", path, owner)
    else:
        await office.ok("PUT", path, owner, json={"role": role})


@pytest.mark.parametrize("role", ["staff", None])
async def test_what_somebody_gave_out_ends_with_their_right(
    office: Office, role: str | None
) -> None:
    """An owner who is made staff, or removed: keys, device codes and invitations of theirs."""
    owner = await office.person()
    second = await office.person("owner", organization_id=owner.organization_id)
    path = owner.path
    body = {"name": "Left behind", "scopes": sorted(SCOPES)}
    key = (await office.ok("POST", f"{path}/api-keys", second, json=body))["key"]
    headers = {"authorization": f"Bearer {key}"}
    code = (await office.ok("POST", f"{path}/devices/codes", second, json={}))["code"]
    by_key = await office.call("POST", f"{path}/devices/codes", headers=headers, json={})
    invited = await office.ok("POST", f"{path}/invitations", second, json={"role": "owner"})
    await become(office, owner, second, role)
    event = {"name": "Mine", "timezone": "UTC"}
    for told in (second.headers, headers):
        made = await office.call("POST", f"{path}/events", headers=told, json=event)
        assert made.status_code in {401, 403, 404}
    for given in (code, by_key.json()["code"]):
        assert (await try_to_enrol(office, given)).status_code == 403
    stranger = await office.person("owner")
    accepting = {"code": invited["code"]}
    said = await office.call("POST", "/api/v1/invitations/accept", stranger, json=accepting)
    assert not said.is_success
    codes = await office.call("POST", f"{path}/devices/codes", second, json={})
    assert codes.status_code in {403, 404}


async def test_what_a_key_gave_out_ends_with_it(office: Office) -> None:
    """A key that leaked, and was ended: codes for devices that its thief has drawn for later."""
    owner = await office.person()
    body = {"name": "Leaked", "scopes": ["devices:write"]}
    made = await office.ok("POST", f"{owner.path}/api-keys", owner, json=body)
    codes, month = f"{owner.path}/devices/codes", {"minutes": 43_200}
    headers = {"authorization": f"Bearer {made['key']}"}
    theirs = (await office.call("POST", codes, headers=headers, json=month)).json()["code"]
    ours = (await office.ok("POST", codes, owner, json=month))["code"]
    await office.ok("DELETE", f"{owner.path}/api-keys/{made['api_key']['id']}", owner)
    assert (await try_to_enrol(office, theirs)).status_code == 403
    assert (await try_to_enrol(office, ours)).is_success


async def test_a_code_in_the_wrong_hands_is_found_and_taken_back(office: Office) -> None:
    """A month's code that was mailed to somebody else: it enrols nothing, others as before."""
    owner = await office.person()
    reader = await office.person("reader", organization_id=owner.organization_id)
    codes, month = f"{owner.path}/devices/codes", {"minutes": 43_200, "role": "till"}
    lost = await office.ok("POST", codes, owner, json=month)
    kept = await office.ok("POST", codes, owner, json={})
    (newest, oldest) = await office.ok("GET", codes, owner)
    assert (newest["id"], oldest["id"]) == (kept["id"], lost["id"])
    assert (oldest["role"], oldest["created_by"]) == ("till", owner.user_id)
    assert lost["code"] not in str(oldest)
    one = f"{codes}/{lost['id']}"
    for other in (reader, await office.person("owner")):
        for method, path in (("GET", codes), ("DELETE", one)):
            assert (await office.call(method, path, other)).status_code in {403, 404}
    await office.ok("DELETE", one, owner)
    assert (await try_to_enrol(office, lost["code"])).status_code == 403
    line = (await office.ok("GET", f"{owner.path}/audit", owner))["items"][0]
    assert (line["method"], f"code_id={lost['id']}" in line["targets"]) == ("DELETE", True)
    assert (await try_to_enrol(office, kept["code"])).is_success
    assert await office.ok("GET", codes, owner) == []
    for gone in (lost["id"], kept["id"], "0" * 64, "none"):
        assert (await office.call("DELETE", f"{codes}/{gone}", owner)).status_code == 404
