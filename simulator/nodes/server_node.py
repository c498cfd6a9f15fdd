"""The server as a node: the real application and services on SQLite on a simulated disk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from server.app import create_app
from server.db.database_connections import Database
from server.db.hot_path_connections import open_driver
from server.db.unit import Context
from server.homes.telling_gates_of_tickets import LedgerFeed
from server.live.board_reading import read_live
from server.settings import Settings
from server.steady_clock import SteadyClock
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.instant import DAY, SECOND, Duration, Instant
from shared.kernel.ports import Clock
from shared.wire.live_board import LiveBoard
from simulator.further_events.erased_guests.kept_list import erase_whom_a_copy_names
from simulator.kernel.asgi import App, call_app, start_app
from simulator.kernel.clock import AheadClock
from simulator.kernel.disk import SimDisk, SimDiskFile
from simulator.kernel.entropy import SimEntropy
from simulator.kernel.frameworks import framework_of
from simulator.kernel.loop import Process
from simulator.kernel.network import Request, Response
from simulator.kernel.push_wire import OPEN, PING, ServedSockets
from simulator.kernel.server_disk import COMMIT_MEAN, SERVER_FILE, open_server_database
from simulator.kernel.stage import Stage
from simulator.kernel.statements import keep_statements
from simulator.nodes.inline_sqlite import InlineSqlite
from simulator.nodes.server_image import ServerImage

SERVER: Final = "server"


class ServerNode:
    """The one server of a world; it stops and starts again on the same disk.

    Attributes:
        name: The node's.
        disk: Its disk since the last start.
        clock: Its clock.
        starts: How often it has started.
        stops: True times at which its program has ended.
    """

    def __init__(
        self,
        stage: Stage,
        image: ServerImage,
        make_feed: Callable[[], LedgerFeed] = LedgerFeed,
        *,
        hosts_apart: Duration | None = None,
        is_steady: bool = False,
        name: str = SERVER,
        first_worker: int = 0,
    ) -> None:
        """Set up the machine.

        Args:
            stage: Where it stands.
            image: What it starts from.
            make_feed: Makes whom services tell of changes.
            hosts_apart: By how much the clock of a second worker is ahead, which has a queue of
                its own over the same database; None for one worker.
            is_steady: It has its time as a server has that an operator starts: steps of the
                machine's clock are held out, and the second worker begins with the first one's.
            name: The node's.
            first_worker: Number of its first worker's framework; servers that run at once share
                none.
        """
        self._stage, self.name, self._first_worker = stage, name, first_worker
        self._make_feed = make_feed
        self._image = image
        self._dice = stage.dice.stream(name)
        self.clock = stage.clock(has_run=DAY)
        self._is_steady, self._has_lost_power = is_steady, False
        self._clocks: list[Clock] = [self.clock]
        if hosts_apart is not None:
            self._clocks.append(AheadClock(self.clock, hosts_apart))
        self._turns = self._dice.stream("workers")
        self.disk = SimDisk({SERVER_FILE: SimDiskFile(image.database)})
        self.starts = 0
        self.stops: list[Instant] = []
        self._is_starting = False
        self._process: Process | None = None
        self._apps: list[App] = []
        self._desk: ServedSockets | None = None
        self._context: Context | None = None
        self._feed: LedgerFeed | None = None
        self._flush_takes: Callable[[], Duration] | None = None

    @property
    def is_up(self) -> bool:
        """Whether a program runs."""
        return self._process is not None

    @property
    def is_stopped(self) -> bool:
        """Whether no program runs, nor is one starting."""
        return not self._is_starting and self._process is None

    @property
    def context(self) -> Context:
        """What services of the running program work with."""
        assert self._context is not None, "the server is down"
        return self._context

    @property
    def feed(self) -> LedgerFeed:
        """Whom services tell of changes."""
        assert self._feed is not None, "the server is down"
        return self._feed

    @property
    def settings(self) -> Settings:
        """How it is set."""
        return self._image.settings

    @property
    def process(self) -> Process:
        """The running program."""
        assert self._process is not None, "the server is down"
        return self._process

    async def start(self, prepare: Callable[[Context], Awaitable[None]] | None = None) -> None:
        """Start the program on the disk as it is, and listen.

        Args:
            prepare: What an operator does to the database before that.
        """
        assert self.is_stopped
        self._is_starting = True
        self.starts += 1
        if self._has_lost_power:
            self.clock.reboot()
        clocks = self._begin_time()
        process = Process(self.name)
        disk = self.disk
        entropy = SimEntropy(self._dice.stream(f"start {self.starts}"))
        lots = SimEntropy(self._dice.stream(f"lots {self.starts}"))
        inline = InlineSqlite(lambda: open_server_database(disk, lots), self._settle, self._flush)
        database = Database(self._image.settings.database, inline=inline)
        keep_statements(database)
        self._feed = self._make_feed()
        self._context = Context(database=database, clock=clocks[0], entropy=entropy)
        if prepare is not None:
            await prepare(self._context)
        if self.name == SERVER:
            await erase_whom_a_copy_names(self._context, self._image.settings.data_folder)
        for number, clock in enumerate(clocks):
            app = create_app(
                self._image.settings,
                clock=clock,
                entropy=entropy,
                database=database,
                change_feed=self._make_feed() if number else self._feed,
                framework=framework_of(self._image.settings, self._first_worker + number),
            )
            await start_app(app, process, self._stage.loop)
            self._apps.append(app)
        self._process, self._is_starting = process, False
        self._desk = ServedSockets(self._stage.loop, self._stage.network, process, self._apps[0])
        self._stage.network.listen(process, serve=self._serve)
        self._stage.trace.note(self.name, f"start {self.starts}")

    def _begin_time(self) -> list[Clock]:
        """Begin what each worker has as the time, from its machine's clock."""
        if not self._is_steady:
            return self._clocks
        self.clock.set_right()  # an operator looks at it, or the time service has
        first = SteadyClock(self.clock)
        return [
            first,
            *(
                SteadyClock(one, ahead=Duration(first.wall() - one.wall()))
                for one in self._clocks[1:]
            ),
        ]

    def let_pass(self, days: Duration) -> None:
        """Let days go by while it runs; a step of its clock is over by then."""
        if self._is_steady:
            self.clock.set_right()
        self.clock.skip(days)

    async def until_up(self) -> None:
        """Wait until a program runs: somebody will start it."""
        while not self.is_up:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(1)

    def put_disk(self, disk: SimDisk) -> None:
        """Give the stopped machine another disk."""
        assert self.is_stopped
        self.disk.discard()
        self.disk.release()
        self.disk = disk

    def stop(self, *, has_power: bool) -> None:
        """End the program at once; without power the disk loses what was not synced."""
        process = self.process
        process.end()
        self.stops.append(self._stage.now())
        self._has_lost_power = not has_power
        self._stage.network.silence(self.name, is_dark=not has_power)
        self._process = self._context = self._feed = self._desk = None
        self._apps = []
        old = self.disk
        self.disk = old.kill() if has_power else old.power_cut(self._dice)
        self._stage.trace.note(self.name, "killed" if has_power else "power cut")
        self._stage.loop.call_after(Duration(0), old.release)

    async def serve_local(self, source: str, request: Request) -> Response:
        """Answer a request that no network carries: from a browser beside the machine."""
        return await self._serve(source, request)

    async def _serve(self, source: str, request: Request) -> Response:
        if request.method in {OPEN, PING}:
            assert self._desk is not None
            return await self._desk.serve(source, request)
        app = self._apps[0] if len(self._apps) == 1 else self._turns.pick(self._apps)
        return await call_app(app, request, client="192.0.2.77")

    async def read_board(self, organization_id: OrganizationId, event_id: EventId) -> LiveBoard:
        """Read how an event stands, as its desk is told."""
        driver = open_driver(self.context.database, self._image.settings.database, size=1)
        return await read_live(self.context, driver, organization_id, event_id)

    def slow_down(self, flush: Callable[[], Duration]) -> None:
        """Let its disk take that long for each flush, and nobody be sure of an answer in time."""
        self._flush_takes = flush
        self._stage.network.keep_waiting(self.name, is_so=True)
        self._stage.trace.note(self.name, "its disk is slow")

    def quicken(self) -> None:
        """Let its disk be as quick as ever."""
        if self._flush_takes is not None:
            self._flush_takes = None
            self._stage.network.keep_waiting(self.name, is_so=False)

    async def _flush(self) -> None:
        if self._flush_takes is not None:
            await asyncio.sleep(self._flush_takes() / SECOND)

    async def _settle(self) -> None:
        await asyncio.sleep(self._dice.exponential(COMMIT_MEAN) / SECOND)
