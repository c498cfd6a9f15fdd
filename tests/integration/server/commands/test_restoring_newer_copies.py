"""A copy that a newer program has made: one that cannot serve it replaces nothing by it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from server.commands.backup import run_postgres_tool
from server.db.revision import head_revision
from tests.factories.postgres import PostgresCluster, PostgresDatabase
from tests.integration.server.commands.test_commands import done, run

SAID = "the backup is from a newer version than this program"
RAISED = "UPDATE alembic_version SET version_num = '{}'"


def test_a_newer_programs_copy_replaces_no_file(tmp_path: Path) -> None:
    """It is told of the copy, and not of the database."""
    folder, copy = tmp_path / "data", tmp_path / "copy"
    done(folder, "init")
    shutil.copyfile(folder / "gatekeeper.db", copy)
    with closing(sqlite3.connect(copy)) as opened:
        opened.execute(RAISED.format(9999))
        opened.commit()
    refused = run(folder, "restore", str(copy), "--yes", "--unsealed")
    assert (refused.returncode, SAID in refused.stderr) == (2, True), refused.stderr
    assert done(folder, "epoch", "show")["epoch"] == 1


def test_a_newer_programs_copy_replaces_no_tables(
    tmp_path: Path, served_postgres: PostgresDatabase, postgres_cluster: PostgresCluster
) -> None:
    """What stood there was gone for a copy that this program cannot serve."""
    folder, copy = tmp_path / "data", tmp_path / "copy"
    url, name = served_postgres.url, served_postgres.name
    done(folder, "init", database=url)
    postgres_cluster.run_sql(RAISED.format(9999), name)
    options = ["--format=custom", "--enable-row-security", f"--file={copy}"]
    run_postgres_tool("pg_dump", options, url)
    postgres_cluster.run_sql(RAISED.format(head_revision()), name)
    refused = run(folder, "restore", str(copy), "--yes", "--unsealed", database=url)
    assert (refused.returncode, SAID in refused.stderr) == (2, True), refused.stderr
    assert "postgresql-client" not in refused.stderr, "those are not what is old"
    assert done(folder, "epoch", "show", database=url)["epoch"] == 1


def test_a_newer_programs_copy_is_taken_over_by_no_older_one(tmp_path: Path) -> None:
    """It is told of the copy; the one before it, of before the upgrade, is no way around."""
    folder, stick, new = tmp_path / "data", tmp_path / "stick", tmp_path / "new"
    stick.mkdir()
    done(folder, "init")
    code = done(folder, "copy", "code")["code"]
    done(folder, "copy", "to", str(stick))
    done(folder, "copy", "now")
    with closing(sqlite3.connect(folder / "gatekeeper.db")) as opened:
        opened.execute(RAISED.format(9999))
        opened.commit()
    done(folder, "copy", "now")
    refused = run(new, "take-over", str(stick), feed=f"{code}\n")
    assert (refused.returncode, SAID in refused.stderr) == (2, True), refused.stderr
    assert not list(tmp_path.glob("new*"))
