"""HTTP and WebSocket connections of a worker, with its limits and deadlines.

The parsing and ASGI are uvicorn's; here each connection says what it waits for, so that one sweep
a second finds whoever keeps it waiting, at no cost to a claim.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from server.http.asgi import CALLER
from server.problem_answers import MEDIA_TYPE, Problem, encode_problem
from server.serving.answers_in_one_piece import JoinedAnswer
from server.serving.connection_limits_and_deadlines import OpenSocket, Phase

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

HEAD_SIZE_MAX: Final = 64 * 1024
"""Bytes of a request's line and headers; browsers and proxies send less than 16 kB."""
HEADERS_MAX: Final = 128
"""Headers of one request; browsers send about twenty-five, and a proxy adds a few."""
CHUNKS_MAX: Final = 4_096
"""Pieces of one chunked body, which is at most 4 MB: who streams sends kilobytes in each."""
PIPELINED_MAX: Final = 4
"""Requests that wait for the answer to one before them. No device, browser or proxy sends any."""
SAID_AT_ONCE: Final = 1_024
"""Bytes that who listens on a WebSocket may say at once, and the most of one message. What is read
at once, up to 256 kB, may be forty thousand empty frames, and their parsing kept every device
waiting for four seconds. A device sends a sign of life of 10 bytes each two seconds."""
SAID_EACH_S: Final = 256
"""And each second after that."""

_SOCKET_KEY: Final = "gatekeeper.socket"
_TOO_LONG: Final = Problem("headers-too-large", "Send fewer or shorter headers.")
FAREWELL_S: Final = 0.1
"""Seconds from the end of an idle connection to its cut, when the server stops."""

_PIPELINED: Final = Problem("too-many-requests", "Wait for an answer before you send more.")
_CRUMBS: Final = Problem("bad-request", "Send the body in fewer and larger chunks.")
_TOO_MUCH: Final = Problem(
    "unavailable", "Too many large requests are under way; send fewer at once.", retry_after_s=2
)
_TOO_SLOW: Final = Problem("too-slow", "Send the request at once, without pauses.")


class _Excess(Exception):
    """Thrown within the parser, which reads no further then."""


class Connection(HttpToolsProtocol):
    """One HTTP/1.1 connection.

    What was read at once, up to 256 kB, is parsed before anybody else has a turn. So a request,
    a header or a piece of a body beyond a number ends the connection there: thousands of small
    ones in one reading would keep every device waiting.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        opened: OpenSocket,
    ) -> None:
        """Prepare for a connection that was accepted.

        Args:
            config: uvicorn's.
            server_state: uvicorn's, shared by the worker's connections.
            app_state: Of the application's lifespan.
            opened: Its place among the worker's sockets.
        """
        super().__init__(config, server_state, app_state, _loop)
        self.opened = opened
        self._unsent = 0
        self._body = 0
        self._chunks = 0
        self._is_reading = False
        self._earlier: object = None
        self._excess: Problem | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin; over TLS, once the handshake is done."""
        super().connection_made(transport)
        self.opened.cut = partial(abort, transport)
        self.opened.end = self.end_overdue
        self.opened.held = self.held
        self.opened.let_go = self.let_go

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        super().connection_lost(exc)
        self.opened.close()

    def data_received(self, data: bytes) -> None:
        """Take bytes, unless they are a head without end."""
        opened = self.opened
        if opened.phase is Phase.IDLE:
            opened.enter(Phase.HEAD, self.loop.time())
        elif opened.phase is Phase.CLOSING:
            return
        elif opened.phase is Phase.HEAD and opened.received > HEAD_SIZE_MAX:
            self.refuse(_TOO_LONG)
            return
        opened.received += len(data)
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Tell the application, by the scope, how to say whose connection it is."""
        if len(self.pipeline) >= PIPELINED_MAX:
            self._stop_parsing(_PIPELINED)
        self._chunks = 0
        self._is_reading = True
        self._earlier = self.cycle
        if self.opened.phase is Phase.IDLE:  # right behind the end of a body, in one reading
            self.opened.enter(Phase.HEAD, self.loop.time())
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)[CALLER] = self.opened.know

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        if len(self.headers) >= HEADERS_MAX:
            self._stop_parsing(_TOO_LONG)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to wait for the body, which may be there already."""
        opened = self.opened
        if opened.phase is Phase.HEAD:
            opened.enter(Phase.BODY, self.loop.time())
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before:  # its application begins with the loop's next turn
            self.cycle.transport = cast(
                "asyncio.Transport", JoinedAnswer(self.transport, self.loop)
            )

    def on_chunk_header(self) -> None:
        """Count the pieces of a body."""
        self._chunks += 1
        if self._chunks > CHUNKS_MAX:
            self._stop_parsing(_CRUMBS)

    def _stop_parsing(self, problem: Problem) -> None:
        self._excess = problem
        raise _Excess

    def on_message_complete(self) -> None:
        """Begin to wait for the answer's end; where it was given before, for the next request."""
        self._is_reading = False
        if self.opened.phase is Phase.BODY:
            # One that asks to change over to a WebSocket has no cycle of its own.
            is_answered = self.cycle is not self._earlier and self.cycle.response_complete
            phase = Phase.IDLE if is_answered else Phase.ANSWER
            self._body = 0 if is_answered else self.opened.received
            self.opened.enter(phase, self.loop.time())
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request; in uvicorn's place, which would set a timer."""
        self.server_state.total_requests += 1
        self._body = 0
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        elif self.opened.phase is Phase.ANSWER:
            # Whoever asked behind another request may be answered before the body is there.
            phase = Phase.BODY if self._is_reading else Phase.IDLE
            self.opened.enter(phase, self.loop.time())

    def shutdown(self) -> None:
        """Stop: end at once what nobody is being answered on, and the rest after its answer."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        super().shutdown()
        if cycle is None or cycle.response_complete:
            _cut_soon(self.loop, self.transport)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over."""
        self.opened.enter(Phase.MESSAGES, self.loop.time())
        # uvicorn makes the next protocol with arguments of its own; the state reaches it.
        self.app_state = {**self.app_state, _SOCKET_KEY: self.opened}
        super().handle_websocket_upgrade()

    def end_overdue(self) -> None:
        """Say why, if nothing was said yet, and close; whoever lingers is cut off by the sweep."""
        now = self.loop.time()
        if self._is_moving():
            self.opened.enter(self.opened.phase, now)
            return
        if self.opened.phase in {Phase.HEAD, Phase.BODY} and self.opened.received:
            self.refuse(_TOO_SLOW)
            return
        self.opened.enter(Phase.CLOSING, now)
        self.transport.close()

    def _is_moving(self) -> bool:
        """Tell whether it is we who do not read, or whether an answer's end is on its way."""
        if self.opened.phase is Phase.BODY:
            return self.flow.read_paused
        unsent, self._unsent = self._unsent, unsent_of(self.transport)
        return self.opened.phase is Phase.IDLE and 0 < self._unsent != unsent

    def held(self) -> int:
        """Tell how many bytes are kept: of a body, and of an answer that is not taken."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        is_dropped = cycle is None or cycle.response_complete
        is_coming = self.opened.phase is Phase.BODY and not is_dropped
        body = self.opened.received if is_coming else self._body
        return body + unsent_of(self.transport)

    def let_go(self) -> int:
        """Refuse a body that is not all there, or cut off who takes no answer."""
        freed = self.held()
        if self.opened.phase is Phase.BODY:
            self.refuse(_TOO_MUCH)
        elif unsent_of(self.transport):
            self.opened.cut()
        else:
            return 0  # its answer is being made
        return freed

    def refuse(self, problem: Problem) -> None:
        """Answer in place of the application, and close."""
        self.opened.enter(Phase.CLOSING, self.loop.time())
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first request
        if cycle is None or cycle.response_complete:
            self.transport.write(_answer(problem))
        elif not cycle.response_started:
            self.transport.write(_answer(problem))
            cycle.disconnected = True  # its application hears that nobody listens
            cycle.message_event.set()
        self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP as every other mistake is answered."""
        self.refuse(self._excess or Problem("bad-request", msg))


def _cut_soon(loop: asyncio.AbstractEventLoop, transport: asyncio.Transport) -> None:
    """Cut a connection that is closed, unless the end of an answer is still on its way.

    TLS waits for the other side's farewell, which a client that only keeps its connection for
    later does not send: a stopping server would wait for it as long as it may.
    """

    def cut() -> None:
        if not unsent_of(transport):
            abort(transport)

    loop.call_later(FAREWELL_S, cut)


def unsent_of(transport: asyncio.WriteTransport) -> int:
    """Tell how many bytes of a connection's answers the other side has not taken."""
    # TLS that was closed twice has forgotten what it was over, and cannot be asked.
    with suppress(AttributeError):
        return transport.get_write_buffer_size()
    return 0


def abort(transport: asyncio.WriteTransport) -> None:
    """Cut a connection now.

    TLS that was closed twice ends by itself within asyncio's time for farewells: until Python
    3.11.5 it cannot be cut any more, and raises.
    """
    with suppress(AttributeError):
        transport.abort()


def _answer(problem: Problem) -> bytes:
    body = encode_problem(problem, "")
    head = (
        f"HTTP/1.1 {problem.status} \r\ncontent-type: {MEDIA_TYPE}\r\n"
        f"content-length: {len(body)}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


class DeviceSocket(WebSocketsSansIOProtocol):
    """One WebSocket: a stranger's must be proven a device's, or end, as soon as a head must.

    The other side listens. Beyond signs of life nothing that it says is kept, and whoever says
    more is cut off before it is read.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Take over the socket that the HTTP connection left in the state."""
        own = dict(app_state)
        self.opened = cast("OpenSocket", own.pop(_SOCKET_KEY))
        super().__init__(config, server_state, own, _loop)
        self.opened.end = self.opened.cut
        self._said_until = 0.0

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        super().connection_lost(exc)
        self.opened.close()

    def data_received(self, data: bytes) -> None:
        """Take bytes: the request, and then as many as one who listens sends."""
        if self.handshake_initiated:
            now = self.loop.time()
            self._said_until = max(self._said_until, now) + len(data) / SAID_EACH_S
            if self._said_until - now > SAID_AT_ONCE / SAID_EACH_S:
                self.opened.cut()
                return
        super().data_received(data)

    def handle_text(self, event: Any) -> None:
        """Drop a message, or a piece of one: nobody waits for it."""

    handle_bytes = handle_cont = handle_text

    def handle_connect(self, event: Any) -> None:
        """Tell the application how to say whose connection it is."""
        super().handle_connect(event)
        if self.handshake_initiated and not self.close_sent:
            cast("dict[str, Any]", self.scope)[CALLER] = self.opened.know

    async def send(self, message: Any) -> None:
        """Send; an answer in place of a WebSocket ends the opening, which uvicorn forgets."""
        await super().send(message)
        self.handshake_complete = self.handshake_complete or self.close_sent

    def shutdown(self) -> None:
        """Stop: say so, and do not wait for the other side's farewell."""
        super().shutdown()
        _cut_soon(self.loop, self.transport)

    def keepalive_timeout(self) -> None:
        """Give up one who answers no ping, and cut him off if he does not even read."""
        super().keepalive_timeout()
        self.opened.enter(Phase.CLOSING, self.loop.time())
