"""What one listener hears."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import structlog

from command_line.clock_and_randomness import SystemClock, SystemEntropy
from server.db.database_connections import Database
from server.db.unit import Context
from server.devices.rows import read_serving
from server.feed.feed_pages import FeedPages, PushedPage
from server.feed.push_hub import PushHub, PushListener
from server.http.database_outage import DatabaseOutage
from server.settings import Settings
from shared.kernel.id_types import DeviceId, EventId, OrganizationId
from shared.wire.push_message import PushMessage
from tests.factories.quick import quiet_logs

LOOKS = 12
"""How often heads are looked up of a database that is gone."""


def message(head: int, epoch: int = 1) -> PushMessage:
    """Make a message."""
    return PushMessage(EventId("ev_1"), epoch, head)


async def test_slow_listener_hears_only_the_newest() -> None:
    """A thousand changes are one message."""
    listener = PushListener(EventId("ev_1"))
    for head in range(1, 1_001):
        listener.hear(message(head))
    assert await listener.listen() == message(1_000)


async def test_listener_hears_nothing_twice_and_nothing_old() -> None:
    """Late notices of other workers are dropped; a higher epoch is news again."""
    listener = PushListener(EventId("ev_1"))
    listener.hear(message(5))
    assert await listener.listen() == message(5)
    listener.hear(message(5))
    listener.hear(message(3))
    waiting = asyncio.ensure_future(listener.listen())
    await asyncio.sleep(0)
    assert not waiting.done()
    listener.hear(message(1, epoch=2))
    assert await waiting == message(1, epoch=2)


async def test_late_notice_takes_the_place_of_no_newer_one() -> None:
    """While the listener is busy, the newest is kept, in whatever order workers commit."""
    listener = PushListener(EventId("ev_1"), takes_pages=True)
    listener.hear(message(9), page(4, 9))
    listener.hear(message(7))
    assert await listener.listen() == message(9)


async def test_listener_that_is_hung_up_on_hears_nothing_more() -> None:
    """Not even what was said before."""
    listener = PushListener(EventId("ev_1"))
    waiting = asyncio.ensure_future(listener.listen())
    await asyncio.sleep(0)
    listener.end("device-revoked")
    assert await waiting is None
    listener.hear(message(5))
    assert await listener.listen() is None


def page(after: int, head: int, epoch: int = 1) -> PushedPage:
    """Make a page that says where it begins and ends."""
    return PushedPage(epoch, after, head, b"%d-%d" % (after, head))


async def told(listener: PushListener, head: int, epoch: int = 1) -> PushListener:
    """Tell a listener of a head."""
    listener.hear(message(head, epoch))
    assert await listener.listen() == message(head, epoch)
    return listener


async def test_listener_gets_the_page_itself_where_it_follows() -> None:
    """Whoever knows the feed up to where a page begins, or further, needs to fetch nothing."""
    listener = await told(PushListener(EventId("ev_1"), takes_pages=True), 5)
    listener.hear(message(7), page(5, 7))
    assert await listener.listen() == b"5-7"
    listener.hear(message(9), page(4, 9))
    assert await listener.listen() == b"4-9"
    assert listener.told == (1, 9)


async def test_listener_is_told_to_fetch_where_a_page_does_not_follow() -> None:
    """Before the first head, after a hole and in another epoch a page would be of no use."""
    fresh = PushListener(EventId("ev_1"), takes_pages=True)
    fresh.hear(message(7), page(0, 7))
    assert await fresh.listen() == message(7)
    behind = await told(PushListener(EventId("ev_1"), takes_pages=True), 3)
    behind.hear(message(7), page(5, 7))
    assert await behind.listen() == message(7)
    elder = await told(PushListener(EventId("ev_1"), takes_pages=True), 9, epoch=1)
    elder.hear(message(2, epoch=2), page(1, 2, epoch=2))
    assert await elder.listen() == message(2, epoch=2)


async def test_listener_that_takes_no_pages_gets_none() -> None:
    """A client that did not ask for pages reads JSON as ever."""
    listener = await told(PushListener(EventId("ev_1")), 5)
    listener.hear(message(7), page(5, 7))
    assert await listener.listen() == message(7)


async def test_listeners_are_told_in_the_order_of_what_came() -> None:
    """Whatever hashes the ids of events have: two runs of one simulated world are alike."""
    beside: Any = None  # what a hub asks only where it looks heads up, or makes pages
    hub = PushHub(
        beside, Settings(database="sqlite:///x", data_folder=Path()), beside, beside, beside
    )
    names = [EventId(f"ev_{n}") for n in range(12)]
    told: list[EventId] = []

    async def note(listener: PushListener) -> None:
        await listener.listen()
        told.append(listener.event_id)

    with ExitStack() as stack:
        of, device = OrganizationId("org_1"), DeviceId("dev_1")
        waiting = [
            asyncio.create_task(
                note(stack.enter_context(hub.listener(name, of, device, takes_pages=False)))
            )
            for name in names
        ]
        hub._to_look_up.clear()
        for name in reversed(names):
            hub.poke(name, 1, 7)
        ticking = asyncio.create_task(hub._tick())
        await asyncio.gather(*waiting)
        ticking.cancel()
    assert told == names[::-1]


async def test_database_that_is_gone_is_one_line_however_often_heads_are_looked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listener has them looked up each second; an operator reads the log of a night."""
    monkeypatch.setattr("server.feed.push_hub.LOOK_UP_S", 0)
    tries, enough = 0, asyncio.Event()

    def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal tries
        tries += 1
        writer.close()
        if tries == LOOKS:
            enough.set()

    lines: list[Any] = []

    def keep(_logger: Any, _method: str, line: Any) -> Any:
        lines.append(line)
        raise structlog.DropEvent

    gone = await asyncio.start_server(hang_up, "127.0.0.1")
    url = f"postgresql://nobody@127.0.0.1:{gone.sockets[0].getsockname()[1]}/none"
    database = Database(url)
    context = Context(database=database, clock=SystemClock(), entropy=SystemEntropy())
    settings = Settings(database=url, data_folder=tmp_path)
    beside: Any = None  # what makes pages: there is nothing to make one of
    hub = PushHub(context, settings, FeedPages(context, beside, beside), read_serving, beside)
    structlog.configure(processors=[DatabaseOutage(SystemClock()).fold, keep])
    try:
        await hub.open()
        place = (EventId("ev_1"), OrganizationId("org_1"), DeviceId("dev_1"))
        with hub.listener(*place, takes_pages=False):
            async with asyncio.timeout(30):
                await enough.wait()
    finally:
        await hub.close()
        quiet_logs()
        gone.close()
        await database.close()
    assert [line["event"] for line in lines] == ["database.unavailable"]


async def test_once_nobody_listens_nobody_is_asked_whom_devices_serve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last listener left while heads were looked up; PostgreSQL refuses a list without any."""
    monkeypatch.setattr("server.feed.push_hub.LOOK_UP_S", 0)
    leaving, looked = ExitStack(), asyncio.Event()
    asked: list[Collection[DeviceId]] = []

    class Looking(Database):
        async def glance(self, *_query: Any) -> Sequence[Any]:
            leaving.close()
            asyncio.get_running_loop().call_later(0, looked.set)
            return []

    async def note(_database: Database, devices: Collection[DeviceId]) -> Any:
        asked.append(devices)
        return {}

    url = f"sqlite:///{tmp_path / 'feed.db'}"
    database, beside = Looking(url), SystemClock()
    context = Context(database=database, clock=beside, entropy=SystemEntropy())
    pages: Any = None  # there is nothing to make one of
    hub = PushHub(context, Settings(database=url, data_folder=tmp_path), pages, note, pages)
    place = (EventId("ev_1"), OrganizationId("org_1"), DeviceId("dev_1"))
    leaving.enter_context(hub.listener(*place, takes_pages=False))
    hub._to_look_up.clear()
    await hub.open()
    async with asyncio.timeout(30):
        await looked.wait()
    await hub.close()
    await database.close()
    assert asked == []
