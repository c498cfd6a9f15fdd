"""Commands that change the database, and `restore`: never both at once.

What a command wrote while a copy is put in the database's place would be gone with the database a
moment later, and nobody would hear of it. So each command shares a lock for as long as it works,
beside a running server and beside others; `restore` needs it alone. It is freed with the process
that holds it, however that ends. On SQLite it is a file beside the database, on PostgreSQL a lock
of the database (`server/db/restore_locks.py`).

Nor does a command upgrade the database under a server of an earlier version, which would go on
without what the upgrade asks of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Final

from command_line.file_lock import FileLock
from server.db.revision import SERVED_BY_OLDER, is_older
from server.settings import PRIVATE_FOLDER, Settings
from shared.kernel.errors import StoreFault
from shared.kernel.os_errors import words_of_system

SUFFIX: Final = ".at-work"


@asynccontextmanager
async def at_work(settings: Settings, *, starts_server: bool = False) -> AsyncIterator[None]:
    """Let nobody put a copy in the database's place for as long as the block lasts.

    Args:
        settings: Name the database.
        starts_server: Whether this prepares it for the server that holds the SQLite file.

    Raises:
        StoreFault: if somebody does, if a server serves from what this program would upgrade, or
            if the lock cannot be had; it says what to do.
    """
    file = settings.sqlite_file
    if file is None:
        from server.db.restore_locks import marked_at_work

        async with marked_at_work(settings.database):
            yield
        return
    lock = _lock_beside(file)
    try:
        file.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        is_free = lock.try_share()
    except OSError as error:
        raise StoreFault(f"cannot prepare {file}: {words_of_system(error)}") from error
    try:
        if not is_free:
            raise StoreFault(f"{file} is being restored; wait until `restore` has finished")
        if not starts_server and is_older(_revision_of(file)):
            _check_unserved(file)
        yield
    finally:
        lock.close()


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Let no server serve from a SQLite file, and no command work on it, while the block lasts.

    Raises:
        StoreFault: if one does; it says what to do.
    """
    file.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    serving, work = FileLock(file.with_name(file.name + ".serving")), _lock_beside(file)
    try:
        if not serving.try_acquire():
            raise StoreFault(
                f"{file} is being served; stop the server first (or wait, if another"
                " `restore` is running)"
            )
        if not work.try_acquire():
            raise StoreFault(
                f"another gatekeeper-server command is using {file}: wait until it has"
                " finished, and try again"
            )
        yield
    finally:
        work.close()
        serving.close()


def _check_unserved(file: Path) -> None:
    serving = FileLock(file.with_name(file.name + ".serving"))
    try:
        if not serving.try_share():
            raise StoreFault(f"{file} is being served; stop the server first: {SERVED_BY_OLDER}")
    finally:
        serving.close()


def _revision_of(file: Path) -> str | None:
    """Return what a SQLite file is at; None where it is not there, or says nothing."""
    if not file.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            found = opened.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        return None  # what is wrong with it is said by whoever opens it to work on
    return None if found is None else str(found[0])


def _lock_beside(file: Path) -> FileLock:
    return FileLock(file.with_name(file.name + SUFFIX))
