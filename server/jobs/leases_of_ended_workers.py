"""The leases of a server that was killed: ended as it is started again, where nobody else serves.

An import that it was at would else rest for two minutes more. A try whose worker died counts as
before, so that a job which ends each server is put off all the same.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from server.db.database_connections import Database
from server.db.database_time import read_time
from server.db.restore_locks import NOBODY_SERVES
from server.db.tenancy import SYSTEM
from shared.kernel.ports import Clock

_END: Final = "UPDATE job SET lease_until = :now WHERE state = 'waiting' AND lease_until > :now"


async def end_leases(database: Database, clock: Clock) -> None:
    """Let each job of a worker that has ended be taken at once, before the first worker begins.

    A SQLite file is served by nobody but who starts now; over PostgreSQL each worker's mark is
    looked for in the same statement.
    """
    condition = "" if database.is_sqlite else f" AND {NOBODY_SERVES}"
    async with database.write(org=SYSTEM, is_audited=False) as session:
        now = await read_time(session, clock.wall())
        await (await session.connection()).execute(text(_END + condition), {"now": now})
