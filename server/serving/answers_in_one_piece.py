"""An answer's head goes out with its body, in one piece.

uvicorn writes the two apart: each is a call of the system and a packet of its own, and the first
one wakes whoever waits before there is an answer to read.
"""

from __future__ import annotations

import asyncio
from typing import Final

JOINED_MAX: Final = 64 * 1024
"""Bytes of a body that are copied to its head; a longer one is written as it is."""


class JoinedAnswer:
    """What one HTTP answer writes to: its head is sent together with the body's beginning.

    The head waits for what is written next, but never beyond the loop's turn: an answer that is
    streamed begins at once.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""
        self._is_begun = False

    def write(self, data: bytes) -> None:
        """Write, or keep what is written first until the next piece."""
        if self._is_begun and not self._head:
            self._transport.write(data)
        elif not self._is_begun:
            self._is_begun, self._head = True, data
            self._loop.call_soon(self.flush)
        elif len(data) <= JOINED_MAX:
            head, self._head = self._head, b""
            self._transport.write(head + data)
        else:
            self.flush()
            self._transport.write(data)

    def flush(self) -> None:
        """Write what is kept."""
        head, self._head = self._head, b""
        if head:
            self._transport.write(head)

    def close(self) -> None:
        """Close the connection once all is written."""
        self.flush()
        self._transport.close()

    def is_closing(self) -> bool:
        """Tell whether the connection ends."""
        return self._transport.is_closing()
