"""Sockets between devices on the venue's own network, as the simulated wires carry them.

Datagrams are `Network.send`. Streams are TCP as a program sees it: bytes in order, late where
messages are lost, and broken some seconds after the link was cut or the other machine is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from shared.kernel.instant import MILLISECOND, SECOND, Duration
from simulator.kernel.dice import Dice
from simulator.kernel.loop import Process, SimLoop, current_process
from simulator.kernel.network import Network
from simulator.kernel.reachability import Reachability

NOTICED_AFTER: Final[Duration] = 8 * SECOND
"""How long it takes a program to notice that the other end is gone."""
RETRANSMITTED_AFTER: Final[Duration] = 200 * MILLISECOND
FIRST_PORT: Final = 40_000

Address = tuple[str, int]
OnDatagram = Callable[[bytes, Address], None]
Watch = Callable[[Process, Process, bytes], None]
Overhear = Callable[[Process, Address, bytes], None]


class DatagramEnd:
    """One bound port; looks like `gatekeeper.lan.udp.DatagramPort`."""

    errors = 0

    def __init__(self, sockets: Sockets, process: Process, address: Address) -> None:
        self._sockets = sockets
        self._process = process
        self._address = address

    def send(self, datagram: bytes, address: Address) -> None:
        """Send one datagram."""
        self._sockets.send(self._process, self._address, datagram, address)

    def read_waiting(self) -> None:
        """Do nothing: what has arrived was handed on when it did."""

    def close(self) -> None:
        """Let the port go."""
        self._sockets.forget(self._address)


class StreamEnd(asyncio.Transport):
    """One end of a connection."""

    def __init__(self, sockets: Sockets, process: Process, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._sockets = sockets
        self.process = process
        self.protocol = protocol
        self.other: StreamEnd | None = None
        self.called: Address | None = None
        self.is_open = True
        self._due = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send bytes; they arrive in order, or the connection breaks."""
        if self.is_open and data:
            if self.called is not None and self._sockets.overhear is not None:
                self._sockets.overhear(self.process, self.called, bytes(data))
            self._deliver(bytes(data))

    def write_eof(self) -> None:
        """Say that nothing more comes."""
        self._deliver(b"")

    def can_write_eof(self) -> bool:
        """Tell that half-closing is possible."""
        return True

    def close(self) -> None:
        """Close both ways, after what was written has arrived."""
        if self.is_open:
            self._deliver(b"")
            self.lose(None)

    def abort(self) -> None:
        """Break it off."""
        self.lose(None)

    def is_closing(self) -> bool:
        """Tell whether it is closed."""
        return not self.is_open

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Know nothing special."""
        return default

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Keep no buffer."""

    def get_write_buffer_size(self) -> int:
        """Tell that nothing waits."""
        return 0

    def pause_reading(self) -> None:
        """Do nothing: readers keep up."""

    def resume_reading(self) -> None:
        """Do nothing."""

    def lose(self, error: Exception | None) -> None:
        """End this end, and tell its program."""
        if not self.is_open:
            return
        self.is_open = False
        self._sockets.step(self.process, lambda: self.protocol.connection_lost(error))

    def _deliver(self, data: bytes) -> None:
        other = self.other
        if other is None:
            return
        now = self._sockets.now()
        delay = self._sockets.delay(self.process.node, other.process.node)
        if delay is None:
            self._sockets.later(NOTICED_AFTER, lambda: self.lose(ConnectionResetError()))
            return
        self._due = max(self._due + 1, now + delay)  # in order: what was sent last arrives last

        def arrive() -> None:
            if not other.is_open or not other.process.is_alive:
                return
            if data:
                other.protocol.data_received(data)
            elif not other.protocol.eof_received():
                other.lose(None)

        self._sockets.later(
            Duration(self._due - now), lambda: self._sockets.step(other.process, arrive)
        )


class Listening:
    """A listening port; looks like `asyncio.Server` as far as it is used."""

    def __init__(self, sockets: Sockets, address: Address) -> None:
        self._sockets = sockets
        self._address = address
        self.sockets = [self]

    def getsockname(self) -> Address:
        """Tell the address."""
        return self._address

    def close(self) -> None:
        """Listen no more."""
        self._sockets.listeners.pop(self._address, None)

    async def wait_closed(self) -> None:
        """Wait for nothing."""


class Sockets:
    """All ports of a world.

    Attributes:
        listeners: Who takes connections at an address.
        reachability: Who hears whom.
        watch: Told of every datagram that arrives, with its sender and its receiver; or None.
        overhear: Told what a program says over a connection of its making, and to whom; or None.
    """

    def __init__(self, loop: SimLoop, network: Network, dice: Dice) -> None:
        self._loop = loop
        self._network = network
        self._dice = dice
        self._hosts: dict[str, str] = {}
        self._datagrams: dict[Address, tuple[Process, OnDatagram]] = {}
        self._ports = FIRST_PORT
        self.reachability = Reachability()
        self.watch: Watch | None = None
        self.overhear: Overhear | None = None
        self.listeners: dict[Address, tuple[Process, Callable[[], asyncio.Protocol]]] = {}

    def host_of(self, node: str) -> str:
        """Return a node's address on the venue's network."""
        if node not in self._hosts:
            self._hosts[node] = f"10.1.0.{len(self._hosts) + 1}"
        return self._hosts[node]

    def find_at(self, host: str, node: str) -> None:
        """Let a node be found at another address than it would have."""
        self._hosts[node] = host

    # -- datagrams -------------------------------------------------------------------------------

    async def open_port(self, _host: str, port: int, on_datagram: OnDatagram) -> DatagramEnd:
        """Bind a port of the running process's node; stands for `gatekeeper.lan.udp.open_port`."""
        process = current_process()
        assert process is not None
        address = (self.host_of(process.node), port or self._new_port())
        self._datagrams[address] = (process, on_datagram)
        return DatagramEnd(self, process, address)

    def send(self, process: Process, source: Address, datagram: bytes, target: Address) -> None:
        """Let a datagram travel."""
        node = self._node_of(target[0])
        if node is None:
            return

        def arrive() -> None:
            found = self._datagrams.get(target)
            if found is not None:
                receiver, take = found
                if receiver.is_alive:
                    self.reachability.note(process, receiver, self._loop.now_us)
                    if self.watch is not None:
                        self.watch(process, receiver, datagram)
                self.step(receiver, lambda: take(datagram, source))

        self._network.carry(process.node, node, datagram, arrive, what="datagram")

    def forget(self, address: Address) -> None:
        """Unbind a port."""
        self._datagrams.pop(address, None)

    # -- streams ---------------------------------------------------------------------------------

    def listen(self, factory: Callable[[], asyncio.Protocol], port: int) -> Listening:
        """Take connections at a port of the running process's node."""
        process = current_process()
        assert process is not None
        address = (self.host_of(process.node), port or self._new_port())
        self.listeners[address] = (process, factory)
        return Listening(self, address)

    async def connect(
        self, factory: Callable[[], asyncio.Protocol], host: str, port: int
    ) -> tuple[StreamEnd, asyncio.Protocol]:
        """Connect to a port.

        Raises:
            ConnectionError: if nobody listens there.
        """
        process = current_process()
        node = self._node_of(host)
        assert process is not None
        there = None if node is None else self.delay(process.node, node)
        back = None if node is None else self.delay(node, process.node)
        if node is None or there is None or back is None:
            await asyncio.sleep(NOTICED_AFTER / SECOND)
            raise TimeoutError
        await asyncio.sleep((there + back) / SECOND)
        found = self.listeners.get((host, port))
        if found is None or not found[0].is_alive:
            raise ConnectionRefusedError
        protocol = factory()
        here = StreamEnd(self, process, protocol)
        other = StreamEnd(self, found[0], found[1]())
        here.other, other.other = other, here
        here.called = (host, port)
        self.step(other.process, lambda: other.protocol.connection_made(other))
        protocol.connection_made(here)
        return here, protocol

    # -- for the ends ----------------------------------------------------------------------------

    def now(self) -> Duration:
        """Return virtual time."""
        return self._loop.now_us

    def later(self, delay: Duration, callback: Callable[[], object]) -> None:
        """Do something after a while, as the world."""
        self._loop.call_after(delay, callback)

    def step(self, process: Process, callback: Callable[[], object]) -> None:
        """Do something as a step of a process, if it lives."""
        if process.is_alive:
            self._loop.call_after(Duration(0), callback, process)

    def delay(self, source: str, target: str) -> Duration | None:
        """Draw how long bytes take, losses included; None where nothing passes."""
        if self._network.is_cut(source, target) or self._network.is_dark(target):
            return None
        delay = self._network.draw_delay()
        while self._dice.chance(self._network.faults.loss):
            delay += RETRANSMITTED_AFTER
        return delay

    def _new_port(self) -> int:
        self._ports += 1
        return self._ports

    def _node_of(self, host: str) -> str | None:
        return next((node for node, found in self._hosts.items() if found == host), None)
