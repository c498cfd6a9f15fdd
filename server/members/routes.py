"""`/api/v1/organizations/…/members`."""

from __future__ import annotations

from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Units
from server.http.etags import Expected
from server.http.list_search_and_filters import Listing
from server.http.logs import log
from server.http.retrying import look_again
from server.members import changing_members
from server.members.schemas import MemberAnswer, MemberChange
from shared.kernel.id_types import UserId

MEMBERS = "/organizations/{organization_id:str}/members"
MEMBER = MEMBERS + "/{user_id:str}"


@get(MEMBERS, tags=["members"], guards=[requires(Role.MANAGER, "members:read")])
async def list_members(
    listing: NamedDependency[Listing], units: NamedDependency[Units]
) -> list[MemberAnswer]:
    """List the members."""
    async with units.read() as unit:
        found = await changing_members.list_members(unit)
    return listing.arrange(found, MemberAnswer)


@put(MEMBER, tags=["members"], guards=[requires(Role.OWNER)])
@look_again
async def change_member(
    data: JSONBody[MemberChange],
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    user_id: FromPath[UserId],
) -> MemberAnswer:
    """Change a member's role."""
    async with units.write() as unit:
        await expected.check(unit, user_id, changing_members.lock_member, user_id)
        return await changing_members.change_member(unit, user_id, data)


@delete(MEMBER, status_code=204, tags=["members"], guards=[requires(Role.OWNER)])
@look_again
async def remove_member(
    expected: NamedDependency[Expected], units: NamedDependency[Units], user_id: FromPath[UserId]
) -> None:
    """Remove a member: what they may do, their API keys and their unused codes end at once.

    Messages to webhooks that they answered for are held.
    """
    async with units.write() as unit:
        await expected.check(unit, user_id, changing_members.lock_member, user_id)
        await changing_members.remove_member(unit, user_id)
    log().info("member.removed", actor=units.actor)
