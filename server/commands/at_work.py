"""Commands that change the database, and `restore`: never both at once.

What a command wrote while a copy is put in the database's place would be gone with the database a
moment later, and nobody would hear of it. So each command shares a lock for as long as it works,
beside a running server and beside others; `restore` needs it alone. It is freed with the process
that holds it, however that ends. On SQLite it is a file beside the database, on PostgreSQL a lock
of the database (`server/db/restore_locks.py`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from command_line.file_lock import FileLock
from server.settings import PRIVATE_FOLDER, Settings
from shared.kernel.errors import StoreFault
from shared.kernel.os_errors import words_of_system

SUFFIX: Final = ".at-work"


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[None]:
    """Let nobody put a copy in the database's place for as long as the block lasts.

    Raises:
        StoreFault: if somebody does, or the lock cannot be had; it says what to do.
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
            raise StoreFault(
                f"{file} is being put back from a copy; wait until `restore` has ended"
            )
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
            raise StoreFault(f"{file} is being served; stop the server first")
        if not work.try_acquire():
            raise StoreFault(
                f"another gatekeeper-server command is at work on {file}: wait until it has ended,"
                " and try again"
            )
        yield
    finally:
        work.close()
        serving.close()


def _lock_beside(file: Path) -> FileLock:
    return FileLock(file.with_name(file.name + SUFFIX))
