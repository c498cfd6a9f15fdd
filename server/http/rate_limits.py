"""The limits of requests, in front of routing so that unrouted addresses count too.

Gates are exempt: a lane at full pace makes thousands of claims an hour, and a venue's gates
share one address. Guesses at enrolment codes are counted in memory before anything else looks at
them, so that a flood of them neither waits for the database nor makes claims wait for it. Sign-in
has limits of its own (`server/accounts/throttling.py`).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Final

from server.db.database_connections import Database
from server.db.rate_limit_over_workers import Allowance, Limit, MemoryLimiter, take
from server.db.tenancy import SYSTEM
from server.http.asgi import CLIENT, App, Message, Receive, Scope, Send, answer_problem, header
from server.problem_answers import wait_first
from shared.kernel.instant import MINUTE, Instant
from shared.kernel.ports import Clock
from shared.wire.enrol import ENROL_PATH

ENROLMENTS: Final = Limit("enrol", 20, 10 * MINUTE)
"""Tries of one address, but for those that made a device; a code has 80 random bits besides."""
ENROLMENTS_OF_SITE: Final = Limit("enrol-wide", 100, 10 * MINUTE)
"""Such tries of one IPv6 site."""
ADDRESS_FACTOR: Final = 20
"""How many clients' worth of requests one address may make: an office has one for all."""

LIMITED_PREFIX: Final = "/api/"
_ENROLLED: Final = 201
_ADDRESSES_KEPT: Final = 1_000
"""Each request of a device asks for its address's network."""


class RateLimits:
    """Counts requests per credential, else per address; answers 429 beyond the limit.

    One process counts in memory. Several share the database's counter, so that the limit does
    not multiply by the workers.
    """

    def __init__(
        self, app: App, *, database: Database, clock: Clock, per_minute: int, workers: int
    ) -> None:
        self._app = app
        self._database = database
        self._clock = clock
        self._limit = Limit("api", per_minute, MINUTE)
        self._wide_limit = Limit("address", per_minute * ADDRESS_FACTOR, MINUTE)
        self._memory = MemoryLimiter()
        self._is_shared = workers > 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count, then pass on or refuse."""
        if scope["type"] != "http" or not scope["path"].startswith(LIMITED_PREFIX):
            if scope["type"] == "http" and scope["path"] == ENROL_PATH:
                wait = self._enrolment_wait(scope)
                if wait is not None:
                    await answer_problem(scope, send, wait_first(wait))
                    return
                send = self._giving_back(scope, send)
            await self._app(scope, receive, send)
            return
        allowance = await self._take(scope)
        if not allowance.is_allowed:
            await answer_problem(scope, send, wait_first(allowance.retry_after_s))
            return
        limit = self._limit
        headers = [
            (b"ratelimit-policy", f'"api";q={limit.count};w=60'.encode()),
            (b"ratelimit", f'"api";r={allowance.remaining};t=60'.encode()),
        ]

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *headers]
            await send(message)

        await self._app(scope, receive, telling)

    def _enrolment_wait(self, scope: Scope) -> int | None:
        """Count a try to enrol in this process; return how long to wait if there were many."""
        now = Instant(self._clock.monotonic())
        for limit, client in _enrolment_counters(scope):
            found = self._memory.take(limit, client, now)
            if not found.is_allowed:
                return found.retry_after_s
        return None

    def _giving_back(self, scope: Scope, send: Send) -> Send:
        """Take a try to enrol off again where a device comes of it: it was no guess."""

        async def give_back(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == _ENROLLED:
                for limit, client in _enrolment_counters(scope):
                    self._memory.give_back(limit, client)
            await send(message)

        return give_back

    async def _take(self, scope: Scope) -> Allowance:
        found = Allowance(is_allowed=True, remaining=0)
        for limit, client in self._counters(scope):
            found = await self._count(limit, client)
            if not found.is_allowed:
                break
        return found

    def _counters(self, scope: Scope) -> list[tuple[Limit, str]]:
        """Name the counters that a request uses.

        Behind one address may stand a whole venue, so a credential has its own counter. It is
        not checked yet, so whoever invents credentials still meets the address's wider limit.
        """
        address = network_of(scope.get(CLIENT, ""))
        credential = header(scope, b"authorization")
        if not credential:
            return [(self._limit, f"ip:{address}")]
        digest = hashlib.sha256(credential.encode("latin-1")).hexdigest()[:32]
        return [(self._wide_limit, address), (self._limit, f"key:{digest}")]

    async def _count(self, limit: Limit, client: str) -> Allowance:
        # Also in front of the shared counter: whoever exceeds it here exceeds it there.
        allowance = self._memory.take(limit, client, Instant(self._clock.monotonic()))
        if not self._is_shared or not allowance.is_allowed:
            return allowance
        async with self._database.write(org=SYSTEM, is_audited=False) as session:
            return await take(session, limit, client, self._clock.wall())


def _enrolment_counters(scope: Scope) -> tuple[tuple[Limit, str], ...]:
    address = scope.get(CLIENT, "")
    return (ENROLMENTS, network_of(address)), (ENROLMENTS_OF_SITE, site_of(address))


def network_of(address: str) -> str:
    """Return what one client controls: an IPv4 address, or an IPv6 network of 64 bits."""
    return _network(address, 64)


def site_of(address: str) -> str:
    """Return what one customer of a provider controls: an IPv4 address, or 48 bits of IPv6."""
    return _network(address, 48)


@lru_cache(_ADDRESSES_KEPT)
def _network(address: str, bits: int) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)  # else all of IPv4 would be one network
    return str(ip_network((int(parsed), bits), strict=False).network_address)
