"""What every socket that only speaks has in common: it speaks until its reader is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect


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
