"""Limits on guessing passwords: failures count per account and address, and per address.

Each try is counted before the password is looked at and given back if it was right, so that
guesses in flight count as well. Accounts that do not exist are counted alike. A browser that
signed in to this very account before has a counter of its own: whatever strangers guess, they
cannot lock it out. No counter is shared by all, for it would be a switch for strangers; that many
guesses at once do not use up the processor is the hasher's business.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from server.accounts.principal import Principal
from server.db.rate_limit_over_workers import Allowance, Limit, forgive, peek, take
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.http.rate_limits import network_of, site_of
from server.problem_answers import wait_first
from shared.kernel.id_types import UserId
from shared.kernel.instant import HOUR, MINUTE

FAILURES_OF_BROWSER: Final = Limit("login-browser", 10, 5 * MINUTE)
"""At one account, of a browser that signed in to it before."""
FAILURES_OF_PAIR: Final = Limit("login-pair", 10, 5 * MINUTE)
"""At one account from one address."""
FAILURES_OF_ADDRESS: Final = Limit("login-address", 10, 5 * MINUTE)
FAILURES_OF_SITE: Final = Limit("login-site", 50, 5 * MINUTE)
"""Of one IPv6 site: a provider gives its customer thousands of networks."""
FAILURES_OF_ACCOUNT: Final = Limit("login-account", 100, 5 * MINUTE)
"""At one account of all unknown browsers: what many addresses together may guess."""
FAILURES_OF_FACTOR: Final = Limit("second-factor", 10, HOUR)
"""Codes at one account after its right password, of all unknown browsers, and of each known one:
three of a million codes are good at a time, so a thief of a password needs years."""
REGISTRATIONS: Final = Limit("registration", 20, HOUR)

Counter = tuple[Limit, str]


def login_counters(email_key: str, address: str, own_browser: str | None) -> list[Counter]:
    """Name the counters of one try to sign in.

    Args:
        email_key: Of the account, whether there is one or not.
        address: The client's own.
        own_browser: The earlier sign-in to this account that the browser has proven, if any.
    """
    account = hashlib.sha256(email_key.encode()).hexdigest()[:32]
    if own_browser is not None:
        return [(FAILURES_OF_BROWSER, f"{account}:{own_browser}")]
    network = network_of(address)
    return [
        (FAILURES_OF_PAIR, f"{account}:{network}"),
        (FAILURES_OF_ADDRESS, network),
        (FAILURES_OF_SITE, site_of(address)),
        (FAILURES_OF_ACCOUNT, account),
    ]


def own_counters(principal: Principal, address: str) -> list[Counter]:
    """Name the counters of one try at their own password by somebody who is signed in.

    Whoever has the session is a browser of its own.

    Args:
        principal: Who is signed in.
        address: The client's own.
    """
    return login_counters(principal.user_id, address, principal.session_id)


def factor_counters(user_id: UserId, own_browser: str | None) -> list[Counter]:
    """Name the counters of one try at the second factor's code, whose password was right.

    Args:
        user_id: Of the account.
        own_browser: The earlier sign-in to this account that the browser has proven, if any.
    """
    return [(FAILURES_OF_FACTOR, f"{user_id}:{own_browser or ''}")]


async def count_try(context: Context, counters: list[Counter]) -> None:
    """Count one try.

    Raises:
        Problem: `too-many-requests` if one of the counters is full; none is counted then.
    """
    now = context.clock.wall()
    # Looked at first: a flood beyond the limit must not queue for the database's one writer.
    async with context.database.read(org=SYSTEM) as session:
        for limit, client in counters:
            _check(await peek(session, limit, client, now))
    async with context.database.write(org=SYSTEM, is_audited=False) as session:
        for limit, client in counters:
            # Raised inside, so that the counters taken before are rolled back.
            _check(await take(session, limit, client, now))


def _check(found: Allowance) -> None:
    if not found.is_allowed:
        wait = found.retry_after_s
        raise wait_first(wait)


@asynccontextmanager
async def limited_try(context: Context, counters: list[Counter]) -> AsyncIterator[None]:
    """Count what the block tries, and take it off again where the block ends well.

    Raises:
        Problem: `too-many-requests` if one of the counters is full; nothing is tried then.
    """
    if not counters:
        yield
        return
    await count_try(context, counters)
    yield
    await _give_back(context, counters)


async def _give_back(context: Context, counters: list[Counter]) -> None:
    """Take one try off again: it was no failure."""
    async with context.database.write(org=SYSTEM, is_audited=False) as session:
        for limit, client in counters:
            await forgive(session, limit, client, context.clock.wall())
