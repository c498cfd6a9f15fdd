"""Whoever is in between leads a gate's push channel elsewhere, or asks on and never listens."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from shared.kernel.errors import ServerFault
from shared.kernel.id_types import EventId
from tests.integration.gate.test_http_client import connected


@pytest.mark.parametrize(
    "elsewhere",
    ["ws://{here}/elsewhere", "wss://{here}/", "ws://{here}9/", "ws://a..b/", "//[::1"],
)
async def test_the_push_channel_follows_nobody_elsewhere(elsewhere: str) -> None:
    """Whoever is in between says where to: the gate asks nobody there, and goes on polling."""
    asked: list[str] = []

    def send_on(connection: ServerConnection, request: Request) -> Response:
        asked.append(request.path.partition("?")[0])
        answer = connection.respond(302, "")
        here = request.headers["Host"]
        answer.headers["Location"] = elsewhere.format(here=here)
        return answer

    async with serve(lambda _: asyncio.sleep(0), "127.0.0.1", 0, process_request=send_on) as one:
        server = connected(f"http://127.0.0.1:{next(iter(one.sockets)).getsockname()[1]}")
        with pytest.raises(ServerFault, match="polls instead"):
            await server.wait_for_push(EventId("ev_1"))
        await server.close()
    assert asked == ["/sync/v1/push"]


async def test_who_asks_on_and_reads_no_answer_fills_no_memory() -> None:
    """A hundred thousand pings whose answers nobody takes: the channel is cut, and it polls."""

    async def ask_on(connection: ServerConnection) -> None:
        transport = connection.transport
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        ping = b"\x89\x7d" + bytes(125)
        for _ in range(1_000):
            transport.write(100 * ping)
            await asyncio.sleep(0)
        await connection.wait_closed()

    async with serve(ask_on, "127.0.0.1", 0, close_timeout=0.1) as one:
        server = connected(f"http://127.0.0.1:{next(iter(one.sockets)).getsockname()[1]}")
        async with asyncio.timeout(60):
            with pytest.raises(ServerFault, match=r"polls instead|stopped answering"):
                await server.wait_for_push(EventId("ev_1"))
        await server.close()
