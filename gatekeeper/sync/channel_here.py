"""A WebSocket at the address that was given, and nowhere else."""

from __future__ import annotations

from websockets.asyncio.client import connect


class ChannelHere(connect):
    """Opens a WebSocket, and follows nobody who answers that it is elsewhere.

    No request of a device is led on: whoever is in between would choose where it connects, and by
    an address that nobody can read end with another error than a channel has.
    """

    def process_redirect(self, exc: Exception) -> Exception:
        """Take each answer that opens no channel for what it is."""
        return exc
