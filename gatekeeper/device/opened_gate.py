"""An open gate: profile, store, lane and sync put together, for a window, a lane or a demo."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Final, Self

from gatekeeper.boxoffice.till_parts import TillParts
from gatekeeper.boxoffice.withdrawing import WithdrawalPorts, Withdrawer
from gatekeeper.device.gate_status import StatusParts, read_status
from gatekeeper.device.lan_link import LanLink, LanOptions
from gatekeeper.device.where_device_stands import Place
from gatekeeper.gate.answer import AddressHeard, LaneStatus, ScanAnswer
from gatekeeper.gate.clock import last_recorded, resume_clock
from gatekeeper.gate.device_as_home import Homes
from gatekeeper.gate.ending_last_run import recover, settle_intents
from gatekeeper.gate.evacuating import ZoneEvacuation
from gatekeeper.gate.gate_and_direction import LaneSetting, read_direction
from gatekeeper.gate.holder_search import NameSearch
from gatekeeper.gate.knowledge import Knowledge, Trust
from gatekeeper.gate.media_setting import load_media_rule
from gatekeeper.gate.past_answers import read_answers
from gatekeeper.gate.recorder import Recorder
from gatekeeper.gate.requests import Scan
from gatekeeper.gate.scan_to_answer import Lane
from gatekeeper.gate.scanned import Scannable
from gatekeeper.gate.staff_deeds import Supervision
from gatekeeper.gate.supervisor_badge import ShownBadge
from gatekeeper.gate.uplink import Uplink
from gatekeeper.readers.debounce import IMAGER_HOLD
from gatekeeper.readers.nfc.tag_scan import TagScan
from gatekeeper.store.key_check import check_key
from gatekeeper.store.opening_damaged_journal import find_hidden_damage
from gatekeeper.store.profile import (
    DEVICE_KEY_NAME,
    Profile,
    keep_twice,
    load_key,
    load_profile,
)
from gatekeeper.store.store import JournalAuthor, Store
from gatekeeper.sync.device_round_trip import Exchange
from gatekeeper.sync.engine import SyncEngine, SyncOutcome
from gatekeeper.sync.manifests import ManifestInstaller, Report, no_report
from gatekeeper.sync.moved_server import Mover, is_address
from gatekeeper.sync.own_device_report import DeviceReports
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel
from gatekeeper.sync.server_port import SyncServer
from gatekeeper.this_machine import ProfileLock, System
from shared.admission.facts import Direction
from shared.admission.reasons import Verdict
from shared.kernel.errors import BadInput, StoreFault
from shared.kernel.floored_clock import FlooredClock
from shared.kernel.id_types import EventId
from shared.kernel.instant import SECOND, Duration, Instant
from shared.manifest.event_config import GateConfig

IDLE: Final[Duration] = SECOND
_HOUSEKEEPING: Final[Duration] = 2 * SECOND

OnChange = Callable[[], None]


def ignore_change() -> None:
    """Tell nobody that something about the device has changed."""


@contextlib.asynccontextmanager
async def closed_on_fault(session: GateSession) -> AsyncIterator[None]:
    """Close a session if a block fails: nobody else could, and its folder would stay in use."""
    try:
        yield
    except BaseException:
        await session.close()
        raise


class GateSession:
    """An enrolled device at work, gate or till: its store, lane, sync and whatever else it has.

    Attributes:
        place: Which event it serves, at which gate.
        store: What it keeps.
        engine: Its sync.
        lane: Its lane.
        supervision: Does what people decide at the lane.
        evacuation: Empties its zone.
        names: Finds holders by name.
        till: Its till; sells only where the profile is one.
        withdrawer: Refunds and reprints tickets, likewise.
        lan: Its place among the venue's gates.
    """

    def __init__(  # noqa: PLR0913 - the parts of a session, each by name
        self,
        *,
        folder: Path,
        profile: Profile,
        system: System,
        store: Store,
        server: SyncServer,
        lock: ProfileLock | None,
        direction: Direction | None,
        gate: str | None,
        on_change: OnChange,
        lan: LanOptions | None,
    ) -> None:
        """Put the parts together; use `open`."""
        self.store = store
        self._folder, self._system, self._server, self._lock = folder, system, server, lock
        self._on_change = on_change
        self._last_scan = system.clock.monotonic() - IDLE
        self._let_in: tuple[Scannable, ScanAnswer, Duration] | None = None
        self._has_read_all = store.was_read_whole
        clock = self._clock = resume_clock(FlooredClock(system.clock), store, system.boot)
        trust = Trust(profile.root_key, profile.organization_id)
        knowledge = self._knowledge = Knowledge(store, trust, profile.event_id)
        if knowledge.knowledge_at is not None:
            clock.check_against(knowledge.knowledge_at, last_recorded(store))
        uplink = self._uplink = Uplink(is_up=True)
        recorder = self._recorder = Recorder(store, knowledge, clock)
        homes = Homes(store, recorder)
        lane = self.lane = Lane(
            LaneSetting(profile.device_id, None, direction, profile.takes_given_times),
            store=store,
            recorder=recorder,
            entropy=system.entropy,
            uplink=uplink,
            ask_ledger=server.claim,
            tell_ledger=lambda: self.engine.bring(),  # noqa: PLW0108 - made below
            media=load_media_rule(store.disk, store.taps),
        )
        self.place = Place(profile, store.disk, knowledge, lane, gate)
        parts = self._till_parts = TillParts(
            profile, store, recorder, server, uplink, system.entropy, lambda: lane.rung().value
        )
        self.staff, self.shifts, self.till = parts.staff, parts.shifts, parts.till
        self.finder, self.copies, self.guests = parts.finder, parts.copies, parts.guests
        self.seats = parts.seats
        self.engine: SyncEngine = self._make_engine(parts, homes, uplink, recorder)
        self.evacuation = ZoneEvacuation(lane, store, recorder, system.entropy)
        self.supervision = Supervision(lane, store, recorder, self.evacuation, self._after_entry)
        self.names = NameSearch(store, knowledge)
        self.mover = Mover(store.disk, self.place, server, system.clock, self.engine.poke)
        self.lan = LanLink(
            lan,
            lane,
            store,
            recorder,
            homes,
            system,
            server=server,
            uplink=uplink,
            take_page=self.engine.take,
            on_given=self.engine.poke,
            words=self.mover,
        )

    def _make_engine(
        self, parts: TillParts, homes: Homes, uplink: Uplink, recorder: Recorder
    ) -> SyncEngine:
        store, knowledge, server = self.store, self._knowledge, self._server
        hardware = (self._system.read_battery, self._system.read_readers)
        reports = DeviceReports(store, knowledge, self._clock, *hardware)
        exchange = Exchange(
            store,
            recorder,
            server,
            uplink,
            homes=homes,
            gate_of=self.place.gate_id,
            places_of=lambda: self.place.profile.places,
            grants=parts.grants if self.profile.is_till else None,
            reports=reports,
        )
        return SyncEngine(
            store=store,
            knowledge=knowledge,
            server=server,
            exchange=exchange,
            installer=ManifestInstaller(store, recorder, server, self._system.run_blocking),
            uplink=uplink,
            entropy=self._system.entropy,
            on_assigned=self.place.take,
            on_synced=(self._find_gate, self._renew_till_once, self._renew_lan, self._tell),
        )

    @classmethod
    async def open(
        cls,
        folder: Path,
        *,
        system: System,
        gate: str | None = None,
        direction: Direction | str | None = None,
        on_change: OnChange = ignore_change,
        starts_boot: bool = True,
        lan: LanOptions | None = None,
    ) -> Self:
        """Open a profile and end what its last run left open.

        Args:
            folder: The profile's.
            system: The machine, or a simulated one.
            gate: A gate's name or id; None for the profile's own, or the event's only one.
            direction: The way the lane is used, or None for the gate's own.
            on_change: Called when the status may have changed.
            starts_boot: Begin a boot at once, as a gate does; a program that only syncs leaves
                the journal as it is, unless something must be settled.
            lan: Claim among the venue's gates while the server is away; None to stay alone.

        Raises:
            BadInput: if the folder holds no profile, or the gate or direction is unknown.
            StoreFault: if the profile is in use, or its database cannot be used.
        """
        disk = system.open_disk(folder)
        profile = load_profile(disk)
        with contextlib.ExitStack() as opened:
            lock: ProfileLock | None = None
            if system.locks_profiles:
                lock = ProfileLock(folder)
                opened.callback(lock.release)
            key = load_key(disk, DEVICE_KEY_NAME)
            author = JournalAuthor(profile.device_id, key, system.entropy)
            store = Store(disk, author, crash_point=system.crash_point)
            opened.callback(store.close)
            check_key(store)
            keep_twice(disk, profile, key)
            session = cls(
                folder=folder,
                profile=profile,
                system=system,
                store=store,
                server=system.connect(profile, DeviceChannel(disk, profile, key, system.entropy)),
                lock=lock,
                direction=None if direction is None else read_direction(direction),
                gate=gate,
                on_change=on_change,
                lan=lan,
            )
            session.settle_gate()
            session.begin(starts_boot=starts_boot)
            await session.lan.refresh()
            opened.pop_all()
        return session

    def begin(self, *, starts_boot: bool) -> None:
        """End what the last run left open; see `open`.

        Raises:
            StoreFault: if the disk refuses.
        """
        stamp = self._recorder.stamp()
        self.withdrawer = Withdrawer(
            self.store,
            self._recorder,
            self._system.entropy,
            WithdrawalPorts(self._uplink, self._server.claim, self._after_entry),
            is_till=self.profile.is_till,
        )
        if starts_boot:
            recover(self.store, stamp)
        else:
            settle_intents(self.store, stamp)

    @property
    def knowledge(self) -> Knowledge:
        """What this device knows of its event."""
        return self._knowledge

    async def scan(self, request: Scan) -> ScanAnswer:
        """Answer one scan, or offer a way out until an arm tells who went; see `Lane.scan`.

        Raises:
            BadInput: if count, direction or `at` cannot be used.
            StoreFault: if the answer could not be made durable: nobody may pass.
        """
        self.settle_gate()
        self._last_scan = self._system.clock.monotonic()
        offer = self.supervision.offer_exit(request) if request.awaits_passage else None
        answer = offer or await self.lane.scan(request)
        if answer.verdict == Verdict.ADMIT:
            self._let_in = request.code, answer, self._system.clock.monotonic()
        self._after_entry()
        return answer

    def is_met_again(self, request: Scan) -> bool:
        """Tell whether a reading is of the holder who was let in last, a moment ago.

        A wristband bears its ticket as a tag and as a printed code, and two readers see both.
        """
        if self._let_in is None or request.is_manual:
            return False
        code, answer, shown_at = self._let_in
        is_same_kind = isinstance(code, TagScan) is isinstance(request.code, TagScan)
        if is_same_kind or self._system.clock.monotonic() - shown_at > IMAGER_HOLD:
            return False
        return self.supervision.is_same_passage(request, answer)

    def hear_address(self, text: str) -> AddressHeard | None:
        """Take a scanned text that says where the server is now; None for any other text."""
        return AddressHeard(self.mover.hear(text)) if is_address(text) else None

    def refuse_line(self, text: str) -> ScanAnswer:
        """Put a request that cannot be read on record, as `malformed`.

        Raises:
            StoreFault: if it could not be made durable.
        """
        answer = self.lane.refuse_line(text)
        self._after_entry()
        return answer

    def _after_entry(self) -> None:
        self.lan.announce()
        self.engine.poke()
        self._on_change()
        if self.store.wants_checkpoint:
            # After the answer, not before it.
            asyncio.get_running_loop().call_soon(self._checkpoint)

    async def sync_once(self, report: Report = no_report) -> SyncOutcome:
        """Upload everything and fetch everything; see `SyncEngine.sync_once`."""
        try:
            outcome = await self.engine.sync_once(report)
            if self.profile.is_till and self.till.is_ungranted:
                await self.renew_till()
        finally:
            self._on_change()
        return outcome

    def keep_drawer(self) -> None:
        """Let this till sell only where a shift is open, and by whoever may."""
        self._till_parts.keep_drawer()

    async def renew_till(self) -> None:
        """Have this till's ticket key delegated, and its grant told; see `StockKeeper.renew`."""
        await self._till_parts.stock.renew()

    async def _find_gate(self) -> None:
        if self._knowledge.event is None:
            self.names.forget()  # it was taken from this device
        self.settle_gate()

    async def _renew_till_once(self) -> None:
        if self.profile.is_till and await self._till_parts.keep_up():
            self.engine.poke()

    async def _renew_lan(self) -> None:
        await self.lan.renew()

    async def _tell(self) -> None:
        self._on_change()

    async def run_background(self) -> None:
        """Keep in step with the server and tidy up, until cancelled."""
        sync = asyncio.ensure_future(self.engine.run())
        try:
            while not sync.done():
                await asyncio.wait([sync], timeout=_HOUSEKEEPING / SECOND)
                with self.engine.watch.guarding("the housekeeping"):
                    await self._tidy()
            sync.result()
        finally:
            sync.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sync
            await self.engine.take_leave()

    async def _read_the_rest(self) -> None:
        """Look once, in the background, for damage in what the start has left unread."""
        if not self._has_read_all:
            self._has_read_all = True
            disk = self.store.disk
            self.store.hidden_damage = await self._system.run_blocking(
                lambda: find_hidden_damage(disk)
            )

    async def _tidy(self) -> None:
        await self._read_the_rest()
        await self.lan.tidy()
        await self.mover.tidy(is_up=self._uplink.is_up)
        self._settle_abandoned()
        is_amid_scan = bool(self.lane.claims.in_flight)  # its answer is waited for: no pause yet
        if not is_amid_scan and self._system.clock.monotonic() - self._last_scan >= IDLE:
            self._checkpoint()

    def _settle_abandoned(self) -> None:
        """Give back what the ledger granted for scans whose outcome the disk refused to keep."""
        with contextlib.suppress(StoreFault):
            in_flight = self.lane.claims.in_flight | self.withdrawer.in_flight
            if self.store.intents.list_open() and settle_intents(
                self.store, self._recorder.stamp(), in_flight
            ):
                self.engine.poke()

    def _checkpoint(self) -> None:
        # A disk that refuses now refuses the next scan too, which says so.
        with contextlib.suppress(StoreFault):
            self.store.checkpoint()

    def serve(self, event_id: EventId) -> None:
        """Turn to another event; see `Place.serve`."""
        self.place.serve(event_id)

    @property
    def badge(self) -> ShownBadge:
        """The badge of the supervisor at work."""
        return self._knowledge.badge

    @property
    def profile(self) -> Profile:
        """Who this device is."""
        return self.place.profile

    def settle_gate(self) -> None:
        """Find the gate, as soon as the event is known and until it is found.

        Raises:
            BadInput: if the gate that was asked for does not exist, or is not open to this device.
        """
        self.place.settle()

    def now(self) -> Instant:
        """Return the time, corrected to the server's as well as it is known."""
        return self._clock.now()

    def clock_error(self) -> Duration | None:
        """Return how far the clock's offset may be off either way; None while unknown."""
        return self._clock.offset_error()

    @property
    def is_clock_trusted(self) -> bool:
        """Whether scans are decided by this device's time."""
        return self._clock.is_trusted

    def gates(self) -> Sequence[GateConfig]:
        """Return the gates at which this device may stand; none before the first manifest."""
        return self.place.gates()

    def recent(self, count: int) -> list[ScanAnswer]:
        """Return the latest answers, newest first, those of earlier runs included.

        Raises:
            StoreFault: if the journal cannot be read.
        """
        answers = list(reversed(self.lane.answers))[:count]
        if len(answers) < count:
            first = min((answer.seq for answer in answers), default=None)
            answers += read_answers(self.store.journal, count - len(answers), before_seq=first)
        return answers

    def status(self) -> LaneStatus:
        """Say in what condition the gate is.

        Raises:
            StoreFault: if the store cannot be read.
        """
        # A gate that does not exist is said at open, scan and sync; here it is just unknown.
        with contextlib.suppress(BadInput):
            self.settle_gate()
        recorder, uplink = self._recorder, self._uplink
        parts = StatusParts(self.store, recorder, uplink, self.engine, self.lan, self.evacuation)
        return read_status(self.place, self.lane, parts)

    async def close(self) -> None:
        """Leave everything in order on the disk.

        Raises:
            StoreFault: if the disk refuses.
        """
        try:
            await self.lan.close()
            await self._server.close()
        finally:
            self._knowledge.close()
            try:
                self._checkpoint()
                self.store.close()
            finally:
                if self._lock is not None:
                    self._lock.release()
