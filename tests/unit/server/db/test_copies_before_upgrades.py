"""What an upgrade leaves beside a SQLite file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from server.db.copies_before_upgrades import copy_before_upgrade, forget_copies
from server.db.database_connections import Database


def _file_of(folder: Path, word: str) -> Path:
    file = folder / "the [ledger].db"
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("CREATE TABLE IF NOT EXISTS said (word TEXT)")
        opened.execute("INSERT INTO said VALUES (?)", (word,))
        opened.commit()
    return file


def _words_in(copy: Path) -> list[str]:
    with closing(sqlite3.connect(copy)) as opened:
        return [word for (word,) in opened.execute("SELECT word FROM said")]


def _files_that_name(folder: Path, word: bytes) -> list[str]:
    return [one.name for one in folder.iterdir() if word in one.read_bytes()]


def test_there_is_one_copy_and_it_is_of_before_the_newest_upgrade(tmp_path: Path) -> None:
    """An upgrade that died half-way begins its copy anew; older ones go behind the new one."""
    copy_before_upgrade(_file_of(tmp_path, "first"), "0001")
    file = _file_of(tmp_path, "second")
    (tmp_path / f"{file.name}.before-0002").write_bytes(b"half of one")
    copy_before_upgrade(file, "0002")
    (copy,) = tmp_path.glob("*.before-*")
    assert copy.name.endswith("-0002")
    assert _words_in(copy) == ["first", "second"]


def test_forgetting_copies_leaves_every_other_file(tmp_path: Path) -> None:
    """Of a name with wildcards in it, too."""
    file = _file_of(tmp_path, "first")
    other = tmp_path / "the l.db.before-0001"
    other.write_bytes(b"of another database")
    copy_before_upgrade(file, "0001")
    forget_copies(file)
    assert sorted(tmp_path.iterdir()) == sorted([file, other])


async def test_nobody_who_was_erased_stands_in_what_an_upgrade_left(tmp_path: Path) -> None:
    """Emptying the log after an erasure takes the copy of before away too: nobody erases in it."""
    file = _file_of(tmp_path, "Klara")
    copy_before_upgrade(file, "0001")
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA secure_delete=ON")
        opened.execute("DELETE FROM said")
        opened.commit()
    database = Database(f"sqlite:///{file}", pool_size=1)
    try:
        assert await database.empty_log()
    finally:
        await database.close()
    assert _files_that_name(tmp_path, b"Klara") == []
