"""A program that takes messages on the loopback, and answers as it is told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """Spell an answer of HTTP."""
    lines = [f"HTTP/1.1 {status} Told", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class Taken:
    """A message as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        """Return what it says."""
        return msgspec.json.decode(self.body)


@dataclass
class Receiver:
    """What it has taken, and how it behaves.

    Attributes:
        answers: To the next messages, the first one first; None says nothing and waits.
        came: Set with each that comes.
    """

    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    answers: list[bytes | None] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: int = 0
    most_at_once: int = 0

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one message."""
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._meet(reader, writer)
        finally:
            self.at_once -= 1
            writer.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:-2])
        cased = dict(line.split(": ", 1) for line in head[1:-2])
        body = await reader.readexactly(int(headers["content-length"]))
        by_name = {name.lower(): value for name, value in cased.items()}
        self.taken.append(Taken(head[0].split(" ")[1], by_name, body))
        self.came.set()
        said = self.answers.pop(0) if self.answers else OK
        if said is None:
            await reader.read()
            return
        writer.write(said)
        await writer.drain()


@asynccontextmanager
async def receiving(trust: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Run a receiver, by TLS if it has a certificate."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.meet, "127.0.0.1", 0, ssl=trust)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        server.close_clients() if hasattr(server, "close_clients") else None
