"""A device's and a desk's HTTP connections: one that is given up while it begins is closed.

Where a request is cancelled amid the handshake of TLS, httpcore 1.0 closes for faults alone and
leaves the socket to the collector of garbage; the server holds its end as long.

A device reads no answer on that comes in crumbs: they are parsed before a scan has its turn.
"""

from __future__ import annotations

import ssl
from typing import Any, Final

import httpcore
import httpx

CONNECT_SECONDS: Final = 5.0
"""For a connection to the server, its push or live channel, or its word of the time."""

PIECES_AT_ONCE: Final = 200
"""Lines of an answer's head, and pieces of its body, that a device takes; see the next."""
PIECE_SIZE_MIN: Final = 64
"""Bytes of an answer for each further piece. What is read at once, 64 kB, may be eleven thousand
pieces of one byte; while whoever stands in between sent such, each verdict took seconds. Servers
and proxies send kilobytes in each."""


def make_connections(
    context: ssl.SSLContext | None, *, takes_lines: bool = False
) -> httpx.AsyncHTTPTransport:
    """Make what a client connects by.

    Args:
        context: Whom to trust; None only for addresses without TLS.
        takes_lines: Answers may be files of many lines, as at a desk.

    Returns:
        Connections to the address itself: the machine's settings for proxies are not read.
    """
    made = httpx.AsyncHTTPTransport(verify=False if context is None else context, trust_env=False)
    pool = made._pool  # noqa: SLF001 - httpx hands on all that its pool can be told but this
    assert isinstance(pool, httpcore.AsyncConnectionPool)
    pool._network_backend = _Network(takes_lines=takes_lines)  # noqa: SLF001 - as above
    return made


class _Network(httpcore.AnyIOBackend):
    """Connects; each stream closes itself."""

    def __init__(self, *, takes_lines: bool) -> None:
        self._takes_lines = takes_lines

    async def connect_tcp(self, *args: Any, **named: Any) -> httpcore.AsyncNetworkStream:
        made = await super().connect_tcp(*args, **named)
        return _Stream(made, takes_lines=self._takes_lines)


class _Stream(httpcore.AsyncNetworkStream):
    """A connection that is closed by whatever ends its handshake."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, *, takes_lines: bool) -> None:
        self._stream = stream
        self._takes_lines = takes_lines
        self._size = self._pieces = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._stream.read(max_bytes, timeout)
        self._size += len(data)
        # A piece's size and its end have such a line each, and so has a header. Hints may have
        # lines that end otherwise; each is followed by another head.
        self._pieces += data.count(b"\r\n") + data.count(b"\n\nHTTP/")
        if self._pieces > PIECES_AT_ONCE + self._size // PIECE_SIZE_MIN and not self._takes_lines:
            raise httpcore.ReadError("the answer comes in more and smaller pieces than a server's")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._size = self._pieces = 0
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            made = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._stream.aclose()
            raise
        return _Stream(made, takes_lines=self._takes_lines)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
