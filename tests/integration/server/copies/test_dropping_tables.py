"""A database is emptied for a copy beside sessions that nobody marked: no deadlock ends either."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TypeAlias

import asyncpg
import pytest

from server.copies.dropping_tables import emptying
from tests.factories.postgres import PostgresDatabase

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'sold'::regclass"
LEFT = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
Session: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
async def sessions(postgres_database: PostgresDatabase) -> AsyncIterator[tuple[Session, Session]]:
    """Give whoever empties two tables, and somebody who reads them."""
    ours = await asyncpg.connect(postgres_database.url)
    other = await asyncpg.connect(
        postgres_database.url, server_settings={"application_name": "nightly-dump"}
    )
    await ours.execute("CREATE TABLE asked (id int); CREATE TABLE sold (id int)")
    yield ours, other
    await other.close()
    await ours.close()


async def test_whoever_reads_one_table_after_the_other_ends_well(
    sessions: tuple[Session, Session],
) -> None:
    """It holds what is to go, and wants what is locked already: it gets that, then all goes."""
    ours, other = sessions
    reading = other.transaction()
    await reading.start()
    await other.execute("SELECT FROM sold")
    emptied = asyncio.create_task(ours.execute(emptying()))
    while not await other.fetchval(WAITING):
        pass  # each look lets the other session go on
    await other.execute("SELECT FROM asked")
    await reading.commit()
    await emptied
    assert await other.fetchval(LEFT) == 0


async def test_whoever_holds_a_table_for_good_is_named(sessions: tuple[Session, Session]) -> None:
    """All stands; `restore` does not wait for a session that somebody forgot."""
    ours, other = sessions
    reading = other.transaction()
    await reading.start()
    await other.execute("SELECT FROM sold")
    with pytest.raises(
        asyncpg.LockNotAvailableError, match=r"in use by nightly-dump of 127\.0\.0\.1; end"
    ):
        await ours.execute(emptying(patience_s=0))
    await reading.rollback()
    assert await other.fetchval(LEFT) == 2
