"""The desk's thread by itself: what goes on in it ends in order."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, cast

import pytest

from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.desk_thread import DeskThread
from tests.factories.waiting import PATIENCE_S

if TYPE_CHECKING:
    from gatekeeper.organizer.server_api import ServerApi


@pytest.mark.parametrize("is_left_before", [False, True])
def test_what_is_followed_says_goodbye_before_the_thread_ends(*, is_left_before: bool) -> None:
    """A channel is closed, not dropped; also if nobody looked at it any more just before."""
    make_application()
    thread, begun, said = DeskThread("desk"), threading.Event(), []

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)
            said.append("goodbye")

    thread.start()
    following = thread.follow(work, lambda _fault: None)
    assert begun.wait(PATIENCE_S)
    if is_left_before:
        following.stop()
    thread.stop()
    assert said == ["goodbye"]


def test_what_is_asked_ends_before_its_connections_are_closed() -> None:
    """Else it opens another one, which nobody closes."""
    make_application()
    thread, begun = DeskThread("desk"), threading.Event()
    order: list[object] = []

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            order.append("asked")

    class Api:
        async def close(self) -> None:
            order.append("closed")

    thread.api = cast("ServerApi", Api())
    thread.start()
    thread.ask(work, order.append, order.append)
    assert begun.wait(PATIENCE_S)
    thread.stop()
    assert order == ["asked", "closed"]
