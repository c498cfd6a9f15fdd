"""In a device's loop nobody gives up others because the device waits for its own disk."""

from __future__ import annotations

import asyncio
import threading

from gatekeeper.device_loop import run_in_device_loop, waiting_for_disk

SLOW = 0.4  # seconds
PATIENCE = SLOW / 2


async def _said_first() -> list[str]:
    loop = asyncio.get_running_loop()
    said: list[str] = []
    ended = asyncio.Event()

    def wait_for_disk() -> None:
        with waiting_for_disk():
            threading.Event().wait(SLOW)
        # What comes from a socket is read in the loop's next turn, and heard in the one after it.
        loop.call_soon(loop.call_soon, said.append, "answered")

    loop.call_later(PATIENCE, said.append, "given up")
    loop.call_later(2 * PATIENCE, ended.set)
    loop.call_soon(wait_for_disk)
    await ended.wait()
    return said


def test_what_is_answered_while_the_disk_is_waited_for_is_heard_before_anybody_gives_up() -> None:
    """In another loop it would not be: its time goes on."""
    assert run_in_device_loop(_said_first()) == ["answered", "given up"]
    assert asyncio.run(_said_first()) == ["given up", "answered"]
