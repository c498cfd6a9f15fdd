"""A database that is gone is said once, whichever road to it has noticed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
import structlog
from asyncpg import (
    InsufficientPrivilegeError,
    LockNotAvailableError,
    ReadOnlySQLTransactionError,
)
from sqlalchemy.exc import OperationalError, ProgrammingError

from server.http.database_outage import DatabaseOutage, is_outage
from shared.kernel.errors import StoreFault
from tests.fakes.clock import ManualClock


def full() -> sqlite3.OperationalError:
    """Return what SQLite says where nothing can grow."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(sqlite3.OperationalError) as caught:
            connection.execute("CREATE TABLE t (a)")
    return caught.value


def told_of_full_disk() -> dict[str, Any]:
    """Return the log's line of a claim or an exchange that met a full disk."""
    try:
        raise StoreFault("the database cannot be used now") from full()
    except StoreFault as fault:
        return {"event": "request.failed", "exc_info": fault}


def test_a_full_disk_is_one_short_line_whatever_devices_ask_meanwhile(clock: ManualClock) -> None:
    """Each gate asks every few seconds: a traceback of each fills what is left of the disk."""
    outage = DatabaseOutage(clock)
    line = outage.fold(None, "error", told_of_full_disk())
    assert line == {
        "event": "database.unavailable",
        "kind": "request.failed",
        "reason": "SQLITE_FULL",
    }
    with pytest.raises(structlog.DropEvent):
        outage.fold(None, "error", told_of_full_disk())


@pytest.mark.parametrize(
    "met",
    [
        LockNotAvailableError("canceling statement due to lock timeout"),
        OperationalError("SELECT ticket", {}, LockNotAvailableError("canceling statement")),
    ],
)
def test_who_waited_too_long_for_a_lock_is_a_short_line_each(
    met: Exception, clock: ManualClock
) -> None:
    """Whoever holds the lock is at fault, not the code: a traceback of each says nothing."""
    outage = DatabaseOutage(clock)
    try:
        raise StoreFault("the database cannot be used now") from met
    except StoreFault as fault:
        for _ in range(2):
            line = outage.fold(None, "error", {"event": "request.failed", "exc_info": fault})
            assert line == {
                "event": "database.busy",
                "kind": "request.failed",
                "reason": "55P03",
            }


def test_a_right_that_was_taken_is_an_outage() -> None:
    """Devices try again, and the log names it once."""
    assert is_outage(InsufficientPrivilegeError("permission denied for table ticket_use"))


def test_a_row_that_is_another_organizations_is_no_outage(clock: ManualClock) -> None:
    """PostgreSQL names it like a right that was taken; nobody has, and its traceback stays."""
    refused = InsufficientPrivilegeError("new row violates row-level security policy")
    refused.server_source_function = "ExecWithCheckOptions"
    for met in (refused, ProgrammingError("INSERT INTO ticket_use", {}, refused)):
        assert not is_outage(met)
        line = {"event": "request.failed", "exc_info": met}
        assert DatabaseOutage(clock).fold(None, "error", line) is line


def test_a_wrong_statement_is_no_outage() -> None:
    """A fault of ours keeps its traceback."""
    with (
        closing(sqlite3.connect(":memory:")) as connection,
        pytest.raises(sqlite3.OperationalError) as caught,
    ):
        connection.execute("SELECT * FROM nowhere")
    assert not is_outage(caught.value)


def test_a_standby_is_an_outage() -> None:
    """Where an address led before its database was moved: nothing of ours is at fault."""
    assert is_outage(ReadOnlySQLTransactionError("cannot execute INSERT"))
