"""A server's answers and news that come in crumbs: a device reads no further.

What was read at once is parsed before a scan has its turn, so whoever stands between a gate and
its server could keep each verdict waiting without end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from gatekeeper.sync.push_channel_and_lost_server import PushClient
from gatekeeper.sync.transport import Transport
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import EventId
from shared.wire.push_message import PushMessage

EVENT = EventId("ev_1")
IN_PIECES = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ANSWER = IN_PIECES + b"2\r\n{}\r\n0\r\n\r\n"


@asynccontextmanager
async def asking(answer: bytes) -> AsyncIterator[Transport]:
    """Give a client of a server that has one answer."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    client = Transport(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        yield client
    finally:
        await client.close()
        server.close()


@pytest.mark.parametrize(
    "crumbs",
    [
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * 5_000 + ANSWER,
        b"HTTP/1.1 103 Early Hints\n\n" * 5_000 + ANSWER,
        IN_PIECES + b"1\r\n \r\n" * 20_000 + b"2\r\n{}\r\n0\r\n\r\n",
    ],
    ids=["hints", "hints of bare lines", "pieces of a body"],
)
async def test_an_answer_in_crumbs_is_read_no_further(crumbs: bytes) -> None:
    """Without end, each verdict took seconds meanwhile."""
    async with asking(crumbs) as client:
        with pytest.raises(ServerFault, match="broke before the answer came"):
            await client.send("GET", "/")


async def test_an_answer_in_a_proxys_pieces_is_read_whole() -> None:
    """A megabyte in pieces of a kilobyte, each of any bytes, is an answer like any other."""
    piece = bytes(range(256)) * 4
    pieces = b"%x\r\n%s\r\n" % (len(piece), piece) * 1_000
    async with asking(IN_PIECES + pieces + b"0\r\n\r\n") as client:
        assert await client.send("GET", "/") == piece * 1_000


async def test_an_answer_of_equal_small_numbers_is_read_whole() -> None:
    """Ten is a line's end in MessagePack: a hall whose rows all have ten seats is no crumbs."""
    said = b"\n" * 4_096
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(said)
    async with asking(head + said) as client:
        assert await client.send("GET", "/") == said


@pytest.mark.parametrize("kind", ["pongs", "messages"])
async def test_a_channel_of_frames_without_end_is_read_no_further(kind: str) -> None:
    """A verdict waited for 27 seconds meanwhile."""

    async def flood(connection: ServerConnection) -> None:
        news = msgspec.json.encode(PushMessage(EVENT, 1, 9)).decode()
        with suppress(ConnectionClosed):
            for _ in range(5_000):
                await (connection.pong() if kind == "pongs" else connection.send("{}"))
            await connection.send(news)
            await connection.wait_closed()

    async with serve(flood, "127.0.0.1", 0) as listener:
        port = next(iter(listener.sockets)).getsockname()[1]
        client = PushClient(f"http://127.0.0.1:{port}", lambda _: {}, None, None)
        with pytest.raises(ServerFault, match="polls instead"):
            await client.wait(EVENT)
        await client.close()
