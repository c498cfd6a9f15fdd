"""Connections and transactions, on SQLite and on PostgreSQL, behind one object.

SQLite has one writer at a time. Here that is one connection per process, and a lock file between
processes, so that writers queue instead of polling and never checkpoint beside each other:
SQLite before 3.51.3 may lose the log when a checkpoint resets it during a write of another
connection (sqlite.org/wal.html#walresetbug). Readers have connections of their own, which
never write, hence never checkpoint.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit
from weakref import WeakSet

import aiosqlite
from sqlalchemy import Executable, event, text
from sqlalchemy.engine import URL, Connection, ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from command_line.file_lock import FileLock
from server.database_errors import is_read_only, reads_only
from server.db.audit_line import PRESENT
from server.db.copies_before_upgrades import forget_copies
from server.db.plain_copies import forget_plain_copies
from server.db.tcp_keepalive import CONNECT_S, NOTICED_BY_POSTGRES, notice_lost_postgres
from server.db.tenancy import APPLICATION_ROLE, SCOPE_KEY, SYSTEM, ScopedSession
from server.db.threaded_sqlite import DRIVER as THREADED
from server.settings import POOL_SIZE, sqlite_file_of

BUSY_TIMEOUT_MS: Final = 5_000
LOCK_TIMEOUT_MS: Final = 5_000
POSTGRES_PORT: Final = 5432
READ_COMMITTED: Final = {"default_transaction_isolation": "read committed"}
"""Who has waited for a row's lock reads what its former holder left."""
POSTGRES_SESSION: Final = {
    "lock_timeout": str(LOCK_TIMEOUT_MS),
    "idle_in_transaction_session_timeout": "60000",
    "idle_session_timeout": "0",  # who listens rests, and so does a restore's mark
    "jit": "off",
    **READ_COMMITTED,
    **NOTICED_BY_POSTGRES,
}
"""Settings of each session that serves, whatever the database's or the login's own are."""
LONG_TURN_S: Final = 0.1
"""A turn of the writer's that others feel."""
READERS_MAX: Final = 4
WRITER_CACHE_KIB: Final = 8_192
READER_CACHE_KIB: Final = 4_096


class OneConnection(Protocol):
    """SQLite where there are no threads: all transactions take turns on one connection.

    The product opens files; the simulator, which forbids threads, brings this.
    """

    @property
    def connection(self) -> sqlite3.Connection:
        """For whoever has the turn."""

    def held(self, org: str = "") -> AbstractAsyncContextManager[None]:
        """Wait for the turn to write."""

    def reading(self) -> AbstractAsyncContextManager[None]:
        """Wait for the turn to read."""

    async def flush(self) -> None:
        """Wait as long as the disk takes to write what is committed next."""

    def make_engine(self, pragmas: Sequence[str]) -> AsyncEngine:
        """Make an engine for the object mapper over the connection, which is told these."""

    def close(self) -> None:
        """Close the connection."""


class Database:
    """The database of one server process.

    Attributes:
        is_sqlite: Which of the two kinds it is.
        connections: How many may be open at once for whoever reads.
        inline: The one connection where there are no threads, or None.
    """

    def __init__(
        self, url: str, *, pool_size: int = POOL_SIZE, inline: OneConnection | None = None
    ) -> None:
        """Prepare engines; nothing is opened until the first transaction.

        Args:
            url: `sqlite:///FILE` or `postgresql://…`.
            pool_size: PostgreSQL connections kept; as many again may be opened at peaks.
            inline: A connection without threads, in place of the file that `url` names.
        """
        file = sqlite_file_of(url)
        self.is_sqlite = file is not None
        self.connections = READERS_MAX if self.is_sqlite else 2 * pool_size
        self.inline = inline
        self._file = file if inline is None else None
        self._gate: _WriterGate | OneConnection | None = None
        if inline is not None:
            self._gate = inline
            self._writer = self._reader = inline.make_engine(sqlite_pragmas(writes=True))
        elif file is not None:
            self._gate = _WriterGate(file)
            self._writer = _sqlite_engine(file, writes=True)
            self._reader = _sqlite_engine(file, writes=False)
        else:
            self._writer = self._reader = _postgres_engine(url, pool_size)
        self._write_sessions = _sessions(self._writer)
        self._read_sessions = _sessions(self._reader)

    @asynccontextmanager
    async def write(self, *, org: str, is_audited: bool = True) -> AsyncIterator[AsyncSession]:
        """Open a transaction that writes; commits at the end, rolls back on an exception.

        On SQLite it is the only writer there is meanwhile: do nothing slow inside.

        Args:
            org: The organization's id, or `SYSTEM`.
            is_audited: False for what a request only counts or notes on its way: limits, and
                when a key was last used.
        """
        turn = nullcontext() if self._gate is None else self._gate.held(org)
        request = PRESENT.get() if is_audited else None
        async with turn, self._open(self._write_sessions, org) as session:
            yield session
            if request is not None:
                await request.write_line(session, org)
        if request is not None:
            request.is_written = True

    @asynccontextmanager
    async def read(self, *, org: str) -> AsyncIterator[AsyncSession]:
        """Open a transaction that only reads, from one snapshot on SQLite.

        Args:
            org: The organization's id, or `SYSTEM`.
        """
        turn = nullcontext() if self.inline is None else self.inline.reading()
        async with turn, self._open(self._read_sessions, org) as session:
            yield session

    async def glance(self, query: Executable, values: Mapping[str, Any]) -> Sequence[Any]:
        """Return the rows of one query over all organizations, without a session.

        For whoever looks again and again whether there is anything to do: mostly there is not,
        and a session costs more than the answer.

        Args:
            query: It only reads.
            values: Of its parameters.
        """
        turn = nullcontext() if self.inline is None else self.inline.reading()
        async with turn, self._reader.connect() as connection:
            if not self.is_sqlite:
                await connection.execute(_SET_SCOPE, {"org": SYSTEM})
            return (await connection.execute(query, values)).all()

    @asynccontextmanager
    async def writer_turn(self) -> AsyncIterator[None]:
        """Wait until nobody else writes to the SQLite file; goes on at once on PostgreSQL.

        For whoever writes by a connection of its own (`server/db/hot_path_connections.py`).
        """
        if self._gate is None:
            yield
            return
        async with self._gate.held():
            yield

    async def empty_log(self) -> bool:
        """Have SQLite's log hold nothing of what was erased; one try, that nobody waits for.

        Until it is emptied the log keeps pages as they were before. While somebody reads from it,
        it stays, and is emptied by a later try or by the program's end. The copy of before an
        upgrade goes as well, and what a killed program has left of one that was to be sealed.

        Returns:
            Whether it is empty, and no such copy is there.
        """
        if self._gate is None or self._file is None:
            return True
        try:
            await asyncio.to_thread(forget_copies, self._file)
            await asyncio.to_thread(forget_plain_copies, self._file)
        except OSError:
            return False
        # No transaction is begun: the driver's own connection is asked.
        async with self._gate.held(), self._writer.connect() as opened:
            connection = (await opened.get_raw_connection()).driver_connection
            assert connection is not None
            await connection.execute("PRAGMA busy_timeout=0")
            async with connection.execute("PRAGMA wal_checkpoint(TRUNCATE)") as answer:
                is_busy = (await answer.fetchone() or (1,))[0]
            await connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
            return not is_busy

    async def vacuum(self, tables: Iterable[str]) -> None:
        """Have PostgreSQL forget rows that were deleted; SQLite has overwritten them already.

        Args:
            tables: Whose rows. One that belongs to another login is left to the operator.
        """
        if self.is_sqlite:
            return
        async with self._writer.connect() as connection:
            alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
            try:
                await alone.execute(text("RESET ROLE"))
                for table in tables:
                    await alone.execute(text(f"VACUUM {table}"))
            finally:
                await alone.invalidate()  # nobody else may have a login that is not bound

    async def close(self) -> None:
        """Close every connection; readers first, so that the writer checkpoints last."""
        if self._reader is not self._writer:
            await self._reader.dispose()
        await self._writer.dispose()
        if self._gate is not None:
            self._gate.close()

    @asynccontextmanager
    async def _open(
        self, sessions: async_sessionmaker[AsyncSession], org: str
    ) -> AsyncIterator[AsyncSession]:
        assert org
        async with sessions() as session:
            session.sync_session.info[SCOPE_KEY] = org
            async with session.begin():
                if not self.is_sqlite:
                    connection = await session.connection()
                    await connection.execute(_SET_SCOPE, {"org": org})
                yield session


_SET_SCOPE = text("SELECT set_config('app.org', :org, true)")


@dataclass
class _OwnTurns:
    """One organization's transactions that wait for the writer's turn, the first of them in it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    rests_until: float = 0.0


class _WriterGate:
    """Lets one transaction at a time write to a SQLite file, over all processes, in order.

    An organization stands in that order once, and after a long turn rests for as long: whoever
    sends what is large over and over, by many connections, meets only itself. Claims ask for no
    organization's turn.
    """

    def __init__(self, file: Path) -> None:
        self._turn = asyncio.Lock()
        self._own: dict[str, _OwnTurns] = {}
        self._holder: asyncio.Task[Any] | None = None
        self._lock = FileLock(file.with_name(file.name + ".writer"))
        # Of its own: the threads that all share may be drawing reports for half a minute.
        self._waiter = ThreadPoolExecutor(1, thread_name_prefix="writer-turn")

    @asynccontextmanager
    async def held(self, org: str = SYSTEM) -> AsyncIterator[None]:
        task = asyncio.current_task()
        assert self._holder is not task, "a write transaction inside another waits for ever"
        own_turn = nullcontext() if org == SYSTEM else self._own_turn(org)
        async with own_turn as own, self._turn:
            await self._acquire()
            began = asyncio.get_running_loop().time()
            self._holder = task
            try:
                yield
            finally:
                self._holder = None
                self._lock.release()
                ended = asyncio.get_running_loop().time()
                if own is not None and ended - began > LONG_TURN_S:
                    own.rests_until = 2 * ended - began

    @asynccontextmanager
    async def _own_turn(self, org: str) -> AsyncIterator[_OwnTurns]:
        own, now = self._own.setdefault(org, _OwnTurns()), asyncio.get_running_loop().time
        own.waiting += 1
        try:
            async with own.lock:
                if own.rests_until > now():
                    await asyncio.sleep(own.rests_until - now())
                yield own
        finally:
            own.waiting -= 1
            if not own.waiting and own.rests_until <= now():
                self._own.pop(org, None)

    def close(self) -> None:
        self._waiter.shutdown(wait=False)
        self._lock.close()

    async def _acquire(self) -> None:
        if self._lock.try_acquire():
            return
        loop = asyncio.get_running_loop()
        waiting = loop.run_in_executor(self._waiter, self._lock.acquire)
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError:
            # The thread cannot be called off; the lock that it gets must go back.
            await waiting
            self._lock.release()
            raise


def _sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(
        engine, sync_session_class=ScopedSession, expire_on_commit=False, autoflush=True
    )


def _sqlite_engine(file: Path, *, writes: bool) -> AsyncEngine:
    async def connect() -> aiosqlite.Connection:
        opening = asyncio.ensure_future(_connect_sqlite(file, writes=writes))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            # A connection has a thread of its own, which must not be forgotten.
            await (await opening).close()
            raise

    engine = create_async_engine(
        URL.create(f"sqlite+{THREADED}", database=str(file)),
        async_creator=connect,
        pool_size=1 if writes else READERS_MAX,
        max_overflow=0,
        pool_timeout=30,
        hide_parameters=True,
    )
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        opened: Any = connection.connection.dbapi_connection
        opened.begin(begin)

    return engine


async def _connect_sqlite(file: Path, *, writes: bool) -> aiosqlite.Connection:
    # The driver's own idea of when to BEGIN is switched off; `_begin` does it.
    connection = await aiosqlite.connect(
        file, isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000
    )
    try:
        await connection.executescript(";".join(sqlite_pragmas(writes=writes)))
    except BaseException:
        await connection.close()
        raise
    return connection


def sqlite_pragmas(*, writes: bool) -> list[str]:
    """List what each new SQLite connection is told."""
    pragmas = [
        f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
        "PRAGMA foreign_keys=ON",
        "PRAGMA synchronous=FULL",
        f"PRAGMA cache_size=-{WRITER_CACHE_KIB if writes else READER_CACHE_KIB}",
        "PRAGMA trusted_schema=OFF",
    ]
    if writes:
        # What is deleted is overwritten in the file: else an erased name stays in its bytes.
        return ["PRAGMA journal_mode=WAL", "PRAGMA secure_delete=ON", *pragmas]
    return [*pragmas, "PRAGMA query_only=ON"]


def postgres_engine(url: str, server_settings: dict[str, str], **options: Any) -> AsyncEngine:
    """Make an engine over PostgreSQL, whose connections are opened by an operator's own URL.

    So `sslmode` and the like mean what they mean to all other programs of PostgreSQL.
    """
    import asyncpg

    opened: WeakSet[asyncpg.Connection[asyncpg.Record]] = WeakSet()

    async def connect() -> asyncpg.Connection[asyncpg.Record]:
        one = await asyncpg.connect(url, timeout=CONNECT_S, server_settings=server_settings)
        opened.add(one)
        return one

    engine = create_async_engine(
        "postgresql+asyncpg://",
        connect_args={"async_creator_fn": connect},
        hide_parameters=True,
        **options,
    )

    @event.listens_for(engine.sync_engine, "engine_disposed")
    def _end_all(_engine: object) -> None:
        """End what somebody still holds: the pool lets go of it, and nobody would close it."""
        for one in opened:
            if not one.is_closed():
                one.terminate()

    return engine


def postgres_place(url: str) -> str:
    """Name the host and port that a URL means, as they were written; no login and no password."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'this machine'}:{parts.port or POSTGRES_PORT}"


BOUND_AND_DURABLE: Final = (
    "SELECT set_config('role', app.rolname, false) FROM pg_roles me, pg_roles app"  # noqa: S608 - ours
    " WHERE me.rolname = session_user AND (me.rolsuper OR me.rolbypassrls)"
    f" AND app.rolname = '{APPLICATION_ROLE}' UNION ALL SELECT set_config('synchronous_commit',"
    " 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)
"""Leaves a login that row-level security cannot bind for a role that it binds, and has a commit
answered once it is on the disk: what devices were told would be lost in a crash."""


def _postgres_engine(url: str, pool_size: int) -> AsyncEngine:
    engine = postgres_engine(
        url,
        {"application_name": "gatekeeper", **POSTGRES_SESSION},
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=30,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _begin(connection: Any, _record: Any) -> None:
        notice_lost_postgres(connection.driver_connection)
        cursor = connection.cursor()
        cursor.execute(BOUND_AND_DURABLE)
        cursor.close()
        connection.commit()

    @event.listens_for(engine.sync_engine, "checkout")
    def _pass_over_ended(connection: Any, _record: Any, _proxy: Any) -> None:
        """Take no connection that PostgreSQL, or who stands between, has ended while it waited."""
        if connection.driver_connection.is_closed():
            raise DisconnectionError

    @event.listens_for(engine.sync_engine, "checkin")
    def _keep_no_standby(connection: Any, record: Any) -> None:
        """Keep no connection to a server that only reads: the next who writes would meet it."""
        if connection is not None and reads_only(connection.driver_connection):
            record.invalidate()

    @event.listens_for(engine.sync_engine, "handle_error")
    def _leave_standby(met: ExceptionContext) -> None:
        """Give up all connections to a server that only reads: none would come to write again."""
        if is_read_only(met.sqlalchemy_exception or met.original_exception):
            met.is_disconnect = True

    return engine
