"""Whether a disk has room for what a verb is about to write, and what to say where it has none.

Looked at before, because a verb that fills the disk of a database stops the server beside it: for
as long as it is full no claim is granted there.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from server.database_errors import is_disk_full
from shared.kernel.errors import StoreFault

RESERVE: Final = 16 << 20
"""Bytes that stay free on the disk of a database: a server may be at work on it."""
_MB: Final = 1_000_000


def free_bytes(folder: Path) -> int:
    """Return how much more a program without rights of its own may write to a folder's disk."""
    return shutil.disk_usage(folder).free


def check_space_for_backup(
    database: Path, target: Path, free_in: Callable[[Path], int] = free_bytes
) -> None:
    """See that a SQLite file's plain copy has room beside it, and the sealed one where it goes.

    Args:
        database: The file, which may be served.
        target: Of the sealed copy.
        free_in: Tells how many bytes are free where a folder lies.

    Raises:
        StoreFault: if not; it says how much is wanting, where, and what to do.
        sqlite3.Error: if the database cannot be read.
    """
    size, folder, goes_to = _size_of(database), database.parent, target.absolute().parent
    if free_in(folder) < size + RESERVE:
        raise StoreFault(
            f"not enough space for a backup on the disk of {folder}: until it is"
            " encrypted, the copy is kept beside the database and needs"
            f" {_mb(size + RESERVE)}; {_mb(free_in(folder))} are free. Free some space"
            " there and try again; nothing was written"
        )
    is_same_disk = folder.stat().st_dev == goes_to.stat().st_dev
    needed = 2 * size + RESERVE if is_same_disk else size
    if free_in(goes_to) < needed:
        raise StoreFault(
            f"not enough space for a backup on the disk of {goes_to}: it needs"
            f" {_mb(needed)}, and {_mb(free_in(goes_to))} are free. Free some space there,"
            " or choose a file on another disk; nothing was written"
        )


def check_space_for_dump(
    size: int, target: Path, free_in: Callable[[Path], int] = free_bytes
) -> None:
    """See that the sealed copy of a PostgreSQL database has room where it goes.

    The database, or another one, may lie on that disk too, so that some stays free there.

    Args:
        size: Of the database's tables, in bytes: packed and without indexes a copy is smaller.
        target: Of the sealed copy.
        free_in: Tells how many bytes are free where a folder lies.

    Raises:
        StoreFault: if not; it says how much is wanting, where, and what to do.
    """
    folder, needed = target.absolute().parent, size + RESERVE
    if free_in(folder) < needed:
        raise StoreFault(
            f"not enough space for a backup on the disk of {folder}: it needs up to"
            f" {_mb(needed)}, and {_mb(free_in(folder))} are free. Free some space there,"
            " or choose a file on another disk; nothing was written"
        )


def words_of_fault(fault: OSError | sqlite3.Error, folder: Path) -> str:
    """Say what went wrong with a disk, and what to do where it is full.

    Args:
        fault: As it was met.
        folder: Where was written.
    """
    if not is_disk_full(fault):
        return str(fault.strerror if isinstance(fault, OSError) else fault)
    return (
        f"the disk of {folder} is full; free some space there and try again. Nothing was left"
        " on it"
    )


def _size_of(database: Path) -> int:
    """Return how large a file's compact copy is at most, with what only its log holds."""
    address = f"{database.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as opened:
        pages, free, size = (
            int(opened.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
    return (pages - free) * size


def _mb(size: int) -> str:
    return f"{size / _MB:,.1f} MB"
