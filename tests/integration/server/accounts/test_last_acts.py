"""Who is removed hands nothing out any more, also not by what they had asked for just before."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.kernel.id_types import EventId
from tests.factories.office import Office
from tests.factories.racing import raced, rows_of

INVITATION = "SELECT count(*) FROM invitation WHERE revoked_at IS NULL"
KEY = "SELECT count(*) FROM api_key WHERE revoked_at IS NULL"
CODE = "SELECT count(*) FROM enrolment_code WHERE used_at IS NULL"
BODIES: dict[str, dict[str, Any]] = {
    "invitations": {"role": "owner"},
    "api-keys": {"name": "spare", "scopes": ["orders:write"]},
}


@pytest.mark.parametrize(
    ("what", "good", "role"),
    [
        ("invitations", INVITATION, None),
        ("invitations", INVITATION, "reader"),
        ("api-keys", KEY, None),  # of a lesser role one may what its maker may, now
        ("devices/codes", CODE, None),
        ("devices/codes", CODE, "reader"),
    ],
)
async def test_what_a_removed_owner_asked_for_before_is_good_for_nothing(
    office: Office, what: str, good: str, role: str | None
) -> None:
    """Their request was let in as an owner's, and its commit comes after the removal's."""
    owner = await office.person()
    thief = await office.person("owner", organization_id=owner.organization_id)
    event_id = EventId(await office.event(owner))
    await office.plan(owner, event_id)
    body = BODIES.get(what, {"event_id": event_id})
    member = f"{owner.path}/members/{thief.user_id}"
    if role is None:
        removal = office.call("DELETE", member, owner)
    else:
        removal = office.call("PUT", member, owner, json={"role": role})
    late, removed = await raced(
        office,
        "organization",
        f"id = '{owner.organization_id}'",
        office.call("POST", f"{owner.path}/{what}", thief, json=body),
        removal,
    )
    assert removed.is_success, removed.text
    assert late.status_code in {201, 403, 404}
    assert await rows_of(office, good) == [(0,)]


async def test_what_an_ended_key_asked_for_before_is_good_for_nothing(office: Office) -> None:
    """Its request was let in while it was good, and its commit comes after its end."""
    owner = await office.person()
    event_id = EventId(await office.event(owner))
    await office.plan(owner, event_id)
    keys = f"{owner.path}/api-keys"
    said = {"name": "Leaked", "scopes": ["devices:write"]}
    key = await office.ok("POST", keys, owner, json=said)
    headers = {"authorization": f"Bearer {key['key']}"}
    late, ended = await raced(
        office,
        "organization",
        f"id = '{owner.organization_id}'",
        office.call(
            "POST", f"{owner.path}/devices/codes", headers=headers, json={"event_id": event_id}
        ),
        office.call("DELETE", f"{keys}/{key['api_key']['id']}", owner),
    )
    assert ended.is_success, ended.text
    assert late.status_code in {201, 401}
    assert await rows_of(office, CODE) == [(0,)]


async def test_owners_who_stay_go_on(office: Office) -> None:
    """Two owners' invitations at once: neither waits for the other's for good."""
    owner = await office.person()
    other = await office.person("owner", organization_id=owner.organization_id)
    answers = await asyncio.gather(
        *(
            office.call("POST", f"{owner.path}/invitations", one, json={"role": "reader"})
            for one in (owner, other, owner, other)
        )
    )
    assert [one.status_code for one in answers] == [201] * 4
