"""Long work of requests, in threads: each organization's one thing after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final, TypeVar

from server.db.organization_shares import OrganizationShares
from server.limits_and_times import LONG_WORK_WAIT_S

T = TypeVar("T")

_LONG_WORK: Final = OrganizationShares(1, wait_s=LONG_WORK_WAIT_S)


async def work_aside(org: str, work: Callable[[], T], threads: Executor | None = None) -> T:
    """Do in a thread what takes seconds, of each organization's requests one thing at a time.

    Many that one asks for would fill the threads that all share, or stand before the others'.

    Args:
        org: Whose request wants it; `SYSTEM` for what goes on by itself.
        work: What is done.
        threads: Those that do it; the ones for all if none are named.
    """
    async with _LONG_WORK.held(org):
        return await asyncio.get_running_loop().run_in_executor(threads, work)
