"""What is answered when the database does not do what it was asked."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from asyncpg import InterfaceError
from litestar import Request
from sqlalchemy.exc import OperationalError

from server.http.answering_exceptions import BUSY, on_database_error, on_unexpected
from server.http.request_log import RequestLog
from shared.kernel.errors import StoreFault
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy


class PostgresError(Exception):
    """An error as the server of PostgreSQL names it."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def locked(file: Path) -> sqlite3.OperationalError:
    """Return what SQLite says where another one writes."""
    with (
        closing(sqlite3.connect(file, isolation_level=None)) as one,
        closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as other,
    ):
        one.execute("CREATE TABLE t (a)")
        one.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as caught:
            other.execute("BEGIN IMMEDIATE")
    return caught.value


def answer_to(fault: Exception) -> tuple[int, str, str]:
    """Return status, `Retry-After` and sentence."""
    scope: Any = {"type": "http", "headers": []}
    request: Request[Any, Any, Any] = Request(scope)
    answer = on_database_error(request, OperationalError("UPDATE event", {}, fault))
    body = json.loads(answer.content)
    return answer.status_code or 0, answer.headers["retry-after"], body["detail"]


@pytest.mark.parametrize("sqlstate", ["55P03", "40P01", "40001"])
def test_who_waited_too_long_for_others_is_told_so(sqlstate: str) -> None:
    """An edit behind a stream of orders: nothing is wrong with the database, and nothing lost."""
    assert answer_to(PostgresError(sqlstate)) == (503, "2", BUSY)


def test_who_waited_too_long_for_sqlite_is_told_so(tmp_path: Path) -> None:
    """The same sentence on either database."""
    assert answer_to(locked(tmp_path / "busy.db")) == (503, "2", BUSY)


@pytest.mark.parametrize(
    ("sqlstate", "said"),
    [
        ("57P01", "The database is not available right now"),
        ("53100", "The server’s disk is full: free some space on it."),
        ("08006", "The database is not available right now"),
        ("42501", "The database is not available right now"),
        ("58030", "The database is not available right now"),
        ("XX001", "The database is not available right now"),
    ],
)
def test_database_that_is_gone_or_full_is_named(sqlstate: str, said: str) -> None:
    """Trying again at once helps nobody who does not look after it; of a full disk, what does."""
    status, retry, detail = answer_to(PostgresError(sqlstate))
    assert (status, retry) == (503, "2")
    assert detail.startswith(said)


def test_a_connection_that_ended_amid_a_request_is_no_bug_of_ours() -> None:
    """The driver's own error reaches nobody who wraps it, and stands in no line of the log."""
    scope: Any = {"type": "http", "headers": []}
    answer = on_unexpected(Request(scope), InterfaceError("connection is closed"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert on_unexpected(Request(scope), Bug()).status_code == 500


class Bug(Exception):
    """What nobody has foreseen."""


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (StoreFault("the database is starting up"), 503),
        (OperationalError("SELECT device", {}, PostgresError("57P01")), 503),
        (ConnectionRefusedError(), 503),
        (InterfaceError("connection is closed"), 503),
        (Bug(), 500),
    ],
)
async def test_a_database_that_is_gone_is_503_before_anybody_is_known(
    error: Exception, status: int
) -> None:
    """Who asks is looked up before the routes: a scanner is told to try again there as well."""

    async def fail(_scope: Any, _receive: Any, _send: Any) -> None:
        raise error

    app = RequestLog(
        fail,
        clock=ManualClock(),
        entropy=SeededEntropy("log"),
        log=lambda *_, **__: None,
        log_failure=lambda *_, **__: None,
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        answer = await client.post("/sync/v1/claims")
    assert answer.status_code == status
    assert ("retry-after" in answer.headers) is (status == 503)
    assert answer.json()["request_id"]


class Gone(OSError):
    """What is raised to whoever writes to a client that has hung up."""


@pytest.mark.parametrize("error", [None, Bug()])
async def test_a_client_that_hangs_up_is_no_fault_of_ours(error: Exception | None) -> None:
    """A stranger who opens a channel and leaves must not fill the log; a bug is told of still."""
    told: list[str] = []

    async def accept(_scope: Any, _receive: Any, send: Any) -> None:
        if error is not None:
            raise error
        await send({"type": "websocket.accept"})

    async def send(_message: Any) -> None:
        raise Gone

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    app = RequestLog(
        accept,
        clock=ManualClock(),
        entropy=SeededEntropy("log"),
        log=lambda name, **_: told.append(name),
        log_failure=lambda name, **_: told.append(name),
    )
    await app({"type": "websocket", "headers": [], "client": ("192.0.2.7", 9)}, receive, send)
    assert told == (["request"] if error is None else ["request.failed", "request"])


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
@pytest.mark.parametrize("status", [200, 503])
async def test_a_probe_that_finds_all_well_is_no_line(path: str, status: int) -> None:
    """A monitor asks each second, and the program as it starts: only a 503 is worth a line."""
    told: list[str] = []

    async def answer(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(_message: Any) -> None:
        """Take it."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    app = RequestLog(
        answer,
        clock=ManualClock(),
        entropy=SeededEntropy("log"),
        log=lambda name, **_: told.append(name),
        log_failure=lambda name, **_: told.append(name),
    )
    scope = {"type": "http", "method": "GET", "headers": [], "client": ("127.0.0.1", 9)}
    await app(scope | {"path_template": path}, receive, send)
    assert told == ([] if status == 200 else ["request"])
