"""PostgreSQL lets many in: a copy is put back only where nobody serves from the database.

On SQLite a file beside the database says so (`test_commands.py`).
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from server.db.serving_mark import check_not_put_back, served_by_nobody
from shared.kernel.errors import StoreFault
from tests.factories.office import test_settings
from tests.factories.postgres import PostgresDatabase
from tests.factories.running_server import run_server
from tests.integration.server.test_commands import done, run

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def test_a_copy_is_not_put_back_under_servers_that_serve(
    tmp_path: Path, postgres_database: PostgresDatabase
) -> None:
    """They would grant what the copy has forgotten, and answer no claim after it."""
    copy, url = tmp_path / "copy", postgres_database.url
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


async def test_no_server_begins_while_a_copy_is_put_back(
    tmp_path: Path, postgres_database: PostgresDatabase
) -> None:
    """Its preparation says why; a second `restore` does as well."""
    url, copy = postgres_database.url, str(tmp_path / "copy")
    await asyncio.to_thread(done, tmp_path, "init", database=url)
    await asyncio.to_thread(done, tmp_path, "backup", copy, database=url)
    async with served_by_nobody(url):
        for words in (("migrate",), ("restore", copy)):
            refused = await asyncio.to_thread(run, tmp_path, *words, database=url)
            assert refused.returncode == 3
            assert "is being put back" in refused.stderr
        serving = await asyncio.to_thread(run, tmp_path, "serve", "--port", "0", database=url)
        assert (serving.returncode, serving.stdout) == (3, "")
    again = await asyncio.to_thread(done, tmp_path, "restore", copy, database=url)
    assert again["epoch"] == 2


async def test_a_worker_that_is_replaced_meanwhile_does_not_begin(
    postgres_database: PostgresDatabase, tmp_path: Path
) -> None:
    """What it would serve from is neither the old database nor the copy yet."""
    settings = test_settings(postgres_database.url, tmp_path)
    async with served_by_nobody(settings.database):
        with pytest.raises(StoreFault, match="is being put back"):
            await check_not_put_back(settings)
    await check_not_put_back(settings)
