"""Lets a server in a test's process ask SQLite in its own thread, not in one of each connection.

A trip to another thread and back wakes both, and costs a tenth of what such tests take. Between
two statements others go on here as there. What depends on threads (statements that are left in
them, locks that are waited for) is tested by databases without such a server; programs, and all
servers in the whole, have their threads.

A connection reads all tables' and triggers' texts when it is opened: a tenth of what such tests
take. So the driver of claims and journals has none of its own where the mapper's rests.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from server.db.hot_path_connections import SqliteDriver
from server.settings import sqlite_file_of
from tests.factories.strength import Strength

T = TypeVar("T")

_CHUNK = 64
"""Rows that are read at once; the library's own number."""

_connect = aiosqlite.connect
_connect_driver = SqliteDriver._connect
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


class _Beside:
    """The driver's connection: for each transaction one of the mapper's that rests in its pool.

    A transaction that writes has its turn before all others of its server's, and one that reads
    waits for nothing: nobody takes that connection out of the pool meanwhile.

    Args:
        engine: The mapper's, of the same server.
        open_own: Opens one of the driver's own, for when none rests.
    """

    def __init__(self, engine: AsyncEngine, open_own: Callable[[], sqlite3.Connection]) -> None:
        self._engine, self._open_own = engine, open_own
        self._own: sqlite3.Connection | None = None
        self._taken: Any = None

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction is open."""
        return bool(self._taken.in_transaction)

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        """Run a statement, in the connection that the last BEGIN has chosen."""
        if statement.startswith("BEGIN"):
            self._taken = self._choose()
        done: sqlite3.Cursor = self._taken.execute(statement, *values)
        return done

    def executemany(self, statement: str, rows: Any) -> sqlite3.Cursor:
        """Run a statement for each row."""
        done: sqlite3.Cursor = self._taken.executemany(statement, rows)
        return done

    def close(self) -> None:
        """Close the driver's own; the mapper's are the mapper's."""
        if self._own is not None:
            self._own.close()

    def _choose(self) -> sqlite3.Connection:
        pool: Any = self._engine.pool
        for record in pool._pool._queue._queue:
            if record.dbapi_connection is not None:
                resting: sqlite3.Connection = record.dbapi_connection._sqlite
                return resting
        self._own = self._own or self._open_own()
        return self._own


class _Here(Executor):
    """Does work where it is handed over, and not in another thread."""

    def submit(self, fn: Callable[..., T], /, *values: Any, **named: Any) -> Future[T]:
        done = Future[T]()
        try:
            done.set_result(fn(*values, **named))
        except Exception as error:  # noqa: BLE001 - whoever waits for the work gets it
            done.set_exception(error)
        return done


def _connect_driver_here(driver: SqliteDriver, *, writes: bool) -> Any:
    if driver._file not in _files:
        return _connect_driver(driver, writes=writes)
    driver._committing = _Here()  # type: ignore[assignment] # all that is asked of one
    database = driver._database
    engine = database._writer if writes else database._reader
    return _Beside(engine, lambda: _connect_driver(driver, writes=writes))


@contextmanager
def asked_in_one_thread(url: str) -> Iterator[None]:
    """Let whoever opens this database in the block ask it in its own thread; not in the whole."""
    file = sqlite_file_of(url)
    if Strength.is_whole or file is None:
        yield
        return
    aiosqlite.connect = _connect_here  # type: ignore[assignment] # as the server calls it
    SqliteDriver._connect = _connect_driver_here  # type: ignore[method-assign, assignment] # the same
    _files.append(file)
    try:
        yield
    finally:
        _files.remove(file)
