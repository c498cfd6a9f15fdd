"""Messages between nodes: lost, late, twice, out of order, and one way only.

Every pair of nodes has a link in each direction. Requests and their answers are two messages, so
that an answer can be lost after the other side has committed. A message that arrives where no
program listens is answered "refused" for a request, and forgotten for a datagram.

Source:
    TigerBeetle, src/testing/packet_simulator.zig: faults as options of one struct, seeded.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from shared.kernel.instant import MILLISECOND, Duration
from simulator.kernel.dice import Dice
from simulator.kernel.loop import Process, SimLoop
from simulator.kernel.trace import Trace

OUTLIER_FACTOR: Final = 40
QUICK: Final[Duration] = 10 * MILLISECOND
"""Links that add no more on average keep nobody from an answer."""
LATE: Final[Duration] = 500 * MILLISECOND
"""A message that takes longer may keep who waits for it from an answer as if it were lost."""


class LinkFaults(msgspec.Struct, frozen=True):
    """How bad a link is.

    Attributes:
        loss: Share of messages that never arrive.
        duplication: Share that arrive twice.
        delay_min: Shortest time on the way.
        delay_mean: What is added to it on average; the spread reorders messages.
        outliers: Share whose added delay is `OUTLIER_FACTOR` times as long.
    """

    loss: float = 0.0
    duplication: float = 0.0
    delay_min: Duration = MILLISECOND // 2
    delay_mean: Duration = MILLISECOND
    outliers: float = 0.0


class Request(msgspec.Struct, frozen=True):
    """An HTTP request as it travels."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Response(msgspec.Struct, frozen=True):
    """An HTTP answer as it travels."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


Serve = Callable[[str, Request], Awaitable[Response]]
Alter = Callable[[Request, Response], Response]
Hold = Callable[[str, str], Duration]
"""Tells how long what is sent over a cut hangs there, by whence and where to; 0 if it is lost."""
TakeDatagram = Callable[[str, bytes], None]


class Refused(ConnectionError):
    """The other machine runs, but no program listens."""


class Listener(msgspec.Struct, frozen=True):
    """A program that takes messages on a node."""

    process: Process
    serve: Serve | None = None
    take_datagram: TakeDatagram | None = None


class NetworkCounts(msgspec.Struct):
    """What the network did to messages."""

    sent: int = 0
    dropped: int = 0
    duplicated: int = 0


class Network:
    """All links of a world.

    Attributes:
        counts: What happened to messages.
        alter: What somebody on the way makes of answers, or None.
        hold: Lets some messages hang where nothing passes, to come later; or None.
    """

    def __init__(self, loop: SimLoop, dice: Dice, trace: Trace) -> None:
        self._loop = loop
        self._dice = dice
        self._trace = trace
        self._listeners: dict[str, Listener] = {}
        self._dark: set[str] = set()
        self._slow: set[str] = set()
        self._socket_count = 0
        self._sockets: dict[str, dict[str, Callable[[bytes], object]]] = {}
        self._cuts: dict[tuple[str, str], int] = {}
        self._disturbed: dict[tuple[str, ...], Duration] = {}
        self._faults = LinkFaults()
        self._hangs_until = Duration(0)
        self.counts = NetworkCounts()
        self.alter: Alter | None = None
        self.hold: Hold | None = None

    @property
    def faults(self) -> LinkFaults:
        """How bad links are."""
        return self._faults

    @faults.setter
    def faults(self, faults: LinkFaults) -> None:
        self._faults = faults
        self._disturbed[()] = self._loop.now_us

    def calm_since(self, one: str, other: str) -> Duration | None:
        """Tell since when two nodes could reach each other at any time; None: they cannot now.

        Both run without a break and answer at once, nothing between them was cut, links lost
        nothing, and no message was late, nor hangs any more.
        """
        is_cut = self.is_cut(one, other) or self.is_cut(other, one) or self.faults.loss
        if is_cut or not {one, other} <= self._listeners.keys() - self._slow:
            return None
        kept = ((), (one,), (other,), (one, other), (other, one))
        return Duration(max(self._disturbed.get(key, 0) for key in kept))

    def quick_since(self, one: str, other: str) -> Duration | None:
        """Tell since when two nodes could reach each other at once; None: they cannot now."""
        if self.faults.delay_mean > QUICK or self.faults.outliers:
            return None
        return self.calm_since(one, other)

    # -- who listens -----------------------------------------------------------------------------

    def listen(
        self,
        process: Process,
        *,
        serve: Serve | None = None,
        take_datagram: TakeDatagram | None = None,
    ) -> None:
        """Let a process take the messages of its node from now on."""
        self._disturbed[process.node,] = self._loop.now_us
        self._dark.discard(process.node)
        self._listeners[process.node] = Listener(process, serve, take_datagram)

    def silence(self, node: str, *, is_dark: bool) -> None:
        """Let nobody listen on a node.

        Args:
            node: Which.
            is_dark: Whether the machine itself is off, so that not even a refusal comes back.
        """
        self._listeners.pop(node, None)
        self._sockets.pop(node, None)
        if is_dark:
            self._dark.add(node)

    def keep_waiting(self, node: str, *, is_so: bool) -> None:
        """Say that a node keeps whoever asks it waiting, or does so no more."""
        self._disturbed[node,] = self._loop.now_us
        if is_so:
            self._slow.add(node)
        else:
            self._slow.discard(node)

    def number_socket(self) -> int:
        """Give the next socket its number."""
        self._socket_count += 1
        return self._socket_count

    def sockets_of(self, node: str) -> dict[str, Callable[[bytes], object]]:
        """Return who takes the frames of a node's open sockets, by their names."""
        return self._sockets.setdefault(node, {})

    # -- what is cut -----------------------------------------------------------------------------

    def cut(self, source: str, target: str) -> None:
        """Let nothing pass from one node to another; cuts add up."""
        self._cuts[source, target] = self._cuts.get((source, target), 0) + 1

    def mend(self, source: str, target: str) -> None:
        """Take one cut back."""
        self._disturb(source, target, self._loop.now_us)
        left = self._cuts[source, target] - 1
        if left:
            self._cuts[source, target] = left
        else:
            del self._cuts[source, target]

    def mend_all(self) -> None:
        """Take every cut back, let links be good, nobody meddle, and nothing more hang."""
        self.alter = self.hold = None
        for source, target in self._cuts:
            self._disturb(source, target, self._loop.now_us)
        self._cuts.clear()
        self.faults = LinkFaults()

    def is_cut(self, source: str, target: str) -> bool:
        """Tell whether nothing passes."""
        return (source, target) in self._cuts

    def is_dark(self, node: str) -> bool:
        """Tell whether a machine is off."""
        return node in self._dark

    @property
    def has_hung(self) -> bool:
        """Whether a message hangs that has not come yet."""
        return self._hangs_until > self._loop.now_us

    # -- messages --------------------------------------------------------------------------------

    async def request(self, process: Process, target: str, request: Request) -> Response:
        """Send a request and wait for its answer, for ever if it is lost: limit it in time.

        Raises:
            Refused: if no program listens there.
        """
        answered: asyncio.Future[Response] = self._loop.create_future()
        source = process.node

        def arrive() -> None:
            listener = self._listeners.get(target)
            if listener is not None and listener.serve is not None:
                self._loop.start(listener.process, self._serve(listener, source, request, answer))
            elif target not in self._dark:
                self.carry(target, source, b"refused", lambda: answer(None))

        def answer(response: Response | None) -> None:
            if answered.done():
                return
            if response is None:
                answered.set_exception(Refused(f"{target} refuses connections"))
                answered.exception()  # whoever stopped waiting need not be told
            else:
                answered.set_result(response)

        self.carry(source, target, request.body, arrive, what=f"{request.method} {request.path}")
        return await answered

    async def _serve(
        self,
        listener: Listener,
        source: str,
        request: Request,
        answer: Callable[[Response | None], None],
    ) -> None:
        assert listener.serve is not None
        response = await listener.serve(source, request)
        if self.alter is not None:
            response = self.alter(request, response)
        self.carry(
            listener.process.node,
            source,
            response.body,
            lambda: answer(response),
            what=f"{response.status} {request.path}",
        )

    def send(self, process: Process, target: str, datagram: bytes) -> None:
        """Send a datagram; nobody learns what became of it."""
        source = process.node

        def arrive() -> None:
            listener = self._listeners.get(target)
            if listener is not None and listener.take_datagram is not None:
                take = listener.take_datagram
                if listener.process.is_alive:
                    listener.process.context().run(take, source, datagram)

        self.carry(source, target, datagram, arrive, what="datagram")

    def carry(
        self,
        source: str,
        target: str,
        content: bytes,
        arrive: Callable[[], object],
        what: str = "refusal",
    ) -> None:
        """Let a message travel: it may be lost, late, or come twice."""
        faults, dice = self.faults, self._dice
        self.counts.sent += 1
        mark = f"{what} to {target} {len(content)} B {zlib.crc32(content):08x}"
        hangs = self._hangs(source, target)
        if not hangs and (self.is_cut(source, target) or dice.chance(faults.loss)):
            self.counts.dropped += 1
            self._trace.note(source, f"{mark} lost")
            return
        self._trace.note(source, f"{mark} hangs" if hangs else mark)
        delay = Duration(self.draw_delay() + hangs)
        if delay > LATE:
            self._disturb(source, target, Duration(self._loop.now_us + delay))
        come = self._when_read(target, arrive)
        self._loop.call_after(delay, come)
        if dice.chance(faults.duplication):
            self.counts.duplicated += 1
            self._loop.call_after(Duration(self.draw_delay() + hangs), come)

    def _when_read(self, target: str, arrive: Callable[[], object]) -> Callable[[], None]:
        """Let what arrives lie unread while the program that it is for stands still."""

        def come() -> None:
            listener = self._listeners.get(target)
            if listener is None:
                arrive()
            else:
                self._loop.when_it_goes_on(listener.process, arrive)

        return come

    def _hangs(self, source: str, target: str) -> Duration:
        if self.hold is None or not self.is_cut(source, target):
            return Duration(0)
        hangs = self.hold(source, target)
        self._hangs_until = Duration(max(self._hangs_until, self._loop.now_us + hangs + LATE))
        return hangs

    def _disturb(self, source: str, target: str, until: Duration) -> None:
        """Take down until when two nodes were not sure to reach each other."""
        self._disturbed[source, target] = max(until, self._disturbed.get((source, target), until))

    def draw_delay(self) -> Duration:
        """Draw how long a message takes."""
        faults = self.faults
        added = self._dice.exponential(faults.delay_mean)
        if faults.outliers and self._dice.chance(faults.outliers):
            added *= OUTLIER_FACTOR
        return Duration(faults.delay_min + added)
