"""What lies in clear beside a SQLite file while it is copied, and afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line.file_lock import held
from server.db.database_connections import Database
from server.db.plain_copies import OF_BACKUP, OF_SERVER, PlainCopy, forget_plain_copies

COPIES = pytest.mark.parametrize("copy", [OF_BACKUP, OF_SERVER])


def _begin(copy: PlainCopy, file: Path) -> Path:
    folder = copy.folder_beside(file)
    folder.mkdir()
    (folder / file.name).write_bytes(b"Zebulon Quux")
    return folder


@COPIES
def test_copy_that_is_being_made_is_left_to_its_program(copy: PlainCopy, tmp_path: Path) -> None:
    """A server that starts beside a backup takes nothing away from it; a killed one's goes."""
    file = tmp_path / "the [ledger].db"
    folder = _begin(copy, file)
    with held(copy.lock_beside(file)):
        forget_plain_copies(file)
        assert (folder / file.name).exists()
    forget_plain_copies(file)
    assert not folder.exists()


@COPIES
async def test_nobody_who_was_erased_stands_in_what_a_killed_copy_left(
    copy: PlainCopy, tmp_path: Path
) -> None:
    """Emptying the log after an erasure takes it away too: nobody erases in it."""
    file = tmp_path / "the [ledger].db"
    folder = _begin(copy, file)
    database = Database(f"sqlite:///{file}", pool_size=1)
    try:
        assert await database.empty_log()
    finally:
        await database.close()
    assert not folder.exists()
