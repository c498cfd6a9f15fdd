"""Rate limits that hold over all workers: GCRA in one statement, one row per client.

The row keeps the theoretical arrival time (TAT). A request moves it on by one step
(window / limit) unless that would take it beyond now + window. So `limit` requests may come at
once, then one per step; nothing is read before it is written, so workers cannot race. A TAT that
is far beyond now + window was written before the server's clock was set back, and is begun anew:
nobody is shut out until the old time comes again. One that is a little beyond it was written by a
request that came later and was faster, or at a host whose clock differs.
"""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import Index, delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from server.db.hot_path_statements import statement
from server.db.model import Model
from shared.kernel.instant import MINUTE, SECOND, Duration, Instant

REMEMBERED: Final = "typed:"
"""Counters that are kept, one for each device: what they count from may lie before them."""
GOING_ON: Final = "upload:"
"""Until when a device's next upload goes on with its last one, of which it had more to send."""
CLOCKS_APART: Final[Duration] = MINUTE
"""So far the clocks of two servers may differ, and so the times of requests that come at once."""
SERVERS_APART: Final[Duration] = CLOCKS_APART
"""So far the clocks of two servers may differ; what was written further ahead than this was
written by a clock that was wrong: a job is due now, and a one-time code has ended."""


class RateLimit(Model):
    """One client's theoretical arrival time under one limit, µs.

    Attributes:
        counted_at: By whose clock it stands where it does: the time when `COUNT` moved it last.
    """

    __table_args__ = (Index(None, "tat"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    tat: Mapped[Instant]
    counted_at: Mapped[Instant | None]


class Limit(msgspec.Struct, frozen=True):
    """How often something may happen.

    Attributes:
        name: Goes into the key, so that limits do not share counters.
        count: How many at once, and per window on the average.
        window_us: The window's length.
    """

    name: str
    count: int
    window_us: Duration

    @property
    def step_us(self) -> Duration:
        """Return the time that one request costs."""
        return self.window_us // self.count

    def counts_from(self, tat: Instant | None, now: Instant) -> Instant:
        """Return from when on a request counts, by the time that was written at the last one."""
        is_known = tat is not None and now < tat <= now + self.window_us + CLOCKS_APART
        return tat if tat is not None and is_known else now

    def key(self, client: str) -> str:
        """Return the counter's key of a client."""
        return f"{self.name}:{client}"


class Allowance(msgspec.Struct, frozen=True):
    """What a rate limiter says of a request: whether it may go on, and when the next one may.

    Attributes:
        is_allowed: Whether this request may go on.
        remaining: How many more may come at once.
        retry_after_s: When refused, after how many seconds one may come.
    """

    is_allowed: bool
    remaining: int
    retry_after_s: int = 0


_FROM = (
    "CASE WHEN rate_limit.tat > :now AND rate_limit.tat <= CAST(:now AS BIGINT) + :window + :apart"
    " THEN rate_limit.tat ELSE :now END"
)
_TAKE = text(f"""
    INSERT INTO rate_limit (key, tat) VALUES (:key, CAST(:now AS BIGINT) + :step)
    ON CONFLICT (key) DO UPDATE SET tat = {_FROM} + :step
    WHERE {_FROM} + :step <= CAST(:now AS BIGINT) + :window
    RETURNING tat
""")  # noqa: S608 - our own words


def _stands(now: str) -> str:
    """Spell where a counter stands by the clock that says it is `now`.

    Where that was set back since, it stands as far from it as it stood when it was moved: what was
    counted is neither lost, nor is it waited for until the old time comes again.
    """
    ahead = f"rate_limit.counted_at - {now}::bigint"
    return f"rate_limit.tat - CASE WHEN {ahead} > {CLOCKS_APART} THEN {ahead} ELSE 0 END"


COUNT: Final = statement(
    f"""
    INSERT INTO rate_limit (key, tat, counted_at)
    VALUES ($1, $2::bigint + $3::bigint, $5::bigint)
    ON CONFLICT (key) DO UPDATE SET tat = $3::bigint + CASE
        WHEN {_stands("$5")} > $2::bigint AND {_stands("$5")} <= $2::bigint + $4::bigint
        THEN {_stands("$5")} ELSE $2::bigint END,
        counted_at = $5::bigint
    RETURNING tat
    """  # noqa: S608 - our own words
)
"""Moves a counter on by `$3` from where it stands at `$5`, or from `$2`, if that is later: nothing
is refused. What is further beyond `$2` than `$4` was written by a version that did not say when,
before the clock was set back."""

READ_COUNTERS: Final = statement(
    f"SELECT key, {_stands('$2')} FROM rate_limit"  # noqa: S608 - our own words
    " WHERE key = ANY($1::text[])"
)


async def take(session: AsyncSession, limit: Limit, client: str, now: Instant) -> Allowance:
    """Count one request, if the limit allows it.

    Args:
        session: Writing, whoever's: a counter belongs to no organization.
        limit: Which limit.
        client: Whose counter.
        now: The server's time, µs.
    """
    key = limit.key(client)
    connection = await session.connection()
    said = {"step": limit.step_us, "window": limit.window_us, "apart": CLOCKS_APART}
    found = await connection.execute(_TAKE, {"key": key, "now": now} | said)
    tat = found.scalar_one_or_none()
    if tat is None:  # also where somebody has given back since: nothing was counted
        return refusal(limit, await _read(session, limit, client, now), now)
    return allowance(limit, Instant(int(tat)), now)


async def take_some(
    session: AsyncSession, limit: Limit, client: str, now: Instant, wanted: int
) -> int:
    """Count up to so many requests; returns how many the limit allows."""
    taken = 0
    while taken < wanted and (await take(session, limit, client, now)).is_allowed:
        taken += 1
    return taken


async def give_back(session: AsyncSession, limit: Limit, client: str, count: int = 1) -> None:
    """Take requests that were counted off again."""
    await session.execute(
        update(RateLimit)
        .where(RateLimit.key == limit.key(client))
        .values(tat=RateLimit.tat - count * limit.step_us)
        .execution_options(synchronize_session=False)
    )


async def forgive(session: AsyncSession, limit: Limit, client: str, now: Instant) -> None:
    """Take a request off again that was none of what is limited.

    Where it was the only one nothing is kept of it: a clock that is set back by a window would
    take what it left for many requests.
    """
    await give_back(session, limit, client)
    is_empty = (RateLimit.key == limit.key(client), RateLimit.tat <= now)
    await session.execute(delete(RateLimit).where(*is_empty))


async def peek(session: AsyncSession, limit: Limit, client: str, now: Instant) -> Allowance:
    """Tell whether one more would be allowed, without counting it."""
    tat = await _read(session, limit, client, now)
    if tat + limit.step_us <= now + limit.window_us:
        return allowance(limit, tat, now)
    return refusal(limit, tat, now)


async def _read(session: AsyncSession, limit: Limit, client: str, now: Instant) -> Instant:
    query = select(RateLimit.tat).where(RateLimit.key == limit.key(client))
    return limit.counts_from((await session.execute(query)).scalar_one_or_none(), now)


async def forget_idle_clients(session: AsyncSession, now: Instant) -> None:
    """Delete counters that no longer limit anybody; run hourly."""
    is_idle = (RateLimit.tat < now, ~RateLimit.key.startswith(REMEMBERED))
    await session.execute(delete(RateLimit).where(*is_idle))


def allowance(limit: Limit, tat: Instant, now: Instant) -> Allowance:
    """Say how much is left when the counter stands at `tat`."""
    left = (limit.window_us - max(0, tat - now)) // limit.step_us
    return Allowance(is_allowed=True, remaining=int(left))


def refusal(limit: Limit, tat: Instant, now: Instant) -> Allowance:
    """Say when one may come again; at least a second, rounded up."""
    wait_us = tat + limit.step_us - limit.window_us - now
    return Allowance(is_allowed=False, remaining=0, retry_after_s=max(1, -(-wait_us // SECOND)))


class MemoryLimiter:
    """The same limit for a server of one process: no database on the way of a request.

    Counted by time that no clock's step moves; none of it outlives the process.
    """

    def __init__(self, clients_max: int = 50_000) -> None:
        self._tats: dict[str, Instant] = {}
        self._clients_max = clients_max

    def take(self, limit: Limit, client: str, now: Instant) -> Allowance:
        """Count one request, if the limit allows it.

        Args:
            limit: Which limit.
            client: Whose counter.
            now: By the monotonic clock.
        """
        key = limit.key(client)
        tat = self._tat(key, now)
        if tat + limit.step_us > now + limit.window_us:
            return refusal(limit, tat, now)
        if len(self._tats) >= self._clients_max:
            self._tats = {name: seen for name, seen in self._tats.items() if seen > now}
            if len(self._tats) >= self._clients_max:
                self._tats.clear()  # A flood of addresses must not fill the memory.
        self._tats[key] = tat + limit.step_us
        return allowance(limit, tat + limit.step_us, now)

    def left(self, limit: Limit, client: str, now: Instant) -> int:
        """Tell how many more the limit allows; nothing is counted."""
        return allowance(limit, self._tat(limit.key(client), now), now).remaining

    def _tat(self, key: str, now: Instant) -> Instant:
        return max(self._tats.get(key, now), now)

    def give_back(self, limit: Limit, client: str) -> None:
        """Take a request that was counted off again."""
        key = limit.key(client)
        if key in self._tats:
            self._tats[key] = Instant(self._tats[key] - limit.step_us)
