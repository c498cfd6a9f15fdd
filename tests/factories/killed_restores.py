"""A restore on PostgreSQL that is killed when the copy is there, and no higher epoch yet."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from server.db.revision import UPGRADING
from tests.factories import programs
from tests.integration.server.commands.test_commands import environment

WAITS_FOR_UPGRADE = (
    "SELECT count(*) FROM pg_locks l WHERE l.locktype = 'advisory' AND NOT l.granted"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


async def kill_behind_the_copy(folder: Path, url: str, copy: str) -> None:
    """Begin to put a copy back, and kill it before the epoch."""
    guard = await asyncpg.connect(url)
    # Whoever upgrades a database holds this: so `restore` stands still when the copy is there.
    await guard.execute(f"SELECT pg_advisory_lock({UPGRADING})")
    restoring = programs.start(
        [programs.SERVER, "restore", copy, "--yes"], environment=environment(folder, url)
    )
    try:
        for _ in range(600):
            if await guard.fetchval(WAITS_FOR_UPGRADE):
                break
            await asyncio.sleep(0.1)
        else:
            pytest.fail("restore did not come to the upgrade")
    finally:
        restoring.kill()
        await asyncio.to_thread(restoring.wait, 60)
        await guard.close()
