"""How far the database's clock is from this machine's: all hosts over it have that one."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.database_connections import Database
from server.db.tenancy import SYSTEM
from shared.kernel.instant import Duration, Instant
from shared.kernel.ports import Clock

_ITS_TIME: Final = text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)")


async def database_ahead(database: Database, clock: Clock) -> Duration:
    """Return by how much PostgreSQL's clock is ahead of a machine's; SQLite's is the machine's."""
    if database.is_sqlite:
        return Duration(0)
    async with database.read(org=SYSTEM) as session:
        asked_at = clock.wall()
        its = await read_time(session, asked_at)
        return Duration(its - (asked_at + (clock.wall() - asked_at) // 2))


async def read_time(session: AsyncSession, own: Instant) -> Instant:
    """Return PostgreSQL's time as it is now; SQLite's is the machine's own."""
    connection = await session.connection()
    if connection.dialect.name == "sqlite":
        return own
    return Instant(int((await connection.execute(_ITS_TIME)).scalar_one()))
