"""What one listener hears."""

from __future__ import annotations

import asyncio

from server.feed.pages import PushedPage
from server.feed.push import Ear
from shared.kernel.id_types import EventId
from shared.wire.enrol import PushMessage


def message(head: int, epoch: int = 1) -> PushMessage:
    """Make a message."""
    return PushMessage(EventId("ev_1"), epoch, head)


async def test_slow_listener_hears_only_the_newest() -> None:
    """A thousand changes are one message."""
    ear = Ear(EventId("ev_1"))
    for head in range(1, 1_001):
        ear.hear(message(head))
    assert await ear.listen() == message(1_000)


async def test_listener_hears_nothing_twice_and_nothing_old() -> None:
    """Late notices of other workers are dropped; a higher epoch is news again."""
    ear = Ear(EventId("ev_1"))
    ear.hear(message(5))
    assert await ear.listen() == message(5)
    ear.hear(message(5))
    ear.hear(message(3))
    waiting = asyncio.ensure_future(ear.listen())
    await asyncio.sleep(0)
    assert not waiting.done()
    ear.hear(message(1, epoch=2))
    assert await waiting == message(1, epoch=2)


async def test_late_notice_takes_the_place_of_no_newer_one() -> None:
    """While the listener is busy, the newest is kept, in whatever order workers commit."""
    ear = Ear(EventId("ev_1"), takes_pages=True)
    ear.hear(message(9), page(4, 9))
    ear.hear(message(7))
    assert await ear.listen() == message(9)


async def test_listener_that_is_hung_up_on_hears_nothing_more() -> None:
    """Not even what was said before."""
    ear = Ear(EventId("ev_1"))
    waiting = asyncio.ensure_future(ear.listen())
    await asyncio.sleep(0)
    ear.end("device-revoked")
    assert await waiting is None
    ear.hear(message(5))
    assert await ear.listen() is None


def page(after: int, head: int, epoch: int = 1) -> PushedPage:
    """Make a page that says where it begins and ends."""
    return PushedPage(epoch, after, head, b"%d-%d" % (after, head))


async def told(ear: Ear, head: int, epoch: int = 1) -> Ear:
    """Tell a listener of a head."""
    ear.hear(message(head, epoch))
    assert await ear.listen() == message(head, epoch)
    return ear


async def test_listener_gets_the_page_itself_where_it_follows() -> None:
    """Whoever knows the feed up to where a page begins, or further, needs to fetch nothing."""
    ear = await told(Ear(EventId("ev_1"), takes_pages=True), 5)
    ear.hear(message(7), page(5, 7))
    assert await ear.listen() == b"5-7"
    ear.hear(message(9), page(4, 9))
    assert await ear.listen() == b"4-9"
    assert ear.told == (1, 9)


async def test_listener_is_told_to_fetch_where_a_page_does_not_follow() -> None:
    """Before the first head, after a hole and in another epoch a page would be of no use."""
    fresh = Ear(EventId("ev_1"), takes_pages=True)
    fresh.hear(message(7), page(0, 7))
    assert await fresh.listen() == message(7)
    behind = await told(Ear(EventId("ev_1"), takes_pages=True), 3)
    behind.hear(message(7), page(5, 7))
    assert await behind.listen() == message(7)
    elder = await told(Ear(EventId("ev_1"), takes_pages=True), 9, epoch=1)
    elder.hear(message(2, epoch=2), page(1, 2, epoch=2))
    assert await elder.listen() == message(2, epoch=2)


async def test_listener_that_takes_no_pages_gets_none() -> None:
    """A client that did not ask for pages reads JSON as ever."""
    ear = await told(Ear(EventId("ev_1")), 5)
    ear.hear(message(7), page(5, 7))
    assert await ear.listen() == message(7)
