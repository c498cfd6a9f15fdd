"""Backups are sealed: without the recovery key or the passphrase nobody reads or alters one."""

from __future__ import annotations

import errno
import hashlib
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from command_line.ending_signals import EndingSignals
from command_line.file_lock import FileLock, held
from server.commands import backup
from server.commands.backup import _draft_of, run_postgres_tool
from server.copies import disk_space_for_backups
from server.copies.backup_sealing import MAGIC, seal_by_passphrase
from shared.kernel.errors import StoreFault
from tests.factories import programs
from tests.factories.migrated_files import begins_with_copies, copying_unless_whole
from tests.factories.postgres import PostgresDatabase
from tests.factories.quick import hashed_at_their_cost
from tests.factories.waiting import until
from tests.fakes.entropy import SeededEntropy
from tests.integration.server.commands.test_commands import (
    copy_plainly,
    done,
    environment,
    epoch_of,
    run,
)
from tests.integration.server.http.test_faults import no_file_grows

__all__ = ["begins_with_copies"]
WORD, ADDRESS = "seven lamps over the gate", "root@example.org"
ADMIN = ("create-admin", "--name", "Root", "--email", ADDRESS)


def has_account(folder: Path, database: str | None = None) -> bool:
    """Tell whether the account of before is in the database; it is afterwards."""
    made = run(folder, *ADMIN, feed=WORD + "\n", database=database)
    assert made.returncode in {0, 1}, made.stderr
    return made.returncode == 1


@pytest.fixture(scope="module")
def kept_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a data folder with an account, to be copied."""
    kept = tmp_path_factory.mktemp("kept") / "data"
    with copying_unless_whole():
        done(kept, *ADMIN, feed=WORD + "\n")
    return kept


@pytest.fixture
def folder(kept_folder: Path, tmp_path: Path) -> Path:
    """Give a data folder with an account."""
    return shutil.copytree(kept_folder, tmp_path / "data")


def key_of(folder: Path) -> Path:
    return folder / "secrets" / "backup.key"


def begin_backup(folder: Path, target: Path) -> subprocess.Popen[bytes]:
    return programs.start(
        [programs.SERVER, "backup", target],
        environment=environment(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


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


def test_a_copy_whose_keys_the_folder_cannot_open_is_put_back_with_a_word(
    folder: Path, tmp_path: Path
) -> None:
    """Who restores on a new machine hears then what is still missing, not when doors are open."""
    copy, phrase, other = tmp_path / "copy", tmp_path / "phrase", tmp_path / "other"
    phrase.write_text(WORD)
    size = ("--tickets", "1", "--gates", "1", "--devices", "1")
    done(folder, "seed", *size, "--export", str(tmp_path / "seed.json"))
    done(folder, "backup", str(copy), "--passphrase", feed=WORD + "\n")
    words = ("restore", str(copy), "--passphrase-file", str(phrase))
    ended = run(other, *words)
    assert ended.returncode == 0
    assert "restore secrets/signing_keys.key" in ended.stderr
    assert "serve does not start" in ended.stderr
    secret = other / "secrets" / "signing_keys.key"
    assert not secret.exists()
    shutil.copy(folder / "secrets" / secret.name, secret)
    assert not run(other, *words).stderr


def test_each_guess_at_a_passphrase_costs_what_the_format_says(entropy: SeededEntropy) -> None:
    """128 MiB by RFC 7914; another program of that standard comes to the same key."""
    with hashed_at_their_cost():
        seal = seal_by_passphrase(WORD, entropy)
    assert seal.head.cost == 1 << 17
    terms = {"n": 1 << 17, "r": 8, "p": 1, "maxmem": 1 << 28, "dklen": 32}
    assert seal.key == hashlib.scrypt(WORD.encode(), salt=seal.head.salt, **terms)


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
    """A plain file of SQLite's, as earlier versions wrote it, by whoever says that it is plain."""
    copy = tmp_path / "copy"
    copy_plainly(folder, copy)
    done(tmp_path / "new", "restore", str(copy), "--unsealed")
    assert has_account(tmp_path / "new")


def test_whoever_writes_where_copies_lie_puts_no_database_of_their_own_back(
    folder: Path, tmp_path: Path
) -> None:
    """Theirs in the sealed copy's place needs no key, and is not taken without a word."""
    copy, theirs = tmp_path / "copy", tmp_path / "theirs"
    done(folder, "backup", str(copy))
    account = ("create-admin", "--name", "Mallory", "--email", "mallory@example.org")
    done(theirs, *account, feed=WORD + "\n")
    copy.unlink()
    copy_plainly(theirs, copy)
    for words in ((), ("--recovery-key", str(key_of(folder))), ("--yes",)):
        refused = run(folder, "restore", str(copy), *words)
        assert refused.returncode == 2, words
        assert f"{copy} is not encrypted" in refused.stderr
        assert "--unsealed" in refused.stderr
    assert epoch_of(folder) == (1, True)
    done(folder, "backup", str(tmp_path / "again"))
    assert done(folder, "restore", str(tmp_path / "again"), "--unsealed")["epoch"] == 2


@pytest.mark.parametrize(
    "altered",
    [
        "CREATE TRIGGER t BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'no'); END",
        "CREATE TRIGGER t AFTER INSERT ON audit_line BEGIN SELECT nothing_here(1); END",
        "ALTER TABLE ledger RENAME TO l; CREATE VIEW ledger AS SELECT * FROM l",
        "UPDATE ledger SET epoch = 'one'",
        "UPDATE ledger SET epoch = 9223372036854775807",
        "DELETE FROM alembic_version",
        "DROP TABLE organization",
        "DROP TABLE device",
    ],
)
def test_a_file_that_nobody_sealed_and_that_cannot_be_used_is_named_and_replaces_nothing(
    folder: Path, tmp_path: Path, altered: str
) -> None:
    """It is no fault of the program: somebody has written there what `backup` never writes."""
    copy = tmp_path / "copy"
    copy_plainly(folder, copy)
    with closing(sqlite3.connect(copy)) as theirs:
        theirs.executescript(altered)
    refused = run(folder, "restore", str(copy), "--unsealed", "--yes")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"{copy} cannot be restored" in refused.stderr
    assert "nothing was changed" in refused.stderr
    assert epoch_of(folder) == (1, True)


def test_what_a_killed_backup_left_goes_with_the_next(folder: Path, tmp_path: Path) -> None:
    """Its plain copy lies where the database lies, for the owner only, and not for ever."""
    left = folder / "gatekeeper.db.backup"
    left.mkdir(mode=0o700)
    (left / "gatekeeper.db").write_bytes(b"half")
    done(folder, "backup", str(tmp_path / "copy"))
    assert not left.exists()


def test_two_backups_do_not_write_one_file(folder: Path, tmp_path: Path) -> None:
    """The second would take the first's place halfway; it leaves what the first has written."""
    target, part = tmp_path / "copy", tmp_path / "copy.part"
    part.write_bytes(b"half of the first")
    with held(FileLock(part)):
        refused = run(folder, "backup", str(target))
    assert refused.returncode == 2
    assert f"another backup is writing {target}" in refused.stderr
    assert part.read_bytes() == b"half of the first"
    assert not target.exists()

    begun = [begin_backup(folder, target) for _ in range(4)]
    assert sorted(one.wait(60) for one in begun) == [0, 2, 2, 2]
    assert not part.exists()
    assert done(tmp_path / "new", "restore", str(target), "--recovery-key", str(key_of(folder)))


def test_a_backup_begins_only_where_it_has_room(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server on a disk that it fills would grant no claim: it says what it needs, and where."""
    copy, before = tmp_path / "copy", files_in(folder)
    monkeypatch.setattr(disk_space_for_backups, "RESERVE", 1 << 60)
    refused = run(folder, "backup", str(copy))
    assert refused.returncode == 3
    assert f"not enough space for a backup on the disk of {folder}" in refused.stderr
    assert "Free some space there" in refused.stderr
    assert files_in(folder) - before <= {"gatekeeper.db.backup-lock", "backup.key"}
    assert not list(tmp_path.glob("copy*"))


def test_a_backup_has_room_for_both_copies_where_both_lie_on_one_disk(
    folder: Path, tmp_path: Path
) -> None:
    """The plain one, until it is sealed, and the sealed one; and what a server beside it needs."""
    database = folder / "gatekeeper.db"
    size = database.stat().st_size
    enough = 2 * size + disk_space_for_backups.RESERVE
    disk_space_for_backups.check_space_for_backup(database, tmp_path / "copy", lambda _: enough)
    for free, place in ((enough - size // 2, tmp_path), (size, folder)):
        have = dict.fromkeys((folder, tmp_path), free)
        with pytest.raises(StoreFault, match="not enough space") as refused:
            disk_space_for_backups.check_space_for_backup(
                database, tmp_path / "copy", have.__getitem__
            )
        assert f"the disk of {place}:" in str(refused.value)


def test_a_backup_of_postgresql_begins_only_where_it_has_room(
    tmp_path: Path, served_postgres: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For as much as its tables take, which is more than its copy does; the rest stays free."""
    url, data = served_postgres.url, tmp_path / "data"
    copy = tmp_path / "copies" / "copy"
    copy.parent.mkdir()
    done(data, "init", database=url)
    made = done(data, "backup", str(copy.with_name("whole")), database=url)
    most = 64 << 20
    assert made["size"] < most
    have = [most + disk_space_for_backups.RESERVE]
    disk_space_for_backups.check_space_for_dump(most, copy, lambda _: have[0])
    have[0] -= 1
    with pytest.raises(StoreFault, match="it needs up to 83"):
        disk_space_for_backups.check_space_for_dump(most, copy, lambda _: have[0])
    monkeypatch.setattr(disk_space_for_backups, "RESERVE", 1 << 60)
    refused = run(data, "backup", str(copy), database=url)
    assert (refused.returncode, refused.stdout) == (3, "")
    assert f"not enough space for a backup on the disk of {copy.parent}" in refused.stderr
    assert "choose a file on another disk; nothing was written" in refused.stderr
    assert [one.name for one in copy.parent.iterdir()] == ["whole"]


def test_the_room_for_a_backup_of_postgresql_follows_what_its_tables_take(
    tmp_path: Path, served_postgres: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And never less than the copy comes to, of what cannot be packed either."""
    url, asked = served_postgres.url, list[int]()
    done(tmp_path, "init", database=url)
    check = disk_space_for_backups.check_space_for_dump

    def note(size: int, target: Path) -> None:
        asked.append(size)
        check(size, target)

    monkeypatch.setattr(backup, "check_space_for_dump", note)
    noise = "decode(string_agg(md5(random()::text), ''), 'hex')"
    fill = f"SELECT row_number() OVER () AS id, {noise} AS body FROM generate_series(1, 200000) n"
    beside = f"CREATE SCHEMA beside; CREATE TABLE beside.noise AS {fill} GROUP BY n / 20"
    for create in ("", beside, f"CREATE TABLE noise AS {fill} GROUP BY n / 20"):
        if create:
            run_postgres_tool("psql", [f"--command={create}"], url)
        made = done(tmp_path, "backup", str(tmp_path / f"copy{len(asked)}"), database=url)
        assert asked[-1] > made["size"]
    assert asked[1] - asked[0] < 1_000_000, "what lies beside our tables is in no copy"
    assert asked[2] - asked[1] > 3_000_000


def test_a_backup_that_the_disk_cuts_off_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    """Neither beside the database nor where it goes, nor half a key; the database is as it was."""
    copy, before = tmp_path / "copy", files_in(folder)
    shutil.copytree(folder, tmp_path / "other")
    whole = done(tmp_path / "other", "backup", str(tmp_path / "whole"))["size"]
    # The last one lets the plain copy be whole, and the sealed one is larger.
    for beyond in (0, 100_000, whole - 1):
        with no_file_grows(beyond):
            cut = run(folder, "backup", str(copy))
        assert cut.returncode == 3
        assert "Traceback" not in cut.stderr
        assert files_in(folder) - before <= {"gatekeeper.db.backup-lock", "backup.key"}
        assert not list(tmp_path.glob("copy*"))
    done(folder, "backup", str(copy))


def test_a_full_disk_is_said_with_what_to_do(tmp_path: Path) -> None:
    """Whichever of the two met it; what is another fault keeps its own words."""
    full = OSError(errno.ENOSPC, "No space left on device")
    assert "free some space there" in disk_space_for_backups.words_of_fault(full, tmp_path)
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("PRAGMA max_page_count=1")
        with pytest.raises(sqlite3.Error) as met:
            database.execute("CREATE TABLE a AS SELECT randomblob(9999)")
    assert "free some space there" in disk_space_for_backups.words_of_fault(met.value, tmp_path)
    denied = PermissionError(errno.EACCES, "Permission denied")
    assert disk_space_for_backups.words_of_fault(denied, tmp_path) == "Permission denied"


def files_in(folder: Path) -> set[str]:
    """Name all files, those of SQLite's own aside."""
    return {file.name for file in folder.rglob("*") if not file.name.endswith(("-wal", "-shm"))}


def test_postgresql_s_copy_is_sealed_and_its_plain_ones_are_put_back(
    tmp_path: Path, served_postgres: PostgresDatabase
) -> None:
    """The dump goes through the seal as it comes; a plain one is taken by a word of its own."""
    folder, copy, plain = tmp_path / "data", tmp_path / "copy", tmp_path / "plain"
    url = served_postgres.url
    done(folder, *ADMIN, feed=WORD + "\n", database=url)
    run_postgres_tool(
        "pg_dump", ["--format=custom", "--enable-row-security", f"--file={plain}"], url
    )
    done(folder, "backup", str(copy), database=url)
    assert copy.read_bytes().startswith(MAGIC)
    cut = tmp_path / "cut"
    cut.write_bytes(copy.read_bytes()[:-1])
    for bad in (cut, plain):
        assert run(folder, "restore", str(bad), database=url).returncode == 2
    for words in ((copy,), (plain, "--unsealed")):
        assert done(folder, "restore", *map(str, words), database=url)["ledger_open"] is True
        assert has_account(folder, url)
    assert not list(folder.glob("*.part"))


def test_a_backup_that_is_told_to_end_leaves_nothing_plain(folder: Path, tmp_path: Path) -> None:
    """A service manager's SIGTERM left a whole copy that nothing seals until the next backup."""
    copy, part = tmp_path / "copy", tmp_path / "copy.part"
    lock = FileLock(folder / "gatekeeper.db.backup-lock")
    with held(lock):
        begun = begin_backup(folder, copy)
        until(part.exists)
        begun.send_signal(signal.SIGTERM)
        assert begun.wait(60) == 128 + signal.SIGTERM
    lock.close()
    assert not part.exists()
    assert not copy.exists()
    assert not (folder / "gatekeeper.db.backup").exists()


def test_a_backup_that_is_told_to_end_as_it_begins_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the file and whoever takes it away a signal left it there, empty."""
    ending, acquire = EndingSignals(), FileLock.try_acquire

    def told_to_end(lock: FileLock) -> bool:
        ending._take(signal.SIGTERM, None)
        return acquire(lock)

    monkeypatch.setattr(FileLock, "try_acquire", told_to_end)
    with pytest.raises(SystemExit) as ended, _draft_of(tmp_path / "copy", ending):
        pytest.fail("it was told to end")
    assert ended.value.code == 128 + signal.SIGTERM
    assert not list(tmp_path.iterdir())
