"""From a bearer token to a principal, by one query, at every request.

Roles, revocation and disabling are read from the database each time: they act at once.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import and_, select, update

from server.accounts.models import ApiKey, LoginSession, User
from server.accounts.principal import Principal, Role
from server.accounts.tokens import (
    API_KEY_PREFIX,
    TYPE_ACCESS,
    TokenSigner,
    is_well_formed_key,
    token_hash,
)
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.organizations.models import Membership
from shared.kernel.instant import MINUTE, Duration

LAST_USED_STEP: Final[Duration] = MINUTE
"""How exact an API key's "last used" is; spares a write per request."""


async def identify(
    context: Context, signer: TokenSigner, token: str, organization_id: str | None
) -> Principal | None:
    """Tell who holds a bearer token, and their role in an organization.

    Returns:
        None if the token is not, or no longer, valid.
    """
    if token.startswith(API_KEY_PREFIX + "_"):
        return await _identify_key(context, token, organization_id)
    claims = signer.read(token, context.clock.wall(), kind=TYPE_ACCESS)
    if claims is None:
        return None
    query = (
        select(User.is_platform_admin, Membership.role)
        .select_from(User)
        .join(LoginSession, LoginSession.user_id == User.id)
        .outerjoin(
            Membership,
            and_(
                Membership.user_id == User.id,
                Membership.organization_id == (organization_id or ""),
            ),
        )
        .where(
            User.id == claims.user_id,
            User.state == "active",
            LoginSession.id == claims.session_id,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > context.clock.wall(),
        )
    )
    async with context.database.read(org=SYSTEM) as session:
        row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    return Principal(
        user_id=claims.user_id,
        session_id=claims.session_id,
        organization_id=organization_id,
        role=Role(row.role) if row.role else None,
        is_platform_admin=row.is_platform_admin,
    )


async def _identify_key(
    context: Context, token: str, organization_id: str | None
) -> Principal | None:
    if not is_well_formed_key(token, API_KEY_PREFIX):
        return None
    now = context.clock.wall()
    query = (
        select(ApiKey, Membership.role)
        .join(User, User.id == ApiKey.created_by)
        .join(
            Membership,
            and_(
                Membership.user_id == User.id,
                Membership.organization_id == ApiKey.organization_id,
            ),
        )
        .where(
            ApiKey.hash == token_hash(token),
            ApiKey.revoked_at.is_(None),
            User.state == "active",
        )
    )
    async with context.database.read(org=SYSTEM) as session:
        row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    key, role = row
    if key.expires_at is not None and key.expires_at <= now:
        return None
    if key.last_used_at is None or key.last_used_at <= now - LAST_USED_STEP:
        async with context.database.write(org=SYSTEM) as session:
            used = update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=now)
            await session.execute(used)
    return Principal(
        user_id=key.created_by,
        api_key_id=key.id,
        organization_id=organization_id,
        role=Role(role) if key.organization_id == organization_id else None,
        scopes=frozenset(key.scopes),
    )
