"""Readiness: database, migrations, ledger; each with a time limit, cached for a second."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Final

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.db.ledger import count_closed, read_ledger
from server.db.migrate import head_revision
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from shared.kernel.instant import MILLISECOND, SECOND, Instant

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
    """Asks at most once a second, however often it is asked."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = asyncio.Lock()
        self._found: Readiness | None = None
        self._found_at: Instant = 0

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
            "database": await _checked(self._database()),
            "migrations": await _checked(self._migrations()),
            "ledger": await _checked(self._ledger()),
        }
        is_ok = all(check["ok"] for check in checks.values())
        return Readiness("ok" if is_ok else "failing", checks)

    async def _database(self) -> dict[str, Any]:
        began = self._context.clock.monotonic()
        async with self._context.database.read(org=SYSTEM) as session:
            await session.execute(text("SELECT 1"))
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


async def _checked(check: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return await check
    except (DBAPIError, PoolTimeout, OSError, TimeoutError):
        return {"ok": False}
