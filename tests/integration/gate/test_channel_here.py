"""Whoever is in between sends a gate that opens its push channel to some other address."""

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
