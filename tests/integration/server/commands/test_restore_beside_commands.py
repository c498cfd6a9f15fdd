"""A copy is put back while no command is at work, and none begins before that has ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from server.db.restore_locks import served_by_nobody
from server.settings import Settings
from server.start_up.command_locks import alone, at_work
from tests.factories.office import test_settings
from tests.factories.postgres import PostgresDatabase
from tests.factories.strength import sized
from tests.integration.server.commands.test_commands import done, run

pytestmark = pytest.mark.slow

WORD = "correct horse battery staple"
ADMIN = ("create-admin", "--email", "ada@example.org", "--name", "Ada")
WRITING: list[tuple[str, ...]] = [
    ("init",),
    ("migrate",),
    ADMIN,
    ("reset-password", "--email", "ada@example.org"),
    ("keys", "list"),
    ("supervisors", "pins", "--yes"),
    ("epoch", "open", "--yes", "--reason", "test"),
    ("seed", "--tickets", "1", "--gates", "1", "--devices", "0", "--export", "{folder}/seeded"),
]
ON_POSTGRES = sized(WRITING[1:3], WRITING)
"""All of them ask in one place; how long each waits there costs on PostgreSQL."""


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str | None:
    """Give the address of a database in which nobody has begun; None for the folder's own file."""
    if request.param == "sqlite":
        return None
    found: PostgresDatabase = request.getfixturevalue("served_postgres")
    return found.url


def settings_of(folder: Path, database: str | None) -> Settings:
    """Return the settings by which a command finds its database."""
    return test_settings(database or f"sqlite:///{folder / 'gatekeeper.db'}", folder)


@asynccontextmanager
async def putting_back(settings: Settings) -> AsyncIterator[None]:
    """Be a `restore` that is under way."""
    if settings.sqlite_file is None:
        async with served_by_nobody(settings.database):
            yield
    else:
        with alone(settings.sqlite_file):
            yield


async def test_no_command_writes_while_a_copy_is_put_back(
    tmp_path: Path, database: str | None
) -> None:
    """What it wrote would be gone with the database that the copy replaces."""
    settings = settings_of(tmp_path, database)
    await asyncio.to_thread(done, tmp_path, *ADMIN, feed=WORD + "\n", database=database)
    for named in WRITING if database is None else ON_POSTGRES:
        words = [word.format(folder=tmp_path) for word in named]
        async with putting_back(settings):
            feed = WORD + "\n"
            refused = await asyncio.to_thread(run, tmp_path, *words, feed=feed, database=database)
        assert (refused.returncode, refused.stdout) == (3, ""), words
        assert "is being restored; wait until `restore` has finished" in refused.stderr
        assert "Traceback" not in refused.stderr


async def test_no_copy_is_put_back_while_a_command_is_at_work(
    tmp_path: Path, database: str | None
) -> None:
    """Commands work beside each other; whoever is last lets the copy in."""
    settings, copy = settings_of(tmp_path, database), str(tmp_path / "copy")
    await asyncio.to_thread(done, tmp_path, "init", database=database)
    await asyncio.to_thread(done, tmp_path, "backup", copy, database=database)
    async with at_work(settings):
        await asyncio.to_thread(done, tmp_path, *ADMIN, feed=WORD + "\n", database=database)
        refused = await asyncio.to_thread(run, tmp_path, "restore", copy, database=database)
        assert (refused.returncode, refused.stdout) == (3, "")
        assert "another gatekeeper-server command is using" in refused.stderr
        shown = await asyncio.to_thread(done, tmp_path, "epoch", "show", database=database)
        assert shown["epoch"] == 1
    put_back = await asyncio.to_thread(done, tmp_path, "restore", copy, database=database)
    assert put_back["epoch"] == 2
