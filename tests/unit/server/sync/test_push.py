"""What one listener hears."""

from __future__ import annotations

import asyncio

from server.sync.push import Ear
from shared.wire.enrol import PushMessage


def message(head: int, epoch: int = 1) -> PushMessage:
    """Make a message."""
    return PushMessage("ev_1", epoch, head)


async def test_slow_listener_hears_only_the_newest() -> None:
    """A thousand changes are one message."""
    ear = Ear("ev_1")
    for head in range(1, 1_001):
        ear.hear(message(head))
    assert await ear.listen() == message(1_000)


async def test_listener_hears_nothing_twice_and_nothing_old() -> None:
    """Late notices of other workers are dropped; a higher epoch is news again."""
    ear = Ear("ev_1")
    ear.hear(message(5))
    assert await ear.listen() == message(5)
    ear.hear(message(5))
    ear.hear(message(3))
    waiting = asyncio.ensure_future(ear.listen())
    await asyncio.sleep(0)
    assert not waiting.done()
    ear.hear(message(1, epoch=2))
    assert await waiting == message(1, epoch=2)
