"""A lock between processes, freed by the operating system if its holder dies.

filelock waits by asking again each 50 ms, which is no way for writers to queue; the system's own
lock wakes the next one at once.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


class FileLock:
    """A lock on a file, which is made if it is missing: of one alone, or shared by several.

    It is not re-entrant, and two locks on one path within a process exclude each other too,
    because each opens the file anew.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[Any] | None = None

    def try_acquire(self) -> bool:
        """Take the lock if it is free; never waits."""
        return self._lock(wait=False)

    def try_share(self) -> bool:
        """Take the lock beside others who share it, unless one has it alone; never waits."""
        return self._lock(wait=False, shares=True)

    def acquire(self) -> None:
        """Wait for the lock as long as it takes; call it from a thread, not from a loop."""
        self._lock(wait=True)

    def release(self) -> None:
        """Give the lock back."""
        assert self._file is not None
        _unlock(self._file)

    def close(self) -> None:
        """Close the file; frees the lock as well."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def sign(self) -> None:
        """Write this process's id into the file; only who holds the lock does.

        Raises:
            OSError: if the disk is full, say; the lock holds all the same.
        """
        assert self._file is not None
        self._file.truncate(0)
        self._file.write(b"%d" % os.getpid())
        self._file.flush()

    def read_holder(self) -> str:
        """Return the id of the process that signed, or `unknown`."""
        with self._path.open("rb") as file:
            return file.read(20).decode("ascii", "replace").strip() or "unknown"

    def _lock(self, *, wait: bool, shares: bool = False) -> bool:
        if self._file is None:
            self._file = self._path.open("ab")
        return _lock(self._file, wait=wait, shares=shares)


@contextmanager
def held(lock: FileLock) -> Iterator[None]:
    """Hold `lock` for a block, waiting for it first."""
    lock.acquire()
    try:
        yield
    finally:
        lock.close()


if sys.platform == "win32":
    import msvcrt

    _LOCKED_BYTE = 1 << 20
    """Far behind what is written: Windows lets nobody read a locked byte."""
    _SHARES_MAX = 64
    """Windows' runtime knows no shared lock: who shares takes one byte, who is alone takes all."""

    def _lock(file: IO[Any], *, wait: bool, shares: bool) -> bool:
        while True:
            if shares:
                if any(_take(file, place, 1) for place in range(_SHARES_MAX)):
                    return True
            elif _take(file, 0, _SHARES_MAX):
                return True
            if not wait:
                return False
            time.sleep(0.005)

    def _take(file: IO[Any], place: int, count: int) -> bool:
        file.seek(_LOCKED_BYTE + place)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, count)
        except OSError:
            return False
        return True

    def _unlock(file: IO[Any]) -> None:
        """Free a lock that is held alone; one that is shared is freed with its file."""
        file.seek(_LOCKED_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, _SHARES_MAX)

else:
    import fcntl

    def _lock(file: IO[Any], *, wait: bool, shares: bool) -> bool:
        kind = fcntl.LOCK_SH if shares else fcntl.LOCK_EX
        try:
            fcntl.flock(file, kind | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def _unlock(file: IO[Any]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
