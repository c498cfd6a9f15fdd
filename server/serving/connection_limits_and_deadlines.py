"""Which connections a worker has open, and which of them it lets go.

A socket belongs to nobody until a request on it was proven to be a device's or a person's. A
stranger's sockets are few: beyond `STRANGERS_MAX` the oldest of the network that holds the most is
closed, so that whoever fills the worker meets only himself; and a network that opens them without
end is cut off before anything is read. Whoever is known is never counted
among them, and has a limit of its own. Both must keep moving: a head, a body or a pause that
takes longer than its deadline ends the connection. Nor may they fill the memory: beyond
`HELD_MAX` whoever has the most of it is let go. See `docs/decisions/0028-own-the-sockets.md`.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final

from server.http.rate_limits import network_of
from server.http.secure_requests import is_local

STRANGERS_MAX: Final = 512
"""Sockets of strangers in a worker. A sign-in or an enrolment needs one for a moment."""
KNOWN_EACH_MAX: Final = 128
"""Sockets of one device or person in a worker: a gate has two, a relaying one a few more."""
OPENED_AT_ONCE: Final = 2_000
"""Connections that one network may open with a worker at once, before its pace counts: a thousand
gates behind one address that come back together open two each."""
OPENED_EACH_S: Final = 100
"""And each second after that. A connection costs a worker a millisecond or two before anybody can
tell whose it is; a host that opens them without end kept all that came new waiting for a quarter
of a minute. Programs keep theirs."""
HELD_MAX: Final = 256_000_000
"""Bytes that a worker keeps for all its connections together: of bodies that are not all there or
not answered yet, and of answers that are not taken. A thousand gates that come back at once bring
less; one person could bring two gigabytes, and never send the last byte."""
HEAD_S: Final = 10.0
"""Seconds from the first byte, or from the connection's beginning, to the end of the head."""
IDLE_STRANGER_S: Final = 5.0
IDLE_KNOWN_S: Final = 120.0
"""Seconds between two requests. A gate that scans once a minute keeps its connection."""
BODY_GRACE_S: Final = 10.0
BODY_RATE: Final = 1_000
"""Bytes a second that a body must bring after the grace; a venue's worst uplink brings more."""
ANSWER_S: Final = 60.0
"""Seconds that a stranger may take from a request's head to the last byte of its answer."""
CLOSE_S: Final = 5.0
"""Seconds until a connection that was told to end is cut off."""

SWEEP_S: Final = 1.0


class Phase(Enum):
    """What a connection is waited for."""

    HEAD = "head"
    BODY = "body"
    ANSWER = "answer"
    IDLE = "idle"
    MESSAGES = "messages"
    """A WebSocket, which is kept alive by pings."""
    CLOSING = "closing"


class OpenSocket:
    """One connection.

    Attributes:
        phase: What it is waited for.
        since: The loop's time at which that began.
        received: Bytes of the present head or body.
        caller: The device or person whose request was proven on it; None for a stranger.
        cut: Ends it at once.
        end: Ends it as its protocol would, because a deadline is over.
        held: Tells how many bytes are kept for it.
        let_go: Ends it because too many are; tells how many that frees, 0 if it has to be waited
            for.
    """

    __slots__ = (
        "_sockets",
        "caller",
        "cut",
        "end",
        "held",
        "let_go",
        "network",
        "phase",
        "received",
        "since",
    )

    def __init__(
        self, sockets: Sockets, network: str, now: float, cut: Callable[[], None]
    ) -> None:
        self._sockets = sockets
        self.network = network
        self.phase = Phase.HEAD
        self.since = now
        self.received = 0
        self.caller: str | None = None
        self.cut = cut
        self.end = cut
        self.held: Callable[[], int] = int
        self.let_go: Callable[[], int] = int

    def enter(self, phase: Phase, now: float) -> None:
        """Begin to wait for something else."""
        self.phase = phase
        self.since = now
        self.received = 0

    def know(self, caller: str) -> None:
        """Note whose connection it is; what was proven once holds for the connection's life."""
        if self.caller is None:
            self._sockets.know(self, caller)

    def close(self) -> None:
        """Leave the worker's connections; doing it twice changes nothing."""
        self._sockets.close(self)


def is_overdue(socket: OpenSocket, now: float) -> bool:
    """Tell whether a connection has been waited for too long. Pure."""
    waited = now - socket.since
    match socket.phase:
        case Phase.HEAD:
            return waited > HEAD_S
        case Phase.BODY:
            needed = (waited - BODY_GRACE_S) * BODY_RATE
            return socket.received < needed
        case Phase.ANSWER:
            return socket.caller is None and waited > ANSWER_S
        case Phase.IDLE:
            return waited > (IDLE_STRANGER_S if socket.caller is None else IDLE_KNOWN_S)
        case Phase.MESSAGES:
            return socket.caller is None and waited > HEAD_S
        case Phase.CLOSING:
            return waited > CLOSE_S


class Sockets:
    """The open connections of one worker."""

    def __init__(self, trusted_proxies: frozenset[str] = frozenset()) -> None:
        """Begin without any.

        Args:
            trusted_proxies: Addresses whose connections carry many callers' requests: none of
                them is a stranger, and none is limited in number.
        """
        self._trusted = trusted_proxies
        # In order of opening; a stranger's are also kept by network, to find the greediest.
        self._strangers: dict[str, dict[OpenSocket, None]] = {}
        self._known: dict[str, dict[OpenSocket, None]] = {}
        self._stranger_count = 0
        # Until when each network has opened connections at its pace.
        self._opened_until: dict[str, float] = {}

    def __len__(self) -> int:
        """Return how many connections are open."""
        return self._stranger_count + sum(map(len, self._known.values()))

    def may_open(self, address: str, now: float) -> bool:
        """Count one more connection of a network; False if it opens them too fast.

        Of this machine and of trusted proxies nobody is counted: they open many callers'.

        Args:
            address: The peer's.
            now: The loop's time.
        """
        if address in self._trusted or is_local(address):
            return True
        network = network_of(address)
        until = max(self._opened_until.get(network, now), now) + 1 / OPENED_EACH_S
        if until - now > OPENED_AT_ONCE / OPENED_EACH_S:
            return False
        self._opened_until[network] = until
        return True

    def open(self, address: str, now: float, cut: Callable[[], None]) -> OpenSocket:
        """Take a new connection in, at the price of the oldest stranger's if there are too many.

        Args:
            address: The peer's.
            now: The loop's time.
            cut: Ends the connection at once.
        """
        socket = OpenSocket(self, network_of(address), now, cut)
        if address in self._trusted:
            socket.caller = f"proxy {address}"
            self._known.setdefault(socket.caller, {})[socket] = None
            return socket
        self._strangers.setdefault(socket.network, {})[socket] = None
        self._stranger_count += 1
        if self._stranger_count > STRANGERS_MAX:
            self.cut_oldest_stranger()
        return socket

    def know(self, socket: OpenSocket, caller: str) -> None:
        """Take a connection out of the strangers'; its caller's oldest goes if there are many."""
        if not self._leave_strangers(socket):
            return  # it was closed meanwhile
        socket.caller = caller
        own = self._known.setdefault(caller, {})
        own[socket] = None
        if len(own) > KNOWN_EACH_MAX:
            self._cut(next(iter(own)))

    def close(self, socket: OpenSocket) -> None:
        """Forget a connection that has ended; doing it twice changes nothing."""
        if socket.caller is None:
            self._leave_strangers(socket)
            return
        own = self._known.get(socket.caller)
        if own is not None:
            own.pop(socket, None)
            if not own:
                del self._known[socket.caller]

    def cut_oldest_stranger(self) -> None:
        """End the oldest connection of the network that holds the most, if there is one."""
        if self._strangers:
            greediest = max(self._strangers.values(), key=len)
            self._cut(next(iter(greediest)))

    def sweep(self, now: float) -> None:
        """End the connections whose deadline is over, and those that hold too much."""
        for network in [one for one, until in self._opened_until.items() if until <= now]:
            del self._opened_until[network]
        groups = [*self._strangers.values(), *self._known.values()]
        for socket in [one for group in groups for one in group if is_overdue(one, now)]:
            if socket.phase is Phase.CLOSING:
                socket.cut()
            else:
                socket.end()
        _make_room([[(one.held(), one) for one in group] for group in groups])

    def _cut(self, socket: OpenSocket) -> None:
        self.close(socket)
        socket.cut()

    def _leave_strangers(self, socket: OpenSocket) -> bool:
        group = self._strangers.get(socket.network)
        if group is None or socket not in group:
            return False
        del group[socket]
        self._stranger_count -= 1
        if not group:
            del self._strangers[socket.network]
        return True


def _make_room(holding: list[list[tuple[int, OpenSocket]]]) -> None:
    """Let go of the largest of whoever holds the most, until the rest is not too much.

    Args:
        holding: Of each caller or network, what each of its connections holds.
    """
    over = sum(size for group in holding for size, _ in group) - HELD_MAX
    while over > 0:
        greediest = max(holding, key=lambda group: sum(size for size, _ in group))
        if not greediest:
            return
        largest = max(greediest, key=lambda one: one[0])
        greediest.remove(largest)
        over -= largest[1].let_go()
