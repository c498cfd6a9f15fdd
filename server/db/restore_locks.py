"""Who serves from a PostgreSQL database: marked there, so that nothing changes it under them.

No copy is put back, and nothing is upgraded, while somebody serves.

Each worker holds a shared lock of the whole database on the connection by which it listens;
`restore` holds it alone. Commands share another one while they work. The database lets go of both
with the connection, however that ends. On SQLite files beside the database do the same
(`server/commands/serve.py`, `server/start_up/command_locks.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from server.db.database_connections import postgres_place
from server.db.hot_path_connections import connect_postgres
from server.db.revision import NEWER, SERVED_BY_OLDER, UPGRADING, is_older, known_revisions
from shared.kernel.errors import StoreFault
from shared.kernel.os_errors import words_of_system

if TYPE_CHECKING:
    import asyncpg

    from server.settings import Settings

_LOCK: Final = 0x676B_7365_7276_6564  # "gkserved"
_WORK_LOCK: Final = 0x676B_6174_776F_726B  # "gkatwork"
"""Shared by each command that changes the database; `restore` holds it alone, too."""
_TRIES: Final = 20
_PAUSE_S: Final = 0.1
"""The database hears of the end of a connection some moments later."""
_PUT_BACK: Final = "this database is being restored; wait until `restore` has finished"
_AT_WORK: Final = (
    "another gatekeeper-server command is using this database: wait until it has"
    " finished, and try again"
)
_HAS_REVISION: Final = "SELECT has_table_privilege(to_regclass('alembic_version'), 'SELECT')"
"""NULL where there is none; who may not read it upgrades nothing, and is told whose it is."""
_REVISION: Final = "SELECT version_num FROM alembic_version"
_ALONE: Final = "SELECT pg_try_advisory_lock($1)"
_SHARED: Final = "SELECT pg_try_advisory_lock_shared($1)"
_WHO: Final = (
    "SELECT count(*), string_agg(DISTINCT host(a.client_addr), ', ')"
    " FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.mode = 'ShareLock' AND l.objsubid = 1"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND l.classid = $1 AND l.objid = $2"
)
NOBODY_SERVES: Final = (
    "NOT EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted"  # noqa: S608 - ours
    " AND l.mode = 'ShareLock' AND l.objsubid = 1"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    f" AND l.classid = {_LOCK >> 32} AND l.objid = {_LOCK & 0xFFFF_FFFF})"
)
"""That no worker has marked itself, as a condition of a statement."""


class PutBack(StoreFault):
    """A copy is being put back in the database's place: nobody may serve from it meanwhile."""


class NewerDatabase(StoreFault):
    """A newer program has upgraded the database: none of this version may serve from it."""


async def mark_served(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Say that a worker serves from this database, for as long as the connection lasts.

    Whoever upgrades looks for marks before; whoever marks itself after that look waits here until
    the upgrade is done: its host was cut off meanwhile, or it has only just begun.

    Raises:
        PutBack: if a copy is being put back.
        NewerDatabase: if a newer program has upgraded the database.
    """
    if not await connection.fetchval(_SHARED, _LOCK):
        raise PutBack(_PUT_BACK)
    await connection.execute(f"SELECT pg_advisory_lock_shared({UPGRADING})")
    try:
        if await _revision(connection) not in {None, *known_revisions()}:
            raise NewerDatabase(NEWER)
    finally:
        await connection.execute(f"SELECT pg_advisory_unlock_shared({UPGRADING})")


async def check_not_put_back(settings: Settings) -> None:
    """Look whether the database may be served from.

    Raises:
        PutBack: if a copy is being put back.
        StoreFault: if the database cannot be reached, or is of a newer version.
    """
    if settings.sqlite_file is not None:
        return
    connection = await _connect(settings.database)
    try:
        await mark_served(connection)
    finally:
        await connection.close(timeout=5)


@asynccontextmanager
async def served_by_nobody(url: str) -> AsyncIterator[None]:
    """Let nobody serve from a PostgreSQL database, nor work on it, while the block lasts.

    Raises:
        StoreFault: if somebody does, or puts a copy back; it says what to do.
    """
    connection = await _connect(url)
    try:
        if not await _take(connection, _ALONE, _LOCK):
            raise StoreFault(await _who_serves(connection))
        if not await _take(connection, _ALONE, _WORK_LOCK):
            raise StoreFault(_AT_WORK)
        yield
    finally:
        await connection.close(timeout=5)


@asynccontextmanager
async def marked_at_work(url: str) -> AsyncIterator[None]:
    """Let nobody put a copy in a PostgreSQL database's place for as long as the block lasts.

    Raises:
        PutBack: if that is going on.
        StoreFault: if the database cannot be reached.
    """
    connection = await _connect(url)
    try:
        if not await _take(connection, _SHARED, _WORK_LOCK):
            raise PutBack(_PUT_BACK)
        yield
    finally:
        await connection.close(timeout=5)


async def upgrade_nobodys(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Go on unless the database is older than this program, and somebody serves from it.

    Asked by whoever holds the lock of upgrades, so that nobody begins to serve behind its back.

    Raises:
        StoreFault: if somebody does; it says who.
    """
    if not is_older(await _revision(connection)):
        return
    for _ in range(_TRIES):
        workers, _hosts = await _workers(connection)
        if not workers:
            return
        await asyncio.sleep(_PAUSE_S)
    raise StoreFault(f"{await _who_serves(connection)}: {SERVED_BY_OLDER}")


async def _revision(connection: asyncpg.Connection[asyncpg.Record]) -> str | None:
    """Return what the database is at; None where it is empty, or not this login's to read."""
    if not await connection.fetchval(_HAS_REVISION):
        return None
    return str(await connection.fetchval(_REVISION))


async def _take(connection: asyncpg.Connection[asyncpg.Record], how: str, lock: int) -> bool:
    """Take a lock of the whole database, as soon as it has heard of the last holder's end."""
    for _ in range(_TRIES):
        if await connection.fetchval(how, lock):
            return True
        await asyncio.sleep(_PAUSE_S)
    return False


async def _connect(url: str) -> asyncpg.Connection[asyncpg.Record]:
    try:
        return await connect_postgres(url)
    except StoreFault as fault:
        cause = fault.__cause__
        if not isinstance(cause, OSError):
            raise
        said = f"cannot prepare the database at {postgres_place(url)}: {words_of_system(cause)}"
        raise StoreFault(said) from cause


async def _workers(
    connection: asyncpg.Connection[asyncpg.Record],
) -> tuple[int, str | None]:
    """Return how many workers serve, and their hosts."""
    workers, hosts = await connection.fetchrow(_WHO, _LOCK >> 32, _LOCK & 0xFFFF_FFFF) or (0, None)
    return workers, hosts


async def _who_serves(connection: asyncpg.Connection[asyncpg.Record]) -> str:
    workers, hosts = await _workers(connection)
    if not workers:
        return _PUT_BACK
    of = f" of {hosts}" if hosts else ""
    said = "1 worker" if workers == 1 else f"{workers} workers"
    return f"the database is being served by {said}{of}; stop every server that uses it first"
