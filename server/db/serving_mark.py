"""Who serves from a PostgreSQL database: marked there, so that no copy is put back under them.

Each worker holds a shared lock of the whole database on the connection by which it listens;
`restore` holds it alone. The database lets go of it with the connection, however that ends. On
SQLite a file beside the database does the same (`server/commands/serve.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from server.db.driver import connect_postgres
from server.db.engine import postgres_place, postgres_url
from shared.kernel.errors import StoreFault
from shared.kernel.os_errors import words_of_system

if TYPE_CHECKING:
    import asyncpg

    from server.settings import Settings

_LOCK: Final = 0x676B_7365_7276_6564  # "gkserved"
_TRIES: Final = 20
_PAUSE_S: Final = 0.1
"""The database hears of the end of a connection some moments later."""
_PUT_BACK: Final = "this database is being put back from a copy; serve it when `restore` has ended"
_WHO: Final = (
    "SELECT count(*), string_agg(DISTINCT host(a.client_addr), ', ')"
    " FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.mode = 'ShareLock' AND l.objsubid = 1"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND l.classid = $1 AND l.objid = $2"
)


class PutBack(StoreFault):
    """A copy is being put back in the database's place: nobody may serve from it meanwhile."""


async def mark_served(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Say that a worker serves from this database, for as long as the connection lasts.

    Raises:
        PutBack: if that is going on.
    """
    if not await connection.fetchval("SELECT pg_try_advisory_lock_shared($1)", _LOCK):
        raise PutBack(_PUT_BACK)


async def check_not_put_back(settings: Settings) -> None:
    """Look whether the database may be served from.

    Raises:
        PutBack: if a copy is being put back.
        StoreFault: if the database cannot be reached.
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
    """Let nobody serve from a PostgreSQL database for as long as the block lasts.

    Raises:
        StoreFault: if somebody does, or puts a copy back; it says what to do.
    """
    connection = await _connect(url)
    try:
        for _ in range(_TRIES):
            if await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
                break
            await asyncio.sleep(_PAUSE_S)
        else:
            raise StoreFault(await _who_serves(connection))
        yield
    finally:
        await connection.close(timeout=5)


async def _connect(url: str) -> asyncpg.Connection[asyncpg.Record]:
    try:
        return await connect_postgres(postgres_url(url).render_as_string(hide_password=False))
    except StoreFault as fault:
        cause = fault.__cause__
        if not isinstance(cause, OSError):
            raise
        said = f"cannot prepare the database at {postgres_place(url)}: {words_of_system(cause)}"
        raise StoreFault(said) from cause


async def _who_serves(connection: asyncpg.Connection[asyncpg.Record]) -> str:
    workers, hosts = await connection.fetchrow(_WHO, _LOCK >> 32, _LOCK & 0xFFFF_FFFF) or (0, None)
    if not workers:
        return _PUT_BACK
    of = f" of {hosts}" if hosts else ""
    said = "1 worker" if workers == 1 else f"{workers} workers"
    return f"the database is being served by {said}{of}; stop every server that uses it first"
