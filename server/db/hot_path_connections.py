"""Claims and journals run their few statements here: prepared, on the driver's own connection.

Claims and journals go thousands of times a second, with a handful of fixed statements. Here they
skip the object mapper: on PostgreSQL they are prepared statements of asyncpg, on SQLite they run
on the event loop's own thread, because a statement takes microseconds and handing it to another
thread takes more; only the commit, which waits for the disk, is handed over.

Whoever uses this names the organization in each statement, as on any bare connection
(`server/db/tenancy.py`); PostgreSQL's row-level security still holds.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from server.database_errors import (
    DISK_AT_FAULT,
    READ_ONLY,
    advice_of,
    is_read_only,
    reads_only,
)
from server.db.audit_line import AUDIT_LINE, PRESENT
from server.db.database_connections import (
    BOUND_AND_DURABLE,
    BUSY_TIMEOUT_MS,
    POSTGRES_SESSION,
    Database,
    OneConnection,
    sqlite_pragmas,
)
from server.db.hot_path_statements import Statement, joined
from server.db.tcp_keepalive import CONNECT_S, notice_lost_postgres
from server.db.tenancy import SYSTEM, is_tenant
from server.settings import sqlite_file_of
from shared.kernel.errors import StoreFault
from shared.kernel.os_errors import words_of_system

if TYPE_CHECKING:
    import asyncpg

Row = Sequence[Any]

PLANS_KEPT_S: Final = 5.0
"""PostgreSQL keeps a statement's plan for so long. Planning takes longer than running; but a plan
made for an empty table reads all of it, and the statistics that end it come a minute later."""


class Transaction(Protocol):
    """An open transaction of one organization."""

    @property
    def has_round_trips(self) -> bool:
        """Tell whether each statement travels, so that one for several things pays."""

    async def fetch(self, wanted: Statement, *arguments: Any) -> Sequence[Row]:
        """Run one statement and return its rows."""

    async def run_many(self, wanted: Statement, rows: Sequence[Row]) -> None:
        """Run an `insertion` or `updating` for all rows; none is fine."""


class Driver(Protocol):
    """Transactions on the driver's own connections."""

    def write(self, org: str) -> AbstractAsyncContextManager[Transaction]:
        """Open a writing transaction; commits at the end, rolls back on an exception."""

    def read(self, org: str) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that only reads, from one snapshot."""

    async def run_alone(self, org: str, wanted: Statement, *arguments: Any) -> Sequence[Row]:
        """Run one statement by itself; on SQLite it only reads.

        On PostgreSQL it is one message, where a transaction takes three.

        Raises:
            StoreFault: if the database cannot be used; whether it is committed is not known.
        """

    async def close(self) -> None:
        """Close every connection."""


async def _note_change(transaction: Transaction, org: str) -> None:
    """Add the line of the server's request that changes something, if it is one's: see `audit`."""
    request = PRESENT.get()
    line = None if request is None else request.line(org)
    if line is not None:
        await transaction.fetch(AUDIT_LINE, *line)


def _note_commit() -> None:
    """Let the request's next transaction add no second line."""
    request = PRESENT.get()
    if request is not None:
        request.is_written = True


async def run_together(transaction: Transaction, *given: tuple[Statement, Sequence[Row]]) -> None:
    """Run `insertion`s into tables of their own, each for its rows; where it travels, as one."""
    wanted = [(one, rows) for one, rows in given if rows]
    if transaction.has_round_trips and len(wanted) > 1:
        columns = [column for _, rows in wanted for column in zip(*rows, strict=True)]
        await transaction.fetch(joined(*(one for one, _ in wanted)), *columns)
        return
    for one, rows in wanted:
        await transaction.run_many(one, rows)


def open_driver(database: Database, url: str, *, size: int) -> Driver:
    """Prepare a driver beside the mapper's engine; nothing is opened yet.

    Args:
        database: The engine, which gives turns to SQLite's writers.
        url: `sqlite:///FILE` or `postgresql://…`.
        size: PostgreSQL connections at most.
    """
    if database.inline is not None:
        return InlineDriver(database.inline)
    file = sqlite_file_of(url)
    return SqliteDriver(database, file) if file is not None else PostgresDriver(url, size)


class SqliteDriver:
    """SQLite on the loop's own thread."""

    def __init__(self, database: Database, file: Path) -> None:
        self._database = database
        self._file = file
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._committing = ThreadPoolExecutor(1, thread_name_prefix="commit")

    @asynccontextmanager
    async def write(self, org: str) -> AsyncIterator[Transaction]:
        """See `Driver.write`."""
        async with self._database.writer_turn():
            try:
                self._writer = connection = self._writer or self._connect(writes=True)
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                raise _fault(error) from error
            try:
                transaction = _SqliteTransaction(connection)
                yield transaction
                await _note_change(transaction, org)
                await self._commit(connection)
                _note_commit()
            except sqlite3.OperationalError as error:
                raise _fault(error) from error
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @asynccontextmanager
    async def read(self, org: str) -> AsyncIterator[Transaction]:
        """See `Driver.read`; the block must not wait, because the connection is shared."""
        del org
        try:
            self._reader = connection = self._reader or self._connect(writes=False)
            connection.execute("BEGIN")
            try:
                yield _SqliteTransaction(connection)
            finally:
                connection.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            raise _fault(error) from error

    async def run_alone(self, org: str, wanted: Statement, *arguments: Any) -> Sequence[Row]:
        """See `Driver.run_alone`."""
        async with self.read(org) as transaction:
            return await transaction.fetch(wanted, *arguments)

    async def close(self) -> None:
        """See `Driver.close`."""
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.close()
        self._reader = self._writer = None
        self._committing.shutdown()

    def _connect(self, *, writes: bool) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._file,
            timeout=BUSY_TIMEOUT_MS / 1000,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        for pragma in sqlite_pragmas(writes=writes):
            connection.execute(pragma)
        return connection

    async def _commit(self, connection: sqlite3.Connection) -> None:
        loop = asyncio.get_running_loop()
        done = loop.run_in_executor(self._committing, connection.execute, "COMMIT")
        try:
            await asyncio.shield(done)
        except asyncio.CancelledError:
            await asyncio.wait([done])  # the disk cannot be called off
            raise


class InlineDriver:
    """SQLite where there are no threads, on the mapper's own connection."""

    def __init__(self, inline: OneConnection) -> None:
        self._inline = inline

    @asynccontextmanager
    async def write(self, org: str) -> AsyncIterator[Transaction]:
        """See `Driver.write`."""
        async with self._inline.held(), self._begun("COMMIT") as transaction:
            yield transaction
            await _note_change(transaction, org)
            await self._inline.flush()
        _note_commit()

    @asynccontextmanager
    async def read(self, org: str) -> AsyncIterator[Transaction]:
        """See `Driver.read`."""
        del org
        async with self._inline.reading(), self._begun("ROLLBACK") as transaction:
            yield transaction

    async def run_alone(self, org: str, wanted: Statement, *arguments: Any) -> Sequence[Row]:
        """See `Driver.run_alone`."""
        async with self.read(org) as transaction:
            return await transaction.fetch(wanted, *arguments)

    async def close(self) -> None:
        """See `Driver.close`; the connection is the engine's."""

    @asynccontextmanager
    async def _begun(self, end: str) -> AsyncIterator[Transaction]:
        try:
            connection = self._inline.connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield _SqliteTransaction(connection)
                connection.execute(end)
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            raise _fault(error) from error


class _SqliteTransaction:
    has_round_trips = False

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def fetch(self, wanted: Statement, *arguments: Any) -> Sequence[Row]:
        plain = [msgspec.json.encode(a).decode() if isinstance(a, list) else a for a in arguments]
        return self._connection.execute(wanted.sqlite, plain).fetchall()

    async def run_many(self, wanted: Statement, rows: Sequence[Row]) -> None:
        if rows:
            self._connection.executemany(wanted.sqlite, rows)


class PostgresDriver:
    """PostgreSQL by asyncpg; of the free connections the one that was opened first is taken.

    Each has a process of its own at the server, whose plans and memory are warm where it has run a
    statement lately. Were the last used one taken, whoever holds one for a moment beside a batch
    would send the next batch to another.
    """

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._free: list[_Held] = []
        self._opened = count()
        self._slots = asyncio.Semaphore(size)
        self._is_closed = False

    @asynccontextmanager
    async def write(self, org: str) -> AsyncIterator[Transaction]:
        """See `Driver.write`."""
        async with self._begin(org, "BEGIN") as transaction:
            yield transaction
            await _note_change(transaction, org)
        _note_commit()

    async def run_alone(self, org: str, wanted: Statement, *arguments: Any) -> Sequence[Row]:
        """See `Driver.run_alone`; it is committed."""
        assert org == SYSTEM or is_tenant(org)
        async with self._holding() as held:
            await held.enter(org)
            rows: Sequence[Any] = await held.connection.fetch(wanted.postgres, *arguments)
        return rows

    @asynccontextmanager
    async def read(self, org: str) -> AsyncIterator[Transaction]:
        """See `Driver.read`."""
        async with self._begin(org, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as opened:
            yield opened

    async def close(self) -> None:
        """See `Driver.close`; one that is at work is closed when that ends."""
        self._is_closed = True
        for held in self._free:
            await held.connection.close(timeout=5)
        self._free.clear()

    @asynccontextmanager
    async def _begin(self, org: str, begin: str) -> AsyncIterator[Transaction]:
        assert org == SYSTEM or is_tenant(org)
        async with self._holding() as held:
            transaction = _PostgresTransaction(held, begin, org)
            yield transaction
            await transaction.commit()

    @asynccontextmanager
    async def _holding(self) -> AsyncIterator[_Held]:
        async with self._slots:
            held = await self._take()
            try:
                yield held
            except BaseException as error:
                if is_read_only(error):
                    self._give_up(held)
                else:
                    await self._undo(held)
                if _is_unavailable(error):
                    raise _fault(error) from error
                raise
            self._put_back(held)

    async def _take(self) -> _Held:
        while self._free:
            held = heappop(self._free)
            if not held.connection.is_closed():
                return held
        return _Held(next(self._opened), await connect_postgres(self._url))

    def _put_back(self, held: _Held) -> None:
        """Keep a connection for the next; never one to a standby, which a write would meet."""
        if held.reads_only or self._is_closed:
            held.connection.terminate()
        else:
            heappush(self._free, held)

    def _give_up(self, held: _Held) -> None:
        """End a connection, and all that are free: of a standby none would come to write again."""
        for one in (held, *self._free):
            one.connection.terminate()
        self._free.clear()

    async def _undo(self, held: _Held) -> None:
        try:
            await asyncio.shield(held.connection.execute("ROLLBACK", timeout=5))
        except BaseException:  # noqa: BLE001 - whatever it is, this connection is given up
            held.connection.terminate()
        else:
            self._put_back(held)


class _Held:
    """A connection, the age of its plans, and whose rows it sees outside of transactions.

    Those that were opened earlier come first.
    """

    def __init__(self, number: int, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        self._number = number
        self.connection = connection
        self.reads_only = reads_only(connection)
        self._planned_at = asyncio.get_running_loop().time()
        self._org = ""

    def __lt__(self, other: _Held) -> bool:
        """Tell whether it was opened before another."""
        return self._number < other._number

    async def enter(self, org: str) -> None:
        """See an organization's rows until another is entered; seldom costs a message.

        A transaction says for itself whose rows it sees.
        """
        message = self.renewal()
        if org != self._org:
            message += f"SELECT set_config('app.org', '{org}', false)"
        if message:
            await self.connection.execute(message)
            self._org = org

    def renewal(self) -> str:
        """Return what makes the connection plan anew, if it is time to."""
        now = asyncio.get_running_loop().time()
        if now - self._planned_at < PLANS_KEPT_S:
            return ""
        self._planned_at = now
        return "DISCARD PLANS; "


class _PostgresTransaction:
    """Begins with its first statement; one that has none costs nothing."""

    has_round_trips = True

    def __init__(self, held: _Held, begin: str, org: str) -> None:
        self._held = held
        self._connection = held.connection
        self._begin = begin
        self._scope = f"SELECT set_config('app.org', '{org}', true)"

    async def fetch(self, wanted: Statement, *arguments: Any) -> Sequence[Row]:
        await self._start()
        rows: Sequence[Any] = await self._connection.fetch(wanted.postgres, *arguments)
        return rows

    async def run_many(self, wanted: Statement, rows: Sequence[Row]) -> None:
        if rows:
            await self.fetch(wanted, *zip(*rows, strict=True))

    async def commit(self) -> None:
        if not self._begin:
            await self._connection.execute("COMMIT")

    async def _start(self) -> None:
        """Begin, unless that is done."""
        if self._begin:
            begin, self._begin = self._begin, ""
            await self._connection.execute(f"{begin}; {self._held.renewal()}{self._scope}")


async def connect_postgres(url: str) -> asyncpg.Connection[asyncpg.Record]:
    """Open a connection of one's own, under the role that row-level security binds.

    Raises:
        StoreFault: if the server cannot be reached.
    """
    import asyncpg

    try:
        connection = await asyncpg.connect(
            url,
            timeout=CONNECT_S,
            server_settings={
                "application_name": "gatekeeper ledger",
                # Left to itself it plans anew at each call, guessing that few rows pay for it.
                "plan_cache_mode": "force_generic_plan",
                **POSTGRES_SESSION,
            },
        )
    except (OSError, ValueError, asyncpg.PostgresError) as error:  # such as a certificate's file
        raise _fault(error) from error
    try:
        notice_lost_postgres(connection)
        await connection.execute(BOUND_AND_DURABLE)
    except BaseException as error:
        connection.terminate()  # also when the server stops while we ask
        if _is_unavailable(error):
            raise _fault(error) from error
        raise
    return connection


def _is_unavailable(error: BaseException) -> bool:
    import asyncpg

    state = str(getattr(error, "sqlstate", "") or "")
    # asyncpg's internal error: the server's last word came, and the end of the connection has not.
    return (
        isinstance(error, OSError | asyncpg.InterfaceError | asyncpg.InternalClientError)
        or state.startswith(("08", "53", "57P", *DISK_AT_FAULT))
        or state in {READ_ONLY, "55000", "55P03", "57014", "40P01"}
    )


def _fault(error: BaseException) -> StoreFault:
    said = words_of_system(error) + advice_of(error)
    return StoreFault(f"the database cannot be used now: {said}")
