"""From a bearer token to a principal, at every request.

Roles, revocation and disabling are read from the database each time: they act at once.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select, update

from server.access_keys import is_well_formed_key, token_hash
from server.accounts.models import ApiKey, LoginSession, User
from server.accounts.principal import Principal, Role
from server.accounts.second_factor import has_factor
from server.accounts.tokens import API_KEY_PREFIX, TYPE_ACCESS, TokenSigner
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.organizations.service import role_of, standing_of
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import MINUTE, Duration, Instant

LAST_USED_STEP: Final[Duration] = MINUTE
"""How exact an API key's "last used" is; spares a write per request."""


async def identify(
    context: Context, signer: TokenSigner, token: str, organization_id: OrganizationId | None
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
        select(User.is_platform_admin)
        .join(LoginSession, LoginSession.user_id == User.id)
        .where(
            User.id == claims.user_id,
            User.state == "active",
            LoginSession.id == claims.session_id,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > context.clock.wall(),
        )
    )
    async with context.database.read(org=SYSTEM) as session:
        is_admin = (await session.execute(query)).scalar_one_or_none()
        if is_admin is None:
            return None
        role, is_asked = None, False
        if organization_id is not None:
            role, is_asked = await standing_of(session, claims.user_id, organization_id)
        lacks_factor = is_asked and not await has_factor(session, claims.user_id)
    return Principal(
        user_id=claims.user_id,
        session_id=claims.session_id,
        organization_id=organization_id,
        role=Role(role) if role else None,
        is_platform_admin=is_admin,
        lacks_factor=lacks_factor,
    )


async def _identify_key(
    context: Context, token: str, organization_id: OrganizationId | None
) -> Principal | None:
    if not is_well_formed_key(token, API_KEY_PREFIX):
        return None
    now = context.clock.wall()
    query = (
        select(ApiKey)
        .join(User, User.id == ApiKey.created_by)
        .where(
            ApiKey.hash == token_hash(token),
            ApiKey.revoked_at.is_(None),
            User.state == "active",
        )
    )
    async with context.database.read(org=SYSTEM) as session:
        key = (await session.execute(query)).scalar_one_or_none()
        if key is None or (key.expires_at is not None and key.expires_at <= now):
            return None
        # A key never may more than the person who made it, now.
        role = await role_of(session, key.created_by, key.organization_id)
    if role is None:
        return None
    if key.last_used_at is None or key.last_used_at <= now - LAST_USED_STEP:
        await _note_use(context, key.id, now)
    return Principal(
        user_id=key.created_by,
        api_key_id=key.id,
        organization_id=organization_id,
        role=Role(role) if key.organization_id == organization_id else None,
        scopes=frozenset(key.scopes),
    )


async def _note_use(context: Context, key_id: str, now: Instant) -> None:
    async with context.database.write(org=SYSTEM, is_audited=False) as session:
        used = update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=now)
        await session.execute(used)
