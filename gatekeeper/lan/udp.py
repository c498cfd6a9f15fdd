"""The datagram socket of the LAN rung."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final, Protocol, cast

from gatekeeper.lan.peer_addresses import Address

_BUFFER_SIZE: Final = 1 << 20
"""Bytes that the system keeps for us while the disk is slow."""

OnDatagram = Callable[[bytes, Address], None]


class DatagramEnd(Protocol):
    """A bound port for datagrams, of a machine or a simulated one."""

    def send(self, datagram: bytes, address: Address) -> None:
        """Send one datagram; nobody learns what became of it."""

    def close(self) -> None:
        """Let the port go."""


class OpenPort(Protocol):
    """Binds a port for datagrams at a numeric address."""

    async def __call__(self, host: str, port: int, on_datagram: OnDatagram, /) -> DatagramEnd:
        """Bind it.

        Raises:
            OSError: if the address cannot be had.
        """


class DatagramPort(asyncio.DatagramProtocol):
    """One bound UDP socket.

    Attributes:
        errors: Sends that the system refused (no route, no such host).
    """

    def __init__(self, on_datagram: OnDatagram) -> None:
        self._on_datagram = on_datagram
        self._transport: asyncio.DatagramTransport | None = None
        self.errors = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the bound transport."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Hand a datagram on."""
        self._on_datagram(data, (addr[0], addr[1]))

    def error_received(self, exc: Exception) -> None:
        """Count a send that could not be done; a lost datagram is nothing new here."""
        self.errors += 1

    def send(self, datagram: bytes, address: Address) -> None:
        """Send one datagram, if the socket is open."""
        if self._transport is not None:
            self._transport.sendto(datagram, address)

    def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None


async def open_port(host: str, port: int, on_datagram: OnDatagram) -> DatagramPort:
    """Bind a UDP socket to a numeric address.

    Raises:
        OSError: if the address cannot be had.
    """
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_SIZE)
        bound.setblocking(False)
        bound.bind((host, port))
        _, protocol = await loop.create_datagram_endpoint(
            lambda: DatagramPort(on_datagram), sock=bound
        )
    except OSError:
        bound.close()
        raise
    return protocol
