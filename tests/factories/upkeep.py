"""Lets the first server over a template's copy begin with what it is asked, not with its upkeep.

Each server first goes through what an earlier one may have left: a third of what it costs to start
one. Over a fresh copy none has left anything. Whichever server comes next to that database, beside
the first or after it, begins with its upkeep; in the whole each does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from server.exchange import routes
from server.exchange.upkeep import EVERY_S, keep_up
from server.exchange.worker_parts import WorkerParts
from tests.factories.strength import Strength

_untouched: set[str] = set()


def note_copy(url: str) -> None:
    """Say that a database has just been copied from a template, or put back as one."""
    _untouched.add(url)


@contextmanager
def upkeep_rests_over_copy(url: str) -> Iterator[None]:
    """Let a server that starts in this block rest before its first round, if it is the first."""
    is_first = url in _untouched
    _untouched.discard(url)
    if Strength.is_whole or not is_first:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes, "keep_up", _rest_and_keep_up)
        yield


async def _rest_and_keep_up(parts: WorkerParts) -> None:
    await asyncio.sleep(EVERY_S)
    await keep_up(parts)
