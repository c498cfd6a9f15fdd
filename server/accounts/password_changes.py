"""Another password for an account: by whoever has it, or by whoever runs the server."""

from __future__ import annotations

import msgspec
from sqlalchemy import select, update

from server.accounts.models import User
from server.accounts.password_hashes import PasswordHashes
from server.accounts.second_factor import remove
from server.accounts.sessions import end_sessions_of
from server.accounts.users import check_password, is_still_proven
from server.db.audit_line import note_target
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.problem_answers import wrong_field
from shared.credential.password_rules import find_weakness
from shared.kernel.email_address import email_key
from shared.kernel.id_types import UserId


async def change_password(
    context: Context,
    hashes: PasswordHashes,
    *,
    user_id: UserId,
    session_id: str,
    current: str,
    new: str,
) -> None:
    """Change a password; every other session of the user ends.

    Raises:
        Problem: if the current one is wrong or the new one too weak.
    """
    while True:  # until nobody was faster, or the password is another one
        user = await check_password(context, hashes, user_id, current, field="current_password")
        weakness = find_weakness(new, user.email, user.name)
        if weakness is not None:
            raise wrong_field("new_password", weakness)
        encoded = await hashes.hash(new)
        now = context.clock.wall()
        async with context.database.write(org=SYSTEM) as session:
            if not await is_still_proven(session, user_id, user.password_hash):
                continue
            changed = (
                update(User)
                .where(User.id == user_id)
                .values(password_hash=encoded, password_changed_at=now)
            )
            await session.execute(changed)
            await end_sessions_of(session, user_id, "password_changed", now, but=session_id)
            return


class Reset(msgspec.Struct, frozen=True):
    """What was taken off besides with a password's reset."""

    had_second_factor: bool


async def reset_password(
    context: Context, hashes: PasswordHashes, *, email: str, password: str
) -> Reset | None:
    """Give an account another password, for whoever runs the server; all its sign-ins end.

    Its second factor is taken off: whoever has lost both could not get in otherwise.

    Returns:
        None if there is no such account.

    Raises:
        Problem: if the password is too weak.
    """
    async with context.database.read(org=SYSTEM) as session:
        query = select(User).where(User.email_key == email_key(email), User.state == "active")
        user = (await session.execute(query)).scalar_one_or_none()
    if user is None:
        return None
    weakness = find_weakness(password, user.email, user.name)
    if weakness is not None:
        raise wrong_field("password", weakness)
    encoded = await hashes.hash(password)
    now = context.clock.wall()
    async with context.database.write(org=SYSTEM) as session:
        changed = (
            update(User)
            .where(User.id == user.id)
            .values(password_hash=encoded, password_changed_at=now)
        )
        await session.execute(changed)
        note_target("user_id", user.id)
        await end_sessions_of(session, user.id, "password_reset", now)
        return Reset(had_second_factor=await remove(session, user.id))
