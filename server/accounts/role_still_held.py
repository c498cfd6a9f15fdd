"""Whether somebody may still do what they were let in for, in the transaction that does it.

A guard looks before; a removal may commit in between. What is handed out for later (an invitation,
an API key, a code for a device) would be good then although all such things were ended with the
removal.
"""

from __future__ import annotations

from sqlalchemy import select

from server.accounts.guards import role_needed
from server.accounts.models import ApiKey
from server.accounts.principal import RANKS, Principal, Role
from server.db.unit import Unit
from server.organizations.organizations_and_numbers import Membership
from server.problem_answers import Problem


async def hold_role(unit: Unit, principal: Principal, role: Role) -> None:
    """Let nobody take a role away until the transaction ends; who has lost it is refused.

    Args:
        unit: A writing one.
        principal: Who asks; of an API key its maker counts, and that nobody has revoked it.
        role: The least role.

    Raises:
        Problem: `not-found` where they are no member any more, `forbidden` with a lesser role,
            `unauthenticated` by a key that was revoked.
    """
    if principal.is_platform_admin:
        return
    if principal.api_key_id is not None:
        key = select(ApiKey.id).where(ApiKey.id == principal.api_key_id)
        good = key.where(ApiKey.revoked_at.is_(None)).with_for_update(read=True)
        if await unit.find(good) is None:
            raise Problem("unauthenticated", "This API key has been revoked.")
    query = (
        select(Membership.role)
        .where(Membership.user_id == principal.user_id)
        .with_for_update(read=True)
    )
    now = Role(await unit.get(query, "organization"))
    if RANKS[now] < RANKS[role]:
        raise role_needed(role, now)
