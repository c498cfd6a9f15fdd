"""Long work of requests, in threads: each organization's one thing after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Final, TypeVar

from server.db.organization_shares import OrganizationShares
from server.limits_and_times import LONG_WORK_WAIT_S, OWN_REQUESTS_WAIT_S

T = TypeVar("T")

_LONG_WORK: Final = OrganizationShares(1, wait_s=LONG_WORK_WAIT_S)
_LONG_WORKERS: Final = ThreadPoolExecutor(2, thread_name_prefix="long-work")
"""Not those that all share: what a few organizations ask for together would take them all."""
_SHORT_WORK: Final = OrganizationShares(2, wait_s=OWN_REQUESTS_WAIT_S)
_SHORT_WORKERS: Final = ThreadPoolExecutor(2, thread_name_prefix="short-work")
"""Others than those: what takes a second need not wait for what takes half a minute."""


async def work_aside(org: str, work: Callable[[], T], threads: Executor | None = None) -> T:
    """Do in a thread what takes seconds, of each organization's requests one thing at a time.

    Many that one asks for would fill the threads that all share, or stand before the others'.

    Args:
        org: Whose request wants it; `SYSTEM` for what goes on by itself.
        work: What is done.
        threads: Those that do it; some for whatever takes long if none are named.
    """
    async with _LONG_WORK.held(org):
        return await asyncio.get_running_loop().run_in_executor(threads or _LONG_WORKERS, work)


async def short_work_aside(org: str, work: Callable[[], T]) -> T:
    """Do in a thread what takes a second or two at most, of each organization two things at once.

    A person asks for a map of a hundred thousand seats by a request of no size.
    """
    async with _SHORT_WORK.held(org):
        return await asyncio.get_running_loop().run_in_executor(_SHORT_WORKERS, work)
