"""A host that lost its power says no more: PostgreSQL and its workers notice it in half a minute.

By themselves they would wait for two hours and eleven minutes, and what it held stays locked.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from sqlalchemy import text

from server.db import database_connections as engine
from server.db import hot_path_connections as driver
from server.db.database_connections import Database
from server.db.hot_path_connections import connect_postgres
from server.db.tcp_keepalive import NOTICED_BY_POSTGRES, UNHEARD_S
from server.db.tenancy import SYSTEM
from shared.kernel.errors import StoreFault
from tests.factories.postgres import PostgresCluster, PostgresDatabase

WATCHED = (
    "SELECT name, CAST(current_setting(name) AS text) FROM pg_settings"
    " WHERE name LIKE 'tcp\\_%' ORDER BY name"
)


def is_watched_here(connection: Any) -> bool:
    """Tell whether this end of a connection asks whether the other is there."""
    opened = connection._transport.get_extra_info("socket")
    asks = opened.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    after_ms = opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    return bool(asks) and after_ms == UNHEARD_S * 1000


async def test_a_connection_of_ones_own_is_watched_from_both_ends(
    postgres_database: PostgresDatabase,
) -> None:
    """By such a one workers mark that they serve, and `restore` that nobody may."""
    connection = await connect_postgres(postgres_database.url)
    try:
        found = {row[0]: row[1] for row in await connection.fetch(WATCHED)}
        assert found == NOTICED_BY_POSTGRES
        assert is_watched_here(connection)
    finally:
        await connection.close()


async def test_connections_of_the_pool_are_watched_from_both_ends(
    postgres_database: PostgresDatabase,
) -> None:
    """A request that waits for a lost host would hold its connection for ever."""
    database = Database(postgres_database.url)
    try:
        async with database.read(org=SYSTEM) as session:
            found = {row[0]: row[1] for row in await session.execute(text(WATCHED))}
            assert found == NOTICED_BY_POSTGRES
            raw = await (await session.connection()).get_raw_connection()
            assert is_watched_here(raw.driver_connection)
    finally:
        await database.close()


async def test_a_socket_of_the_machines_own_needs_no_watch(
    postgres_cluster: PostgresCluster, postgres_database: PostgresDatabase
) -> None:
    """There is no other host; such connections are opened as before."""
    name, folder = postgres_database.name, postgres_cluster.folder
    login = postgres_database.url.removeprefix("postgresql://").partition("@")[0]
    url = f"postgresql://{login}@/{name}?host={folder}&port={postgres_cluster.port}"
    connection = await connect_postgres(url)
    try:
        assert await connection.fetchval("SHOW tcp_keepalives_idle") == "0"
    finally:
        await connection.close()


async def test_a_host_that_answers_nothing_is_asked_anew_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A network that is back would be found when the system asks next, up to a minute later."""
    monkeypatch.setattr(driver, "CONNECT_S", 0.1)
    monkeypatch.setattr(engine, "CONNECT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://gate:keeper@127.0.0.1:{silent.getsockname()[1]}/any"
        async with asyncio.timeout(5):
            with pytest.raises(StoreFault, match="no answer came in time"):
                await connect_postgres(url)
            database = Database(url)
            with pytest.raises(TimeoutError):
                async with database.read(org=SYSTEM):
                    pass
            await database.close()
