"""SQLite in a thread of each connection, with one trip to that thread for each statement.

SQLAlchemy's own adapter of aiosqlite makes four: for a cursor, to run the statement, for its rows,
and to close the cursor. A trip wakes two threads, which takes longer than most statements. Here
these four are one, a transaction's BEGIN travels with its first statement, and a transaction in
which nothing was asked makes no trip at all.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any, Final, TypeVar

import aiosqlite
from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_connection
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_dbapi,
    AsyncAdapt_aiosqlite_ss_cursor,
    SQLiteDialect_aiosqlite,
)
from sqlalchemy.util.concurrency import await_

DRIVER: Final = "threaded"

T = TypeVar("T")
Row = tuple[Any, ...]


class _Answer:
    """What one statement has left, read in the connection's thread."""

    __slots__ = ("description", "lastrowid", "rowcount", "rows")

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self.rows = cursor.fetchall() if cursor.description else []
        # Of a statement that gives rows back the count is known when all are read.
        self.rowcount = cursor.rowcount
        self.lastrowid = cursor.lastrowid


class _Cursor:
    """A cursor whose rows are all here, as SQLAlchemy expects one."""

    server_side: Final = False
    __slots__ = ("_connection", "_rows", "arraysize", "description", "lastrowid", "rowcount")

    def __init__(self, connection: ThreadedConnection) -> None:
        self._connection = connection
        self._rows = deque[Row]()
        self.arraysize = 1
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    def execute(self, operation: str, parameters: Any = None) -> None:
        self._take(sqlite3.Cursor.execute, operation, () if parameters is None else parameters)

    def executemany(self, operation: str, rows: Any) -> None:
        self._take(sqlite3.Cursor.executemany, operation, rows)

    def close(self) -> None:
        self._rows.clear()

    async def _async_soft_close(self) -> None:
        """Keep the rows, which may still be asked for."""

    def fetchone(self) -> Row | None:
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = None) -> Sequence[Row]:
        count = min(self.arraysize if size is None else size, len(self._rows))
        return [self._rows.popleft() for _ in range(count)]

    def fetchall(self) -> Sequence[Row]:
        rows = [*self._rows]
        self._rows.clear()
        return rows

    def __iter__(self) -> Iterator[Row]:
        while self._rows:
            yield self._rows.popleft()

    def _take(self, run: Callable[..., Any], operation: str, parameters: Any) -> None:
        answer = self._connection.ask(run, operation, parameters)
        self._rows = deque(answer.rows)
        self.description, self.rowcount = answer.description, answer.rowcount
        self.lastrowid = answer.lastrowid


class _StreamingCursor(AsyncAdapt_aiosqlite_ss_cursor):
    """A cursor whose rows are fetched as they are asked for."""

    __slots__ = ()
    _adapt_connection: ThreadedConnection

    async def _execute_async(self, operation: Any, parameters: Any) -> Any:
        await self._adapt_connection.begun()
        return await super()._execute_async(operation, parameters)


class ThreadedConnection(AsyncAdapt_aiosqlite_connection):
    """A connection as SQLAlchemy expects one, over aiosqlite's."""

    __slots__ = ("_begin", "_is_left", "_sqlite")

    _cursor_cls = _Cursor  # type: ignore[assignment]  # has all that is asked of one
    _ss_cursor_cls = _StreamingCursor
    _connection: aiosqlite.Connection  # type: ignore[assignment]  # the driver's own

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._sqlite: sqlite3.Connection = connection._conn  # noqa: SLF001 - for its own thread
        self._begin = ""
        self._is_left = False

    def begin(self, statement: str) -> None:
        """Let the next statement begin a transaction by this one."""
        self._begin = statement

    async def begun(self) -> None:
        """Begin now, if a transaction waits to be begun."""
        if self._begin:
            await self._trip(self._begin_here)

    def ask(self, run: Callable[..., Any], operation: str, parameters: Any) -> _Answer:
        """Run a statement and return all that it gives.

        Raises:
            sqlite3.Error: if it cannot be run, or its transaction cannot begin.
        """
        try:
            return await_(self._trip(self._ask_here, run, operation, parameters))
        except Exception as error:  # noqa: BLE001 - it is raised again as the driver's own
            self._handle_exception(error)

    def commit(self) -> None:
        """End the transaction, if one was begun."""
        self._end(self._sqlite.commit)

    def rollback(self) -> None:
        """Undo the transaction, if one was begun."""
        self._end(self._sqlite.rollback)

    def _end(self, how: Callable[[], None]) -> None:
        if self._connection._connection is None:  # noqa: SLF001 - as the class above asks
            return
        if not self._is_left and not self._sqlite.in_transaction:
            self._begin = ""
            return
        try:
            await_(self._trip(self._end_here, how))
        except Exception as error:  # noqa: BLE001 - it is raised again as the driver's own
            self._handle_exception(error)

    async def _trip(self, work: Callable[..., T], *arguments: Any) -> T:
        """Do work in the connection's thread."""
        # Whoever is cancelled leaves the thread at work, and what it will have done is not known.
        self._is_left = True
        execute: Any = self._connection._execute  # noqa: SLF001 - others need a second trip
        try:
            done: T = await execute(work, *arguments)
        except Exception:
            self._is_left = False
            raise
        self._is_left = False
        return done

    def _begin_here(self) -> None:
        if self._begin:
            self._sqlite.execute(self._begin).close()
            # Only now: what cannot begin does not go on without a transaction.
            self._begin = ""

    def _ask_here(self, run: Callable[..., Any], operation: str, parameters: Any) -> _Answer:
        self._begin_here()
        with closing(self._sqlite.cursor()) as cursor:
            run(cursor, operation, parameters)
            return _Answer(cursor)

    def _end_here(self, how: Callable[[], None]) -> None:
        self._begin = ""
        how()


class _Module(AsyncAdapt_aiosqlite_dbapi):
    """The driver's module, whose connections are ours."""

    def connect(self, *arguments: Any, **options: Any) -> ThreadedConnection:
        opened: AsyncAdapt_dbapi_connection = super().connect(*arguments, **options)
        return ThreadedConnection(self, opened._connection)  # noqa: SLF001 - wrapped anew


class ThreadedDialect(SQLiteDialect_aiosqlite):
    """SQLAlchemy's dialect of aiosqlite over our connections."""

    driver = DRIVER
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> AsyncAdapt_aiosqlite_dbapi:
        """Return what opens connections."""
        return _Module(aiosqlite, sqlite3)


registry.register(f"sqlite.{DRIVER}", __name__, ThreadedDialect.__name__)
