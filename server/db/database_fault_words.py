"""What a command says of a database that cannot be used: why, and what to do about it."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from server.database_errors import advice_of, database_name_of, is_disk_full, is_unavailable
from server.settings import Settings
from shared.kernel.errors import StoreFault
from shared.kernel.os_errors import words_of_system

_ANOTHER_USERS: Final = ("SQLITE_CANTOPEN", "SQLITE_READONLY")
"""Also where an operator has run a verb as another user, whose files lie beside the database."""
_OF_DISK: Final = ("SQLITE_CANTOPEN", "SQLITE_IOERR")
"""Also where no other file can be made beside the database, and SQLite cannot do without."""
_HELD: Final = ("SQLITE_BUSY", "SQLITE_LOCKED")
_PAGES: Final = 65_536
"""Bytes; SQLite needs 32 KiB beside a file to open it at all."""


def words_of_fault(settings: Settings, error: DBAPIError | OSError | sqlite3.Error) -> str:
    """Say why a database cannot be used, and what to do where that is known.

    A full disk has several names: a SQLite file beside which no other can be made is one that
    cannot be opened, or an I/O error.

    Args:
        settings: Name the database.
        error: As it was met.
    """
    reason = getattr(error, "orig", None) or error
    file = settings.sqlite_file
    if file is None:
        return words_of_system(reason) + advice_of(error)
    name = database_name_of(error)
    is_of_disk = name.startswith(_OF_DISK)
    if is_disk_full(error) or (is_of_disk and _is_full(file.parent)):
        return f"the disk of {file.parent} is full; free some space there and try again"
    if is_of_disk and _takes_no_file(file.parent):
        return (
            f"the disk of {file.parent} takes no more files, however much room it has: remove some"
            " there (`df -i` counts them), and try again"
        )
    if name.startswith(_ANOTHER_USERS):
        return (
            f"{words_of_system(reason)}; check that it, and what lies beside it, is a file of"
            " this user's"
        )
    if name.startswith(_HELD):
        return f"{words_of_system(reason)}: another program holds it; end that one, and try again"
    return words_of_system(reason)


@contextmanager
def said_in_words(settings: Settings) -> Iterator[None]:
    """Say in a sentence what the database does to a block; what the block asks wrongly stays.

    Raises:
        StoreFault: if the database is at fault, or whoever holds it.
    """
    try:
        yield
    except DBAPIError as error:
        if not is_unavailable(error):
            raise
        said = f"the database cannot be used: {words_of_fault(settings, error)}"
        raise StoreFault(said) from error


def _is_full(folder: Path) -> bool:
    found = _statvfs(folder)
    return found is not None and found.f_bavail * found.f_frsize < _PAGES


def _takes_no_file(folder: Path) -> bool:
    found = _statvfs(folder)
    # Some kinds of disk make room for files as they come, and count none.
    return found is not None and found.f_files > 0 and found.f_favail == 0


if sys.platform == "win32":

    def _statvfs(_folder: Path) -> None:
        return None

else:

    def _statvfs(folder: Path) -> os.statvfs_result | None:
        try:
            return os.statvfs(folder)
        except OSError:
            return None
