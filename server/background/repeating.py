"""A worker does a room's work again and again while it serves: every so often, and spread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from os import getpid
from typing import Final, TypeVar
from zlib import crc32

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.asked_to_end import is_ending
from server.db.clock_leaps import REST, note_time
from server.db.unit import Context
from server.http.logs import log
from shared.kernel.errors import GatekeeperError
from shared.kernel.instant import HOUR, SECOND, Duration, Instant

SPREAD_S: Final = 0.5
"""Works of one rhythm begin up to so many seconds after each other: each holds up a worker's
claims for as long as it reckons, and all at once do so for all of it."""
FORGOTTEN_EVERY: Final[Duration] = HOUR
"""Between two rounds in which old jobs, webhooks' messages, sign-ins and left-behind seats go."""

T = TypeVar("T")


@asynccontextmanager
async def repeating(
    name: str, every_s: float, work: Callable[[], Awaitable[None]]
) -> AsyncIterator[None]:
    """Do `work` every `every_s` seconds during the block; each worker does.

    So the work must be such that doing it twice changes nothing. Whatever goes wrong is logged,
    and it is tried again: one organization's row may break it, and the others wait for theirs.
    A bug shows when the block ends besides.
    """
    bugs: list[Exception] = []

    async def repeat() -> None:
        await asyncio.sleep(spread(name, getpid(), every_s))
        while not is_ending():
            await asyncio.sleep(every_s)
            try:
                await work()
            except (DBAPIError, PoolTimeout, OSError, GatekeeperError) as error:
                log().error("periodic.failed", kind=name, exc_info=error)
            except Exception as bug:  # noqa: BLE001 - what others wait for goes on
                log().exception("periodic.broken", kind=name)
                bugs[1:] = [bug]

    task = asyncio.create_task(repeat())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    if bugs:
        raise bugs[0]


def spread(name: str, worker: int, every_s: float) -> float:
    """Return by how many seconds a worker's work begins after others of the same rhythm. Pure.

    All begin with their worker, and workers with each other: each tenth second ten works and more
    were due in one moment at all of them, and every claim that came then waited for all.
    """
    return crc32(f"{name} {worker}".encode()) / 2**32 * min(every_s, SPREAD_S)


async def find_steady_time(context: Context) -> Instant | None:
    """Return by when what is due may be ended for good, or None; a clock that leapt is named."""
    note = await note_time(context)
    if note.leapt:
        log().warning("clock.leapt", ahead_s=note.leapt // SECOND, rests_s=REST // SECOND)
    return note.steady_at


async def for_each(items: Iterable[T], work: Callable[[T], Awaitable[int]]) -> int:
    """Do work for each of many, and return the sum of what it returned.

    Whoever's breaks keeps nobody else from theirs; the first fault is raised when all had theirs.
    """
    count, faults = 0, list[Exception]()
    for item in items:
        try:
            count += await work(item)
        except Exception as fault:  # noqa: BLE001 - raised below
            faults[1:] = [fault]
    if faults:
        raise faults[0]
    return count
