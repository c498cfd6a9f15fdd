"""Closes, in a test's process, connections that came in as the test ended, and names the others.

Where the loop ends before a handler has begun, the handler is cancelled and closes nothing. From
Python 3.12 on asyncio closes it itself.

The interpreter tells of whatever stays open when it is thrown away, which may be amid a test that
never heard of it: so each connection says in which test it was made.
"""

from __future__ import annotations

import asyncio
import os
from asyncio import selector_events
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


def name_tests_in_connections() -> None:
    """Let what is said of a connection say in which test it was made."""
    kind: Any = selector_events._SelectorTransport  # type: ignore[attr-defined] # it is no API
    make, say = kind.__init__, kind.__repr__

    def make_here(self: Any, *args: Any, **named: Any) -> None:
        self._made_in = os.environ.get("PYTEST_CURRENT_TEST", "no test")
        make(self, *args, **named)

    def say_where(self: Any) -> str:
        return f"{say(self)} made in {self._made_in}"

    kind.__init__, kind.__repr__ = make_here, say_where
