"""The desk follows a live board over a real server, also where the channel is cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from gatekeeper.organizer.during.live_board_channel import LiveView, follow
from gatekeeper.organizer.server_api import EventSite, ServerApi
from shared.kernel.errors import Rejected, ServerFault
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.led_connections import lead_on
from tests.factories.server_process import environment_of, seeded, served

pytestmark = pytest.mark.slow


class Road:
    """A road to the server that may lead no channel, or nothing at all."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.leads_channels = self.leads_anything = True
        self._open: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Cut every connection that there is."""
        for writer in self._open:
            writer.transport.abort()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Lead one connection, if it may be led."""
        self._open.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            is_channel = b"upgrade: websocket" in head.lower()
            if self.leads_anything and (self.leads_channels or not is_channel):
                await lead_on(reader, writer, self._port, head=head)
        self._open.discard(writer)
        writer.close()


class Follower:
    """Somebody who follows a board, and what came of it."""

    def __init__(self) -> None:
        self.views: list[LiveView] = []
        self.faults: list[ServerFault] = []
        self._stirred = asyncio.Event()

    def see(self, view: LiveView) -> None:
        """Take a board."""
        self.views.append(view)
        self._stirred.set()

    def miss(self, fault: ServerFault) -> None:
        """Take the word that there is none."""
        self.faults.append(fault)
        self._stirred.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(60):
            while not holds():
                self._stirred.clear()
                await self._stirred.wait()

    async def next(self, *, is_pushed: bool) -> None:
        """Wait for a board that comes anew, in one way."""
        known = len(self.views)
        await self.until(lambda: any(v.is_pushed is is_pushed for v in self.views[known:]))


@pytest.fixture(scope="module")
def event(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, Any]]]:
    """Run a server with an event."""
    folder: Path = tmp_path_factory.mktemp("followed")
    environment = environment_of(folder)
    with served(environment, 1) as url:
        yield url, seeded(environment, folder, tickets=4, gates=1, devices=1)


@asynccontextmanager
async def following(
    url: str, load: dict[str, Any]
) -> AsyncIterator[tuple[Follower, Road, ServerApi, asyncio.Task[None]]]:
    """Follow the event's board over a road."""
    road = Road(urlsplit(url).port or 0)
    door = await asyncio.start_server(road.take, "127.0.0.1", 0)
    office = ServerApi(f"http://127.0.0.1:{door.sockets[0].getsockname()[1]}")
    await office.sign_in(load["login"]["email"], load["login"]["password"])
    site = EventSite(OrganizationId(load["organization"]), EventId(load["event_id"]))
    follower = Follower()
    task = asyncio.create_task(follow(office, site, follower.see, follower.miss))
    try:
        yield follower, road, office, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await office.close()
        road.cut()
        door.close()


async def test_figures_go_on_where_the_channel_is_cut(event: tuple[str, dict[str, Any]]) -> None:
    """Pushed, then asked for, then nothing and a fault, then pushed again: by itself."""
    async with following(*event) as (follower, road, _, _):
        await follower.next(is_pushed=True)
        assert follower.views[0].board.gates[0].name == "Gate 1"
        road.leads_channels = False
        road.cut()
        await follower.next(is_pushed=False)
        road.leads_anything = False
        road.cut()
        await follower.until(lambda: bool(follower.faults))
        road.leads_anything = road.leads_channels = True
        await follower.next(is_pushed=True)


async def test_who_is_signed_out_follows_no_more(event: tuple[str, dict[str, Any]]) -> None:
    """The session's end reaches the desk, which asks to sign in again."""
    async with following(*event) as (follower, _, office, task):
        await follower.next(is_pushed=True)
        await office.delete("/sessions/current", "")
        with pytest.raises(Rejected) as caught:
            async with asyncio.timeout(60):
                await task
        assert caught.value.status == 401
