"""Transactions on a connection's own thread: what they cost in trips, and how they end."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server.db.database_connections import Database
from server.db.tenancy import SYSTEM

COUNT = text("SELECT count(*) FROM probe")
ADD = text("INSERT INTO probe VALUES (1)")
LONG = text(
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 300000)"
    " INSERT INTO probe SELECT max(x) FROM n"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give where the database is."""
    return tmp_path / "trips.db"


@pytest.fixture
async def database(file: Path) -> AsyncIterator[Database]:
    """Give a database with an empty table, its connections open."""
    opened = Database(f"sqlite:///{file}")
    async with opened.write(org=SYSTEM) as session:
        await session.execute(text("CREATE TABLE probe (n BIGINT NOT NULL)"))
    async with opened.read(org=SYSTEM) as session:
        await session.execute(COUNT)
    yield opened
    await opened.close()


@pytest.fixture
def under_way() -> asyncio.Event:
    """Give what is set when a trip begins."""
    return asyncio.Event()


@pytest.fixture
def trips(
    database: Database, under_way: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> list[Any]:
    """Give a list that grows with each trip to a connection's thread."""
    made: list[Any] = []
    go: Any = aiosqlite.Connection._execute
    under_way.clear()

    async def going(self: aiosqlite.Connection, *work: Any, **more: Any) -> Any:
        made.append(work)
        under_way.set()
        return await go(self, *work, **more)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", going)
    return made


async def count(database: Database) -> int:
    """Return how many rows there are."""
    async with database.read(org=SYSTEM) as session:
        return int((await session.execute(COUNT)).scalar_one())


async def test_a_statement_is_one_trip_and_a_transaction_one_more(
    database: Database, trips: list[Any]
) -> None:
    """With its rows, and with the BEGIN of the first; the end is the other one."""
    assert await count(database) == 0
    assert len(trips) == 2
    async with database.write(org=SYSTEM) as session:
        for _ in range(3):
            await session.execute(ADD)
    assert len(trips) == 2 + 4
    assert await count(database) == 3


async def test_a_transaction_that_asks_nothing_makes_no_trip(
    database: Database, trips: list[Any]
) -> None:
    """Nor does it leave one that waits to be begun."""
    async with database.write(org=SYSTEM) as session:
        assert await session.connection() is not None
    with pytest.raises(ValueError, match="no"):
        async with database.read(org=SYSTEM) as session:
            assert await session.connection() is not None
            raise ValueError("no")
    assert trips == []
    assert await count(database) == 0


async def test_a_transaction_that_cannot_begin_is_none(database: Database, file: Path) -> None:
    """Somebody else writes: no statement goes on without one, and nothing of it stays."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        async with database.write(org=SYSTEM) as session:
            await session.execute(text("PRAGMA busy_timeout=0"))
        other.execute("BEGIN IMMEDIATE")
        async with database.write(org=SYSTEM) as session:
            for _ in range(2):
                with pytest.raises(DBAPIError, match="locked"):
                    await session.execute(ADD)
        other.execute("ROLLBACK")
        other.execute("BEGIN IMMEDIATE")  # what was refused holds no lock
        other.execute("ROLLBACK")
    assert await count(database) == 0


async def test_who_is_cancelled_in_a_statement_leaves_no_transaction(
    database: Database, trips: list[Any], under_way: asyncio.Event
) -> None:
    """The thread runs it to its end; the transaction is undone all the same."""

    async def write() -> None:
        async with database.write(org=SYSTEM) as session:
            await session.execute(LONG)

    writing = asyncio.ensure_future(write())
    await under_way.wait()
    assert trips
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await count(database) == 0
    async with database.write(org=SYSTEM) as session:
        await session.execute(ADD)
    assert await count(database) == 1


async def test_a_failed_statement_undoes_its_transaction(database: Database) -> None:
    """What ran before it in the same transaction too."""
    with pytest.raises(DBAPIError, match="NOT NULL"):
        async with database.write(org=SYSTEM) as session:
            await session.execute(ADD)
            await session.execute(text("INSERT INTO probe VALUES (NULL)"))
    assert await count(database) == 0


async def test_rows_can_be_streamed_from_one_snapshot(database: Database) -> None:
    """What is written meanwhile is not among them."""
    async with database.write(org=SYSTEM) as session:
        await session.execute(text("INSERT INTO probe VALUES (1), (2), (3)"))
    async with database.read(org=SYSTEM) as session:
        rows = await session.stream(text("SELECT n FROM probe").execution_options(yield_per=1))
        first = await rows.fetchone()
        async with database.write(org=SYSTEM) as other:
            await other.execute(ADD)
        assert [first, *[row async for row in rows]] == [(1,), (2,), (3,)]
        assert (await session.execute(COUNT)).scalar_one() == 3


async def test_counts_of_rows_are_told_as_before(database: Database) -> None:
    """Of a change, of one that gives rows back, and of many at once."""
    async with database.write(org=SYSTEM) as session:
        many = [{"n": n} for n in range(5)]
        add = text("INSERT INTO probe VALUES (:n)")
        connection = await session.connection()
        assert (await connection.execute(add, many)).rowcount == 5
        changed: Any = await session.execute(text("UPDATE probe SET n = n + 1 WHERE n < 3"))
        assert changed.rowcount == 3
        given = await session.execute(text("DELETE FROM probe WHERE n > 2 RETURNING n"))
        assert sorted(given.scalars()) == [3, 3, 4]
