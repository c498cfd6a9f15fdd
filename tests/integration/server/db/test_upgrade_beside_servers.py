"""Nothing upgrades a database under a server of an earlier version."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import asyncpg
import pytest

from server.db.hot_path_connections import connect_postgres
from server.db.restore_locks import NewerDatabase, check_not_put_back, mark_served
from server.db.revision import UPGRADING, head_revision, known_revisions
from server.start_up.migrating import migrate
from shared.kernel.errors import StoreFault
from shared.kernel.instant import Instant
from tests.factories.office import test_settings
from tests.factories.postgres import PostgresCluster, PostgresDatabase
from tests.factories.running_server import RunningServer, run_server, running_server
from tests.factories.waiting import until
from tests.integration.server.commands.test_restore_beside_servers import END_MARKS, is_live

__all__ = ["running_server"]

VERBS = (["keys", "list"], ["epoch", "show"], ["supervisors", "list"], ["migrate"])
"""Those that only look as well: any of them would upgrade what it opens."""


@contextmanager
def of_an_earlier_version(server: RunningServer) -> Iterator[None]:
    """Have the database be one revision behind for a while; nobody upgrades it meanwhile."""
    earlier = sorted(known_revisions())[-2]
    say_revision(server, earlier)
    try:
        yield
        rows = asyncio.run(server.fetch("SELECT version_num FROM alembic_version"))
        assert rows == [(earlier,)]
    finally:
        say_revision(server, head_revision())


def say_revision(server: RunningServer, revision: str) -> None:
    """Write what the database is at."""
    said = f"UPDATE alembic_version SET version_num = '{revision}'"
    if server.database is not None:
        asyncio.run(server.fetch(said))
        return
    with closing(sqlite3.connect(server.folder / "gatekeeper.db")) as opened:
        opened.execute(said)
        opened.commit()


MARKED = (
    "SELECT count(DISTINCT l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
    " WHERE l.locktype = 'advisory' AND l.mode = 'ShareLock' AND d.datname = current_database()"
)
"""How many workers mark the database as served."""


def wait_for_both_workers(server: RunningServer) -> None:
    """It answers as soon as the first is up."""
    until(lambda: asyncio.run(server.fetch(MARKED)) == [(2,)])


def test_no_command_upgrades_what_a_server_of_an_earlier_version_serves(
    running_server: RunningServer,
) -> None:
    """It would go on, and write its rows without what the upgrade asks of them."""
    with of_an_earlier_version(running_server):
        for verb in VERBS:
            refused = running_server.run(*verb)
            assert (refused.returncode, refused.stdout) == (3, ""), verb
            assert "being served" in refused.stderr
            assert "a server of an earlier version" in refused.stderr
            assert "Traceback" not in refused.stderr
    for verb in VERBS:
        done = running_server.run(*verb)
        assert "earlier version" not in done.stderr
        assert done.returncode != 3, verb


def test_no_server_begins_by_upgrading_what_another_host_serves(
    tmp_path: Path, served_postgres: PostgresDatabase
) -> None:
    """The host that is of an earlier version still is to be stopped before, and is named."""
    with run_server(tmp_path / "server", served_postgres.url, workers=2) as server:
        wait_for_both_workers(server)
        with of_an_earlier_version(server):
            refused = server.run("serve", "--port", "0")
        assert refused.returncode == 3
        assert "is being served by 2 workers" in refused.stderr
        assert "a server of an earlier version" in refused.stderr
        assert "Traceback" not in refused.stderr


NEWER = "9999"
"""A revision that only a program to come knows."""


def test_no_worker_serves_on_once_a_newer_program_has_upgraded(
    tmp_path: Path, postgres_cluster: PostgresCluster, served_postgres: PostgresDatabase
) -> None:
    """Its host was cut off when nobody was seen to serve; nor does the worker after it."""
    with run_server(tmp_path / "server", served_postgres.url, workers=2) as server:
        wait_for_both_workers(server)
        say_revision(server, NEWER)
        try:
            postgres_cluster.run_sql(END_MARKS.format(served_postgres.name))
            until(lambda: server.log.count("database.newer") >= 2)
            until(lambda: server.log.count("upgrade the program") > 4)
            assert not is_live(server.url)
            assert "Traceback" not in server.log
        finally:
            say_revision(server, head_revision())


async def test_who_begins_to_serve_beside_an_upgrade_hears_what_came_of_it(
    postgres_database: PostgresDatabase, tmp_path: Path
) -> None:
    """Whoever upgrades has looked before, and saw nobody."""
    settings = test_settings(postgres_database.url, tmp_path)
    await migrate(settings, Instant(1))
    guard = await asyncpg.connect(postgres_database.url)
    await guard.execute(f"SELECT pg_advisory_lock({UPGRADING})")
    serving = asyncio.create_task(check_not_put_back(settings))
    await asyncio.wait([serving], timeout=0.5)
    assert not serving.done()
    await guard.execute(f"UPDATE alembic_version SET version_num = '{NEWER}'")
    await guard.close()
    with pytest.raises(NewerDatabase, match="newer version"):
        await serving


async def test_an_upgrade_sees_who_began_to_serve_until_its_turn_came(
    postgres_database: PostgresDatabase, tmp_path: Path
) -> None:
    """It had to wait for another one, and a server of the earlier version came up meanwhile."""
    settings = test_settings(postgres_database.url, tmp_path)
    await migrate(settings, Instant(1))
    earlier = sorted(known_revisions())[-2]
    guard = await asyncpg.connect(postgres_database.url)
    await guard.execute(f"UPDATE alembic_version SET version_num = '{earlier}'")
    await guard.execute(f"SELECT pg_advisory_lock({UPGRADING})")
    upgrade = asyncio.create_task(migrate(settings, Instant(2)))
    await asyncio.wait([upgrade], timeout=0.5)
    other = await connect_postgres(postgres_database.url)
    serving = asyncio.create_task(mark_served(other))
    await asyncio.wait([serving], timeout=0.5)
    await guard.execute(f"SELECT pg_advisory_unlock({UPGRADING})")
    with pytest.raises(StoreFault, match="is being served by 1 worker"):
        await upgrade
    await serving
    assert await guard.fetchval("SELECT version_num FROM alembic_version") == earlier
    await other.close()
    await guard.close()
