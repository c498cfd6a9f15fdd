"""Many gates that listen to the push channel, in one process and as bare as Python allows.

Each is a real WebSocket with a token of its own. A page that is pushed counts as known when it has
been read to its last item; a mere head counts when the exchange that it asks for was answered.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import time
from typing import Final

import msgspec

from bench.load_generator import post
from bench.senders import Sender
from shared.journal.chain import SignedEntry
from shared.kernel.id_types import EventId
from shared.kernel.instant import Instant
from shared.manifest.signed_document import SignedDocument
from shared.wire.exchange import EXCHANGE_VERSION, ExchangeRequest, ExchangeResponse
from shared.wire.feed import FeedPage
from shared.wire.push_message import PushMessage

OPEN_AT_ONCE: Final = 20
_TEXT: Final = 1
_BINARY: Final = 2
_MESSAGE: Final = msgspec.json.Decoder(PushMessage)
_DOCUMENT: Final = msgspec.msgpack.Decoder(SignedDocument)
_PAGE: Final = msgspec.msgpack.Decoder(FeedPage)


class Listener(asyncio.Protocol):
    """One gate.

    Attributes:
        cursor: The feed is known up to here; -1 before the first message.
        known: When each of the feed's numbers became known, by the process's own clock.
        fetches: How often it had to exchange for what was new.
    """

    def __init__(self, port: int, sender: Sender, event_id: EventId) -> None:
        self._port = port
        self._sender = sender
        self._event_id = event_id
        self._buffer = b""
        self._is_open = False
        self._fetching: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._grown = asyncio.Event()
        self.cursor = -1
        self.known: dict[int, float] = {}
        self.fetches = 0
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def open(self) -> None:
        """Connect, and wait for the first message."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, "127.0.0.1", self._port)
        await self.ready

    async def wait_for(self, number: int) -> None:
        """Wait until the feed is known up to a number."""
        while self.cursor < number:
            self._grown.clear()
            await self._grown.wait()

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the channel."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        target = f"/sync/v1/push?event_id={self._event_id}&pages=1"
        transport.write(
            f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"{self._sender.headers('GET', target)}Upgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            "\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits for the channel that it will not come."""
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(f"the channel was refused: {self._buffer!r}"))

    def data_received(self, data: bytes) -> None:
        """Take what came, and hear each whole message in it."""
        self._buffer += data
        if not self._is_open:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end or b" 101 " not in head.split(b"\r\n", 1)[0]:
                return
            self._is_open, self._buffer = True, rest
        while (frame := self._next_frame()) is not None:
            self._hear(*frame)

    def _next_frame(self) -> tuple[int, bytes] | None:
        """Take a whole frame of a server off the buffer; its opcode and content."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, start = buffer[1] & 127, 2
        if size == 126:
            size, start = int.from_bytes(buffer[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(buffer[2:10], "big"), 10
        if len(buffer) < start + size:
            return None
        self._buffer = buffer[start + size :]
        return buffer[0] & 15, buffer[start : start + size]

    def _hear(self, opcode: int, content: bytes) -> None:
        if opcode == _BINARY:
            page = _PAGE.decode(_DOCUMENT.decode(content).body)
            if page.after <= self.cursor:
                self._know(page.after + len(page.items))
            else:
                self._fetch()
        elif opcode == _TEXT:
            head = _MESSAGE.decode(content).head
            if self.cursor < 0:
                self.cursor = head
                self.ready.set_result(None)
            elif head > self.cursor:
                self._fetch()

    def _know(self, head: int) -> None:
        now = time.perf_counter()
        for number in range(self.cursor + 1, head + 1):
            self.known[number] = now
        self.cursor = max(self.cursor, head)
        self._grown.set()

    def _fetch(self) -> None:
        if self._fetching is None or self._fetching.done():
            self.fetches += 1
            self._fetching = asyncio.create_task(self._exchange())

    async def _exchange(self) -> None:
        answer = await exchange(self._port, self._sender, self._event_id, self.cursor)
        assert answer.page is not None
        page = _PAGE.decode(answer.page.body)
        self._know(page.after + len(page.items))


async def exchange(
    port: int,
    sender: Sender,
    event_id: EventId,
    cursor: int,
    entries: tuple[SignedEntry, ...] = (),
) -> ExchangeResponse:
    """Bring entries, and hear what is behind a cursor, over a connection of its own."""
    request = ExchangeRequest(
        v=EXCHANGE_VERSION,
        event_id=event_id,
        epoch=1,
        cursor=cursor,
        head=None,
        entries=entries,
        sent_at=Instant(time.time_ns() // 1000),
    )
    body, kind = msgspec.msgpack.encode(request), "application/msgpack"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(post("/sync/v1/exchange", body, sender=sender, content_type=kind))
        return msgspec.msgpack.decode(await read_body(reader), type=ExchangeResponse)
    finally:
        writer.close()


async def read_body(reader: asyncio.StreamReader) -> bytes:
    """Read what one answer holds."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    size = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    return await reader.readexactly(size)


async def open_listeners(
    port: int, senders: list[Sender], event_id: EventId, count: int
) -> list[Listener]:
    """Open so many channels, in turn with each of the devices."""
    listeners = [Listener(port, senders[n % len(senders)], event_id) for n in range(count)]
    for start in range(0, count, OPEN_AT_ONCE):
        await asyncio.gather(*(one.open() for one in listeners[start : start + OPEN_AT_ONCE]))
    return listeners
