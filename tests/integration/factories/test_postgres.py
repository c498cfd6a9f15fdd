"""The PostgreSQL that the tests start keeps its promises; the other suites build on them."""

from __future__ import annotations

import asyncpg
import pytest

from tests.factories.postgres import (
    PostgresCluster,
    PostgresDatabase,
    PostgresFault,
    find_binaries,
)


async def test_owner_makes_tables_and_app_reads_them_when_the_database_is_fresh(
    postgres_database: PostgresDatabase,
) -> None:
    """Tables that the owner makes later are open to the app's role without a further grant."""
    owner = await asyncpg.connect(postgres_database.url)
    await owner.execute("CREATE TABLE ticket (id integer PRIMARY KEY)")
    await owner.execute("INSERT INTO ticket VALUES (7)")
    await owner.close()
    app = await asyncpg.connect(postgres_database.app_url)
    assert await app.fetchval("SELECT id FROM ticket") == 7
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("CREATE TABLE other (id integer)")
    await app.close()


async def test_row_level_security_binds_the_owner_when_it_is_forced(
    postgres_database_url: str,
) -> None:
    """Neither role is a superuser, so a policy hides rows even from the tables' owner."""
    owner = await asyncpg.connect(postgres_database_url)
    await owner.execute(
        "CREATE TABLE ticket (tenant text);"
        "INSERT INTO ticket VALUES ('ours'), ('theirs');"
        "ALTER TABLE ticket ENABLE ROW LEVEL SECURITY;"
        "ALTER TABLE ticket FORCE ROW LEVEL SECURITY;"
        "CREATE POLICY tenant ON ticket USING (tenant = 'ours');"
    )
    assert [row["tenant"] for row in await owner.fetch("SELECT tenant FROM ticket")] == ["ours"]
    await owner.close()


async def test_copy_has_the_rows_of_its_template(postgres_cluster: PostgresCluster) -> None:
    """A suite may migrate one database and give each test a copy."""
    template = postgres_cluster.create_database()
    owner = await asyncpg.connect(template.url)
    await owner.execute("CREATE TABLE venue (name text); INSERT INTO venue VALUES ('hall')")
    await owner.close()
    copy = postgres_cluster.create_database(template.name)
    reader = await asyncpg.connect(copy.app_url)
    assert await reader.fetchval("SELECT name FROM venue") == "hall"
    await reader.close()
    for database in (copy, template):
        postgres_cluster.drop_database(database.name)


def test_missing_postgresql_names_the_command_that_installs_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Without PostgreSQL a test fails with what to type, instead of being left out."""
    with pytest.raises(PostgresFault, match="sudo apt-get install -y postgresql"):
        find_binaries(tmp_path_factory.mktemp("empty"))
