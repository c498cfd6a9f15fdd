"""What every socket that only speaks has in common: it speaks until its reader is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final

from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from server.problem_answers import Problem

_NO_UPGRADE: Final = (
    "This address opens a WebSocket, and the request does not ask for one. If a device or a desk"
    " sent it, a proxy in between has removed that: have it pass on Upgrade and Connection,"
    " over HTTP/1.1."
)


async def speak_until_gone(
    socket: WebSocket[Any, Any, Any], speaking: Coroutine[Any, Any, None]
) -> None:
    """Speak until all is said or the reader is gone; whatever it says is read and dropped."""
    tasks = {asyncio.create_task(_wait_until_gone(socket)), asyncio.create_task(speaking)}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _wait_until_gone(socket: WebSocket[Any, Any, Any]) -> None:
    """Read and drop whatever the device says; it only listens."""
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await socket.receive_data("text")


def refusal_without_upgrade() -> Problem:
    """Return what a request is answered that asks for no WebSocket where only one is served.

    Gates poll then, and nobody sees it but whoever has set up the proxy and looks at the log.
    """
    return Problem("method-not-allowed", _NO_UPGRADE)
