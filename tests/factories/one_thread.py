"""Lets a server in a test's process ask SQLite in its own thread, not in one of each connection.

A trip to another thread and back wakes both, and costs a tenth of what such tests take. Between
two statements others go on here as there. What depends on threads (statements that are left in
them, locks that are waited for) is tested by databases without such a server; programs, and all
servers in the whole, have their threads.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from server.settings import sqlite_file_of
from tests.factories.strength import Strength

T = TypeVar("T")

_CHUNK = 64
"""Rows that are read at once; the library's own number."""

_connect = aiosqlite.connect
_files: list[Path] = []


class _Connection(aiosqlite.Connection):
    """A connection that starts no thread."""

    def __await__(self) -> Generator[Any, None, aiosqlite.Connection]:
        return self._open().__await__()

    async def _open(self) -> aiosqlite.Connection:
        self._connection = self._connector()
        return self

    async def _execute(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        await asyncio.sleep(0)
        if self._connection is None:
            raise ValueError("Connection closed")
        return fn(*args, **kwargs)

    def stop(self) -> None:
        self._running = False
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def close(self) -> None:
        self.stop()


def _connect_here(file: Path, **how: Any) -> aiosqlite.Connection:
    if file not in _files:
        return _connect(file, **how)
    return _Connection(lambda: sqlite3.connect(file, **how), _CHUNK)


@contextmanager
def asked_in_one_thread(url: str) -> Iterator[None]:
    """Let whoever opens this database in the block ask it in its own thread; not in the whole."""
    file = sqlite_file_of(url)
    if Strength.is_whole or file is None:
        yield
        return
    aiosqlite.connect = _connect_here  # type: ignore[assignment] # as the server calls it
    _files.append(file)
    try:
        yield
    finally:
        _files.remove(file)
