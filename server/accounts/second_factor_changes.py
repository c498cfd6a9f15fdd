"""A second factor is switched on, taken off, or given other recovery codes, by whoever has it."""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.accounts.models import SecondFactor
from server.accounts.password_hashes import PasswordHashes
from server.accounts.second_factor import (
    WRONG_CODE,
    clean_code,
    draw_codes,
    find_step,
    has_factor,
    remove,
    take_code,
)
from server.accounts.sessions import end_sessions_of
from server.accounts.users import check_password, hold_account
from server.data_seal import DataSeal
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.problem_answers import Problem, wrong_field
from shared.kernel.id_types import UserId
from shared.wire.work_reasons import WorkReason

FACTOR_SECRET_SIZE: Final = 20
"""Bytes, as RFC 4226 recommends."""

_BEGIN: Final = text(
    "INSERT INTO second_factor (user_id, sealed, begun_at, confirmed_at, last_step)"
    " VALUES (:user_id, :sealed, :now, NULL, -1) ON CONFLICT (user_id) DO UPDATE"
    " SET sealed = excluded.sealed, begun_at = excluded.begun_at, last_step = -1"
    " WHERE second_factor.confirmed_at IS NULL RETURNING user_id"
)


class Proof(msgspec.Struct, frozen=True):
    """What a person proves themselves by once more: password and code, as typed."""

    password: str
    code: str


async def begin(
    context: Context, hashes: PasswordHashes, seal: DataSeal, *, user_id: UserId, password: str
) -> tuple[bytes, str]:
    """Draw a secret for a person's phone; nothing is asked for before it is confirmed.

    Returns:
        The secret, and the e-mail address that the phone shows beside it.

    Raises:
        Problem: if the password is wrong; `conflict` if they have a second factor.
    """
    user = await check_password(context, hashes, user_id, password)
    secret = context.entropy.random_bytes(FACTOR_SECRET_SIZE)
    row = {
        "user_id": user_id,
        "sealed": seal.seal(secret, user_id.encode(), context.entropy),
        "now": context.clock.wall(),
    }
    async with context.database.write(org=SYSTEM) as session:
        if (await session.execute(_BEGIN, row)).scalar_one_or_none() is None:
            raise Problem(
                "conflict",
                "You already have a second factor; remove it before you set up another.",
            )
    return secret, user.email


async def confirm(
    context: Context, seal: DataSeal, *, user_id: UserId, session_id: str | None, code: str
) -> list[str]:
    """Switch a second factor on by a code of the phone; all their other sign-ins end.

    Args:
        context: Whose database and clock.
        seal: Opens the secret.
        user_id: Whose.
        session_id: The sign-in that goes on.
        code: As typed.

    Returns:
        Its recovery codes, which are kept nowhere.

    Raises:
        Problem: `conflict` if none was begun, `invalid-fields` if the code does not fit.
    """
    now = context.clock.wall()
    async with context.database.write(org=SYSTEM) as session:
        # Whoever is being let in without a code is seen here, or asked for one.
        await hold_account(session, user_id)
        row = await session.get(SecondFactor, user_id)
        if row is None or row.confirmed_at is not None:
            raise Problem(
                "conflict", "There is no second factor to confirm; start setting one up first."
            )
        step = find_step(seal.open(row.sealed, user_id.encode()), clean_code(code), now, after=-1)
        if step is None:
            raise wrong_field("code", WRONG_CODE, WorkReason("field.factor_code"))
        switched = await session.execute(
            update(SecondFactor)
            .where(
                SecondFactor.user_id == user_id,
                SecondFactor.confirmed_at.is_(None),
                SecondFactor.sealed == row.sealed,
            )
            .values(confirmed_at=now, last_step=step)
            .returning(SecondFactor.user_id)
            .execution_options(synchronize_session=False)
        )
        if switched.scalar_one_or_none() is None:
            raise Problem(
                "conflict", "Setup was started again in the meantime; use the newest secret."
            )
        codes = await draw_codes(session, context, user_id)
        await end_sessions_of(session, user_id, "second_factor", now, but=session_id)
        return codes


async def end(
    context: Context, hashes: PasswordHashes, seal: DataSeal, user_id: UserId, proof: Proof
) -> None:
    """Take a person's second factor off, by their password and a code.

    Raises:
        Problem: if one of them is wrong; `conflict` if they have none.
    """
    await check_password(context, hashes, user_id, proof.password)
    async with context.database.write(org=SYSTEM) as session:
        await _prove(session, context, seal, user_id, proof.code)
        await remove(session, user_id)


async def renew_codes(
    context: Context, hashes: PasswordHashes, seal: DataSeal, user_id: UserId, proof: Proof
) -> list[str]:
    """Give a person other recovery codes, by their password and a code.

    Raises:
        Problem: if one of them is wrong; `conflict` if they have no second factor.
    """
    await check_password(context, hashes, user_id, proof.password)
    async with context.database.write(org=SYSTEM) as session:
        await _prove(session, context, seal, user_id, proof.code)
        return await draw_codes(session, context, user_id)


async def _prove(
    session: AsyncSession, context: Context, seal: DataSeal, user_id: UserId, code: str
) -> None:
    if not await has_factor(session, user_id):
        raise Problem("conflict", "You do not have a second factor.")
    if not await take_code(session, seal, user_id, clean_code(code), context.clock.wall()):
        raise wrong_field("code", WRONG_CODE, WorkReason("field.factor_code"))
