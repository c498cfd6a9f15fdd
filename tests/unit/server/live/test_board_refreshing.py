"""Who watches holds the newest board only, however slowly they take it."""

from __future__ import annotations

import asyncio

from server.live.board_refreshing import Watcher
from shared.kernel.id_types import EventId, OrganizationId


def make_watcher() -> Watcher:
    """Watch an event."""
    return Watcher(OrganizationId("org"), EventId("evt"), token="t", actor="usr")


async def test_a_slow_watcher_sees_the_newest_and_keeps_nothing() -> None:
    """A thousand boards while nobody looks are one."""
    watcher = make_watcher()
    for number in range(1_000):
        watcher.show(b"%d" % number)
    assert await watcher.look() == b"999"
    waiting = asyncio.create_task(watcher.look())
    await asyncio.sleep(0)
    assert not waiting.done()
    watcher.show(b"next")
    assert await waiting == b"next"


async def test_who_may_see_no_more_is_told_nothing_that_was_kept() -> None:
    """Not even the board that came before the right was taken."""
    watcher = make_watcher()
    watcher.show(b"figures")
    watcher.end("forbidden")
    assert await watcher.look() is None
    assert watcher.why == "forbidden"
