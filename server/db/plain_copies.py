"""The plain copies of a SQLite file that lie beside it until they are sealed.

They go with the program that made them, and what one that was killed has left with its next. Where
none comes (a copy by hand, a stick that was pulled) all guests' names lay there for good, also
those that were erased since: so they go when a server is started, and with the first erasure.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final, NamedTuple

from command_line.file_lock import FileLock


class PlainCopy(NamedTuple):
    """Where a copy lies, and what whoever makes it holds meanwhile."""

    folder_suffix: str
    lock_suffix: str

    def folder_beside(self, file: Path) -> Path:
        """Return the folder of the copy of a file."""
        return file.with_name(file.name + self.folder_suffix)

    def lock_beside(self, file: Path) -> FileLock:
        """Return the lock of whoever copies a file."""
        return FileLock(file.with_name(file.name + self.lock_suffix))


OF_BACKUP: Final = PlainCopy(".backup", ".backup-lock")
OF_SERVER: Final = PlainCopy(".copying", ".copy-lock")


def forget_plain_copies(file: Path) -> None:
    """Remove what programs that were killed have left beside a file; one at work keeps its own.

    Raises:
        OSError: if one cannot be removed.
    """
    for copy in (OF_BACKUP, OF_SERVER):
        folder = copy.folder_beside(file)
        if not folder.exists():
            continue
        lock = copy.lock_beside(file)
        try:
            if lock.try_acquire():
                remove_draft(folder)
        finally:
            lock.close()


def remove_draft(folder: Path) -> None:
    """Take away the folder of a copy that was made ready, if it is there.

    Raises:
        OSError: if the disk refuses.
    """
    if folder.is_dir():
        shutil.rmtree(folder)
    else:
        folder.unlink(missing_ok=True)  # versions of before left a file of this name
