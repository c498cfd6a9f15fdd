"""A database at rest that a test copies, and puts back later.

On SQLite the file is copied; on PostgreSQL the database is copied as a template, which is what a
snapshot of its disk or a `pg_restore` past our own verb comes to.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.settings import Settings
from tests.factories.ledger_office import LedgerOffice, Template
from tests.factories.office import test_settings
from tests.factories.postgres import PostgresCluster, PostgresDatabase
from tests.factories.upkeep import note_copy


@dataclass
class Place:
    """A database at rest, which can be copied and put back.

    Attributes:
        copy: Keep the state as it is now.
        put_back: Bring that state back, and return the settings that reach it.
    """

    settings: Settings
    office: LedgerOffice
    copy: Callable[[], None]
    put_back: Callable[[], Settings]


@pytest.fixture
def on_sqlite(published_sqlite: Template, tmp_path: Path) -> Place:
    """Give a SQLite file with a published event."""
    file, kept = tmp_path / "gatekeeper.db", tmp_path / "yesterday.db"
    shutil.copytree(published_sqlite.secrets, tmp_path / "secrets")
    shutil.copyfile(published_sqlite.place, file)
    settings = test_settings(f"sqlite:///{file}", tmp_path)
    note_copy(settings.database)

    def put_back() -> Settings:
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(kept, file)
        return settings

    return Place(
        settings, published_sqlite.office, lambda: void(shutil.copyfile(file, kept)), put_back
    )


@pytest.fixture
def on_postgres(
    published_postgres: Template, postgres_cluster: PostgresCluster, tmp_path: Path
) -> Iterator[Place]:
    """Give a PostgreSQL database with a published event."""
    shutil.copytree(published_postgres.secrets, tmp_path / "secrets")
    live = postgres_cluster.create_database(published_postgres.place)
    note_copy(live.url)
    made, kept = [live], [live]

    def make(template: str) -> PostgresDatabase:
        made.append(postgres_cluster.create_database(template))
        return made[-1]

    yield Place(
        test_settings(live.url, tmp_path),
        published_postgres.office,
        lambda: kept.append(make(live.name)),
        lambda: test_settings(make(kept[-1].name).url, tmp_path),
    )
    for database in made:
        postgres_cluster.drop_database(database.name)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> Place:
    """Give a place on each kind of database."""
    found: Place = request.getfixturevalue(f"on_{request.param}")
    return found


def void(_: object) -> None:
    """Forget a result."""
