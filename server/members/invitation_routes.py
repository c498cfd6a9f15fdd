"""An organization's invitations, and becoming a member by one."""

from __future__ import annotations

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts.guards import requires, signed_in
from server.accounts.principal import Principal, Role
from server.accounts.role_still_held import hold_role
from server.db.audit_line import note_organization
from server.db.tenancy import SYSTEM
from server.db.unit import Context, Units
from server.http.body_and_answer_types import answer_of
from server.http.list_search_and_filters import Listing
from server.http.logs import log
from server.members.schemas import (
    Acceptance,
    AcceptedInvitation,
    CreatedInvitation,
    InvitationAnswer,
    NewInvitation,
)
from server.organizations import invitations
from server.organizations.models import Invitation
from shared.kernel.instant import HOUR

INVITATIONS = "/organizations/{organization_id:str}/invitations"
OWNER = requires(Role.OWNER)


@post(INVITATIONS, tags=["members"], guards=[OWNER])
async def invite(
    data: JSONBody[NewInvitation],
    principal: NamedDependency[Principal],
    units: NamedDependency[Units],
) -> CreatedInvitation:
    """Make a one-time code that makes whoever you hand it to a member."""
    actor = principal.actor
    async with units.write() as unit:
        await hold_role(unit, principal, Role.OWNER)
        made, code = await invitations.invite(
            unit, data.role, by=actor, lifetime=data.hours * HOUR
        )
    log().info("member.invited", actor=actor, kind=data.role)
    return CreatedInvitation(code=code, invitation=_answer(made))


@get(INVITATIONS, tags=["members"], guards=[OWNER])
async def list_invitations(
    listing: NamedDependency[Listing], units: NamedDependency[Units]
) -> list[InvitationAnswer]:
    """List invitations with who used them, the newest first; without their codes."""
    async with units.read() as unit:
        found = [_answer(row) for row in await invitations.list_invitations(unit)]
    return listing.arrange(found, InvitationAnswer)


@delete(INVITATIONS + "/{invitation_id:str}", status_code=204, tags=["members"], guards=[OWNER])
async def revoke_invitation(units: NamedDependency[Units], invitation_id: FromPath[str]) -> None:
    """Take an invitation back."""
    async with units.write() as unit:
        await invitations.revoke_invitation(unit, invitation_id)


@post("/invitations/accept", status_code=200, tags=["members"], guards=[signed_in()])
async def accept_invitation(
    data: JSONBody[Acceptance],
    principal: NamedDependency[Principal],
    context: NamedDependency[Context],
) -> AcceptedInvitation:
    """Become a member by an invitation's code, which is used up by it."""
    user_id = principal.user_id
    async with context.database.write(org=SYSTEM) as session:
        row = await invitations.accept(session, data.code, user_id, context.clock.wall())
        note_organization(row.organization_id)
    log().info("member.joined", actor=user_id, organization_id=row.organization_id, kind=row.role)
    return AcceptedInvitation(organization_id=row.organization_id, role=row.role)


def _answer(row: Invitation) -> InvitationAnswer:
    return answer_of(InvitationAnswer, row)
