"""Members by one-time invitations at the desk: joined once, with their role, and out at once."""

from __future__ import annotations

import httpx
import pytest
from msgspec import structs

from gatekeeper.organizer.desk_and_events import NoOrganization, find_organization, open_desk
from gatekeeper.organizer.merging_edits import Clash
from gatekeeper.organizer.organization.members_client import (
    Joining,
    change_role,
    invite,
    is_open,
    join,
    list_members,
    remove,
)
from gatekeeper.organizer.own_server import OwnServer
from gatekeeper.organizer.server_api import ServerApi
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import Rejected, ServerFault
from tests.fakes.entropy import SeededEntropy
from tests.integration.organizer.test_own_server import EMAIL, laptop, sit_down

__all__ = ["laptop"]
PASSWORD = "nine lamps under the bridge"


class _Cut(httpx.AsyncBaseTransport):
    """A way to the server on which one answer of those to acts is lost."""

    def __init__(self, beyond: httpx.AsyncBaseTransport, lost: int) -> None:
        self._beyond, self._left = beyond, lost

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._beyond.handle_async_request(request)
        if request.method != "GET":
            self._left -= 1
            if self._left == 0:
                await answer.aread()
                raise httpx.ReadError("the line was cut", request=request)
        return answer

    async def aclose(self) -> None:
        await self._beyond.aclose()


@pytest.mark.parametrize("lost", [1, 2, 3], ids=["account", "session", "membership"])
async def test_who_is_invited_joins_at_the_second_press_whatever_answer_was_lost(
    laptop: OwnServer, lost: int
) -> None:
    """The account was there, and its invitation called used: a new one was to be asked for."""
    desk = await sit_down(laptop)
    invitation = await invite(desk.api, desk.organization.id, "staff")
    ida, eve = (ServerApi(laptop.url, laptop.read_authority()) for _ in range(2))
    ida._http._transport = _Cut(ida._http._transport, lost)
    typed = {"name": "Ida", "email": f"ida{lost}@example.org", "password": PASSWORD}
    joining = Joining()
    with pytest.raises(ServerFault):
        await joining.join(ida, code=invitation.code, **typed)
    await joining.join(ida, code=invitation.code, **typed)
    found = await find_organization(ida)
    assert found is not None
    assert (found.id, found.role) == (desk.organization.id, "staff")
    with pytest.raises(Rejected):
        await joining.join(eve, code=invitation.code, **typed | {"password": "not Ida's at all"})
    (made,) = [one for one in await list_members(desk.api, found.id) if one.name == "Ida"]
    assert await remove(desk.api, found.id, made) is None
    for one in (ida, eve, desk.api):
        await one.close()


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
