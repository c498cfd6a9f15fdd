"""A program that counts a row up, with many tasks at once: `... counting_up URL TIMES`.

Each reads, then writes what it read plus one: counts are lost unless writers take turns.
"""

from __future__ import annotations

import asyncio
import sys

from sqlalchemy import text

from server.db.database_connections import Database
from server.db.tenancy import SYSTEM


async def count_up(url: str, times: int) -> None:
    """Add to `probe` so many times, all at once."""
    database = Database(url)

    async def once() -> None:
        async with database.write(org=SYSTEM) as session:
            found = (await session.execute(text("SELECT n FROM probe"))).scalar_one()
            await session.execute(text("UPDATE probe SET n = :n"), {"n": found + 1})

    await asyncio.gather(*(once() for _ in range(times)))
    await database.close()


if __name__ == "__main__":
    asyncio.run(count_up(sys.argv[1], int(sys.argv[2])))
