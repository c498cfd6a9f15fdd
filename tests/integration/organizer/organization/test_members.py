"""Members by one-time invitations at the desk: joined once, with their role, and out at once."""

from __future__ import annotations

import pytest
from msgspec import structs

from gatekeeper.organizer.desk_and_events import NoOrganization, find_organization, open_desk
from gatekeeper.organizer.merging_edits import Clash
from gatekeeper.organizer.organization.members import (
    change_role,
    invite,
    is_open,
    join,
    list_members,
    remove,
)
from gatekeeper.organizer.own_server import OwnServer
from gatekeeper.organizer.server_api import ServerApi
from gatekeeper.presenters.desk.desk_words import spell_fault
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import Rejected
from tests.fakes.entropy import SeededEntropy
from tests.integration.organizer.test_own_server import EMAIL, laptop, sit_down

__all__ = ["laptop"]
PASSWORD = "nine lamps under the bridge"


async def test_invited_person_joins_once_and_is_removed_at_once(laptop: OwnServer) -> None:
    """The code makes one member of its role; then it is used up."""
    desk = await sit_down(laptop)
    invitation = await invite(desk.api, desk.organization.id, "staff")
    code = invitation.code
    assert await is_open(desk.api, desk.organization.id, invitation)
    ben, eve = (ServerApi(laptop.url, laptop.read_authority()) for _ in range(2))

    await join(ben, code=code, name="Ben", email="ben@example.org", password=PASSWORD)
    with pytest.raises(Rejected):
        await join(eve, code=code, name="Eve", email="eve@example.org", password=PASSWORD)

    assert not await is_open(desk.api, desk.organization.id, invitation)
    members = await list_members(desk.api, desk.organization.id)
    assert {(one.email, one.role) for one in members} == {
        (EMAIL, "owner"),
        ("ben@example.org", "staff"),
    }
    found = await find_organization(ben)
    assert found is not None
    assert found.id == desk.organization.id
    with pytest.raises(Rejected):
        await invite(ben, desk.organization.id, "owner")
    before = next(one for one in members if one.role == "staff")
    given = await change_role(desk.api, desk.organization.id, before, "manager")
    assert given is None
    late = await change_role(desk.api, desk.organization.id, before, "owner")
    assert isinstance(late, Clash)
    assert (late.theirs, late.fields[0].is_both) == ({"role": "manager"}, True)
    assert late.by, "who was faster"
    assert isinstance(await remove(desk.api, desk.organization.id, before), Clash)
    now = structs.replace(before, role="manager", etag=late.etag)
    assert await remove(desk.api, desk.organization.id, now) is None
    assert await find_organization(ben) is None
    with pytest.raises(NoOrganization):
        await open_desk(ben, SeededEntropy("ben"), "", "UTC")
    with pytest.raises(Rejected) as refusal:
        await ben.list_all(f"/organizations/{desk.organization.id}/events")
    assert spell_fault(refusal.value) == TEXTS.say("desk.sign_in.no_member")
    owner = next(one for one in members if one.role == "owner")
    with pytest.raises(Rejected):
        await remove(desk.api, desk.organization.id, owner)
    for office in (ben, eve, desk.api):
        await office.close()
