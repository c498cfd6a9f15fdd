"""A server that stops waits for answers under way, and for nobody who only keeps a connection."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from server.serving.connection_limits_and_deadlines import Sockets
from server.serving.connections import Connection

REQUEST = b"GET / HTTP/1.1\r\nhost: gate\r\n\r\n"


class Line(asyncio.Transport):
    """What a connection does to its transport; the other side says no farewell."""

    def __init__(self, unsent: int = 0) -> None:
        super().__init__()
        self.unsent, self.did = unsent, list[str]()
        self.cut = asyncio.Event()

    def close(self) -> None:
        self.did.append("close")

    def abort(self) -> None:
        self.did.append("abort")
        self.cut.set()

    def is_closing(self) -> bool:
        return bool(self.did)

    def write(self, data: Any) -> None:
        self.did.append("write")

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Take them."""


def answer_late(answered: asyncio.Event) -> Any:
    """Make an application that answers when it is told to."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await answered.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return app


def connect(app: Any, line: Line, sockets: Sockets | None = None) -> Connection:
    """Make a connection over a line; of a worker of its own, unless sockets are named."""
    config = Config(app, lifespan="off", log_config=None)
    config.load()
    sockets = Sockets() if sockets is None else sockets
    opened = sockets.open("203.0.113.9", 0.0, line.abort)
    made = Connection(config, ServerState(), {}, opened=opened)
    made.connection_made(line)
    return made


async def test_an_idle_connection_is_cut_without_the_other_sides_farewell() -> None:
    """Before its first request, and between two."""
    answered = asyncio.Event()
    answered.set()
    app = answer_late(answered)
    for is_asked in (False, True):
        line = Line()
        connection = connect(app, line)
        if is_asked:
            connection.data_received(REQUEST)
            await asyncio.gather(*connection.tasks)
        connection.shutdown()
        await line.cut.wait()
        assert line.did[-2:] == ["close", "abort"]


async def test_an_answer_under_way_is_given_before_the_end() -> None:
    """It is written, and the connection closed behind it, as its protocol would."""
    answered = asyncio.Event()
    line = Line()
    connection = connect(answer_late(answered), line)
    connection.data_received(REQUEST)
    await asyncio.sleep(0)
    connection.shutdown()
    assert line.did == []
    answered.set()
    await asyncio.gather(*connection.tasks)
    assert "write" in line.did
    assert line.did[-1] == "close"
