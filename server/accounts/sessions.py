"""A person's sessions: signing in, renewing, listing and ending them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.access_keys import hash_token
from server.accounts.models import LoginSession, RefreshToken, User
from server.accounts.second_factor import check_code
from server.accounts.tokens import (
    ACCESS_LIFETIME,
    TYPE_ACCESS,
    TokenClaims,
    TokenSigner,
    new_refresh_token,
)
from server.accounts.users import Proven, is_still_proven
from server.data_seal import DataSeal
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.problem_answers import not_found
from shared.kernel import ids
from shared.kernel.id_types import UserId
from shared.kernel.instant import DAY, SECOND, Duration, Instant

SESSION_LIFETIME: Final[Duration] = 30 * DAY
"""From sign-in on, however often it was renewed; then the password is asked for again."""
SESSION_IDLE_MAX: Final[Duration] = 7 * DAY
"""A session that nobody used for so long ends."""
REUSE_GRACE: Final[Duration] = 10 * SECOND
"""Within it the same refresh token may come twice: two tabs woke at once."""
SESSIONS_LISTED_MAX: Final = 200
"""Sign-ins that somebody is shown of their own, the latest used first."""

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


async def sign_in(
    context: Context,
    signer: TokenSigner,
    seal: DataSeal,
    proven: Proven,
    *,
    code: str | None,
    client: str,
) -> SignedIn | None:
    """Open a session for whoever has proven a password, and has the code that is asked for.

    Returns:
        None if the account is kept by another hash meanwhile: the password has to be looked at
        again.

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
        if not await is_still_proven(session, proven.user_id, proven.encoded):
            return None
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
                RefreshToken.hash == hash_token(token),
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
    row = await session.get(RefreshToken, hash_token(token))
    if row is None or row.used_at is None:
        return None
    family = await _live_family(session, row.session_id, now)
    if family is None:
        return None
    if abs(now - row.used_at) > REUSE_GRACE:  # a clock that was set back makes no copy younger
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
            hash=hash_token(token),
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
        .limit(SESSIONS_LISTED_MAX)
    )
    async with context.database.read(org=SYSTEM) as session:
        return (await session.execute(query)).scalars().all()


async def end_all_sessions(session: AsyncSession, because: str, now: Instant) -> None:
    """End everybody's sign-ins.

    An older copy of the database holds those that were ended since. Who still has the token of
    then is seldom who it was made for: at each use it is replaced by another.
    """
    await session.execute(
        update(LoginSession)
        .where(LoginSession.revoked_at.is_(None))
        .values(revoked_at=now, revoked_because=because)
    )


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
