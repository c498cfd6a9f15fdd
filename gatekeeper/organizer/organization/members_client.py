"""Who works at the desk: members with their roles, and one-time invitations by a code."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec

from gatekeeper.organizer.edit_clashes import save_over, unless_changed
from gatekeeper.organizer.merging_edits import Clash, Fields
from gatekeeper.organizer.server_api import Refused, ServerApi, wants_code
from shared.code_lifetimes import INVITATION_CODE_HOURS
from shared.kernel.errors import Rejected, ServerFault
from shared.kernel.id_types import OrganizationId

_FORBIDDEN: Final = 403


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the organization.

    Attributes:
        user_id: By which the role is changed, or the person removed.
        role: One of `roles.ROLES`.
        etag: Changes when anybody changes the role.
    """

    user_id: str
    name: str
    email: str
    role: str
    etag: str

    @property
    def fields(self) -> Fields:
        """What an edit sets."""
        return {"role": self.role}


async def list_members(api: ServerApi, organization_id: OrganizationId) -> tuple[Member, ...]:
    """List the members, the earliest first."""
    found: list[dict[str, Any]] = await api.get(f"/organizations/{organization_id}/members")
    return msgspec.convert(found, tuple[Member, ...])


class Invitation(NamedTuple):
    """An invitation as it was made.

    Attributes:
        id: By which the server lists it.
        code: What the other person types; it can be had no second time.
    """

    id: str
    code: str


async def invite(api: ServerApi, organization_id: OrganizationId, role: str) -> Invitation:
    """Make a one-time code that makes whoever types it a member.

    Raises:
        Rejected: if this is no owner.
    """
    fields = {"role": role, "hours": INVITATION_CODE_HOURS}
    made = await api.post(f"/organizations/{organization_id}/invitations", fields)
    return Invitation(str(made["invitation"]["id"]), str(made["code"]))


async def is_open(api: ServerApi, organization_id: OrganizationId, invitation: Invitation) -> bool:
    """Tell whether an invitation's code would still make a member."""
    path = f"/organizations/{organization_id}/invitations"
    listed: list[dict[str, Any]] = await api.get(path)
    found = next((one for one in listed if one["id"] == invitation.id), None)
    # One whose time is over is taken back by the server itself.
    return found is not None and found["used_at"] is None and found["revoked_at"] is None


async def change_role(
    api: ServerApi, organization_id: OrganizationId, member: Member, role: str
) -> Clash | None:
    """Give a member another role.

    Returns:
        What somebody else changed since the member was read; then nothing was written.

    Raises:
        Refused: if this is no owner, it would leave no owner, or the member is gone.
    """
    path, mine = f"/organizations/{organization_id}/members/{member.user_id}", {"role": role}

    async def write(etag: str) -> None:
        await api.put(path, mine, etag)

    return await save_over(
        member, mine, lambda: _read_again(api, organization_id, member), write, member.etag
    )


async def remove(api: ServerApi, organization_id: OrganizationId, member: Member) -> Clash | None:
    """Remove a member: what they may do ends at once.

    Returns:
        What somebody else changed since the member was read; then they are still there.

    Raises:
        Refused: if this is no owner, it would leave no owner, or the member is gone.
    """
    path = f"/organizations/{organization_id}/members/{member.user_id}"
    return await unless_changed(
        member,
        lambda: api.delete(path, member.etag),
        lambda: _read_again(api, organization_id, member),
    )


async def _read_again(api: ServerApi, organization_id: OrganizationId, member: Member) -> Member:
    members = await list_members(api, organization_id)
    now = next((one for one in members if one.user_id == member.user_id), None)
    if now is None:
        message = f"{member.name} has been removed in the meantime"
        raise Refused(message, (), problem="not-found", status=404)
    return now


async def join(
    api: ServerApi, *, code: str, name: str, email: str, password: str, factor: str = ""
) -> None:
    """Make an account by an invitation, sign in, and become a member.

    Somebody who already has an account keeps it, with its password and second factor, whose code
    is `factor`.

    Raises:
        Rejected: if the code is wrong, used or old, or something typed cannot be taken.
    """
    account = {"email": email, "name": name, "password": password, "invitation": code}
    await api.post("/users", account)
    await api.sign_in(email, password, factor)
    await api.post("/invitations/accept", {"code": code})


class Joining:
    """Makes somebody a member; asked again because no answer came, they may be one already."""

    def __init__(self) -> None:
        self._unheard = ""

    async def join(
        self,
        api: ServerApi,
        *,
        code: str,
        name: str,
        email: str,
        password: str,
        factor: str = "",
    ) -> None:
        """As the function.

        Raises:
            Rejected: likewise.
            ServerFault: if no answer came to some of it.
        """
        try:
            await join(api, code=code, name=name, email=email, password=password, factor=factor)
        except ServerFault:
            self._unheard = code
            raise
        except Refused as refusal:
            if refusal.status != _FORBIDDEN or code != self._unheard:
                raise
            try:
                await self._go_on(api, code, email, password, factor)
            except Rejected as fault:
                raise (fault if wants_code(fault) else refusal) from None

    async def _go_on(
        self, api: ServerApi, code: str, email: str, password: str, factor: str
    ) -> None:
        """Sign in to the account that the code has made, and use it if that was not done."""
        await api.sign_in(email, password, factor)
        if not await api.get("/organizations"):
            await api.post("/invitations/accept", {"code": code})
