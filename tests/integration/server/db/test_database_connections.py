"""Transactions: one writer at a time on SQLite, durable, with references; readers beside it."""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError

from server.database_errors import is_unavailable
from server.db import database_connections as engines
from server.db.database_connections import Database
from server.db.hot_path_connections import connect_postgres, open_driver
from server.db.tenancy import SYSTEM
from shared.kernel.errors import StoreFault
from tests.factories import programs
from tests.factories.postgres import PostgresCluster, PostgresDatabase
from tests.factories.waiting import PATIENCE_S

pytestmark = pytest.mark.integration

COUNTING_UP: Final = "tests.factories.counting_up"


async def _make_counter(database: Database) -> None:
    async with database.write(org=SYSTEM) as session:
        await session.execute(text("CREATE TABLE probe (n BIGINT NOT NULL)"))
        await session.execute(text("INSERT INTO probe VALUES (0)"))


async def test_writers_of_several_processes_take_turns_on_sqlite(tmp_path: Path) -> None:
    """Three processes with twenty tasks each lose no count, and nobody meets a locked file."""
    url = f"sqlite:///{tmp_path / 'turns.db'}"
    database = Database(url)
    await _make_counter(database)
    words = [sys.executable, "-m", COUNTING_UP, url, "20"]
    for counting in [programs.start(words) for _ in range(3)]:
        assert await asyncio.to_thread(counting.wait, PATIENCE_S) == 0
    async with database.read(org=SYSTEM) as session:
        assert (await session.execute(text("SELECT n FROM probe"))).scalar_one() == 60
    await database.close()


async def test_sqlite_is_opened_as_promised(tmp_path: Path) -> None:
    """WAL, full synchronisation and foreign keys; readers cannot write."""
    database = Database(f"sqlite:///{tmp_path / 'pragmas.db'}")

    async def pragma(name: str, *, writes: bool) -> object:
        transaction = database.write if writes else database.read
        async with transaction(org=SYSTEM) as session:
            return (await session.execute(text(f"PRAGMA {name}"))).scalar_one()

    await _make_counter(database)
    assert await pragma("journal_mode", writes=True) == "wal"
    for writes in (True, False):
        assert await pragma("synchronous", writes=writes) == 2
        assert await pragma("foreign_keys", writes=writes) == 1
    with pytest.raises(DBAPIError, match="readonly"):
        async with database.read(org=SYSTEM) as session:
            await session.execute(text("UPDATE probe SET n = 7"))
    await database.close()


async def test_a_failed_transaction_leaves_nothing(database_url: str) -> None:
    """An exception between two statements undoes the first."""
    database = Database(database_url)
    await _make_counter(database)
    with pytest.raises(KeyError):
        async with database.write(org=SYSTEM) as session:
            await session.execute(text("UPDATE probe SET n = 7"))
            raise KeyError
    async with database.read(org=SYSTEM) as session:
        assert (await session.execute(text("SELECT n FROM probe"))).scalar_one() == 0
    await database.close()


async def test_what_was_written_stands_in_no_error(database_url: str) -> None:
    """A command shows an error at its console: a guest's address must not be in it."""
    database = Database(database_url)
    try:
        with pytest.raises(DBAPIError) as caught:
            async with database.write(org=SYSTEM) as session:
                values = {"address": "ann@example.org"}
                await session.execute(text("INSERT INTO nowhere VALUES (:address)"), values)
    finally:
        await database.close()
    assert "ann@" not in str(caught.value)


async def test_a_reader_does_not_wait_for_a_writer(database_url: str) -> None:
    """While a write is open, readers see the state before it at once."""
    database = Database(database_url)
    await _make_counter(database)
    async with database.write(org=SYSTEM) as session:
        await session.execute(text("UPDATE probe SET n = 7"))
        async with asyncio.timeout(PATIENCE_S), database.read(org=SYSTEM) as reader:
            assert (await reader.execute(text("SELECT n FROM probe"))).scalar_one() == 0
    await database.close()


async def test_a_cancelled_writer_gives_its_turn_back(tmp_path: Path) -> None:
    """A request that is called off while it waits or writes does not block the next one."""
    database = Database(f"sqlite:///{tmp_path / 'cancel.db'}")
    await _make_counter(database)
    entered = asyncio.Event()

    async def hold() -> None:
        async with database.write(org=SYSTEM):
            entered.set()
            await asyncio.Event().wait()

    holder = asyncio.create_task(hold())
    await entered.wait()
    waiting = asyncio.create_task(_one_write(database))
    await asyncio.sleep(0)
    waiting.cancel()
    holder.cancel()
    await asyncio.gather(holder, waiting, return_exceptions=True)
    async with asyncio.timeout(60):
        await _one_write(database)
    await database.close()


async def _one_write(database: Database) -> None:
    async with database.write(org=SYSTEM) as session:
        await session.execute(text("UPDATE probe SET n = n + 1"))


async def test_a_writer_waits_in_no_thread_that_others_fill(tmp_path: Path) -> None:
    """Thirty reports that are drawn hold up no claim that waits for another process's turn."""
    url = f"sqlite:///{tmp_path / 'threads.db'}"
    ours, other, drawn = Database(url), Database(url), threading.Event()
    await _make_counter(ours)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    drawing = asyncio.ensure_future(asyncio.to_thread(drawn.wait))

    async def write() -> None:
        async with ours.write(org=SYSTEM) as session:
            await session.execute(text("UPDATE probe SET n = 7"))

    try:
        async with other.write(org=SYSTEM) as session:
            await session.execute(text("UPDATE probe SET n = 6"))
            claim = asyncio.create_task(write())
            await asyncio.sleep(0)
        done, _ = await asyncio.wait([claim], timeout=PATIENCE_S)
        assert done
    finally:
        drawn.set()
        await drawing
        await ours.close()
        await other.close()


async def test_a_write_inside_a_write_is_refused_at_once(tmp_path: Path) -> None:
    """It would wait for itself for ever."""
    database = Database(f"sqlite:///{tmp_path / 'nested.db'}")
    async with database.write(org=SYSTEM):
        with pytest.raises(AssertionError, match="inside another"):
            async with database.write(org=SYSTEM):
                pass
    await database.close()


async def test_who_meets_a_connection_as_it_ends_is_told_to_try_again(
    postgres_database: PostgresDatabase,
) -> None:
    """PostgreSQL's last word has come, the socket's end has not: no fault of a request."""
    database = Database(postgres_database.url)

    async def ask() -> Any:
        async with database.read(org=SYSTEM) as session:
            await session.execute(text("SELECT 1"))
            taken = await (await session.connection()).get_raw_connection()
            return taken.driver_connection

    def hear_last_word(connection: Any) -> None:
        word = b"SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"
        connection._protocol.data_received(b"E" + (len(word) + 4).to_bytes(4) + word)

    def open_and_end(dialect: Any, _record: Any, words: Any, named: Any) -> Any:
        opened = dialect.connect(*words, **named)
        hear_last_word(opened.driver_connection)
        return opened

    hear_last_word(await ask())
    event.listen(database._reader.sync_engine, "do_connect", open_and_end, once=True)
    for moment in ("waiting in the pool", "just opened"):
        with pytest.raises(DBAPIError) as caught:
            await ask()
        assert is_unavailable(caught.value), moment
    await ask()
    await database.close()


async def test_connections_that_ended_while_they_waited_are_opened_anew(
    postgres_cluster: PostgresCluster, postgres_database: PostgresDatabase
) -> None:
    """After a restart of PostgreSQL each of them cost a request, hours later."""
    database = Database(postgres_database.url)
    pause = asyncio.Event()

    async def ask() -> None:
        async with database.read(org=SYSTEM) as session:
            await session.execute(text("SELECT 1"))
            await pause.wait()

    asked = [asyncio.create_task(ask()) for _ in range(4)]
    await asyncio.sleep(0.3)
    pause.set()
    await asyncio.gather(*asked)
    postgres_cluster.run_sql(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        f" WHERE datname = '{postgres_database.name}';"
    )
    await asyncio.sleep(0.1)  # their last words arrive
    await asyncio.gather(*(ask() for _ in range(4)))
    await database.close()


async def test_what_is_at_work_as_a_worker_ends_leaves_no_connection_open(
    postgres_database: PostgresDatabase,
) -> None:
    """PostgreSQL has places for so many; a look whether it is there outlasts its time at times."""
    database = Database(postgres_database.url)
    driver = open_driver(database, postgres_database.url, size=1)
    async with driver.read(SYSTEM) as transaction:
        session = database.read(org=SYSTEM)
        opened = await session.__aenter__()
        raw = await (await opened.connection()).get_raw_connection()
        lent: Any = raw.driver_connection
        held: Any = transaction
        own = held._held.connection
        await driver.close()
        await database.close()
    with suppress(DBAPIError):
        await session.__aexit__(None, None, None)
    assert (lent.is_closed(), own.is_closed()) == (True, True)


@pytest.mark.parametrize(("set_so", "found"), [("off", "on"), ("remote_write", "remote_write")])
async def test_what_is_committed_outlives_a_crash_of_postgresql(
    postgres_cluster: PostgresCluster, postgres_database: PostgresDatabase, set_so: str, found: str
) -> None:
    """Operators let commits be answered before they are on the disk: a crash lost claims then.

    How far commits wait for a standby stays theirs to say.
    """
    postgres_cluster.run_sql(
        f"ALTER DATABASE {postgres_database.name} SET synchronous_commit = {set_so};"
    )
    database = Database(postgres_database.url)
    async with database.write(org=SYSTEM) as session:
        assert (await session.execute(text("SHOW synchronous_commit"))).scalar() == found
    await database.close()
    opened = await connect_postgres(postgres_database.url)
    assert await opened.fetchval("SHOW synchronous_commit") == found
    await opened.close()


async def test_an_operators_url_means_what_it_means_to_programs_of_postgresqls(
    postgres_database: PostgresDatabase,
) -> None:
    """Hosts that others run ask for TLS by `sslmode`: both of our roads to a database heed it."""
    database = Database(f"{postgres_database.url}?sslmode=disable")
    async with database.read(org=SYSTEM) as session:
        assert (await session.execute(select(1))).scalar() == 1
    await database.close()
    await (await connect_postgres(f"{postgres_database.url}?sslmode=disable")).close()

    wants_tls = f"{postgres_database.url}?sslmode=require"  # which this one does not speak
    with pytest.raises(StoreFault, match="SSL"):
        await connect_postgres(wants_tls)
    refusing = Database(wants_tls)
    with pytest.raises(OSError, match="SSL"):
        async with refusing.read(org=SYSTEM) as session:
            await session.execute(select(1))
    await refusing.close()


async def test_an_organizations_long_turns_come_one_by_one_and_let_others_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four lists of thousands of codes at once kept others out, and their gates' claims."""
    monkeypatch.setattr(engines, "LONG_TURN_S", 0.02)
    database = Database(f"sqlite:///{tmp_path / 'turns.db'}")
    turns: list[str] = []

    async def write(org: str, lasts_s: float = 0.0) -> None:
        async with database.write(org=org):
            turns.append(org)
            await asyncio.sleep(lasts_s)

    async def claim() -> None:
        async with database.writer_turn():
            turns.append("claim")

    loop = asyncio.get_running_loop()
    began = loop.time()
    many = [asyncio.create_task(write("og_many", 0.1)) for _ in range(3)]
    await asyncio.sleep(0.05)
    await asyncio.gather(claim(), write("og_few"))
    assert turns == ["og_many", "claim", "og_few"]
    await asyncio.gather(*many)
    assert loop.time() - began >= 0.45, "three turns of a tenth of a second, and two such rests"
    assert turns == ["og_many", "claim", "og_few", "og_many", "og_many"]
    await database.close()
