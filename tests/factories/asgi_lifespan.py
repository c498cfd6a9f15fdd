"""Starts and stops an ASGI application as its server would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from server.http.asgi import App


@asynccontextmanager
async def running(app: App) -> AsyncIterator[None]:
    """Run an application's start-up, then the block, then its shutdown."""
    said: asyncio.Queue[Any] = asyncio.Queue()
    heard: asyncio.Queue[Any] = asyncio.Queue()
    task = asyncio.create_task(
        app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, said.get, heard.put)
    )
    await said.put({"type": "lifespan.startup"})
    first = asyncio.ensure_future(heard.get())
    await asyncio.wait([task, first], return_when=asyncio.FIRST_COMPLETED)
    if not first.done():
        first.cancel()
        await task  # raises what stopped the start
    answer = await first
    assert answer["type"] == "lifespan.startup.complete", answer
    try:
        yield
    finally:
        await said.put({"type": "lifespan.shutdown"})
        await heard.get()
        await task
