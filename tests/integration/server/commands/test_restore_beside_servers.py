"""PostgreSQL lets many in: a copy is put back only where nobody serves from the database.

On SQLite a file beside the database says so (`test_commands.py`).
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from server.db.restore_locks import check_not_put_back, served_by_nobody
from server.start_up.preparing_and_opening_epochs import RESTORED
from shared.kernel.errors import StoreFault
from tests.factories import programs
from tests.factories.killed_restores import kill_behind_the_copy
from tests.factories.office import test_settings
from tests.factories.postgres import PostgresCluster, PostgresDatabase
from tests.factories.running_server import (
    EMAIL,
    PASSWORD,
    RunningServer,
    run_server,
    running_server,
)
from tests.factories.waiting import until
from tests.integration.server.commands.test_commands import done, environment, run

__all__ = ["running_server"]

pytestmark = pytest.mark.slow


PUTS_BACK = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE application_name = 'psql' AND datname = current_database() AND state <> 'idle'"
)
END_MARKS = (
    "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
    " WHERE l.locktype = 'advisory' AND l.mode = 'ShareLock' AND d.datname = '{}';"
)
"""Breaks the connections by which workers mark a database as served."""


def is_live(url: str) -> bool:
    """Tell whether a server answers."""
    try:
        return httpx.get(f"{url}/health/live", timeout=3, verify=False).status_code == 200
    except httpx.TransportError:
        return False


def test_a_copy_is_not_put_back_under_servers_that_serve(
    tmp_path: Path, served_postgres: PostgresDatabase
) -> None:
    """They would grant what the copy has forgotten, and answer no claim after it."""
    copy, url = tmp_path / "copy", served_postgres.url
    with run_server(tmp_path / "server", url, workers=2) as server:
        server.done("backup", copy)
        refused = server.run("restore", copy)
        assert refused.returncode == 3, refused.stderr
        assert "is being served by 2 workers" in refused.stderr
        assert "stop every server" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert json.loads(server.run("epoch", "show").stdout)["epoch"] == 1
        server.stop()
        assert server.done("restore", copy)["epoch"] == 2
        server.start()
        assert json.loads(server.run("epoch", "show").stdout)["open"] is True


def test_nobody_comes_in_by_what_a_copy_gives_back(running_server: RunningServer) -> None:
    """What was ended or taken back since, which somebody else had, would be good once more.

    Neither a sign-in, nor an invitation, nor a device's code is; people sign in anew.
    """
    server = running_server
    copy = server.folder / "copy"
    signing_in = {"email": EMAIL, "password": PASSWORD}
    with httpx.Client(base_url=f"{server.url}/api/v1", verify=False) as client:
        stolen = client.post("/sessions", json=signing_in).raise_for_status().json()
        refreshing = dict(client.cookies)
        bearer = {"authorization": f"Bearer {stolen['access_token']}"}

        def make(path: str, **body: str) -> Any:
            return client.post(path, json=body, headers=bearer).raise_for_status().json()

        root = f"/organizations/{make('/organizations', name='Hall', slug='hall')['id']}"
        code = make(f"{root}/devices/codes")["text"]
        invitation = make(f"{root}/invitations", role="manager")["code"]
        server.done("backup", copy)
        client.delete("/sessions/current", headers=bearer).raise_for_status()
        server.stop()
        server.done("restore", copy, "--yes")
        server.start()
        assert client.get("/me", headers=bearer).status_code == 401
        client.cookies.update(refreshing)
        assert client.post("/sessions/refresh").status_code == 401
        guest = {"email": "guest@example.org", "password": PASSWORD, "name": "Guest"}
        asked = client.post("/users", json=guest | {"invitation": invitation})
        assert asked.status_code == 403, asked.text
        assert client.post("/sessions", json=signing_in).status_code == 201
    words: programs.Words = ["enrol", "--code", code, "--profile", server.folder / "gate"]
    enrolled = programs.run([programs.GATEKEEPER, *words], seconds=60)
    assert enrolled.returncode != 0
    assert b"code" in enrolled.stderr, enrolled.stderr


async def test_no_server_begins_while_a_copy_is_put_back(
    tmp_path: Path, served_postgres: PostgresDatabase
) -> None:
    """Its preparation says why; a second `restore` does as well."""
    url, copy = served_postgres.url, str(tmp_path / "copy")
    await asyncio.to_thread(done, tmp_path, "init", database=url)
    await asyncio.to_thread(done, tmp_path, "backup", copy, database=url)
    async with served_by_nobody(url):
        for words in (("migrate",), ("restore", copy)):
            refused = await asyncio.to_thread(run, tmp_path, *words, database=url)
            assert refused.returncode == 3
            assert "is being restored" in refused.stderr
        serving = await asyncio.to_thread(run, tmp_path, "serve", "--port", "0", database=url)
        assert (serving.returncode, serving.stdout) == (3, "")
    again = await asyncio.to_thread(done, tmp_path, "restore", copy, database=url)
    assert again["epoch"] == 2


async def test_a_worker_that_lost_its_mark_serves_from_no_copy(
    tmp_path: Path, postgres_cluster: PostgresCluster, served_postgres: PostgresDatabase
) -> None:
    """Its connection breaks just when a copy is put back: it ends, and another waits its turn."""
    url = served_postgres.url
    with run_server(tmp_path / "server", url) as server:
        async with AsyncExitStack() as putting_back:
            alone = asyncio.create_task(putting_back.enter_async_context(served_by_nobody(url)))
            for _ in range(100):
                postgres_cluster.run_sql(END_MARKS.format(served_postgres.name))
                await asyncio.wait([alone], timeout=0.05)
                if alone.done():
                    break
            await alone
            await asyncio.to_thread(until, lambda: "database.put_back" in server.log)
            await asyncio.to_thread(until, lambda: "a worker stopped" in server.log)
            assert not await asyncio.to_thread(is_live, server.url)
        await asyncio.to_thread(until, lambda: is_live(server.url))


async def test_a_restore_that_is_killed_behind_the_copy_leaves_a_higher_epoch(
    tmp_path: Path, served_postgres: PostgresDatabase
) -> None:
    """Not the copy as it was, which would grant what it has forgotten to whoever asks first."""
    url, copy = served_postgres.url, str(tmp_path / "copy")
    await asyncio.to_thread(done, tmp_path, "init", database=url)
    await asyncio.to_thread(done, tmp_path, "backup", copy, database=url)
    await kill_behind_the_copy(tmp_path, url, copy)
    await asyncio.to_thread(done, tmp_path, "migrate", database=url)
    shown = await asyncio.to_thread(done, tmp_path, "epoch", "show", database=url)
    assert (shown["epoch"], shown["reason"]) == (2, RESTORED)
    await asyncio.to_thread(done, tmp_path, "migrate", database=url)
    shown = await asyncio.to_thread(done, tmp_path, "epoch", "show", database=url)
    assert shown["epoch"] == 2


async def test_a_killed_restore_leaves_no_psql_that_goes_on(
    tmp_path: Path, served_postgres: PostgresDatabase
) -> None:
    """Servers that began meanwhile would have their tables replaced under them."""
    url, copy = served_postgres.url, str(tmp_path / "copy")
    await asyncio.to_thread(done, tmp_path, "init", database=url)
    await asyncio.to_thread(done, tmp_path, "backup", copy, database=url)
    dumping, watching = await asyncpg.connect(url), await asyncpg.connect(url)
    restoring = programs.start(
        [programs.SERVER, "restore", copy, "--yes"], environment=environment(tmp_path, url)
    )
    try:
        async with dumping.transaction():
            await dumping.execute("LOCK TABLE ledger IN ACCESS SHARE MODE")
            for _ in range(600):
                if await watching.fetchval(PUTS_BACK):
                    break
                await asyncio.sleep(0.1)
            else:
                pytest.fail("restore did not come to psql")
            restoring.kill()
            await asyncio.to_thread(restoring.wait, 60)
        for _ in range(600):
            if not await watching.fetchval(PUTS_BACK):
                break
            await asyncio.sleep(0.1)
    finally:
        restoring.kill()
        await dumping.close()
        await watching.close()
    shown = await asyncio.to_thread(done, tmp_path, "epoch", "show", database=url)
    assert (shown["epoch"], shown["open"]) == (1, True)


async def test_a_dump_of_something_else_takes_nothings_place(
    tmp_path: Path, postgres_cluster: PostgresCluster, served_postgres: PostgresDatabase
) -> None:
    """It is read whole before the commit; all that there was stands."""
    url, dump = served_postgres.url, tmp_path / "dump"
    await asyncio.to_thread(done, tmp_path, "init", database=url)
    other = postgres_cluster.create_database()
    foreign = await asyncpg.connect(other.url)
    await foreign.execute("CREATE TABLE guests (name text)")
    await foreign.close()
    dumping = [str(postgres_cluster.binaries / "pg_dump"), "-Fc", f"--file={dump}", other.url]
    await asyncio.to_thread(subprocess.run, dumping, check=True)
    words = ("restore", str(dump), "--unsealed")
    refused = await asyncio.to_thread(run, tmp_path, *words, database=url)
    assert refused.returncode == 2, refused.stderr
    assert "not a copy of a Gatekeeper database" in refused.stderr
    assert "postgresql-client" not in refused.stderr, "those are not what is wrong"
    shown = await asyncio.to_thread(done, tmp_path, "epoch", "show", database=url)
    assert (shown["epoch"], shown["open"]) == (1, True)


async def test_a_worker_that_is_replaced_meanwhile_does_not_begin(
    served_postgres: PostgresDatabase, tmp_path: Path
) -> None:
    """What it would serve from is neither the old database nor the copy yet.

    A long restore's mark rests longer than operators let sessions be idle.
    """
    settings = test_settings(served_postgres.url, tmp_path)
    opened = await asyncpg.connect(served_postgres.url)
    await opened.execute(f"ALTER DATABASE {served_postgres.name} SET idle_session_timeout = 100")
    await opened.close()
    async with served_by_nobody(settings.database):
        await asyncio.sleep(0.3)
        with pytest.raises(StoreFault, match="is being restored"):
            await check_not_put_back(settings)
    await check_not_put_back(settings)


def test_a_database_file_that_is_a_link_is_served_and_put_back_as_what_it_leads_to(
    tmp_path: Path,
) -> None:
    """By its own name nobody serves it besides, and no copy is put back under its server."""
    with run_server(tmp_path / "server") as server:
        copy, link = tmp_path / "copy", server.folder / "gatekeeper.db"
        server.done("backup", copy)
        server.stop()
        real = tmp_path / "disk" / "kept.db"
        real.parent.mkdir()
        link.rename(real)
        link.symlink_to(real)
        server.start()
        for words in (("restore", copy), ("serve", "--port", "0")):
            for name in (link, real):
                refused = server.run(*words, "--database", f"sqlite:///{name}")
                assert refused.returncode == 3, refused.stdout
                assert f"{real} is " in refused.stderr
                assert " served" in refused.stderr
        server.stop()
        assert server.done("restore", copy)["epoch"] == 2
        assert link.readlink() == real
        server.start()
        assert is_live(server.url)


def test_a_database_file_that_leads_in_a_circle_is_named(tmp_path: Path) -> None:
    """Nothing is made beside it."""
    link = tmp_path / "circle.db"
    link.symlink_to(link)
    refused = run(tmp_path / "data", "migrate", database=f"sqlite:///{link}")
    assert refused.returncode == 2, refused.stderr
    assert f"{link} is a link to itself" in refused.stderr
    assert "Traceback" not in refused.stderr
