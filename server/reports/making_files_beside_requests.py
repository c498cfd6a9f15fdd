"""A worker that draws reports' files beside its requests, one after the other.

A thread of their own: thirty reports asked for at once would fill those that all else shares, and
what needs one for a moment would wait until the last of them is drawn. Of an organization one
waits there at a time, so that another's comes next.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from server.background.work_aside import work_aside
from server.reports.report_cells import Printed

_File = TypeVar("_File", bytes, str)
_DRAWERS: Final = ThreadPoolExecutor(1, thread_name_prefix="reports")


async def drawn(org: str, write: Callable[[Printed], _File], report: Printed) -> _File:
    """Have a report written as a file, when those before it are.

    Args:
        org: Whose request wants it; `SYSTEM` for one that is mailed.
        write: Writes it in one form.
        report: What is written.
    """
    return await work_aside(org, partial(write, report), _DRAWERS)
