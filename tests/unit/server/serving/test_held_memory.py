"""Bodies that are never finished and answers that nobody takes do not fill a worker's memory."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.serving.connection_limits_and_deadlines import HELD_MAX, Phase, Sockets
from server.serving.connections import Connection
from tests.unit.server.serving.test_early_answers import OpenLine
from tests.unit.server.serving.test_stopping import REQUEST, answer_late, connect

PIECE = b"x" * 60_000
HEAD = b"POST / HTTP/1.1\r\nhost: office\r\ncontent-length: 1000000000\r\n\r\n"


async def read_on(_scope: Any, receive: Any, _send: Any) -> None:
    """Take a body until it ends, or its sender leaves."""
    while (await receive()).get("more_body"):
        pass


def bring(sockets: Sockets, caller: str, pieces: int) -> tuple[Connection, OpenLine]:
    """Begin a body, and send so much of it."""
    line = OpenLine()
    connection = connect(read_on, line, sockets)
    connection.data_received(HEAD)
    for _ in range(pieces):
        connection.data_received(PIECE)
    connection.opened.know(caller)
    return connection, line


async def test_who_begins_too_many_bodies_is_refused_the_largest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And told to try again; what others bring meanwhile is taken, though one of it is larger."""
    monkeypatch.setattr("server.serving.connection_limits_and_deadlines.HELD_MAX", 9 * len(PIECE))
    sockets = Sockets()
    other, _ = bring(sockets, "us_other", 4)
    greedy = [bring(sockets, "us_greedy", count) for count in (1, 2, 3)]
    sockets.sweep(0.0)
    assert [one.opened.phase for one, _ in greedy] == [Phase.BODY, Phase.BODY, Phase.CLOSING]
    assert other.opened.phase is Phase.BODY
    refused, line = greedy[-1]
    assert line.did == ["write", "close"]
    await asyncio.gather(*refused.tasks)  # its application hears that nobody listens
    assert refused.held() == 0
    for connection, _ in [(other, None), *greedy]:
        for task in connection.tasks:
            task.cancel()


async def test_who_takes_no_answers_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A known caller has as long as it likes for an answer, but not for all of the memory."""
    monkeypatch.setattr("server.serving.connection_limits_and_deadlines.HELD_MAX", 1_000_000)
    sockets = Sockets()
    answered = asyncio.Event()
    answered.set()
    lines = [OpenLine(unsent=size) for size in (300_000, 900_000)]
    for line in lines:
        connection = connect(answer_late(answered), line, sockets)
        connection.data_received(REQUEST)
        connection.opened.know("us_greedy")
        await asyncio.gather(*connection.tasks)
    sockets.sweep(0.0)
    assert [line.did.count("abort") for line in lines] == [0, 1]


def test_a_request_whose_answer_is_being_made_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To cut it off frees nothing: whoever answers has its body in hand."""
    monkeypatch.setattr("server.serving.connection_limits_and_deadlines.HELD_MAX", 0)
    sockets = Sockets()
    opened = sockets.open("203.0.113.9", 0.0, lambda: pytest.fail("it was cut off"))
    opened.enter(Phase.ANSWER, 0.0)
    opened.held = lambda: HELD_MAX
    sockets.sweep(0.0)
