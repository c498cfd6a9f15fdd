"""Work that is done again and again while the application runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.http.logs import log
from shared.kernel.errors import GatekeeperError


@asynccontextmanager
async def repeating(
    name: str, every_s: float, work: Callable[[], Awaitable[None]]
) -> AsyncIterator[None]:
    """Do `work` every `every_s` seconds during the block; each worker does.

    So the work must be such that doing it twice changes nothing. A database that is away is
    logged and tried again; a bug ends the work and shows when the block ends.
    """

    async def repeat() -> None:
        while True:
            await asyncio.sleep(every_s)
            try:
                await work()
            except (DBAPIError, PoolTimeout, OSError, GatekeeperError) as error:
                log().error("periodic.failed", kind=name, exc_info=error)

    task = asyncio.create_task(repeat())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
