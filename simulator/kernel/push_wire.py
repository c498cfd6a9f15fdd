"""The push channel's WebSocket over the simulated wires, into the real application.

Frames of the server travel like datagrams: a lost one costs nothing but time, because devices poll
as well. Both ends ask now and then whether the other is there, as WebSocket pings do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from shared.kernel.errors import ServerFault
from shared.kernel.instant import SECOND, Duration
from simulator.kernel.asgi import App, Message, socket_scope
from simulator.kernel.loop import Process, SimLoop
from simulator.kernel.network import Network, Refused, Request, Response

PING_EVERY: Final[Duration] = 30 * SECOND
PING_PATIENCE: Final[Duration] = 10 * SECOND
OPEN: Final = "SOCKET"
PING: Final = "PING"


class ServedSockets:
    """The server's end: every open socket runs the application."""

    def __init__(self, loop: SimLoop, network: Network, process: Process, app: App) -> None:
        self._loop = loop
        self._network = network
        self._process = process
        self._app = app
        self._open: dict[str, ServerSocket] = {}

    async def serve(self, source: str, request: Request) -> Response:
        """Open a socket, or answer a ping."""
        name = dict(request.headers)["socket"]
        if request.method == PING:
            return Response(200 if name in self._open else 404)
        socket = ServerSocket(self._network, self._process.node, source, name, request)
        self._open[name] = socket
        self._loop.start(self._process, self._run(name, socket))
        accepted = await socket.accepted
        return Response(101 if accepted else 403)

    async def _run(self, name: str, socket: ServerSocket) -> None:
        try:
            await self._app(socket_scope(socket.request), socket.receive, socket.send)
        finally:
            self._open.pop(name, None)
            if not socket.accepted.done():
                socket.accepted.set_result(False)

    def close(self, name: str) -> None:
        """Let a socket go whose device has gone."""
        socket = self._open.get(name)
        if socket is not None:
            socket.disconnect()


class ServerSocket:
    """One socket as the application sees it."""

    def __init__(
        self, network: Network, node: str, device: str, name: str, request: Request
    ) -> None:
        self._network = network
        self._node = node
        self._device = device
        self._name = name
        self.request = request
        self.accepted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._gone = asyncio.Event()
        self._is_told = False

    async def receive(self) -> Message:
        """Give the opening, then wait for the end."""
        if not self._is_told:
            self._is_told = True
            return {"type": "websocket.connect"}
        await self._gone.wait()
        return {"type": "websocket.disconnect", "code": 1001}

    async def send(self, message: Message) -> None:
        """Take what the application says."""
        if message["type"] == "websocket.accept" and not self.accepted.done():
            self.accepted.set_result(True)
        elif message["type"] == "websocket.send":
            text = message.get("text") or message.get("bytes") or b""
            content = text.encode() if isinstance(text, str) else text
            deliver = self._network.sockets_of(self._device).get(self._name)
            if deliver is None:
                self.disconnect()
                return
            self._network.carry(
                self._node, self._device, content, lambda: deliver(content), what="push"
            )

    def disconnect(self) -> None:
        """Tell the application that the device has gone."""
        self._gone.set()


class PushWire:
    """A device's end of one socket."""

    def __init__(
        self, network: Network, process: Process, server: str, name: str, open_it: Request
    ) -> None:
        self._network = network
        self._process = process
        self._server = server
        self._name = name
        self._request = open_it
        self._frames: asyncio.Queue[bytes] = asyncio.Queue()

    async def open(self) -> None:
        """Open the socket.

        Raises:
            ServerFault: if the server is not there, or refuses.
        """
        deliver: Callable[[bytes], Any] = self._frames.put_nowait
        self._network.sockets_of(self._process.node)[self._name] = deliver
        if await self._ask(self._request) != 101:
            self.close()
            raise ServerFault("the push channel was refused")

    async def next_frame(self) -> bytes:
        """Wait for the next frame.

        Raises:
            ServerFault: if the server is there no more.
        """
        while True:
            try:
                async with asyncio.timeout(PING_EVERY / SECOND):
                    return await self._frames.get()
            except TimeoutError:
                ping = Request(PING, self._request.path, self._request.headers)
                if await self._ask(ping) != 200:
                    self.close()
                    raise ServerFault("the push channel is closed") from None

    def close(self) -> None:
        """Take no further frame."""
        self._network.sockets_of(self._process.node).pop(self._name, None)

    async def _ask(self, request: Request) -> int:
        try:
            async with asyncio.timeout(PING_PATIENCE / SECOND):
                return (await self._network.request(self._process, self._server, request)).status
        except (TimeoutError, Refused):
            return 0
