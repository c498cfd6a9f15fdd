"""Who becomes a member: whoever was handed a one-time code, never who registered an address."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from command_line.clock_and_randomness import SystemEntropy
from server.settings import read_settings
from shared.kernel.instant import DAY
from tests.factories.office import Office, Person, open_office, test_settings

NEW = {
    "email": "colleague@corp.example",
    "name": "C",
    "password": "correct horse battery staple",
}
ACCEPT = "/api/v1/invitations/accept"


async def invited(office: Office, owner: Person, role: str = "manager") -> Any:
    """Make an invitation."""
    return await office.ok("POST", f"{owner.path}/invitations", owner, json={"role": role})


@pytest.mark.either_database
async def test_an_address_makes_nobody_a_member(office: Office) -> None:
    """Whoever registered a colleague's address first is not taken for the colleague."""
    owner = await office.person()
    assert (await office.call("POST", "/api/v1/users", json=NEW)).status_code == 202
    named = {"email": NEW["email"], "role": "manager"}
    answer = await office.call("POST", f"{owner.path}/members", owner, json=named)
    assert answer.status_code == 405
    members = await office.ok("GET", f"{owner.path}/members", owner)
    assert [member["user_id"] for member in members] == [owner.user_id]


async def test_an_invitation_makes_one_member_once(office: Office) -> None:
    """Of many who use a code at once one becomes a member, of its role; then it is used up."""
    owner = await office.person()
    guests = [await office.person(None) for _ in range(5)]
    made = await invited(office, owner)
    answers = await asyncio.gather(
        *(office.call("POST", ACCEPT, guest, json={"code": made["code"]}) for guest in guests)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403, 403]
    members = await office.ok("GET", f"{owner.path}/members", owner)
    assert sorted(member["role"] for member in members) == ["manager", "owner"]
    (listed,) = await office.ok("GET", f"{owner.path}/invitations", owner)
    assert listed["used_by"] in {guest.user_id for guest in guests}
    assert made["code"] not in str(listed)


@pytest.mark.either_database
async def test_an_invitation_ends(office: Office) -> None:
    """Late, taken back, mistyped, or for a member already: it changes nothing."""
    owner = await office.person()
    revoked, late = await invited(office, owner), await invited(office, owner)
    path = f"{owner.path}/invitations/{revoked['invitation']['id']}"
    assert (await office.call("DELETE", path, owner)).status_code == 204
    own = await office.call("POST", ACCEPT, owner, json={"code": late["code"]})
    assert own.status_code == 409
    office.clock.advance(8 * DAY)
    guest = await office.person(None)
    for code in (revoked["code"], late["code"], late["code"][:-1] + "x", "gki_"):
        refused = await office.call("POST", ACCEPT, guest, json={"code": code})
        assert refused.status_code == 403, code


async def test_registration_is_closed_unless_the_operator_opens_it(
    database_url: str, tmp_path: Path
) -> None:
    """A server that nobody configured makes accounts by invitation only, one by each."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GATEKEEPER_")}
    plain = read_settings(kept | {"GATEKEEPER_DATA": str(tmp_path)}, SystemEntropy())
    assert not plain.registration_is_open
    closed = test_settings(database_url, tmp_path, registration_is_open=False)
    async with open_office(closed) as office:
        owner = await office.person()
        refused = await office.call("POST", "/api/v1/users", json=NEW)
        assert refused.status_code == 403
        made = await invited(office, owner, "staff")
        body = NEW | {"invitation": made["code"]}
        assert (await office.call("POST", "/api/v1/users", json=body)).status_code == 202
        again = await office.call("POST", "/api/v1/users", json=body | {"email": "b@corp.example"})
        assert again.status_code == 403
        stranger = await office.person(None)
        stolen = await office.call("POST", ACCEPT, stranger, json={"code": made["code"]})
        assert stolen.status_code == 403, "the code is the account's that was made by it"
        credentials = {"email": NEW["email"], "password": NEW["password"]}
        signed = await office.ok("POST", "/api/v1/sessions", json=credentials)
        headers = {"authorization": f"Bearer {signed['access_token']}"}
        joined = await office.ok("POST", ACCEPT, headers=headers, json={"code": made["code"]})
        assert joined == {"organization_id": owner.organization_id, "role": "staff"}


@pytest.mark.either_database
async def test_a_wrong_invitation_tells_nobody_who_has_an_account(office: Office) -> None:
    """Known and unknown addresses are refused alike."""
    assert (await office.call("POST", "/api/v1/users", json=NEW)).status_code == 202
    answers = [
        await office.call(
            "POST", "/api/v1/users", json=NEW | {"email": email, "invitation": "gki_no"}
        )
        for email in (NEW["email"], "nobody@corp.example")
    ]
    assert [answer.status_code for answer in answers] == [403, 403]
