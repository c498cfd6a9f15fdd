"""The copy of a SQLite file that an upgrade leaves beside it: an earlier program's way back.

It is not sealed, and nobody erases in it. So there is one at a time, and none from the first
erasure on: whoever is erased then stands in no file of the database.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from glob import escape
from pathlib import Path
from typing import Final

from server.database_errors import is_disk_full
from shared.kernel.errors import StoreFault

_INFIX: Final = ".before-"


def copy_before_upgrade(file: Path, revision: str) -> None:
    """Copy a file as it is; then copies that upgrades before this one have left go.

    Args:
        file: Nobody writes to it meanwhile.
        revision: At which it is; the copy is named by it.

    Raises:
        StoreFault: if the disk has no room for it.
        sqlite3.Error: if it cannot be made.
        OSError: if an earlier one cannot be removed.
    """
    copy = file.with_name(f"{file.name}{_INFIX}{revision}")
    copy.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
    except sqlite3.Error as error:
        copy.unlink(missing_ok=True)  # half of one is no way back, and takes room
        if not is_disk_full(error):
            raise
        raise StoreFault(
            f"no room for the copy that an upgrade leaves beside {file}: make room for as much"
            " again as that file takes, and for what the upgrade writes, and start again; nothing"
            " was changed"
        ) from error
    for earlier in _copies(file):
        if earlier != copy:
            earlier.unlink(missing_ok=True)


def forget_copies(file: Path) -> None:
    """Remove what upgrades have left beside a file.

    Raises:
        OSError: if one cannot be removed.
    """
    for copy in _copies(file):
        copy.unlink(missing_ok=True)


def _copies(file: Path) -> list[Path]:
    return list(file.parent.glob(f"{escape(file.name)}{_INFIX}*"))
