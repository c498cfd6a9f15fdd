"""The datagram socket of the LAN rung."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final, Protocol, cast

from gatekeeper.lan.peer_addresses import Address

_BUFFER_SIZE: Final = 1 << 20
"""Bytes that the system keeps for us while the disk is slow."""
_DATAGRAM_ROOM: Final = 1 << 16
"""No datagram of any protocol is longer."""
_READ_MAX: Final = 4_096
"""At once: whoever sends without end holds up no timer. The buffer above has no more."""

OnDatagram = Callable[[bytes, Address], None]


class DatagramEnd(Protocol):
    """A bound port for datagrams, of a machine or a simulated one."""

    def send(self, datagram: bytes, address: Address) -> None:
        """Send one datagram; nobody learns what became of it."""

    def read_waiting(self) -> None:
        """Hand on what has arrived by now, and the loop has not read yet."""

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

    def __init__(self, on_datagram: OnDatagram, bound: socket.socket) -> None:
        self._on_datagram, self._socket = on_datagram, bound
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

    def read_waiting(self) -> None:
        """Hand on what lies in the socket: the loop reads one datagram in a turn.

        A machine that stood still, or was busy with something else, finds them together with the
        timers that have run out meanwhile.
        """
        for _ in range(_READ_MAX):
            if self._transport is None:
                return
            try:
                data, addr = self._socket.recvfrom(_DATAGRAM_ROOM)
            except OSError:  # nothing is there, or the system tells of an earlier send
                return
            self.datagram_received(data, addr)

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
            lambda: DatagramPort(on_datagram, bound), sock=bound
        )
    except OSError:
        bound.close()
        raise
    return protocol
