"""Closes, in a test's process, connections that came in as the test ended.

Where the loop ends before a handler has begun, the handler is cancelled and closes nothing. The
interpreter names such a connection when it is thrown away, which may be amid a test that never
heard of it. From Python 3.12 on asyncio closes it itself.
"""

from __future__ import annotations

import asyncio
from typing import Any


def close_late_connections() -> None:
    """Have each connection closed whose handler is cancelled, as asyncio does from 3.12 on."""
    protocol: Any = asyncio.StreamReaderProtocol
    begin = protocol.connection_made

    def connection_made(self: Any, transport: asyncio.Transport) -> None:
        begin(self, transport)
        handler: asyncio.Task[Any] | None = getattr(self, "_task", None)
        if handler is not None:
            handler.add_done_callback(lambda task: transport.abort() if task.cancelled() else None)

    protocol.connection_made = connection_made
