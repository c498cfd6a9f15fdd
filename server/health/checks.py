"""Readiness: database, writing, migrations, ledger; each with a time limit, cached for a second.

A database that can be read but not written grants no claim: its disk is full, or it is a standby
that follows another. So one of the checks commits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.database_errors import is_disk_full
from server.db.database_time import database_ahead
from server.db.ledger_state import count_closed, read_ledger
from server.db.revision import head_revision
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.db.writing_probe import try_writing
from server.steady_clock import held_out
from shared.kernel.instant import MILLISECOND, SECOND, Duration, Instant

CHECK_TIMEOUT_S: Final = 1.0
CACHE_US: Final = SECOND


class Readiness(msgspec.Struct, frozen=True):
    """What `/health/ready` says.

    Attributes:
        status: `ok` or `failing`.
        checks: Per check its findings; `ok` tells whether it passed.
    """

    status: str
    checks: dict[str, dict[str, Any]]


class ReadinessCheck:
    """Tells whether the server can do its work; measures at most once a second, whoever asks."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = asyncio.Lock()
        self._found: Readiness | None = None
        self._found_at = Duration(0)
        self._running: dict[str, asyncio.Task[dict[str, Any]]] = {}
        self._ahead = self._wall_ahead()
        self._off_database: Duration | None = None

    async def read(self) -> Readiness:
        """Return the state, at most a second old."""
        async with self._lock:
            now = self._context.clock.monotonic()
            if self._found is None or now - self._found_at >= CACHE_US:
                self._found = await self._look()
                self._found_at = now
            return self._found

    async def _look(self) -> Readiness:
        checks = {
            "database": await self._checked("database", self._database),
            "writing": await self._checked("writing", self._writing),
            "migrations": await self._checked("migrations", self._migrations),
            "ledger": await self._checked("ledger", self._ledger),
            "clock": self._clock(),
        }
        is_ok = all(check["ok"] for check in checks.values())
        return Readiness("ok" if is_ok else "failing", checks)

    async def _database(self) -> dict[str, Any]:
        database, clock = self._context.database, self._context.clock
        began = clock.monotonic()
        if database.is_sqlite:
            async with database.read(org=SYSTEM) as session:
                await session.execute(text("SELECT 1"))
        else:
            self._off_database = -await database_ahead(database, clock)
        spent = clock.monotonic() - began
        return {"ok": True, "ms": round(spent / MILLISECOND, 3)}

    async def _writing(self) -> dict[str, Any]:
        began = self._context.clock.monotonic()
        await try_writing(self._context.database, self._context.entropy)
        spent = self._context.clock.monotonic() - began
        return {"ok": True, "ms": round(spent / MILLISECOND, 3)}

    async def _migrations(self) -> dict[str, Any]:
        async with self._context.database.read(org=SYSTEM) as session:
            query = text("SELECT version_num FROM alembic_version")
            found = (await session.execute(query)).scalars().all()
        return {"ok": list(found) == [head_revision()], "revision": ",".join(found)}

    async def _ledger(self) -> dict[str, Any]:
        async with self._context.database.read(org=SYSTEM) as session:
            state, closed = await read_ledger(session), await count_closed(session)
        return {
            "ok": state.open,
            "epoch": state.epoch,
            "open": state.open,
            # Named, but no reason to take the server from all the others.
            "closed_organizations": closed,
        }

    def _clock(self) -> dict[str, Any]:
        """Tell by how much the wall clock was set back since this process began.

        Also how far it is ahead of PostgreSQL's, by which hosts that differ are found, and by how
        much the machine's clock was stepped ahead without being believed.
        Named, but no reason to take the server from its gates: the order of passages is proven.
        """
        ahead = self._wall_ahead()
        self._ahead = max(self._ahead, ahead)
        found: dict[str, Any] = {"ok": True, "set_back_s": (self._ahead - ahead) // SECOND}
        if held := held_out(self._context.clock):
            found["held_out_s"] = round(held / SECOND)
        if self._off_database is not None:
            found["off_database_s"] = round(self._off_database / SECOND)
        return found

    def _wall_ahead(self) -> Instant:
        return self._context.clock.wall() - self._context.clock.monotonic()

    async def _checked(
        self, name: str, check: Callable[[], Awaitable[dict[str, Any]]]
    ) -> dict[str, Any]:
        """Run one check, and wait for it for so long only.

        A write that waits for its turn cannot be called off at once. So it goes on by itself, and
        whoever asks meanwhile asks for that one: never more than one of a kind waits.
        """
        running = self._running.get(name)
        if running is None:
            running = self._running[name] = asyncio.ensure_future(_outcome(check()))
            running.add_done_callback(lambda _done: self._running.pop(name, None))
        await asyncio.wait([running], timeout=CHECK_TIMEOUT_S)
        return running.result() if running.done() else {"ok": False}


async def _outcome(check: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    try:
        return await check
    except (DBAPIError, PoolTimeout, OSError, TimeoutError) as error:
        return {"ok": False, "reason": "disk full"} if is_disk_full(error) else {"ok": False}
