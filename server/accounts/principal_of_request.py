"""From a bearer token to a principal, at every request.

Roles, revocation and disabling are read from the database each time: they act at once.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import and_, bindparam, select, update

from server.access_keys import hash_token, is_well_formed_key
from server.accounts.models import ApiKey, LoginSession, SecondFactor, User
from server.accounts.principal import Principal, Role
from server.accounts.second_factor import must_have_factor
from server.accounts.tokens import API_KEY_PREFIX, TYPE_ACCESS, TokenSigner
from server.db.ledger_state import is_taken_over
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.organizations.organizations_and_numbers import Membership, Organization
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import MINUTE, Duration, Instant

LAST_USED_STEP: Final[Duration] = MINUTE
"""How exact an API key's "last used" is; spares a write per request."""

# Asked at every request: one question each, made once.
_PERSON: Final = (
    select(
        User.is_platform_admin,
        Membership.role,
        Organization.asks_second_factor,
        SecondFactor.confirmed_at,
        is_taken_over(),
    )
    .select_from(User)
    .join(LoginSession, LoginSession.user_id == User.id)
    .outerjoin(
        Membership,
        and_(
            Membership.user_id == User.id,
            Membership.organization_id == bindparam("organization_id"),
        ),
    )
    .outerjoin(Organization, Organization.id == Membership.organization_id)
    .outerjoin(SecondFactor, SecondFactor.user_id == User.id)
    .where(
        User.id == bindparam("user_id"),
        User.state == "active",
        LoginSession.id == bindparam("session_id"),
        LoginSession.revoked_at.is_(None),
        LoginSession.expires_at > bindparam("now"),
    )
)
# A key never may more than the person who made it, now.
_KEY: Final = (
    select(
        ApiKey.id,
        ApiKey.organization_id,
        ApiKey.created_by,
        ApiKey.scopes,
        ApiKey.expires_at,
        ApiKey.last_used_at,
        Membership.role,
        is_taken_over().label("is_too_late"),
    )
    .join(User, User.id == ApiKey.created_by)
    .join(
        Membership,
        and_(
            Membership.user_id == ApiKey.created_by,
            Membership.organization_id == ApiKey.organization_id,
        ),
    )
    .where(ApiKey.hash == bindparam("hash"), ApiKey.revoked_at.is_(None), User.state == "active")
)


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
    values = {
        "user_id": claims.user_id,
        "session_id": claims.session_id,
        "organization_id": organization_id,
        "now": context.clock.wall(),
    }
    found = await context.database.glance(_PERSON, values)
    if not found:
        return None
    (is_admin, role, asks_factor, confirmed_at, is_too_late) = found[0]
    return Principal(
        user_id=claims.user_id,
        session_id=claims.session_id,
        organization_id=organization_id,
        role=Role(role) if role else None,
        is_platform_admin=is_admin,
        lacks_factor=must_have_factor(role, asks_factor) and confirmed_at is None,
        is_too_late=is_too_late,
    )


async def _identify_key(
    context: Context, token: str, organization_id: OrganizationId | None
) -> Principal | None:
    if not is_well_formed_key(token, API_KEY_PREFIX):
        return None
    now = context.clock.wall()
    found = await context.database.glance(_KEY, {"hash": hash_token(token)})
    if not found:
        return None
    key = found[0]
    if key.expires_at is not None and key.expires_at <= now:
        return None
    if key.last_used_at is None or key.last_used_at <= now - LAST_USED_STEP:
        await _note_use(context, key.id, now)
    return Principal(
        user_id=key.created_by,
        api_key_id=key.id,
        organization_id=organization_id,
        role=Role(key.role) if key.organization_id == organization_id else None,
        scopes=frozenset(key.scopes),
        is_too_late=key.is_too_late,
    )


async def _note_use(context: Context, key_id: str, now: Instant) -> None:
    async with context.database.write(org=SYSTEM, is_audited=False) as session:
        used = update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=now)
        await session.execute(used)
