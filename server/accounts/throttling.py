"""Limits on guessing passwords: failures count, per account, per address, and over all.

Each try is counted before the password is looked at and given back if it was right, so that
guesses in flight count as well. Accounts that do not exist are counted alike. A browser that
signed in before has a counter of its own: nobody can lock an owner out of it.
"""

from __future__ import annotations

import hashlib
from typing import Final

from sqlalchemy import update

from server.db.rate_limit import Limit, RateLimit, take
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.problems import Problem
from shared.kernel.instant import MINUTE

PER_ACCOUNT: Final = Limit("login-account", 10, 5 * MINUTE)
PER_ADDRESS: Final = Limit("login-address", 10, 5 * MINUTE)
OVER_ALL: Final = Limit("login-all", 1_000, 5 * MINUTE)
REGISTRATIONS: Final = Limit("registration", 20, 60 * MINUTE)

Counter = tuple[Limit, str]


def login_counters(email_key: str, address: str, known_browser: str | None) -> list[Counter]:
    """Name the counters of one try to sign in."""
    account = hashlib.sha256(email_key.encode()).hexdigest()[:32]
    if known_browser is not None:
        return [(PER_ACCOUNT, f"{account}:{known_browser}")]
    return [(PER_ACCOUNT, account), (PER_ADDRESS, address), (OVER_ALL, "")]


async def count_try(context: Context, counters: list[Counter]) -> None:
    """Count one try.

    Raises:
        Problem: `too-many-requests` if one of the counters is full; none is counted then.
    """
    now = context.clock.wall()
    async with context.database.write(org=SYSTEM) as session:
        for limit, client in counters:
            found = await take(session, limit, client, now)
            if not found.is_allowed:
                wait = found.retry_after_s
                # Raised inside, so that the counters taken before are rolled back.
                raise Problem("too-many-requests", f"Try again in {wait} s.", retry_after_s=wait)


async def give_back(context: Context, counters: list[Counter]) -> None:
    """Take one try off again: it was no failure."""
    async with context.database.write(org=SYSTEM) as session:
        for limit, client in counters:
            await session.execute(
                update(RateLimit)
                .where(RateLimit.key == limit.key(client))
                .values(tat=RateLimit.tat - limit.step_us)
                .execution_options(synchronize_session=False)
            )
