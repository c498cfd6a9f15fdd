"""Lets a server over a fresh database begin with what it is asked, and not with its upkeep.

Each server first goes through what an earlier one may have left: a third of what it costs to start
one. Over a template's copy none has left anything. Servers that a test starts by itself do so.
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


@contextmanager
def upkeep_rests_first() -> Iterator[None]:
    """Let servers that start in this block rest before their first round; in the whole after."""
    if Strength.is_whole:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes, "keep_up", _rest_and_keep_up)
        yield


async def _rest_and_keep_up(parts: WorkerParts) -> None:
    await asyncio.sleep(EVERY_S)
    await keep_up(parts)
