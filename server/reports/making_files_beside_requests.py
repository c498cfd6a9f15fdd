"""A worker that draws reports' files beside its requests, one after the other.

A thread of their own: thirty reports asked for at once would fill those that all else shares, and
what needs one for a moment would wait until the last of them is drawn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from server.reports.report_cells import Printed

_File = TypeVar("_File", bytes, str)
_DRAWERS: Final = ThreadPoolExecutor(1, thread_name_prefix="reports")


async def drawn(write: Callable[[Printed], _File], report: Printed) -> _File:
    """Have a report written as a file, when those before it are."""
    return await asyncio.get_running_loop().run_in_executor(_DRAWERS, write, report)
