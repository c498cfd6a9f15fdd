"""The server's SQLite without threads: one connection, whose statements are done on return.

Threads are forbidden here and the disk offers no shared memory, so that one connection is all
there can be. Transactions, reading ones as well, take turns on it. Where the disk is slow, one
that writes waits before it commits, and all others with it, as SQLite's writers do; and once more
when it has, while others go on, as with PostgreSQL: they see what it has written before it is
answered.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.base import SQLiteExecutionContext
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool
from sqlalchemy.util.concurrency import await_

_DRIVER: Final = "inline"

Settle = Callable[[], Awaitable[None]]
"""Awaited for each writing transaction: how long the disk takes."""


class InlineSqlite:
    """One database on one connection: a `OneConnection` of the server."""

    def __init__(
        self, connect: Callable[[], sqlite3.Connection], settle: Settle, flush: Settle
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            connect: Opens the connection, in the driver's autocommit mode.
            settle: A moment after the commit, in the turn.
            flush: What a slow disk takes longer, before the commit and after the turn.
        """
        self._connect = connect
        self._settle = settle
        self._flush = flush
        self._writes = False
        self._turn = asyncio.Lock()
        self._holder: asyncio.Task[object] | None = None
        self._connection: sqlite3.Connection | None = None
        self._pragmas: Sequence[str] = ()

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection, opened at first use; only for whoever has the turn."""
        if self._connection is None:
            self._connection = self._connect()
            for pragma in self._pragmas:
                self._connection.execute(pragma).fetchall()
        return self._connection

    @asynccontextmanager
    async def held(self, org: str = "") -> AsyncIterator[None]:
        """Wait for the turn to write, and let the disk settle at the end."""
        async with self.reading():
            self._writes = True
            try:
                yield
            finally:
                self._writes = False
            await self._settle()
        await self._flush()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Wait for the turn to read."""
        task = asyncio.current_task()
        assert self._holder is not task, "a transaction inside another would wait for ever"
        async with self._turn:
            self._holder = task
            try:
                yield
            finally:
                self._holder = None

    async def flush(self) -> None:
        """See `OneConnection.flush`."""
        await self._flush()

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def make_engine(self, pragmas: Sequence[str]) -> AsyncEngine:
        """Make an engine for the object mapper over the connection.

        Args:
            pragmas: What the connection is told when it is opened.
        """
        self._pragmas = pragmas
        engine = create_async_engine(
            f"sqlite+{_DRIVER}://",
            poolclass=StaticPool,
            creator=lambda: self.connection,
            hide_parameters=True,
        )

        @event.listens_for(engine.sync_engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        @event.listens_for(engine.sync_engine, "commit")
        def _commit(_connection: Connection) -> None:
            if self._writes:
                await_(self._flush())

        return engine


class _InlineCursor:
    """A cursor whose rows are all there already, as the asynchronous mapper expects it."""

    __slots__ = ("_cursor",)

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def execute(self, *arguments: Any) -> None:
        await_(_at_once())
        self._cursor.execute(*arguments)

    def executemany(self, *arguments: Any) -> None:
        await_(_at_once())
        self._cursor.executemany(*arguments)

    async def _async_soft_close(self) -> None:
        """Keep the rows, which may still be asked for."""


async def _at_once() -> None:
    """Be awaited, because the mapper takes a driver that never awaits for a wrong one."""


class _InlineContext(SQLiteExecutionContext):
    def create_default_cursor(self) -> Any:
        return _InlineCursor(self._dbapi_connection.cursor())  # type: ignore[arg-type] # sqlite3's


class InlineDialect(SQLiteDialect_pysqlite):
    """The standard library's driver, said to be asynchronous: it just never waits."""

    driver = _DRIVER
    is_async = True
    supports_statement_cache = True
    execution_ctx_cls = _InlineContext


registry.register(f"sqlite.{_DRIVER}", __name__, InlineDialect.__name__)
