"""A slow disk beneath the server: a commit comes late, and its answer later still."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from sqlalchemy import text

from server.db.database_connections import Database
from server.db.hot_path_connections import InlineDriver
from server.db.hot_path_statements import Statement
from server.db.tenancy import SYSTEM
from simulator.kernel.dice import Dice
from simulator.kernel.disk import SimDisk
from simulator.kernel.entropy import SimEntropy
from simulator.kernel.loop import SimLoop
from simulator.kernel.server_disk import open_server_database
from simulator.nodes.inline_sqlite import InlineSqlite

ADD = "INSERT INTO note VALUES (1)"
COUNT = "SELECT count(*) FROM note"
Write = Callable[[Database, InlineSqlite], Coroutine[Any, Any, None]]


async def by_mapper(database: Database, _inline: InlineSqlite) -> None:
    async with database.write(org=SYSTEM) as session:
        await session.execute(text(ADD))


async def by_driver(_database: Database, inline: InlineSqlite) -> None:
    async with InlineDriver(inline).write(SYSTEM) as transaction:
        await transaction.fetch(Statement(ADD, ADD))


@pytest.mark.parametrize("write", [by_mapper, by_driver])
def test_others_wait_for_the_commit_and_see_it_before_its_answer(write: Write) -> None:
    """Of who reads amid it nobody sees what is not committed, nor waits for the answer."""
    loop = SimLoop(Dice("slow"))
    seen: list[tuple[str, int, float]] = []

    async def settle() -> None:
        await asyncio.sleep(0.001)

    async def flush() -> None:
        await asyncio.sleep(2)

    entropy = SimEntropy(Dice("lots"))
    inline = InlineSqlite(lambda: open_server_database(SimDisk(), entropy), settle, flush)
    database = Database("sqlite:///simulated.db", inline=inline)

    async def look(name: str) -> None:
        async with database.read(org=SYSTEM) as session:
            count = int((await session.execute(text(COUNT))).scalar_one())
        seen.append((name, count, round(loop.time(), 1)))

    async def main() -> None:
        async with inline.reading():
            inline.connection.execute("CREATE TABLE note (number)")
        await look("before")
        writing = asyncio.create_task(write(database, inline))
        await asyncio.sleep(1)
        await look("amid")
        await writing
        await look("answered")

    loop.run(main())
    assert seen == [("before", 0, 0.0), ("amid", 1, 2.0), ("answered", 1, 4.0)]
