"""A device's and a desk's HTTP connections: one that is given up while it begins is closed.

Where a request is cancelled amid the handshake of TLS, httpcore 1.0 closes for faults alone and
leaves the socket to the collector of garbage; the server holds its end as long.
"""

from __future__ import annotations

import ssl
from typing import Any

import httpcore
import httpx


def make_connections(context: ssl.SSLContext | None) -> httpx.AsyncHTTPTransport:
    """Make what a client connects by.

    Args:
        context: Whom to trust; None only for addresses without TLS.

    Returns:
        Connections to the address itself: the machine's settings for proxies are not read.
    """
    made = httpx.AsyncHTTPTransport(verify=False if context is None else context, trust_env=False)
    pool = made._pool  # noqa: SLF001 - httpx hands on all that its pool can be told but this
    assert isinstance(pool, httpcore.AsyncConnectionPool)
    pool._network_backend = _Network()  # noqa: SLF001 - as above
    return made


class _Network(httpcore.AnyIOBackend):
    """Connects; each stream closes itself."""

    async def connect_tcp(self, *args: Any, **named: Any) -> httpcore.AsyncNetworkStream:
        return _Stream(await super().connect_tcp(*args, **named))


class _Stream(httpcore.AsyncNetworkStream):
    """A connection that is closed by whatever ends its handshake."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
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
            return await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._stream.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
