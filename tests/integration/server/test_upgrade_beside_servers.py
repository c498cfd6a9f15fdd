"""Nothing upgrades a database under a server of an earlier version."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from server.db.revision import head_revision, known_revisions
from tests.factories.postgres import PostgresDatabase
from tests.factories.running_server import RunningServer, run_server, running_server

__all__ = ["running_server"]

pytestmark = pytest.mark.integration

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
    tmp_path: Path, postgres_database: PostgresDatabase
) -> None:
    """The host that is of an earlier version still is to be stopped before, and is named."""
    with (
        run_server(tmp_path / "server", postgres_database.url, workers=2) as server,
        of_an_earlier_version(server),
    ):
        refused = server.run("serve", "--port", "0")
        assert refused.returncode == 3
        assert "is being served by 2 workers" in refused.stderr
        assert "a server of an earlier version" in refused.stderr
        assert "Traceback" not in refused.stderr
