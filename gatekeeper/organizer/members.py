"""Who works at the desk: members with their roles, and one-time invitations by a code."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.organizer.office import Office
from shared.kernel.id_types import OrganizationId

ROLES: Final = ("owner", "manager", "staff")
HOURS: Final = 48
"""How long a code that is shown on a screen can be used."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the organization.

    Attributes:
        user_id: By which the role is changed, or the person removed.
        role: `owner`, `manager` or `staff`.
    """

    user_id: str
    name: str
    email: str
    role: str


async def list_members(office: Office, organization_id: OrganizationId) -> tuple[Member, ...]:
    """List the members, the earliest first."""
    found: list[dict[str, Any]] = await office.get(f"/organizations/{organization_id}/members")
    return tuple(
        Member(user_id=one["user_id"], name=one["name"], email=one["email"], role=one["role"])
        for one in found
    )


async def invite(office: Office, organization_id: OrganizationId, role: str) -> str:
    """Make a one-time code that makes whoever types it a member.

    Raises:
        Rejected: if this is no owner.
    """
    fields = {"role": role, "hours": HOURS}
    made = await office.post(f"/organizations/{organization_id}/invitations", fields)
    return str(made["code"])


async def change_role(
    office: Office, organization_id: OrganizationId, user_id: str, role: str
) -> None:
    """Give a member another role.

    Raises:
        Rejected: if this is no owner, or it would leave no owner.
    """
    await office.put(f"/organizations/{organization_id}/members/{user_id}", {"role": role})


async def remove(office: Office, organization_id: OrganizationId, user_id: str) -> None:
    """Remove a member: what they may do ends at once.

    Raises:
        Rejected: if this is no owner, or it would leave no owner.
    """
    await office.delete(f"/organizations/{organization_id}/members/{user_id}")


async def join(
    office: Office, *, code: str, name: str, email: str, password: str, factor: str = ""
) -> None:
    """Make an account by an invitation, sign in, and become a member.

    Somebody who has an account already keeps it, with its password and second factor, whose code
    is `factor`.

    Raises:
        Rejected: if the code is wrong, used or old, or something typed cannot be taken.
    """
    account = {"email": email, "name": name, "password": password, "invitation": code}
    await office.post("/users", account)
    await office.sign_in(email, password, factor)
    await office.post("/invitations/accept", {"code": code})
