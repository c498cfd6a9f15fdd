"""Accounts: registration, sign-in, refresh, sign-out, API keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from server import policy
from server.access_keys import KEY_SHOWN_LENGTH, new_key, token_hash
from server.accounts.models import ApiKey, LoginSession, RefreshToken, User
from server.accounts.passwords import PasswordHashes, find_weakness
from server.accounts.second_factor import check_code
from server.accounts.tokens import (
    API_KEY_PREFIX,
    TYPE_ACCESS,
    TokenClaims,
    TokenSigner,
    new_refresh_token,
)
from server.data_seal import DataSeal
from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit
from server.organizations.invitations import bind, check_open
from server.policy import ACCESS_LIFETIME, REUSE_GRACE, SESSION_IDLE_MAX, SESSION_LIFETIME
from server.problems import not_found, wrong_field
from shared.kernel import ids
from shared.kernel.id_types import UserId
from shared.kernel.instant import Instant

API_KEY: Final = "ak"
_CLIENT_MAX: Final = 120


class SignedIn(msgspec.Struct, frozen=True):
    """A sign-in's or refresh's result.

    Attributes:
        user_id: Who.
        session_id: The family.
        access_token: For 15 minutes.
        refresh_token: For one use; None when the one just used was used within the grace.
        refresh_expires_at: µs.
    """

    user_id: UserId
    session_id: str
    access_token: str
    refresh_token: str | None
    refresh_expires_at: Instant


def email_key(email: str) -> str:
    """Return what e-mail addresses are compared by."""
    return email.strip().casefold()


async def register(
    context: Context,
    hashes: PasswordHashes,
    *,
    email: str,
    name: str,
    password: str,
    is_platform_admin: bool = False,
    invitation: str | None = None,
) -> str | None:
    """Make an account.

    Returns:
        The user's id, or None if the address has an account already (which callers must not
        tell to strangers).

    Raises:
        Problem: if the password is too weak; `forbidden` for an invitation that is no good one.
    """
    weakness = find_weakness(password, email, name)
    if weakness is not None:
        raise wrong_field("password", weakness)
    encoded = await hashes.hash(password)
    now = context.clock.wall()
    user = User(
        id=ids.new_id(ids.USER, context.entropy),
        email=email.strip(),
        email_key=email_key(email),
        name=name,
        password_hash=encoded,
        is_platform_admin=is_platform_admin,
        state="active",
        created_at=now,
        password_changed_at=now,
    )
    try:
        async with context.database.write(org=SYSTEM) as session:
            if invitation is not None:
                # Before the address is looked up: a wrong code must not tell who is known.
                await check_open(session, invitation, now)
            query = select(User.id).where(User.email_key == user.email_key)
            if (await session.execute(query)).scalar_one_or_none() is not None:
                return None
            session.add(user)
            if invitation is not None:
                await session.flush()
                await bind(session, invitation, user.id, now)
    except IntegrityError:
        return None  # somebody registered the same address meanwhile
    return user.id


class Proven(msgspec.Struct, frozen=True):
    """Whose password it is, with its hash by today's parameters where that is another one."""

    user_id: UserId
    renewed: str | None


async def prove(
    context: Context, hashes: PasswordHashes, *, email: str, password: str
) -> Proven | None:
    """Check a password; None if it is wrong or there is no such account."""
    async with context.database.read(org=SYSTEM) as session:
        query = select(User).where(User.email_key == email_key(email))
        user = (await session.execute(query)).scalar_one_or_none()
    is_usable = user is not None and user.state == "active"
    encoded = user.password_hash if user is not None and is_usable else None
    if not await hashes.is_right(password, encoded) or user is None or encoded is None:
        return None
    renewed = await hashes.hash(password) if hashes.is_outdated(encoded) else None
    return Proven(user.id, renewed)


async def sign_in(
    context: Context,
    signer: TokenSigner,
    seal: DataSeal,
    proven: Proven,
    *,
    code: str | None,
    client: str,
) -> SignedIn:
    """Open a session for whoever has proven a password, and has the code that is asked for.

    Raises:
        Problem: `second-factor-needed` or `second-factor-wrong`.
    """
    now = context.clock.wall()
    opened = LoginSession(
        id=ids.new_id(ids.SESSION, context.entropy),
        user_id=proven.user_id,
        created_at=now,
        last_used_at=now,
        expires_at=now + SESSION_LIFETIME,
        revoked_at=None,
        revoked_because=None,
        client=client[:_CLIENT_MAX],
    )
    async with context.database.write(org=SYSTEM) as session:
        await check_code(session, seal, proven.user_id, code, now)
        session.add(opened)
        if proven.renewed is not None:
            changed = update(User).where(User.id == proven.user_id)
            await session.execute(changed.values(password_hash=proven.renewed))
        await session.flush()
        token, expires_at = _add_refresh_token(session, context, opened, now)
    return SignedIn(
        opened.user_id,
        opened.id,
        _access_token(signer, opened.user_id, opened.id, now),
        token,
        expires_at,
    )


async def refresh(context: Context, signer: TokenSigner, token: str) -> SignedIn | None:
    """Use a refresh token up and give the next one.

    A token that was used less than `REUSE_GRACE` ago (two tabs, a lost answer) gives an access
    token only. Later, somebody has a copy: the whole family ends.

    Returns:
        None if the token is unknown, expired or of an ended family.
    """
    now = context.clock.wall()
    async with context.database.write(org=SYSTEM) as session:
        used = await session.execute(
            update(RefreshToken)
            .where(
                RefreshToken.hash == token_hash(token),
                RefreshToken.used_at.is_(None),
                RefreshToken.expires_at > now,
            )
            .values(used_at=now)
            .returning(RefreshToken.session_id)
        )
        session_id = used.scalar_one_or_none()
        if session_id is None:
            return await _refresh_again(session, signer, token, now)
        family = await _live_family(session, session_id, now)
        if family is None:
            return None
        family.last_used_at = now
        following, expires_at = _add_refresh_token(session, context, family, now)
        access = _access_token(signer, family.user_id, family.id, now)
        return SignedIn(family.user_id, family.id, access, following, expires_at)


async def _refresh_again(
    session: AsyncSession, signer: TokenSigner, token: str, now: Instant
) -> SignedIn | None:
    row = await session.get(RefreshToken, token_hash(token))
    if row is None or row.used_at is None:
        return None
    family = await _live_family(session, row.session_id, now)
    if family is None:
        return None
    if now - row.used_at > REUSE_GRACE:
        await end_session(session, family.id, "refresh_reuse", now)
        return None
    access = _access_token(signer, family.user_id, family.id, now)
    return SignedIn(family.user_id, family.id, access, None, row.expires_at)


async def _live_family(
    session: AsyncSession, session_id: str, now: Instant
) -> LoginSession | None:
    query = (
        select(LoginSession)
        .join(User, User.id == LoginSession.user_id)
        .where(
            LoginSession.id == session_id,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now,
            User.state == "active",
        )
    )
    return (await session.execute(query)).scalar_one_or_none()


def _add_refresh_token(
    session: AsyncSession, context: Context, family: LoginSession, now: Instant
) -> tuple[str, Instant]:
    token = new_refresh_token(context.entropy)
    expires_at = min(now + SESSION_IDLE_MAX, family.expires_at)
    session.add(
        RefreshToken(
            hash=token_hash(token),
            session_id=family.id,
            issued_at=now,
            expires_at=expires_at,
            used_at=None,
        )
    )
    return token, expires_at


def _access_token(signer: TokenSigner, user_id: UserId, session_id: str, now: Instant) -> str:
    claims = TokenClaims(user_id, session_id)
    return signer.sign(claims, now, kind=TYPE_ACCESS, lifetime=ACCESS_LIFETIME)


async def end_session(session: AsyncSession, session_id: str, because: str, now: Instant) -> None:
    """End one family: its refresh tokens and its access tokens stop at once."""
    await session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.revoked_at.is_(None))
        .values(revoked_at=now, revoked_because=because)
    )


async def end_sessions_of(
    session: AsyncSession, user_id: UserId, because: str, now: Instant, *, but: str | None = None
) -> None:
    """End all of a user's sessions, but for one if given."""
    await session.execute(
        update(LoginSession)
        .where(
            LoginSession.user_id == user_id,
            LoginSession.id != (but or ""),
            LoginSession.revoked_at.is_(None),
        )
        .values(revoked_at=now, revoked_because=because)
    )


async def list_sessions(context: Context, user_id: UserId) -> Sequence[LoginSession]:
    """Return a user's open sessions, the latest used first."""
    query = (
        select(LoginSession)
        .where(
            LoginSession.user_id == user_id,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > context.clock.wall(),
        )
        .order_by(LoginSession.last_used_at.desc())
        .limit(200)
    )
    async with context.database.read(org=SYSTEM) as session:
        return (await session.execute(query)).scalars().all()


async def end_own_session(context: Context, user_id: UserId, session_id: str) -> None:
    """End one of a user's own sessions.

    Raises:
        Problem: `not-found` if it is not theirs.
    """
    async with context.database.write(org=SYSTEM) as session:
        row = await session.get(LoginSession, session_id)
        if row is None or row.user_id != user_id:
            raise not_found("session")
        await end_session(session, session_id, "signed_out", context.clock.wall())


async def forget_ended_sessions(session: AsyncSession, now: Instant) -> None:
    """Delete sessions and refresh tokens that ended long ago; the system's scope.

    A used token stays as long as its session: a late replay must still be noticed.
    """
    ended = select(LoginSession.id).where(LoginSession.expires_at < now - SESSION_LIFETIME)
    await session.execute(
        delete(RefreshToken)
        .where(RefreshToken.session_id.in_(ended))
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        delete(LoginSession)
        .where(LoginSession.expires_at < now - SESSION_LIFETIME)
        .execution_options(synchronize_session=False)
    )


async def get_user(context: Context, user_id: UserId) -> User:
    """Return a user by id."""
    async with context.database.read(org=SYSTEM) as session:
        user = await session.get(User, user_id)
    if user is None:
        raise not_found("user")
    return user


async def find_user_id_of(context: Context, email: str) -> str | None:
    """Return whose e-mail address it is, outside any unit."""
    async with context.database.read(org=SYSTEM) as session:
        return await find_user_id(session, email)


async def find_user_id(session: AsyncSession, email: str) -> str | None:
    """Return the id of the account with this address, if any; needs no scope."""
    query = select(User.id).where(User.email_key == email_key(email), User.state == "active")
    return (await session.execute(query)).scalar_one_or_none()


async def name_users(session: AsyncSession, user_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return name and e-mail per user id."""
    query = select(User.id, User.name, User.email).where(User.id.in_(user_ids))
    return {row.id: (row.name, row.email) for row in (await session.execute(query)).all()}


async def list_admins(session: AsyncSession) -> set[UserId]:
    """Return those who run the whole installation."""
    query = select(User.id).where(User.is_platform_admin, User.state == "active")
    return set((await session.execute(query)).scalars())


async def name_actor(session: AsyncSession, actor: str) -> str:
    """Return the name of a person or an API key by the id that the audit has; "" if unknown."""
    for query in (
        select(User.name).where(User.id == actor),
        select(ApiKey.name).where(ApiKey.id == actor),
    ):
        name = (await session.execute(query)).scalar_one_or_none()
        if name is not None:
            return name
    return ""


async def create_api_key(
    unit: Unit,
    *,
    name: str,
    scopes: Sequence[str],
    created_by: UserId,
    expires_at: Instant | None,
) -> tuple[ApiKey, str]:
    """Make an API key; the key itself is in the answer and nowhere else.

    Raises:
        Problem: if the organization has too many, or the key would have ended already.
    """
    if expires_at is not None and expires_at <= unit.now:
        raise wrong_field("expires_at", "has passed already; choose a later time, or none")
    count = len(await list_api_keys(unit))
    policy.check(count, policy.API_KEYS_MAX, "keys; revoke one first")
    token = new_key(API_KEY_PREFIX, unit.entropy)
    key = ApiKey(
        id=ids.new_id(API_KEY, unit.entropy),
        organization_id=unit.organization_id,
        name=name,
        hash=token_hash(token),
        shown=token[:KEY_SHOWN_LENGTH],
        scopes=sorted(set(scopes)),
        created_by=created_by,
        created_at=unit.now,
        expires_at=expires_at,
        revoked_at=None,
        last_used_at=None,
    )
    unit.session.add(key)
    await unit.session.flush()
    return key, token


async def list_api_keys(unit: Unit) -> Sequence[ApiKey]:
    """Return the organization's keys that are not revoked."""
    query = select(ApiKey).where(ApiKey.revoked_at.is_(None)).order_by(ApiKey.created_at)
    return await unit.all(query)


async def revoke_keys_of(unit: Unit, user_id: UserId) -> Sequence[str]:
    """Stop all keys that a person has made in the organization, at once.

    Returns:
        The ids of all that they ever made, revoked before or now.
    """
    query = select(ApiKey).where(ApiKey.created_by == user_id)
    keys = await unit.all(query)
    for key in keys:
        key.revoked_at = key.revoked_at or unit.now
    await unit.session.flush()
    return [key.id for key in keys]


async def revoke_api_key(unit: Unit, key_id: str) -> None:
    """Stop a key at once.

    Raises:
        Problem: `not-found`.
    """
    query = select(ApiKey).where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
    key = await unit.get(query, "API key")
    key.revoked_at = unit.now
