"""The disk under a profile, as a port: databases and small files by name, in one folder.

The product uses `FolderDisk`; the simulator brings a disk of its own that loses what was not
synced.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final, Protocol

import apsw

from gatekeeper.store.disk_faults import explain_closed_file, explained

_BUSY_MS: Final = 1_000
_STATEMENTS_KEPT: Final = 256
"""A till asks some 110 different ones in an evening, a gate among others 80. Where fewer are kept,
each is thrown away before it comes again."""
_PRIVATE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700
_OTHERS: Final = 0o077


class Disk(Protocol):
    """Reads and writes the files of one device's folder.

    Attributes:
        is_exclusive: Whether databases must be opened by one connection only, because the
            disk offers no shared memory (the simulator's).
    """

    is_exclusive: bool

    def connect(self, name: str) -> apsw.Connection:
        """Open the database called `name`, made if it is missing.

        Raises:
            StoreFault: if it cannot be opened.
        """

    def read(self, name: str) -> bytes | None:
        """Return a file's content, or None if there is none.

        Raises:
            StoreFault: if it is there and cannot be read.
        """

    def write(self, name: str, content: bytes, *, durable: bool = True) -> None:
        """Replace a file as a whole; readable by its owner only.

        Args:
            name: Relative to the folder, parts separated by `/`.
            content: All of it.
            durable: Return only when it would survive a power cut.

        Raises:
            StoreFault: if the disk refuses; the former content then stands.
        """

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""

    def rename(self, name: str, new: str) -> None:
        """Give a file that is not open another name, durably.

        Raises:
            StoreFault: if the disk refuses.
        """

    def names(self, folder: str) -> list[str]:
        """List the names in a folder, "" for the profile's own; none if it is missing."""


class FolderDisk:
    """A folder of the machine's file system."""

    is_exclusive = False

    def __init__(self, folder: Path) -> None:
        """Use a folder, which may not exist yet."""
        self.folder = folder

    def connect(self, name: str) -> apsw.Connection:
        """Open a database; see `Disk.connect`."""
        with explained(str(self.folder / name)):
            self.folder.mkdir(_PRIVATE_FOLDER, parents=True, exist_ok=True)
            self._make_private(name)
            connection = apsw.Connection(
                str(self.folder / name), statementcachesize=_STATEMENTS_KEPT
            )
            connection.set_busy_timeout(_BUSY_MS)
            # Else a statement's plan is made anew for each value that is bound to it: 22 to 90 µs,
            # up to 17 times what it takes to run.
            connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
            return connection

    def _make_private(self, name: str) -> None:
        """Keep others out of the folder and a database, also where both were there before.

        What SQLite makes beside a database is as readable as the database is.
        """
        if os.name != "posix":
            return
        os.close(os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE))
        sides = (name, f"{name}-wal", f"{name}-shm")
        for path, mode in (
            (self.folder, _PRIVATE_FOLDER),
            *((self.folder / side, _PRIVATE) for side in sides),
        ):
            # Another's folder is the administrator's; what is missing needs no mode.
            with contextlib.suppress(PermissionError, FileNotFoundError):
                if path.stat().st_mode & _OTHERS:
                    path.chmod(mode)

    def read(self, name: str) -> bytes | None:
        """Read a file; see `Disk.read`."""
        with explained(str(self.folder / name)):
            try:
                return (self.folder / name).read_bytes()
            except FileNotFoundError:
                return None
            except PermissionError as fault:
                raise explain_closed_file(str(self.folder / name)) from fault

    def write(self, name: str, content: bytes, *, durable: bool = True) -> None:
        """Write a file beside its place, then move it there; see `Disk.write`."""
        path = self.folder / name
        aside = path.with_name(path.name + ".new")
        with explained(str(path)):
            self.folder.mkdir(_PRIVATE_FOLDER, parents=True, exist_ok=True)
            path.parent.mkdir(_PRIVATE_FOLDER, exist_ok=True)
            with open(aside, "wb", opener=_open_private) as file:
                file.write(content)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            aside.replace(path)
            if durable:
                _sync_folder(path.parent)

    def remove(self, name: str) -> None:
        """Remove a file; see `Disk.remove`."""
        with explained(str(self.folder / name)):
            (self.folder / name).unlink(missing_ok=True)

    def rename(self, name: str, new: str) -> None:
        """Give a file another name; see `Disk.rename`."""
        with explained(str(self.folder / name)):
            (self.folder / name).rename(self.folder / new)
            _sync_folder(self.folder)

    def names(self, folder: str) -> list[str]:
        """List a folder; see `Disk.names`."""
        with explained(str(self.folder / folder)):
            try:
                return sorted(os.listdir(self.folder / folder))  # noqa: PTH208 - names, not paths
            except FileNotFoundError:
                return []


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, _PRIVATE)


def _sync_folder(folder: Path) -> None:
    """Make a rename durable; folders cannot be opened on every system, and need not be there."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
