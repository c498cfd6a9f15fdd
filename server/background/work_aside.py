"""Long work of requests, in threads: each organization's one thing after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Final, TypeVar

from server.db.organization_shares import OrganizationShares

OWN_REQUESTS_WAIT_S: Final = 30.0
"""That a request waits for others of its organization: as long as whoever meets no free connection
at all waits for one."""
LONG_WORK_WAIT_S: Final = 120.0
"""That long work waits for its organization's other: a few of the longest reports, one after the
other."""

T = TypeVar("T")


class LongWork:
    """Does long work of requests in threads, of each organization so many things at once.

    Not in those that all share: what a few organizations ask for together would take them all.
    """

    def __init__(self, name: str, at_once: int, wait_s: float) -> None:
        self._shares = OrganizationShares(at_once, wait_s=wait_s)
        self._threads = ThreadPoolExecutor(2, thread_name_prefix=name)

    async def __call__(
        self, org: str, work: Callable[[], T], threads: Executor | None = None
    ) -> T:
        """Do one thing when it is its organization's turn.

        Args:
            org: Whose request wants it; `SYSTEM` for what goes on by itself.
            work: What is done.
            threads: Those that do it, if others than its own.
        """
        async with self._shares.held(org):
            return await asyncio.get_running_loop().run_in_executor(threads or self._threads, work)


work_aside: Final = LongWork("long-work", 1, LONG_WORK_WAIT_S)
"""What takes seconds, one thing at a time: many would stand before those of others."""
short_work_aside: Final = LongWork("short-work", 2, OWN_REQUESTS_WAIT_S)
"""What takes a second or two at most: it need not wait for what takes half a minute.

A person asks for a map of a hundred thousand seats by a request of no size.
"""
