"""The second factor of a person's sign-in: a code of their phone (TOTP, RFC 6238), or a spare one.

The secret lies sealed under a secret of the data folder; recovery codes lie as hashes. A code of a
time step is taken once, in the transaction that does what it was asked for, so that of many
workers one takes it. API keys and devices have keys of their own and know no second factor.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.accounts.models import FactorCode, SecondFactor
from server.data_seal import DataSeal
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.organizations.organizations_and_numbers import OWNER, Membership, Organization
from server.problem_answers import Problem
from server.settings import load_secret
from shared.kernel.id_types import UserId
from shared.kernel.ids import CROCKFORD
from shared.kernel.instant import SECOND, Duration, Instant
from shared.kernel.ports import Entropy

FACTOR_STEP: Final[Duration] = 30 * SECOND
"""How long a phone shows a code; all phones' apps take this for granted."""
FACTOR_DRIFT: Final = 1
"""Steps by which a phone's clock may be off, either way."""
FACTOR_DIGITS: Final = 6
FACTOR_CODES: Final = 10
"""Recovery codes that are drawn at once."""

ASKED_ROLES: Final = (OWNER, "manager")
"""Whom an organization may ask for a second factor."""
SEAL_NAME: Final = "second_factors"
ISSUER: Final = "Gatekeeper"
_SPARE_LENGTH: Final = 16
"""Characters of a recovery code: 80 random bits."""
_GROUP: Final = 4
WRONG_CODE: Final = "is wrong or was already used; use the next one"
_LOOKALIKES: Final = str.maketrans("OIL", "011", "-./ \u2010\u2011\u2012\u2013")


def must_have_factor(role: str | None, asks_second_factor: bool | None) -> bool:  # noqa: FBT001 - a column
    """Tell whether an organization asks whoever has a role in it for a second factor."""
    return bool(asks_second_factor) and role in ASKED_ROLES


async def is_asked_for_second_factor(session: AsyncSession, user_id: UserId) -> bool:
    """Tell whether an organization asks a user for a second factor; the system's scope."""
    query = (
        select(Membership.user_id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(
            Membership.user_id == user_id,
            Membership.role.in_(ASKED_ROLES),
            Organization.asks_second_factor,
        )
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none() is not None


def open_seal(data_folder: Path, entropy: Entropy) -> DataSeal:
    """Open the data folder's seal of second factors, making its secret on first use.

    Raises:
        StoreFault: if the secret can be neither read nor made.
    """
    return DataSeal(load_secret(data_folder, SEAL_NAME, entropy), _refuse)


def _refuse() -> Problem:
    told = (
        f"The server cannot read your second factor: secrets/{SEAL_NAME}.key of its data"
        " folder is another one. A recovery code still works."
    )
    return Problem("unavailable", told)


class FactorState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a person has a second factor.

    Attributes:
        confirmed_at: Since when; None if they have none.
        recovery_codes_left: Of the ten that were drawn.
        is_asked_for: An organization wants its owners and managers to have one, and they are.
    """

    confirmed_at: Instant | None
    recovery_codes_left: int
    is_asked_for: bool


def find_step(secret: bytes, code: str, now: Instant, *, after: int) -> int | None:
    """Return the time step whose code this is; None if it is none that may be taken now.

    Args:
        secret: Which the phone has too.
        code: As `clean_code` gives it.
        now: µs.
        after: The last step whose code was taken; it and those before are not taken again. One
            that is ahead was taken while the clock was: it is no code of now.
    """
    totp = TOTP(secret, FACTOR_DIGITS, SHA1(), FACTOR_STEP // SECOND)  # noqa: S303 - RFC 6238
    present = now // FACTOR_STEP
    after = after if after <= present + FACTOR_DRIFT else -1
    for step in range(present - FACTOR_DRIFT, present + FACTOR_DRIFT + 1):
        made = totp.generate(step * FACTOR_STEP // SECOND)
        if hmac.compare_digest(made, code.encode()) and step > after:
            return step
    return None


def clean_code(typed: str) -> str:
    """Return a code as it is compared: lookalikes as digits, nothing between its groups."""
    return typed.upper().translate(_LOOKALIKES)


def spell_address(secret: bytes, email: str) -> str:
    """Return the `otpauth` address that a phone takes from a QR code."""
    totp = TOTP(secret, FACTOR_DIGITS, SHA1(), FACTOR_STEP // SECOND)  # noqa: S303 - RFC 6238
    return totp.get_provisioning_uri(email, ISSUER)


async def read_state(context: Context, user_id: UserId) -> FactorState:
    """Tell whether a person has a second factor, and whether they should."""
    left = (
        select(func.count())
        .select_from(FactorCode)
        .where(FactorCode.user_id == user_id, FactorCode.used_at.is_(None))
    )
    async with context.database.read(org=SYSTEM) as session:
        row = await session.get(SecondFactor, user_id)
        return FactorState(
            confirmed_at=row.confirmed_at if row is not None else None,
            recovery_codes_left=(await session.execute(left)).scalar_one(),
            is_asked_for=await is_asked_for_second_factor(session, user_id),
        )


async def draw_codes(session: AsyncSession, context: Context, user_id: UserId) -> list[str]:
    """Draw a person's recovery codes; those before are good no more."""
    codes = [_draw(context.entropy) for _ in range(FACTOR_CODES)]
    await _forget_codes(session, user_id)
    session.add_all(
        FactorCode(user_id=user_id, hash=_hash(user_id, clean_code(code)), used_at=None)
        for code in codes
    )
    await session.flush()
    return codes


async def remove(session: AsyncSession, user_id: UserId) -> bool:
    """Take a second factor off, whoever asks; tells whether there was one that was confirmed."""
    await _forget_codes(session, user_id)
    removed = await session.execute(
        delete(SecondFactor)
        .where(SecondFactor.user_id == user_id)
        .returning(SecondFactor.confirmed_at)
        .execution_options(synchronize_session=False)
    )
    return removed.scalar_one_or_none() is not None


async def has_factor(session: AsyncSession, user_id: UserId) -> bool:
    """Tell whether a person's sign-in asks for a code."""
    return bool(await having_factor(session, [user_id]))


async def having_factor(session: AsyncSession, user_ids: Collection[UserId]) -> set[UserId]:
    """Return those of some people whose sign-in asks for a code."""
    query = select(SecondFactor.user_id).where(
        SecondFactor.user_id.in_(user_ids), SecondFactor.confirmed_at.is_not(None)
    )
    return set((await session.execute(query)).scalars().all())


async def check_code(
    session: AsyncSession, seal: DataSeal, user_id: UserId, code: str | None, now: Instant
) -> None:
    """Use a code up, where a person's sign-in asks for one; the session is the system's.

    Raises:
        Problem: `second-factor-needed` without a code, `second-factor-wrong` with one that does
            not fit or was used.
    """
    if not await has_factor(session, user_id):
        return
    if code is None:
        raise needed()
    if not await take_code(session, seal, user_id, clean_code(code), now):
        raise Problem("second-factor-wrong", f"This code {WRONG_CODE}.")


def needed() -> Problem:
    """Make the answer for a right password without the code that is asked for besides."""
    told = "Send the code that your phone shows, or a recovery code, as code in the same request."
    return Problem("second-factor-needed", told)


async def take_code(
    session: AsyncSession, seal: DataSeal, user_id: UserId, code: str, now: Instant
) -> bool:
    """Use a code up, as `clean_code` gives it; False where it does not fit or was used."""
    if not code.isascii():
        return False
    if len(code) == _SPARE_LENGTH:
        spent = await session.execute(
            update(FactorCode)
            .where(
                FactorCode.user_id == user_id,
                FactorCode.hash == _hash(user_id, code),
                FactorCode.used_at.is_(None),
            )
            .values(used_at=now)
            .returning(FactorCode.user_id)
            .execution_options(synchronize_session=False)
        )
        return spent.scalar_one_or_none() is not None
    row = await session.get(SecondFactor, user_id)
    if row is None:
        return False
    step = find_step(seal.open(row.sealed, user_id.encode()), code, now, after=row.last_step)
    if step is None:
        return False
    # Guarded: of two workers that found the same step, one moves it on.
    moved = await session.execute(
        update(SecondFactor)
        .where(
            SecondFactor.user_id == user_id,
            SecondFactor.sealed == row.sealed,
            SecondFactor.last_step == row.last_step,
        )
        .values(last_step=step)
        .returning(SecondFactor.user_id)
        .execution_options(synchronize_session=False)
    )
    return moved.scalar_one_or_none() is not None


async def _forget_codes(session: AsyncSession, user_id: UserId) -> None:
    await session.execute(
        delete(FactorCode)
        .where(FactorCode.user_id == user_id)
        .execution_options(synchronize_session=False)
    )


def _draw(entropy: Entropy) -> str:
    spelt = "".join(CROCKFORD[byte & 31] for byte in entropy.random_bytes(_SPARE_LENGTH))
    return "-".join(spelt[at : at + _GROUP] for at in range(0, _SPARE_LENGTH, _GROUP))


def _hash(user_id: UserId, code: str) -> bytes:
    # Of 80 random bits: a slow hash would protect them no better.
    return hashlib.sha256(f"{user_id}:{code}".encode()).digest()
