"""Which kinds of jobs are due: asked once for all the runners of a worker.

Each room with jobs has a runner of its own. Were each to ask for itself, a server that has nothing
to do would ask its database five times a second, and empty the battery of a laptop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Final

from litestar import Litestar
from litestar.datastructures import State
from sqlalchemy import text

from server.background.repeating import repeating
from server.db.unit import Context
from server.jobs.runner import DUE, JobRunner, due_by

JOBS_SEEN_S: Final = 0.9
"""For so many seconds all that look for jobs of a worker share one look at the table."""

_KINDS: Final = text(f"SELECT DISTINCT kind FROM job WHERE {DUE}")  # noqa: S608 - our own words


class DueJobs:
    """What a worker has last seen of the table of jobs."""

    def __init__(self, context: Context) -> None:
        """Prepare; nothing is asked of the database yet."""
        self._context = context
        self._kinds = frozenset[str]()
        self._seen_at: float | None = None
        self._asking = asyncio.Lock()

    async def has(self, *kinds: str) -> bool:
        """Tell whether a job of one of the kinds is due, or was less than a second ago."""
        async with self._asking:
            now = asyncio.get_running_loop().time()
            if self._seen_at is None or now - self._seen_at >= JOBS_SEEN_S:
                values = due_by(self._context.clock.wall())
                rows = await self._context.database.glance(_KINDS, values)
                self._kinds, self._seen_at = frozenset(row[0] for row in rows), now
        return not self._kinds.isdisjoint(kinds)

    async def let_work(self, runner: JobRunner) -> None:
        """Let a runner do what is due, if anything of its kinds is."""
        if await self.has(*runner.kinds):
            await runner.work()
        else:
            await runner.sweep()


def doing_jobs(
    name: str,
    every_s: Callable[[], float],
    make_runner: Callable[[State], JobRunner],
    *,
    needs_mail: bool = False,
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Make a lifespan that does a room's jobs; without a mail server those that need it wait.

    How often it looks is asked when it begins: a program that works by itself may have set it.
    """

    @asynccontextmanager
    async def doing(app: Litestar) -> AsyncIterator[None]:
        if needs_mail and app.state["mail_sender"] is None:
            yield
            return
        due: DueJobs = app.state["due_jobs"]
        async with repeating(name, every_s(), partial(due.let_work, make_runner(app.state))):
            yield

    return doing
