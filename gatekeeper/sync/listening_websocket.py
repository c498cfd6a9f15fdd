"""A WebSocket at the address that was given, and nowhere else, on which this side only listens."""

from __future__ import annotations

from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.client import ClientProtocol
from websockets.exceptions import ProtocolError
from websockets.frames import Frame

FRAMES_AT_ONCE: Final = 1_000
"""Frames of the push or live channel at once: what a server says in half a minute, for a machine
that slept. They take 50 ms; pings without end made a verdict wait for 27 seconds."""
FRAMES_EACH_SECOND: Final = 100
"""And each second after that; a server says something new 33 times a second at most."""


class ListeningWebSocket(connect):
    """Opens a WebSocket, and follows nobody who answers that it is elsewhere.

    No request of a device is led on: whoever is in between would choose where it connects, and by
    an address that nobody can read end with another error than a channel has.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, create_connection=_Listening, **named)

    def process_redirect(self, exc: Exception) -> Exception:
        """Take each answer that opens no channel for what it is."""
        return exc


class _Listening(ClientConnection):
    """Sends only what answers pings: who asks on and reads none of it fills no memory.

    What was read at once is parsed before a scan has its turn. So who sends more frames than a
    server does is read no further.
    """

    def __init__(self, protocol: ClientProtocol, **named: Any) -> None:
        super().__init__(protocol, **named)
        self._read_frame = protocol.recv_frame
        self._frames_until = 0.0
        protocol.recv_frame = self._count_frame  # type: ignore[method-assign]  # websockets has no other way

    def _count_frame(self, frame: Frame) -> None:
        now = self.loop.time()
        self._frames_until = max(self._frames_until, now) + 1 / FRAMES_EACH_SECOND
        if self._frames_until - now > FRAMES_AT_ONCE / FRAMES_EACH_SECOND:
            raise ProtocolError("more frames than a server sends")
        self._read_frame(frame)

    def pause_writing(self) -> None:
        self.transport.abort()
