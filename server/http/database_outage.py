"""Says once that the database is gone, and once that it is back.

While it is gone every request, and whatever is done again and again, fails alike: a traceback of
each fills the disk and hides the one line that an operator needs.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.asked_to_end import is_ending
from server.database_errors import (
    NO_RIGHT,
    READ_ONLY,
    causes_of,
    database_name_of,
    is_busy,
    is_unavailable,
    state_of,
)
from shared.kernel.errors import GatekeeperError
from shared.kernel.instant import SECOND, Duration
from shared.kernel.ports import Clock

DATABASE_LOOK_S: Final = 1.0
"""Seconds from a look whether the database is back to the next."""
_GONE: Final = ("08", READ_ONLY, "28", "3D", NO_RIGHT, "53", "55000", "57P")
"""SQLSTATEs: connection, a standby, login, no such database, a right that was taken, no room, no
connections now, shutting down."""
_SQLITE_GONE: Final = tuple(
    f"SQLITE_{name}" for name in ("FULL", "IOERR", "READONLY", "CANTOPEN", "CORRUPT", "NOTADB")
)
"""How SQLite's names of a file that cannot be used begin."""
_MODULES: Final = ("asyncpg", "sqlalchemy", "server.db")


class DatabaseOutage:
    """Whether this process finds its database gone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: Duration | None = None

    def fold(
        self, _logger: Any, _method: str, line: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Make one short line of all that tell of a database that is gone.

        Who has only waited too long for a lock is a short line each: nothing of ours is at fault.
        One of structlog's processors, in front of what renders tracebacks.

        Raises:
            structlog.DropEvent: for each line but the first.
        """
        error = _error_of(line)
        if error is None:
            return line
        if is_outage(error):
            if self._since is not None:
                raise structlog.DropEvent
            self._since = self._clock.monotonic()
            return _shortened(line, "database.unavailable", error)
        if any(is_busy(one) for one in causes_of(error)):
            return _shortened(line, "database.busy", error)
        return line

    @asynccontextmanager
    async def watched(self, try_it: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """Look during the block whether a database that is gone is back, and say so once.

        Args:
            try_it: Raises as long as it is gone.
        """
        task = asyncio.create_task(self._watch(try_it))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _watch(self, try_it: Callable[[], Awaitable[None]]) -> None:
        while not is_ending():
            await asyncio.sleep(DATABASE_LOOK_S)
            if self._since is None:
                continue
            try:
                await try_it()
            except (SQLAlchemyError, OSError, GatekeeperError):
                continue
            lasted = self._clock.monotonic() - self._since
            self._since = None
            structlog.get_logger().warning("database.back", lasted_s=lasted // SECOND)


def is_outage(error: BaseException) -> bool:
    """Tell whether an error says that the database as a whole cannot be used: gone, full, no room.

    Not one that is only busy: somebody holds a lock, and another request may succeed.
    """
    return any(_is_outage(one) for one in causes_of(error))


def _is_outage(error: BaseException) -> bool:
    if isinstance(error, DBAPIError):
        return is_unavailable(error) and not is_busy(error)
    if isinstance(error, PoolTimeout):
        return True
    if isinstance(error, OSError):
        # A mail server or a webhook's may be gone as well.
        return _comes_from_database(error)
    if isinstance(error, sqlite3.Error):
        # Of the second road to the database, which wraps none.
        return (getattr(error, "sqlite_errorname", None) or "").startswith(_SQLITE_GONE)
    state = state_of(error)
    if state:
        return state.startswith(_GONE)
    # asyncpg's own, of a connection that has ended.
    return type(error).__name__ in {"InterfaceError", "InternalClientError"}


def _comes_from_database(error: BaseException) -> bool:
    trace = error.__traceback__
    while trace is not None:
        if str(trace.tb_frame.f_globals.get("__name__", "")).startswith(_MODULES):
            return True
        trace = trace.tb_next
    return False


def _shortened(
    line: MutableMapping[str, Any], event: str, error: BaseException
) -> MutableMapping[str, Any]:
    del line["exc_info"]
    line["kind"] = line["event"]
    line["event"] = event
    line["reason"] = database_name_of(error) or type(_last(error)).__name__
    return line


def _error_of(line: MutableMapping[str, Any]) -> BaseException | None:
    told = line.get("exc_info")
    if isinstance(told, BaseException):
        return told
    if isinstance(told, tuple):
        told = told[1]
        return told if isinstance(told, BaseException) else None
    return sys.exc_info()[1] if told else None


def _last(error: BaseException) -> BaseException:
    *_, last = causes_of(error)
    return last
