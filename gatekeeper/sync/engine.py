"""The sync engine: when to make round trips, and what to do before and after them.

It polls every few seconds with jitter, at once when the server pushes or the lane has recorded
something, and backs off while the server is away. It never stops the lane: whatever goes wrong
becomes a sentence on the status.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from gatekeeper.device_loop import answered_within
from gatekeeper.gate.answer import SyncProgress
from gatekeeper.gate.knowledge import Knowledge
from gatekeeper.gate.uplink import Uplink
from gatekeeper.restarting_work import Watch, fault_of_program
from gatekeeper.store.store import Store
from gatekeeper.sync.backoff import Backoff
from gatekeeper.sync.device_round_trip import AT_ONCE, Exchange, RoundResult
from gatekeeper.sync.manifests import ManifestInstaller, Report, no_report
from gatekeeper.sync.revocation import forget_event
from gatekeeper.sync.server_port import ServerSilent, SyncServer
from shared.kernel.errors import (
    EnvironmentFault,
    GatekeeperError,
    Rejected,
    ServerFault,
    StoreFault,
    trouble_of,
)
from shared.kernel.instant import MILLISECOND, SECOND, Duration
from shared.kernel.ports import Entropy
from shared.kernel.trouble import NO_TROUBLE, Trouble, TroubleKind
from shared.manifest.signed_document import SignedDocument
from shared.wire.exchange import Assigned

SYNC_EVERY: Final[Duration] = 5 * SECOND
"""While nothing happens and no push says that there is news."""
PUSHES_MISSED_MAX: Final = 3
"""Openings of the push channel in vain, one after the other, while the server answers otherwise:
then the organizer is told that the device hears of news by asking alone."""
SYNC_SPACING: Final[Duration] = SECOND // 2
"""At least so long between two exchanges."""
FIRST_SYNC_SECONDS: Final = 20.0
"""How long a lane or a till that is opened waits for the server before it begins without."""
LEAVE_WAIT: Final[Duration] = 1_500 * MILLISECOND
"""How long a device that is closed waits for its last word to be taken."""

NOT_PUBLISHED: Final = (
    "the event has not been handed to its gates yet; hand it over, then sync again"
)


OnAssigned = Callable[[Assigned], bool]
"""Called with what the organizer has assigned the device to; tells whether its event changed."""

OnSynced = Callable[[], Awaitable[None]]
"""Called at the end of each good sync; what fails of it makes nobody cut off."""


class SyncOutcome(msgspec.Struct, frozen=True):
    """What a sync came to.

    Attributes:
        cursor: The feed is applied up to here.
        tickets: Tickets in the manifest.
        uploaded: Entries that the server took in this sync.
        pending: Entries that it does not hold yet.
        conflicts: Open conflicts of the event.
    """

    cursor: int
    tickets: int
    uploaded: int
    pending: int
    conflicts: int


class SyncEngine:
    """Keeps one device and the server in step.

    Attributes:
        problem: What went wrong last, if anything.
        conflicts: Open conflicts by the server's last count.
        watch: Starts again what has died in the background.
    """

    def __init__(  # noqa: PLR0913 - its parts, each by name
        self,
        *,
        store: Store,
        knowledge: Knowledge,
        server: SyncServer,
        exchange: Exchange,
        installer: ManifestInstaller,
        uplink: Uplink,
        entropy: Entropy,
        on_assigned: OnAssigned,
        on_synced: Sequence[OnSynced],
    ) -> None:
        """Put the engine together; nothing is sent yet."""
        self._store = store
        self._knowledge = knowledge
        self._server = server
        self._exchange = exchange
        self._installer = installer
        self._uplink = uplink
        self._entropy = entropy
        self._on_assigned, self._on_synced = on_assigned, on_synced
        self._poked = asyncio.Event()
        self._in_turn = asyncio.Lock()
        self._known_manifest: tuple[int, int] | None = None
        self._told = NO_TROUBLE
        self.problem = NO_TROUBLE
        self.conflicts = 0
        self.watch = Watch()

    # -- once ----------------------------------------------------------------------------------

    async def sync_once(self, report: Report = no_report) -> SyncOutcome:
        """Upload everything and fetch everything, as far as the server is there.

        Raises:
            ServerFault: if the server cannot be reached, or contradicts what it has signed.
            Rejected: if it refuses this device, or the event is not published.
            BadInput: if what it sent is not genuine or not of its form.
            StoreFault: if the disk refuses. Whatever happens, no entry is lost.
        """
        async with self._in_turn:
            try:
                outcome, obstacle = await self._sync(report)
            except StoreFault as fault:
                self.problem = trouble_of(fault)  # of the disk here: the ledger may be asked
                raise
            except GatekeeperError as fault:
                self.problem = trouble_of(fault)
                self._uplink.note_failure(self.problem)
                raise
            if obstacle is None:
                obstacle = await self._follow_up()
        self.problem = self._told if obstacle is None else trouble_of(obstacle)
        if obstacle is not None:
            raise obstacle
        return outcome

    async def bring(self) -> None:
        """Make one round now; see `TellLedger`. All else is left to the next sync."""
        try:
            async with self._in_turn:
                await self._round()
        except StoreFault:
            return  # of the disk here: the ledger may be asked
        except GatekeeperError as fault:
            self._uplink.note_failure(trouble_of(fault))

    def say_leaving(self) -> None:
        """Say with the next exchange that this device closes, so that nobody misses it."""
        self._exchange.say_leaving()

    async def take_leave(self) -> None:
        """Say so now, where the server is there; it is never waited for long."""
        if not self._uplink.is_connected:
            return
        self.say_leaving()
        with contextlib.suppress(GatekeeperError, TimeoutError):
            async with asyncio.timeout(LEAVE_WAIT / SECOND):
                await self.sync_once()

    async def _sync(self, report: Report) -> tuple[SyncOutcome, GatekeeperError | None]:
        """Sync; also returns what keeps a manifest away, although the server is there.

        Raises:
            GatekeeperError: if an exchange failed. Nothing else means that the server is away, and
                a `StoreFault` does not: it is this device's disk.
        """
        journal, uploaded = self._store.journal, 0
        total = journal.pending
        report(SyncProgress("Talking to the server", 0, max(1, total)))
        # What keeps a manifest away keeps neither the journal nor claims from the server.
        obstacle: GatekeeperError | None = None
        self._knowledge.drop_damaged()
        is_missing = self._knowledge.event_id is not None and self._knowledge.event is None
        if is_missing or self._installer.has_lost_pieces:
            obstacle = await self._try_install(report)
        wants_more, has_turned = True, False
        while wants_more:
            result = await self._round()
            uploaded += result.uploaded
            wants_more = result.wants_more
            report(SyncProgress("Exchanging news", uploaded, max(total, uploaded, 1)))
            is_new = result.announced is not None and result.announced != self._known_manifest
            # A manifest names homes: it comes when all is here that was let in before, and what
            # came meanwhile right after it.
            if result.has_hole or (is_new and not wants_more):
                obstacle = await self._try_install(report)
                wants_more = not isinstance(obstacle, EnvironmentFault)
                if wants_more:  # else it is tried again with the next sync
                    self._known_manifest = result.announced
            # What it has of the former event is with the server by now.
            if not (wants_more or has_turned) and self._turn(result):
                wants_more = has_turned = True
                obstacle = await self._try_install(report)
        report(SyncProgress("Up to date", 1, 1))
        state, event = self._knowledge.state, self._knowledge.event
        outcome = SyncOutcome(
            cursor=state.cursor,
            tickets=0 if event is None else event.ticket_count,
            uploaded=uploaded,
            pending=journal.pending,
            conflicts=self.conflicts,
        )
        return outcome, obstacle

    async def _round(self) -> RoundResult:
        result = await self._exchange.make_round()
        self.conflicts, self._told = result.conflicts, NO_TROUBLE
        if result.is_revoked:
            self._told = Trouble(TroubleKind.REVOKED, " ".join(result.notices))
            forget_event(self._store, self._knowledge)
        return result

    def _turn(self, result: RoundResult) -> bool:
        """Stand where the organizer has assigned this device to; tells whether it is elsewhere."""
        if result.assigned is None or result.is_revoked:
            return False
        has_turned = self._on_assigned(result.assigned)
        if has_turned:
            self._known_manifest = None
        return has_turned

    async def _try_install(self, report: Report) -> GatekeeperError | None:
        """Install the newest manifest; returns what speaks against it: the sync goes on."""
        event_id = self._knowledge.event_id
        assert event_id is not None
        try:
            await self._installer.install_newest(event_id, report)
        except Rejected as fault:
            if fault.status != 404:
                return fault
            kind = TroubleKind.NOT_PUBLISHED
            return Rejected(NOT_PUBLISHED, problem=fault.problem, status=fault.status, kind=kind)
        except GatekeeperError as fault:
            return fault
        return None

    async def _follow_up(self) -> GatekeeperError | None:
        """Do what follows a good sync; returns what failed first: all else is done."""
        failed: GatekeeperError | None = None
        for step in self._on_synced:
            try:
                await step()
            except GatekeeperError as fault:
                failed = failed or fault
        return failed

    async def find_out(self) -> None:
        """Ask whether the server is still there, within a claim's budget, where it was last.

        What asks the ledger nothing itself would say until the next exchange that it was.
        """
        event = self._knowledge.event
        if event is None or not self._uplink.is_connected:
            return
        budget = event.config.claim_budget_ms * MILLISECOND
        try:
            async with answered_within(budget):
                await self._server.greet()
        except TimeoutError:
            self._uplink.note_silence(budget)
        except Rejected:
            return  # an answer all the same
        except GatekeeperError as fault:
            self._uplink.note_failure(trouble_of(fault))
        else:
            return
        self.poke()

    # -- for as long as the gate is open ---------------------------------------------------------

    def poke(self) -> None:
        """Make a round soon: the lane has recorded something, or the server has pushed."""
        self._poked.set()

    async def run(self) -> None:
        """Sync until cancelled; faults become `problem` and are tried again."""
        push = asyncio.ensure_future(self.watch.keep("waiting for news", self._listen))
        try:
            await self.watch.keep("the sync", self._run)
        finally:
            push.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await push

    async def _run(self) -> None:
        backoff = Backoff()
        while True:
            self._poked.clear()
            try:
                await self.sync_once()
            except Exception as fault:  # noqa: BLE001 - it must be tried again, whatever it was
                if not isinstance(fault, GatekeeperError):
                    self.problem = fault_of_program("the sync", fault)
                wait = backoff.take(self.problem.kind)
                if self._uplink.is_up:  # something beside the exchange: news goes on coming
                    await self._await_news(wait)
                else:
                    await self._pause(wait)
                continue
            backoff.reset()
            await self._pause(SYNC_SPACING)
            await self._await_news(SYNC_EVERY)

    async def _await_news(self, duration: Duration) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._jittered(duration) / SECOND):
                await self._poked.wait()

    async def _listen(self) -> None:
        """Wait for the server's pushes; polling goes on where there are none."""
        backoff, missed = Backoff(), 0
        while True:
            event_id = self._knowledge.event_id
            try:
                if event_id is None or not self._uplink.is_up:
                    raise ServerFault
                page = await self._server.wait_for_push(event_id)
            except (ServerFault, Rejected) as fault:
                if isinstance(fault, ServerSilent):
                    # Nobody need scan to find out: the gate says now that it is alone.
                    self._uplink.note_failure(trouble_of(fault))
                    self.poke()
                elif event_id is not None and self._uplink.is_up:
                    missed += 1  # a server that is started anew is missed a time or two
                    if missed == PUSHES_MISSED_MAX:
                        self._exchange.note_pushed(is_pushed=False)
                await self._pause(backoff.take(trouble_of(fault).kind))
                continue
            backoff.reset()
            missed = 0
            self._exchange.note_pushed(is_pushed=True)
            due = AT_ONCE if page is None else await self._take(page)
            if due is not None:
                self._poke_within(due)

    async def take(self, document: SignedDocument) -> bool:
        """Apply a page that a peer has passed on.

        Returns:
            Whether nothing is left to fetch, or to tell.
        """
        return await self._take(document) is None

    async def _take(self, document: SignedDocument) -> Duration | None:
        """Apply a page; says when a round is due, which finds also what is wrong with it."""
        async with self._in_turn:
            try:
                return self._exchange.take_page(document)
            except GatekeeperError:
                return AT_ONCE

    def _poke_within(self, most: Duration) -> None:
        """Make a round at a moment of this gate's own: others make theirs at others."""
        if not most:
            self.poke()
            return
        delay = most * self._entropy.random_bytes(1)[0] // 256
        asyncio.get_running_loop().call_later(delay / SECOND, self.poke)

    async def _pause(self, duration: Duration) -> None:
        await asyncio.sleep(self._jittered(duration) / SECOND)

    def _jittered(self, duration: Duration) -> Duration:
        """Spread many gates' rounds: between 3/4 and 5/4 of the duration."""
        return duration * (192 + self._entropy.random_bytes(1)[0] // 2) // 256
