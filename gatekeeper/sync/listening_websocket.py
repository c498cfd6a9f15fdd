"""A WebSocket at the address that was given, and nowhere else, on which this side only listens."""

from __future__ import annotations

from typing import Any

from websockets.asyncio.client import ClientConnection, connect


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
    """Sends only what answers pings: who asks on and reads none of it fills no memory."""

    def pause_writing(self) -> None:
        self.transport.abort()
