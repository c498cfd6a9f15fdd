"""Calls the real ASGI application inside the loop, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from simulator.kernel.loop import Process, SimLoop
from simulator.kernel.network import Request, Response

SERVER_ADDRESS: Final = ("192.0.2.1", 443)

Message = MutableMapping[str, Any]
App = Callable[
    [Any, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]
]


async def call_app(app: App, request: Request, *, client: str) -> Response:
    """Run one request through an application.

    Args:
        app: The application.
        request: What arrived.
        client: The caller's address.
    """
    sent: list[Message] = []
    to_read: list[Message] = [
        {"type": "http.request", "body": request.body, "more_body": False},
    ]
    ended: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

    async def receive() -> Message:
        # The caller stays until all was said: else a file is not sent to its end.
        return to_read.pop() if to_read else await ended

    async def send(message: Message) -> None:
        sent.append(message)
        is_last = message["type"] == "http.response.body" and not message.get("more_body")
        if is_last and not ended.done():
            ended.set_result({"type": "http.disconnect"})

    await app(_scope(request, client), receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    body = b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body")
    headers = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in start["headers"])
    return Response(start["status"], headers, body)


def socket_scope(request: Request, client: str = "192.0.2.77") -> dict[str, Any]:
    """Make the scope of a WebSocket."""
    scope = _scope(request, client)
    del scope["method"]
    return scope | {"type": "websocket", "scheme": "wss", "subprotocols": []}


def _scope(request: Request, client: str) -> dict[str, Any]:
    path, _, query = request.path.partition("?")
    headers = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in request.headers]
    if request.body and not any(name == b"content-length" for name, _ in headers):
        headers.append((b"content-length", b"%d" % len(request.body)))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "client": (client, 50_000),
        "server": SERVER_ADDRESS,
        "state": {},
        "extensions": {},
    }


async def start_app(app: App, process: Process, loop: SimLoop) -> None:
    """Run an application's start-up; its end never comes, because the power goes first.

    Raises:
        RuntimeError: if it fails to start.
    """
    started: asyncio.Future[Message] = loop.create_future()
    never: asyncio.Future[Message] = loop.create_future()
    is_told = False

    async def receive() -> Message:
        nonlocal is_told
        if is_told:
            return await never
        is_told = True
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        if not started.done():
            started.set_result(message)

    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    loop.start(process, _live(app(scope, receive, send)))
    message = await started
    if message["type"] != "lifespan.startup.complete":
        raise RuntimeError(f"the server did not start: {message.get('message')}")


async def _live(life: Awaitable[None]) -> None:
    await life
