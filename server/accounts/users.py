"""Who has an account: registering, proving a password, and what people are called."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from server.accounts.models import ApiKey, User
from server.accounts.password_hashes import PasswordHashes
from server.db.audit_line import note_target
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.organizations.invitations import bind, check_open
from server.problem_answers import not_found, wrong_field
from shared.credential.password_rules import find_weakness
from shared.kernel import ids
from shared.kernel.email_address import email_key
from shared.kernel.id_types import UserId
from shared.wire.work_reasons import WorkReason


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
            note_target("user_id", user.id)
            if invitation is not None:
                await session.flush()
                await bind(session, invitation, user.id, now)
    except IntegrityError:
        return None  # somebody registered the same address meanwhile
    return user.id


class Proven(msgspec.Struct, frozen=True):
    """The account whose password was found right.

    Attributes:
        user_id: Who.
        encoded: The hash that it was found right by.
        renewed: Its hash by today's parameters, where that is another one.
    """

    user_id: UserId
    encoded: str
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
    return Proven(user.id, encoded, renewed)


async def is_still_proven(session: AsyncSession, user_id: UserId, encoded: str | None) -> bool:
    """Tell whether an account is still kept by the hash that a password was found right by.

    It stays so until the transaction ends: whoever looked at the password before it began may have
    been overtaken by somebody who has changed it.
    """
    query = (
        select(User.password_hash)
        .where(User.id == user_id, User.state == "active")
        .with_for_update()
    )
    kept = (await session.execute(query)).scalar_one_or_none()
    return kept is not None and kept == encoded


async def hold_account(session: AsyncSession, user_id: UserId) -> None:
    """Let nobody sign in to an account until the transaction ends: whoever is about to waits."""
    await session.execute(select(User.id).where(User.id == user_id).with_for_update())


async def get_user(context: Context, user_id: UserId) -> User:
    """Return a user by id."""
    async with context.database.read(org=SYSTEM) as session:
        user = await session.get(User, user_id)
    if user is None:
        raise not_found("user")
    return user


async def check_password(
    context: Context,
    hashes: PasswordHashes,
    user_id: UserId,
    password: str,
    *,
    field: str = "password",
) -> User:
    """See that it is a person who is signed in, by their password; returns their account.

    Args:
        field: What the request calls the password.

    Raises:
        Problem: naming the field if the password is another one.
    """
    user = await get_user(context, user_id)
    if not await hashes.is_right(password, user.password_hash):
        because = WorkReason("field.password_other")
        raise wrong_field(field, "is not your password", because)
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
