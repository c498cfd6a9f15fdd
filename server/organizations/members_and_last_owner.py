"""Keeps an organization's members and their roles: one of them is always an owner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select

from server.db.unit import Unit
from server.organizations.models import Membership
from server.organizations.organizations_and_numbers import OWNER, lock_organization
from server.problem_answers import not_found, refuse
from shared.kernel.id_types import UserId

MEMBERS_MAX: Final = 5_000
"""Of an organization, read in one list."""


async def list_members(unit: Unit) -> Sequence[Membership]:
    """Return the members, the earliest first."""
    query = select(Membership).order_by(Membership.created_at, Membership.user_id)
    return await unit.all(query.limit(MEMBERS_MAX))


async def set_member(unit: Unit, user_id: UserId, role: str) -> Membership:
    """Add a member, or change a member's role.

    Raises:
        Problem: `conflict` if that would leave no owner.
    """
    found = await _member(unit, user_id)
    if found is None:
        found = Membership(
            user_id=user_id,
            role=role,
            created_at=unit.now,
        )
        unit.session.add(found)
    else:
        if found.role == OWNER and role != OWNER:
            await _keep_an_owner(unit)
        found.role = role
    await unit.session.flush()
    return found


async def get_member(unit: Unit, user_id: UserId) -> Membership:
    """Return a member.

    Raises:
        Problem: `not-found`.
    """
    found = await _member(unit, user_id)
    if found is None:
        raise not_found("member")
    return found


async def remove_member(unit: Unit, user_id: UserId) -> None:
    """Remove a member, at once.

    Raises:
        Problem: `not-found`, or `conflict` for the last owner.
    """
    found = await get_member(unit, user_id)
    if found.role == OWNER:
        await _keep_an_owner(unit)
    await unit.session.delete(found)
    await unit.session.flush()


async def _member(unit: Unit, user_id: UserId) -> Membership | None:
    query = select(Membership).where(Membership.user_id == user_id).with_for_update()
    return await unit.find(query)


async def _keep_an_owner(unit: Unit) -> None:
    await lock_organization(unit)  # two owners cannot leave at the same time
    query = select(func.count()).select_from(Membership).where(Membership.role == OWNER)
    if (await unit.session.execute(query)).scalar_one() <= 1:
        raise refuse("conflict", "member.last_owner")
