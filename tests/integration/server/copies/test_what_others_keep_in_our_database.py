"""What a database's administrator has put beside our tables keeps no copy from being put back."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.commands.backup import run_postgres_tool
from tests.factories.postgres import PostgresCluster, PostgresDatabase
from tests.integration.server.commands.test_commands import done

_BESIDE = "CREATE SCHEMA beside; CREATE TABLE beside.theirs (i int)"
_READER = "CREATE ROLE reader_of_tests; GRANT SELECT ON event TO reader_of_tests"
_NO_READER = "DROP OWNED BY reader_of_tests; DROP ROLE reader_of_tests"


@pytest.mark.parametrize(
    ("given", "gone"),
    [
        ("CREATE EXTENSION pg_stat_statements", ""),
        ("CREATE PUBLICATION all_of_it FOR ALL TABLES", ""),
        (_BESIDE, ""),
        ("CREATE VIEW sold AS SELECT id FROM ticket_order", ""),
        (_READER, _NO_READER),
    ],
)
def test_a_copy_is_made_and_put_back(
    tmp_path: Path,
    served_postgres: PostgresDatabase,
    postgres_cluster: PostgresCluster,
    given: str,
    gone: str,
) -> None:
    """`backup` took what only a superuser may put back, and `restore` could not: all was lost."""
    folder, copy, url = tmp_path / "data", tmp_path / "copy", served_postgres.url
    done(folder, "init", database=url)
    postgres_cluster.run_sql(given, served_postgres.name)
    done(folder, "backup", str(copy), database=url)
    postgres_cluster.run_sql(gone, served_postgres.name)
    assert done(folder, "restore", str(copy), database=url)["epoch"] == 2


def test_a_dump_of_the_whole_database_is_put_back(
    tmp_path: Path, served_postgres: PostgresDatabase, postgres_cluster: PostgresCluster
) -> None:
    """As copies of earlier versions are, too: what is not ours in it stays out."""
    folder, copy, url = tmp_path / "data", tmp_path / "copy", served_postgres.url
    done(folder, "init", database=url)
    beside = "CREATE EXTENSION pg_stat_statements; CREATE PUBLICATION all_of_it FOR ALL TABLES"
    postgres_cluster.run_sql(beside, served_postgres.name)
    options = ["--format=custom", "--enable-row-security", f"--file={copy}"]
    run_postgres_tool("pg_dump", options, url)
    assert done(folder, "restore", str(copy), "--unsealed", database=url)["epoch"] == 2
    left = "SELECT count(*) FROM pg_extension WHERE extname = 'pg_stat_statements'"
    assert postgres_cluster.run_sql(left, served_postgres.name).strip() == "1"
