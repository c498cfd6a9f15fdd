"""Which PostgreSQL keeps the database, and that a standby of it took its place under a server.

What a promoted standby had not heard of yet is lost. Whoever starts on one opens a higher epoch.
Whoever serves while it is promoted goes on: devices show what is lost within their next exchange,
and close the ledger of their organization alone (decision 0148).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server.db.database_connections import Database
from server.db.tenancy import SYSTEM

if TYPE_CHECKING:
    import asyncpg

_TIMELINE: Final = "('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int"
"""The control file tells of a new one minutes later, with the next checkpoint."""
_CLUSTER: Final = f"SELECT system_identifier || '/' || {_TIMELINE} FROM pg_control_system()"  # noqa: S608 - ours
_NOTE: Final = (
    f"UPDATE ledger SET cluster = now_at.it FROM ({_CLUSTER}) AS now_at (it)"  # noqa: S608 - ours
    " WHERE cluster <> it AND split_part(cluster, '/', 1) = split_part(it, '/', 1)"
)


async def cluster_of(database: Database) -> str:
    """Return PostgreSQL's "system identifier/timeline"; '' where it cannot be read, and of SQLite.

    Where the role may not ask, the side file and the devices still watch.
    """
    if database.is_sqlite:
        return ""
    try:
        async with database.read(org=SYSTEM) as session:
            return str((await session.execute(text(_CLUSTER.replace(":", r"\:")))).scalar_one())
    except DBAPIError:
        return ""


async def note_promotion(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Note that a worker has gone on serving over a promotion, so that no later start closes.

    Raises:
        asyncpg.PostgresError: if the database only reads, among others.
    """
    import asyncpg

    try:
        await connection.execute(_NOTE)
    except asyncpg.InsufficientPrivilegeError:
        return
