"""A request that is answered before its body is there leaves its connection as it was."""

from __future__ import annotations

import asyncio
from typing import Any

from server.serving.connection_limits_and_deadlines import Phase
from server.serving.connections import HEAD_SIZE_MAX, Connection
from tests.unit.server.serving.test_stopping import Line, answer_late, connect

BODY = b"x" * (HEAD_SIZE_MAX + 1_000)
SMALL = b"POST / HTTP/1.1\r\nhost: office\r\ncontent-length: 2\r\n\r\n{}"
HEAD = b"POST / HTTP/1.1\r\nhost: office\r\ncontent-length: %d\r\n\r\n" % len(BODY)


class OpenLine(Line):
    """One that goes on behind an answer, and is told to wait while requests queue up on it."""

    def is_closing(self) -> bool:
        return "close" in self.did or "abort" in self.did

    def pause_reading(self) -> None:
        """Take it."""

    def resume_reading(self) -> None:
        """Take it."""


def asked_at_once() -> tuple[Connection, Line]:
    """Connect to an application that refuses whatever it is asked, without reading bodies."""
    answered = asyncio.Event()
    answered.set()
    app: Any = answer_late(answered)
    line = OpenLine()
    return connect(app, line), line


def phase_of(connection: Connection) -> Phase:
    """Tell what a connection is waited for."""
    return connection.opened.phase


async def answers(connection: Connection) -> None:
    """Let the application answer all that it was asked."""
    while connection.tasks:
        await asyncio.gather(*connection.tasks)
        await asyncio.sleep(0)  # what was written of an answer in one turn goes out behind it


async def test_a_large_body_behind_its_answer_does_not_end_the_next_request() -> None:
    """An upload beyond a limit is refused by its head; what is asked next is asked in its turn."""
    connection, line = asked_at_once()
    rest = b""
    for _ in range(4):  # each head comes in one reading with the end of the body before it
        connection.data_received(rest + HEAD)
        await answers(connection)
        assert phase_of(connection) is Phase.BODY
        connection.data_received(BODY[:-7])
        rest = BODY[-7:]
    connection.data_received(rest)
    assert phase_of(connection) is Phase.IDLE
    assert line.did.count("write") == 4
    assert "close" not in line.did


async def test_a_body_behind_one_of_two_requests_is_waited_for_as_a_body() -> None:
    """Sent behind one another, both are answered; then the second one's body is waited for."""
    connection, line = asked_at_once()
    connection.data_received(SMALL + HEAD)
    await answers(connection)
    assert line.did.count("write") == 2
    assert phase_of(connection) is Phase.BODY
    for piece in (BODY[:-7], BODY[-7:]):
        connection.data_received(piece)
    assert phase_of(connection) is Phase.IDLE
    assert "close" not in line.did
