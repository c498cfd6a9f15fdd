"""What a database says is wrong, whatever library has told it. Pure.

It loads no such library: a server's first process and its copies word a full disk as well.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from errno import EDQUOT, ENOSPC
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError

_FULL: Final = frozenset({"SQLITE_FULL", "53100"})
"""SQLite's name and PostgreSQL's SQLSTATE of a full disk."""
READ_ONLY: Final = "25006"
"""PostgreSQL's SQLSTATE where something would write that only reads."""

NO_RIGHT: Final = "42501"
"""PostgreSQL's SQLSTATE where the login may not do what is asked: somebody has taken a right."""
_CHECKS_POLICIES: Final = "ExecWithCheckOptions"
"""PostgreSQL's own function that refuses a row of another organization, by `NO_RIGHT` as well."""
_SQLITE_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_POSTGRES_BUSY: Final = frozenset(
    {
        "40001",  # serialization failure
        "40P01",  # deadlock
        "55P03",  # lock timeout
        "57014",  # took longer than the operator lets this login's statements take
    }
)
_SQLITE_KEY_TAKEN: Final = frozenset(
    {sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE}
)
_POSTGRES_LOST: Final = frozenset(
    {
        "23505",  # unique violation
        "40001",  # serialization failure
        "40P01",  # deadlock
    }
)

DISK_AT_FAULT: Final = ("58", "XX001", "XX002")
"""PostgreSQL's disk cannot be read or written; a table's page, an index's is damaged there."""
_POSTGRES_AT_FAULT: Final = (
    "08",  # connection
    READ_ONLY,
    "28",  # login
    "3D",  # no such database
    "40",  # deadlock: try again
    NO_RIGHT,
    "53",  # out of resources
    "55000",  # takes no connections now
    "55P03",  # lock timeout
    "57014",  # statement timeout
    "57P",  # shutting down
    *DISK_AT_FAULT,
)

_SQLITE_AT_FAULT: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOTADB,
    }
)


def causes_of(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, and those that it comes from."""
    while error is not None:
        yield error
        error = getattr(error, "orig", None) or error.__cause__


def database_name_of(error: BaseException) -> str:
    """Return the database's own name for what is wrong, such as SQLITE_FULL; "" if it has none.

    The texts of errors are not logged, because they may quote what a client sent; without this
    nobody could tell a full disk from a broken one.
    """
    for one in causes_of(error):
        name = getattr(one, "sqlite_errorname", None) or getattr(one, "sqlstate", None)
        if name:
            return str(name)
    return ""


def state_of(error: BaseException | None) -> str:
    """Return the SQLSTATE of a driver's error.

    "" if it has none, and where row-level security refuses a row: nobody has taken a right, and no
    trying again helps. It is a fault of ours, told as one.
    """
    said = (getattr(one, "server_source_function", None) for one in causes_of(error))
    return "" if _CHECKS_POLICIES in said else str(getattr(error, "sqlstate", "") or "")


def is_read_only(error: BaseException) -> bool:
    """Tell whether PostgreSQL takes no writing here: a standby, or what became one.

    Another host of the same name may take it by now, so the connection is worth nothing more.
    """
    return database_name_of(error) == READ_ONLY


def reads_only(connection: Any) -> bool:
    """Tell whether an asyncpg connection led to a server that took no writing as it was opened.

    PostgreSQL says so by itself, from 14 on; who stands between may keep it: then nobody knows.
    """
    said = connection.get_settings()
    names = ("in_hot_standby", "default_transaction_read_only")
    return any(getattr(said, name, "off") == "on" for name in names)


def advice_of(error: BaseException) -> str:
    """Say what to do about what PostgreSQL has said, behind its own words; "" if those do."""
    if is_disk_full(error):
        return "; its disk is full: free some space there and try again"
    if is_read_only(error):
        return "; it only reads, as a standby does: lead the address to the one that writes"
    if database_name_of(error) == "57014":
        return "; this login's statement_timeout is too short for that: raise it, and try again"
    return ""


def is_disk_full(error: BaseException) -> bool:
    """Tell whether nothing can be written because the disk is full."""
    return database_name_of(error) in _FULL or any(
        isinstance(one, OSError) and one.errno in {ENOSPC, EDQUOT} for one in causes_of(error)
    )


def is_unavailable(error: DBAPIError) -> bool:
    """Tell whether the database, not the statement, is at fault: locked, full, gone."""
    if error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_AT_FAULT
    state = state_of(error.orig)
    if state:
        return is_postgres_at_fault(state)
    from sqlalchemy.exc import InterfaceError, InternalError

    # Also of a connection that ended as it was opened, of which the driver knows no state.
    return isinstance(error, InterfaceError | InternalError)


def is_postgres_at_fault(state: str) -> bool:
    """Tell by an SQLSTATE whether PostgreSQL, not the statement, is at fault."""
    return state.startswith(_POSTGRES_AT_FAULT)


def is_busy(error: BaseException) -> bool:
    """Tell whether others hold what a statement wants; the database itself is well."""
    said = getattr(error, "orig", error)
    code = getattr(said, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_BUSY
    return str(getattr(said, "sqlstate", "") or "") in _POSTGRES_BUSY


def is_lost_race(error: DBAPIError) -> bool:
    """Tell whether another transaction was faster, so that a new one may find what it left."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code in _SQLITE_KEY_TAKEN
    return str(getattr(error.orig, "sqlstate", "") or "") in _POSTGRES_LOST
