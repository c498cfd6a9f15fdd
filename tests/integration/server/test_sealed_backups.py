"""Backups are sealed: without the recovery key or the passphrase nobody reads or alters one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from server.commands.backup import run_postgres_tool
from server.commands.backup_sealing import MAGIC
from tests.factories.migrated_files import begins_with_copies
from tests.factories.postgres import PostgresDatabase
from tests.integration.server.test_commands import copy_plainly, done, epoch_of, run

__all__ = ["begins_with_copies"]
pytestmark = pytest.mark.integration

WORD, ADDRESS = "seven lamps over the gate", "root@example.org"
ADMIN = ("create-admin", "--name", "Root", "--email", ADDRESS)


def has_account(folder: Path, database: str | None = None) -> bool:
    """Tell whether the account of before is in the database; it is afterwards."""
    made = run(folder, *ADMIN, feed=WORD + "\n", database=database)
    assert made.returncode in {0, 1}, made.stderr
    return made.returncode == 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a data folder with an account."""
    done(tmp_path / "data", *ADMIN, feed=WORD + "\n")
    return tmp_path / "data"


def test_thief_of_a_backup_reads_nothing_of_it(folder: Path, tmp_path: Path) -> None:
    """Neither rows nor the form of a database; and nothing plain is left beside the database."""
    copy = tmp_path / "copy"
    made = done(folder, "backup", str(copy))
    assert made["sealed_by"] == str(folder / "secrets" / "backup.key")
    stored = copy.read_bytes()
    assert stored.startswith(MAGIC)
    for known in (ADDRESS.encode(), b"SQLite format 3", b"CREATE TABLE", b"argon2"):
        assert known not in stored
    assert not (folder / "gatekeeper.db.backup").exists()
    for path in (folder / "secrets", *(folder / "secrets").iterdir()):
        assert path.stat().st_mode & 0o077 == 0, path
    assert run(tmp_path / "elsewhere", "restore", str(copy)).returncode == 2, "no key there"


def test_machine_that_holds_only_the_kept_key_puts_the_copy_back(
    folder: Path, tmp_path: Path
) -> None:
    """The old machine burnt, and the key lay elsewhere; without it, what is missing is named."""
    copy, kept, new = tmp_path / "copy", tmp_path / "kept.key", tmp_path / "new"
    done(folder, "backup", str(copy))
    shutil.copyfile(folder / "secrets" / "backup.key", kept)
    refused = run(new, "restore", str(copy))
    assert refused.returncode == 2
    assert "--recovery-key" in refused.stderr
    for lost, said in (
        (tmp_path / "nosuch.key", "there is no recovery key at"),
        (tmp_path, "cannot be read: Is a directory"),
        (copy, "is not the recovery key"),
    ):
        refused = run(new, "restore", str(copy), "--recovery-key", str(lost))
        assert refused.returncode == 2
        assert str(lost) in refused.stderr
        assert said in refused.stderr
    assert not (new / "gatekeeper.db").exists()
    done(new, "restore", str(copy), "--recovery-key", str(kept))
    assert has_account(new)


def test_copy_under_a_passphrase_needs_nothing_else(folder: Path, tmp_path: Path) -> None:
    """Asked for, or from a file; another one replaces nothing, and a short one seals nothing."""
    copy, words, new = tmp_path / "copy", tmp_path / "words", tmp_path / "new"
    assert run(folder, "backup", str(copy), "--passphrase", feed="short\n").returncode == 2
    made = done(folder, "backup", str(copy), "--passphrase", feed=WORD + "\n")
    assert made["sealed_by"] == "passphrase"
    done(new, "init")
    wrong = run(new, "restore", str(copy), feed="eight lamps over it\n")
    assert wrong.returncode == 2
    assert "passphrase" in wrong.stderr
    assert epoch_of(new) == (1, True)
    words.write_text(WORD + "\n")
    done(new, "restore", str(copy), "--passphrase-file", str(words))
    assert epoch_of(new) == (2, True)
    assert has_account(new)


def test_altered_or_cut_copy_replaces_nothing(folder: Path, tmp_path: Path) -> None:
    """At its head, in the midst, at its end, or with something behind it."""
    copy, changed = tmp_path / "copy", tmp_path / "changed"
    done(folder, "backup", str(copy))
    whole = copy.read_bytes()
    middle = len(whole) // 2
    for place, content in {
        "version": MAGIC[:-1] + b"\x02" + whole[len(MAGIC) :],
        "length": whole[: len(MAGIC)] + b"\xff" * 4 + whole[len(MAGIC) + 4 :],
        "head": whole[: len(MAGIC) + 6] + b"\xff" + whole[len(MAGIC) + 7 :],
        "stream": whole[:40] + bytes([whole[40] ^ 1]) + whole[41:],
        "midst": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "cut": whole[:-1],
        "cut at its head": whole[:12],
        "longer": whole + b"\0",
    }.items():
        changed.write_bytes(content)
        refused = run(folder, "restore", str(changed))
        assert refused.returncode == 2, (place, refused.stderr)
        assert "Traceback" not in refused.stderr
        assert epoch_of(folder) == (1, True), place
    assert not (folder / "gatekeeper.db.restoring").exists()


def test_copies_of_before_they_were_sealed_are_put_back(folder: Path, tmp_path: Path) -> None:
    """A plain file of SQLite's, as earlier versions wrote it."""
    copy = tmp_path / "copy"
    copy_plainly(folder, copy)
    done(tmp_path / "new", "restore", str(copy))
    assert has_account(tmp_path / "new")


def test_what_a_killed_backup_left_goes_with_the_next(folder: Path, tmp_path: Path) -> None:
    """Its plain copy lies where the database lies, for the owner only, and not for ever."""
    left = folder / "gatekeeper.db.backup"
    left.mkdir(mode=0o700)
    (left / "gatekeeper.db").write_bytes(b"half")
    done(folder, "backup", str(tmp_path / "copy"))
    assert not left.exists()


def test_postgresql_s_copy_is_sealed_and_its_plain_ones_are_put_back(
    tmp_path: Path, postgres_database: PostgresDatabase
) -> None:
    """The dump goes through the seal as it comes; one of an earlier version is taken as it is."""
    folder, copy, plain = tmp_path / "data", tmp_path / "copy", tmp_path / "plain"
    url = postgres_database.url
    done(folder, *ADMIN, feed=WORD + "\n", database=url)
    run_postgres_tool(
        "pg_dump", ["--format=custom", "--enable-row-security", f"--file={plain}"], url
    )
    done(folder, "backup", str(copy), database=url)
    assert copy.read_bytes().startswith(MAGIC)
    cut = tmp_path / "cut"
    cut.write_bytes(copy.read_bytes()[:-1])
    assert run(folder, "restore", str(cut), database=url).returncode == 2
    for source in (copy, plain):
        assert done(folder, "restore", str(source), database=url)["ledger_open"] is True
        assert has_account(folder, url)
    assert not list(folder.glob("*.part"))
