"""Dumps of PostgreSQL that nobody sealed: what cannot be served is named, and replaces nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.commands.backup import run_postgres_tool
from tests.factories.postgres import PostgresCluster, PostgresDatabase
from tests.integration.server.commands.test_commands import done, run

_FAILING = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no'; END$$;"
_SILENT = (
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql"
    " AS $$BEGIN NEW.epoch := 1; RETURN NEW; END$$;"
)
_TRIGGER = "CREATE TRIGGER t BEFORE UPDATE ON ledger FOR EACH ROW EXECUTE FUNCTION f()"


@pytest.fixture
def folder(tmp_path: Path, served_postgres: PostgresDatabase) -> Path:
    """Give the data folder of a server whose database is there."""
    done(tmp_path / "data", "init", database=served_postgres.url)
    return tmp_path / "data"


def dump_altered(
    cluster: PostgresCluster, database: PostgresDatabase, altered: str, to: Path, form: str
) -> None:
    """Dump what somebody has altered in a database's likeness."""
    theirs = cluster.create_database(template=database.name)
    cluster.run_sql(f"SET ROLE gatekeeper_owner; SET app.org = '*'; {altered}", theirs.name)
    options = [f"--format={form}", "--enable-row-security", f"--file={to}"]
    run_postgres_tool("pg_dump", options, theirs.url)


@pytest.mark.parametrize(
    ("altered", "named"),
    [
        (_FAILING + _TRIGGER, "no"),
        (_SILENT + _TRIGGER, "the trigger t"),
        ("ALTER TABLE ledger RENAME TO l; CREATE VIEW ledger AS SELECT * FROM l", "ledger is no"),
        ("CREATE RULE r AS ON UPDATE TO ledger DO INSTEAD NOTHING", "the rule r"),
        ("UPDATE ledger SET epoch = 9223372036854775807", "out of range"),
        ("DELETE FROM alembic_version", "its version"),
        ("INSERT INTO alembic_version VALUES ('0001')", "its version"),
        ("DROP TABLE device CASCADE", "device"),
        ("ALTER TABLE organization DROP COLUMN slug CASCADE", "slug"),
        ("DROP TABLE ledger", "not a copy of a Gatekeeper database"),
    ],
)
def test_a_dump_that_cannot_be_served_is_named_and_replaces_nothing(
    folder: Path,
    tmp_path: Path,
    served_postgres: PostgresDatabase,
    postgres_cluster: PostgresCluster,
    altered: str,
    named: str,
) -> None:
    """It stood in the database's place before the next start found that it cannot be served."""
    copy = tmp_path / "copy"
    dump_altered(postgres_cluster, served_postgres, altered, copy, "custom")
    refused = run(
        folder, "restore", str(copy), "--unsealed", "--yes", database=served_postgres.url
    )
    assert (refused.returncode, refused.stdout) == (2, ""), refused.stderr
    assert f"{copy} cannot be restored" in refused.stderr
    assert named in refused.stderr
    assert "nothing was changed" in refused.stderr
    assert "psql" not in refused.stderr
    assert done(folder, "epoch", "show", database=served_postgres.url)["epoch"] == 1


@pytest.mark.parametrize("form", ["plain", "tar", "directory"])
def test_a_dump_of_another_form_is_told_which_form_is_taken(
    folder: Path,
    tmp_path: Path,
    served_postgres: PostgresDatabase,
    postgres_cluster: PostgresCluster,
    form: str,
) -> None:
    """Whoever dumps by themselves learns what to write in place of it."""
    copy = tmp_path / "copy"
    dump_altered(postgres_cluster, served_postgres, "", copy, form)
    refused = run(
        folder, "restore", str(copy), "--unsealed", "--yes", database=served_postgres.url
    )
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "pg_dump --format=custom" in refused.stderr


def test_a_dump_runs_no_commands_of_psql(
    folder: Path,
    tmp_path: Path,
    served_postgres: PostgresDatabase,
    postgres_cluster: PostgresCluster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An old `pg_restore` hands on commands of a file's that psql runs on this machine."""
    copy, ran, tool = tmp_path / "copy", tmp_path / "ran", tmp_path / "bin" / "pg_restore"
    dump_altered(postgres_cluster, served_postgres, "", copy, "custom")
    tool.parent.mkdir()
    # As a hostile archive's statements come out of it.
    tool.write_text(
        "#!/bin/sh\n"
        'for word; do case "$word" in --file=*) file="${word#--file=}";; esac; done\n'
        f"echo '\\! touch {ran}' > \"$file\"\n"
    )
    tool.chmod(0o700)
    monkeypatch.setenv("PATH", str(tool.parent), prepend=":")
    words = ("restore", str(copy), "--unsealed", "--yes")
    refused = run(folder, *words, database=served_postgres.url)
    assert (refused.returncode, refused.stdout) == (3, ""), refused.stderr
    assert "postgresql-client" in refused.stderr
    assert not ran.exists()


def test_a_dump_on_which_pg_restore_crashes_is_named(
    folder: Path,
    tmp_path: Path,
    served_postgres: PostgresDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A few wrong bytes do that: it was told as a fault of the program, without a word more."""
    copy, tool = tmp_path / "copy", tmp_path / "bin" / "pg_restore"
    copy.write_bytes(b"PGDMP")
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\nkill -9 $$\n")
    tool.chmod(0o700)
    monkeypatch.setenv("PATH", str(tool.parent), prepend=":")
    words = ("restore", str(copy), "--unsealed", "--yes")
    refused = run(folder, *words, database=served_postgres.url)
    assert (refused.returncode, refused.stdout) == (2, ""), refused.stderr
    assert f"{copy} cannot be restored" in refused.stderr
