"""The push channel: who listens, and how a worker hears of what another one committed.

A message says that there is something to fetch, or is the very page that would be fetched: read
and signed once per event and tick, and the same for all who know the feed up to where it begins.
Each socket holds nothing but the newest, so a slow reader costs nothing and a burst becomes one
message. On PostgreSQL the workers tell each other by NOTIFY on the connection on which they
listen, after the commit and at most once per event and tick: inside the transaction it would
serialise all commits. On SQLite, and against lost notices, heads are also looked up while somebody
listens. That a device was assigned anew, or revoked, is told in the same way; it hears that there
is something to fetch.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn

import msgspec
from sqlalchemy import text

from command_line.exit_statuses import EXIT_BROKEN, say_line
from server.asked_to_end import is_ending
from server.db.database_connections import Database
from server.db.hot_path_connections import connect_postgres
from server.db.promoted_standby import note_promotion
from server.db.restore_locks import NewerDatabase, PutBack, mark_served
from server.db.unit import Context
from server.feed.feed_pages import PUSHED_ITEMS_MAX, FeedPages, PushedPage
from server.http.logs import log
from server.settings import Settings
from shared.kernel.errors import StoreFault
from shared.kernel.id_types import DeviceId, EventId, OrganizationId
from shared.wire.push_message import PushMessage

if TYPE_CHECKING:
    import asyncpg

Poke = Callable[[EventId, int, int], None]
"""Called with an event, an epoch and its feed's new head, after the commit."""

Serving = Callable[
    [Database, Collection[DeviceId]], Awaitable[Mapping[DeviceId, tuple[EventId | None, bool]]]
]
"""Tells which events some devices serve, and whether they are revoked."""

CHANNEL: Final = "gatekeeper_feed"
DEVICES: Final = "gatekeeper_devices"
TICK_S: Final = 0.03
LOOK_UP_S: Final = 1.0
RECONNECT_S: Final = 0.5
_HEADS: Final = text("SELECT f.event_id, l.epoch, f.seq FROM event_feed f CROSS JOIN ledger l")
_ENCODE: Final = msgspec.json.Encoder().encode
_DECODE: Final = msgspec.json.Decoder(PushMessage).decode


class PushListener:
    """One socket's view of its event: the newest that it has not been told.

    Attributes:
        event_id: What it listens to.
        organization_id: Whose event.
        device_id: Who listens.
        takes_pages: It wants pages themselves, where they follow what it was told.
        told: Epoch and head that it was told last; (0, -1) before the first.
        is_ended: Its device is revoked, or serves another event: it hears nothing more.
        why: The problem by which its socket is closed then.
    """

    def __init__(
        self,
        event_id: EventId,
        organization_id: OrganizationId = OrganizationId(""),
        device_id: DeviceId = DeviceId(""),
        *,
        takes_pages: bool = False,
    ) -> None:
        self.event_id = event_id
        self.organization_id = organization_id
        self.device_id = device_id
        self.takes_pages = takes_pages
        self.told = (0, -1)
        self.is_ended = False
        self.why = ""
        self._news: PushMessage | None = None
        self._page: PushedPage | None = None
        self._stirred = asyncio.Event()

    def hear(self, message: PushMessage, page: PushedPage | None = None) -> None:
        """Keep a head, and the page that leads to it, if it is newer than what is known."""
        known = self.told if self._news is None else (self._news.epoch, self._news.head)
        if (message.epoch, message.head) > known:
            self._news, self._page = message, page
            self._stirred.set()

    def nudge(self) -> None:
        """Say once more what was told last: something beside the feed is to be fetched."""
        if self._news is None and self.told[1] >= 0:
            self._news = PushMessage(self.event_id, *self.told)
        self._page = None
        self._stirred.set()

    def end(self, why: str) -> None:
        """Tell nothing more: the device no longer serves the event."""
        self.is_ended, self.why = True, why
        self._stirred.set()

    async def listen(self) -> PushMessage | bytes | None:
        """Wait for the next head that is newer than the last, or for the page that leads to it.

        Returns:
            None once there is nothing more to hear.
        """
        while self._news is None and not self.is_ended:
            await self._stirred.wait()
            self._stirred.clear()
        if self._news is None or self.is_ended:
            return None
        news, self._news = self._news, None
        page, self._page = self._page, None
        self._stirred.clear()
        before, self.told = self.told, (news.epoch, news.head)
        if page is not None and self.takes_pages and _follows(page, before):
            return page.encoded
        return news


def _follows(page: PushedPage, told: tuple[int, int]) -> bool:
    """Whether who was told of a head can go on with a page."""
    return page.epoch == told[0] and page.after <= told[1]


class PushHub:
    """The listeners of one worker."""

    def __init__(
        self,
        context: Context,
        settings: Settings,
        pages: FeedPages,
        serving: Serving,
        forget: Callable[[], None],
    ) -> None:
        self._context = context
        self._forget = forget
        self._serving = serving
        self._settings = settings
        self._pages = pages
        # In order of arrival, so that listeners are told in the same order in every run.
        self._listeners: dict[str, dict[PushListener, None]] = {}
        self._fresh: dict[str, PushMessage] = {}
        self._heard: dict[str, PushMessage] = {}
        self._to_look_up: set[str] = set()
        self._changed: dict[DeviceId, None] = {}
        self._stirred = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._others: asyncpg.Connection[asyncpg.Record] | None = None

    async def open(self) -> None:
        """Begin to pass heads on."""
        self._tasks = [asyncio.create_task(self._tick()), asyncio.create_task(self._look_up())]
        if self._settings.sqlite_file is None:
            self._tasks.append(asyncio.create_task(self._hear_others()))

    async def close(self) -> None:
        """Stop."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()

    def poke(self, event_id: EventId, epoch: int, head: int) -> None:
        """Say that an event's feed has a new head; after the commit."""
        self._keep_newest(self._fresh, PushMessage(event_id, epoch, head))

    def poke_event(self, event_id: EventId) -> None:
        """Say that an event's feed has grown, whoever knows how far."""
        self._to_look_up.add(event_id)
        self._stirred.set()

    def tell_changed(self, device_id: DeviceId) -> None:
        """Say that a device was assigned anew, or revoked; after the commit."""
        self._changed[device_id] = None
        self._stirred.set()

    @contextlib.contextmanager
    def listener(
        self,
        event_id: EventId,
        organization_id: OrganizationId,
        device_id: DeviceId,
        *,
        takes_pages: bool,
    ) -> Any:
        """Listen to an event for as long as the block lasts."""
        listener = PushListener(event_id, organization_id, device_id, takes_pages=takes_pages)
        self._listeners.setdefault(event_id, {})[listener] = None
        self._to_look_up.add(event_id)
        self._stirred.set()
        try:
            yield listener
        finally:
            listeners = self._listeners[event_id]
            listeners.pop(listener, None)
            if not listeners:
                del self._listeners[event_id]

    async def _tell(self, message: PushMessage) -> None:
        """Tell an event's listeners, those who take pages with the page that leads there."""
        listeners = [
            listener
            for listener in self._listeners.get(message.event_id, ())
            if listener.told < (message.epoch, message.head)
        ]
        page = await self._make_page(message, listeners)
        if page is not None and (page.epoch, page.head) > (message.epoch, message.head):
            message = PushMessage(message.event_id, page.epoch, page.head)
        for listener in listeners:
            listener.hear(message, page)

    async def _make_page(
        self, message: PushMessage, listeners: list[PushListener]
    ) -> PushedPage | None:
        """Make the page that the most of the listeners can go on with, if any can."""
        near = (message.epoch, max(0, message.head - PUSHED_ITEMS_MAX))
        following = [
            listener for listener in listeners if listener.takes_pages and listener.told >= near
        ]
        if not following:
            return None
        after = min(listener.told[1] for listener in following)
        try:
            return await self._pages.make(following[0].organization_id, message.event_id, after)
        except Exception:  # noqa: BLE001 - a listener's loop outlives a database that is away
            log().warning("push.page_failed", exc_info=True)
            return None

    async def _tick(self) -> None:
        """Pass on at most one head per event and tick."""
        while not is_ending():
            await self._stirred.wait()
            self._stirred.clear()
            wanted, self._to_look_up = self._to_look_up, set()
            if wanted:
                await self._read_heads(wanted, is_news=True)
            fresh, self._fresh = self._fresh, {}
            heard, self._heard = self._heard, {}
            changed, self._changed = self._changed, {}
            news = [(CHANNEL, _ENCODE(message).decode()) for message in fresh.values()]
            await self._tell_others([*news, *((DEVICES, one) for one in changed)])
            for event_id in fresh | heard:  # in the order of what came: sets have none
                found = (fresh.get(event_id), heard.get(event_id))
                await self._tell(_newest(one for one in found if one is not None))
            await asyncio.sleep(TICK_S)
            for device_id in changed:  # which the other workers have forgotten by now
                self._nudge(device_id)

    async def _tell_others(self, notices: Iterable[tuple[str, str]]) -> None:
        """Tell the other workers; while there is no connection to them, they look heads up."""
        others = self._others
        if others is None or self._settings.workers < 2:
            return
        try:
            for channel, payload in notices:
                await others.execute("SELECT pg_notify($1, $2)", channel, payload)
        except Exception:  # noqa: BLE001 - listeners look the heads up all the same
            log().warning("push.notify_failed", exc_info=True)

    async def _look_up(self) -> None:
        """Look the heads up while somebody listens: notices may be lost, or have no channel."""
        while not is_ending():
            await asyncio.sleep(LOOK_UP_S)
            if self._listeners:
                await self._read_heads(set(self._listeners), is_news=False)
                await self._end_others()

    async def _end_others(self) -> None:
        """Hang up on devices that were revoked, or moved, since they began to listen."""
        listening = [listener for listeners in self._listeners.values() for listener in listeners]
        asked = {listener.device_id for listener in listening}
        if not asked:
            return  # the last one has left just now
        try:
            serving = await self._serving(self._context.database, asked)
        except Exception:  # noqa: BLE001 - a listener's loop outlives a database that is away
            log().warning("push.look_up_failed", exc_info=True)
            return
        for listener in listening:
            event_id, is_revoked = serving.get(listener.device_id, (None, True))
            if is_revoked or event_id != listener.event_id:
                listener.end("device-revoked" if is_revoked else "not-found")

    async def _read_heads(self, wanted: set[str], *, is_news: bool) -> None:
        try:
            rows = await self._context.database.glance(_HEADS, {})
        except Exception:  # noqa: BLE001 - a listener's loop outlives a database that is away
            log().warning("push.look_up_failed", exc_info=True)
            return
        for event_id, epoch, head in rows:
            if event_id in wanted:
                message = PushMessage(event_id, epoch, head)
                if is_news:
                    self._keep_newest(self._fresh, message)
                else:
                    self._hear(message)

    async def _hear_others(self) -> None:
        """Listen to the other workers; after a lost connection, look everything up."""
        while not is_ending():
            try:
                connection = await connect_postgres(self._settings.database)
            except Exception:  # noqa: BLE001 - whatever it was, it is tried again
                await asyncio.sleep(RECONNECT_S)
                continue
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _connection, lost=lost: lost.set())
            try:
                await mark_served(connection)
                await note_promotion(connection)
                await connection.add_listener(CHANNEL, self._on_notice)
                await connection.add_listener(DEVICES, self._on_changed)
                self._others = connection
                self._to_look_up |= set(self._listeners)
                self._stirred.set()
                await lost.wait()
            except PutBack as fault:
                _stop_serving("database.put_back", fault)
            except NewerDatabase as fault:
                _stop_serving("database.newer", fault)
            except Exception:  # noqa: BLE001 - whatever it was, a new connection is made
                log().warning("push.listener_lost", exc_info=True)
            finally:
                self._others = None
                connection.terminate()
            await asyncio.sleep(RECONNECT_S)

    def _on_notice(self, connection: Any, pid: int, _channel: str, payload: object) -> None:
        if pid == connection.get_server_pid():
            return  # its own, told here already
        with contextlib.suppress(msgspec.DecodeError):
            self._hear(_DECODE(str(payload)))

    def _on_changed(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        self._forget()
        self._nudge(DeviceId(str(payload)))

    def _nudge(self, device_id: DeviceId) -> None:
        for listeners in self._listeners.values():
            for listener in listeners:
                if listener.device_id == device_id:
                    listener.nudge()

    def _hear(self, message: PushMessage) -> None:
        """Pass a head on with the next tick, here only: who had it first has told the others."""
        if message.event_id in self._listeners:
            self._keep_newest(self._heard, message)

    def _keep_newest(self, heads: dict[str, PushMessage], message: PushMessage) -> None:
        known = heads.get(message.event_id, message)
        heads[message.event_id] = _newest((known, message))
        self._stirred.set()


def _stop_serving(event: str, fault: StoreFault) -> NoReturn:
    """End this worker in the midst of whatever it does: it lost its mark, and may have none.

    What it granted from now on a copy that is put back would not know, by an epoch that is over;
    or it would write its rows without what an upgrade asks of them. It is replaced, by one that
    does not begin before `restore` has ended, and never below a newer program's tables.
    """
    log().error(event)
    say_line("gatekeeper-server", f"{fault}; this worker ends")
    os._exit(EXIT_BROKEN)


def _newest(messages: Iterable[PushMessage]) -> PushMessage:
    return max(messages, key=lambda message: (message.epoch, message.head))
