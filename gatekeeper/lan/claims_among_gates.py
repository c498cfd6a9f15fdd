"""Rung 2 for a lane: claim among the live peers, and tell them what was admitted.

The lane's side of the bargain (docs/specs/lan.md, section 3):

- every admission, on whichever rung, is announced here first (`claim` or `hold`), counts the
  holds that it is given, and ends by `announce` of its journal entry, durable by then;
- a claim id that was ended is not used again;
- claims of an earlier boot (`open_claims` after `start`) are ended before the first scan: by the
  entry that the journal has for them, or by a new release.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from gatekeeper.device_loop import stood_still
from gatekeeper.lan.answers_of_homes_by_peers import GivesHeard, OnHomeAsk, keep_silent
from gatekeeper.lan.fetching_from_peers import Fetches
from gatekeeper.lan.lan_verdict import LanVerdict, StandsAgainst, is_denied, judge_settlement
from gatekeeper.lan.ledger_for_peers import UplinkRelay
from gatekeeper.lan.ledger_word_by_peer import FORGED_WORD, ReadWord
from gatekeeper.lan.peer_addresses import Address, PeerAddresses
from gatekeeper.lan.ports import FeedReader, LedgerCarrier, PromiseStore, ServerWhereabouts
from gatekeeper.lan.save_queue import SaveQueue
from gatekeeper.lan.stream import StreamServer
from gatekeeper.lan.tasks import TaskSet
from gatekeeper.lan.udp import DatagramEnd, OpenPort, open_port
from shared.journal.chain import SignedEntry
from shared.journal.entry import GiveBody
from shared.journal.passage_proof import JudgePassage
from shared.kernel.errors import BadInput, StoreFault
from shared.kernel.id_types import ClaimId, DeviceId, GateId
from shared.kernel.instant import MILLISECOND, SECOND, Duration, Instant
from shared.kernel.ports import Clock
from shared.lan.actions import (
    Action,
    AskedHome,
    ClaimSettled,
    FetchEntries,
    FetchRoster,
    Heard,
    PeerAlarm,
    PutToLedger,
    Save,
    Send,
)
from shared.lan.claim_book import ClaimSettlement, describe_settlement
from shared.lan.claims import Claim, ClaimKey, Hold, Judge, judge_single_entry
from shared.lan.envelope import Envelope
from shared.lan.lan_timeouts_and_limits import LAN_BUDGET_MS, SLOW_DISK_MAX, LanSettings
from shared.lan.messages import Body, Mark
from shared.lan.own_identity import Identity
from shared.lan.peer import DEFAULTS, LanPeer
from shared.lan.roster import Roster
from shared.manifest.signed_document import SignedDocument, decode_document, encode_document

HOME_TRIES: Final = 3
"""How often a home is asked within the budget; it answers the same question once."""

_PORT_TRIES: Final = 10

OpenRoster = Callable[[SignedDocument], Roster]
"""Verifies a roster document from the pinned root key down (`shared.lan.roster.open_roster`)."""


class LanRung:
    """One gate's place among its peers. Lives in one event loop.

    Attributes:
        peer: The protocol.
        addresses: Where peers are; discovery adds to it.
        metrics: Counts.
        address: Where this gate is bound, once started.
        feed: What takes pages of the feed that peers bring, or None.
        relay: The ledger, while this gate reaches it.
        watch: Tells of background work that has died.
        time: Tells the time of day as well as this gate knows it.
        words: Where the server is now, by its own signed word; None for who does not care.
    """

    def __init__(  # noqa: PLR0913 - its parts, each by name
        self,
        identity: Identity,
        roster: SignedDocument,
        *,
        open_roster: OpenRoster,
        read_word: ReadWord,
        store: PromiseStore,
        judge_passage: JudgePassage,
        clock: Clock,
        settings: LanSettings = DEFAULTS,
        open_datagrams: OpenPort = open_port,
        time: Callable[[], Instant] | None = None,
        feed: FeedReader | None = None,
        on_home_ask: OnHomeAsk = keep_silent,
    ) -> None:
        """Take up what survived; nothing is sent before `start`.

        Raises:
            BadSignature: if the roster document does not verify.
            Malformed: if it is of another event.
            StoreFault: if the store cannot be read.
        """
        opened = open_roster(roster)
        self._roster_document, self._open_roster = roster, open_roster
        self._read_word = read_word
        self._store, self._clock, self._open_datagrams = store, clock, open_datagrams
        self.time = clock.wall if time is None else time
        self.peer = LanPeer(
            identity,
            opened,
            uses_of=store.uses_of,
            judge_passage=judge_passage,
            state=store.load(),
            settings=settings,
        )
        self.addresses = PeerAddresses()
        self.addresses.set_roster(opened)
        self.address: Address = ("", 0)
        self._tasks = TaskSet()
        self._queue = SaveQueue(store, self._transmit, self.peer.mark_stored, clock)
        self.relay, self._streams = UplinkRelay(self, store.own_dseq), StreamServer(self)
        self.watch = self.relay.watch
        self._port: DatagramEnd | None = None
        self._waiting: dict[str, list[asyncio.Future[ClaimSettlement]]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False
        self._alarms: list[tuple[str, str]] = []
        self.gives = GivesHeard()
        self._on_home_ask, self.feed = on_home_ask, feed
        self.words: ServerWhereabouts | None = None
        self._fetches = Fetches(self, self._tasks)

    # -- life

    async def start(self, host: str = "0.0.0.0", port: int = 0) -> None:  # noqa: S104 - a gate listens to its venue
        """Bind one port number for datagrams and streams, and greet the roster.

        Raises:
            OSError: if the port cannot be had.
        """
        self._loop = asyncio.get_running_loop()
        self.address = (host, await self._bind(host, port))
        self._tasks.spawn(self.relay.work(self.peer.settings.sync_every / SECOND))
        self._work(self.peer.tick(self._now()))

    async def _bind(self, host: str, port: int, tries: int = _PORT_TRIES) -> int:
        number = await self._streams.start(host, port)
        try:
            self._port = await self._open_datagrams(host, number, self._on_datagram)
        except OSError:
            await self._streams.close()
            if port or tries == 1:
                raise
            return await self._bind(host, port, tries - 1)
        return number

    async def close(self) -> None:
        """Say goodbye, save what is queued, and stop."""
        self._perform(self.peer.leave(self._now()))
        self._is_closed = True
        await self._queue.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await self._streams.close()
        await self._tasks.close()
        if self._port is not None:
            self._port.close()
            self._port = None
        for claim_id in list(self._waiting):
            own = self.peer.book.own_claim(ClaimId(claim_id))
            if own is not None:
                # The scan goes on with what was heard, as when its time is up.
                own.is_settled = True
                self._settle(describe_settlement(own))

    # -- the lane

    async def claim(  # noqa: PLR0913 - what is asked, and how, each by name
        self,
        key: ClaimKey,
        claim_id: ClaimId,
        count: int,
        *,
        gate_id: GateId,
        at: Instant,
        judge: Judge = judge_single_entry,
        request: bytes = b"",
        stands_against: StandsAgainst = is_denied,
        budget_ms: int = LAN_BUDGET_MS,
    ) -> LanVerdict:
        """Ask every live peer for a right of entry.

        Args:
            key: The right.
            claim_id: Durable in the lane before this call.
            count: Persons who want to pass now.
            gate_id: Where they stand.
            at: When they were scanned.
            judge: Whether the admission decision still admits, the given holds counted as uses
                besides all that the store knows; by default that of a ticket for one entry of
                one person.
            request: A `ClaimRequest`'s JSON, for the ledger through a peer that reaches it.
            stands_against: Whether the ledger's answer to that keeps the holder out.
            budget_ms: How long to wait.

        Returns:
            The verdict. The claim stays open until its journal entry is announced.

        Raises:
            StoreFault: if the store cannot be read: nobody may pass.
        """
        claim = Claim(
            claim_id=claim_id,
            key=key,
            device_id=self.peer.identity.device_id,
            gate_id=gate_id,
            count=count,
            at=at,
        )
        future: asyncio.Future[ClaimSettlement] = asyncio.get_running_loop().create_future()
        futures = self._waiting.setdefault(claim_id, [])
        futures.append(future)
        try:
            may_settle, now = _without_faults(judge), self._now()
            # Peers answer once it is durable, by disks that may be as slow as this one's.
            slowest = self.peer.slowest_answer(now, SLOW_DISK_MAX)
            longer = max(slowest, min(self._queue.took, SLOW_DISK_MAX))
            budget = budget_ms * MILLISECOND + longer
            self._work(self.peer.claim(claim, now, budget, request=request, judge=may_settle))
            settlement = await future
        finally:
            futures.remove(future)
            if not futures:
                self._waiting.pop(claim_id, None)
        ledger = None
        if settlement.ledger:
            ledger = self._read_word(settlement.ledger, request)
            if ledger is None:
                self.note_alarm(DeviceId(settlement.relayed_by), FORGED_WORD)
        return judge_settlement(settlement, judge, ledger, stands_against)

    async def ask_home(
        self, device_id: DeviceId, claim_id: ClaimId, ask: bytes, budget_ms: int
    ) -> GiveBody | None:
        """Ask a live peer, as a ticket's home, for one admission; None if it stays silent."""
        with self.gives.waiting_for(device_id, claim_id) as future:
            for _ in range(HOME_TRIES):
                self._work([*self.peer.ask_home(device_id, ask)])
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(budget_ms / 1000 / HOME_TRIES):
                        return await asyncio.shield(future)
        return None

    def hold(
        self, key: ClaimKey, claim_id: ClaimId, count: int, *, at: Instant, gate_id: GateId
    ) -> list[Hold]:
        """Bind peers while the lane decides on another rung; give what it must count as used.

        Call it before the decision, and count again `open_holds` before the journal entry.
        """
        return self.peer.hold(key, claim_id, count, at, gate_id)

    def drop_hold(self, claim_id: ClaimId) -> None:
        """Give up a hold whose scan ended without any journal entry."""
        self.peer.book.drop_hold(claim_id)

    def open_holds(self, key: ClaimKey, claim_id: ClaimId) -> list[Hold]:
        """List the open claims of a key that the decision of `claim_id` counts as used."""
        return self.peer.book.open_holds(key, claim_id)

    def has_left(self, device_id: DeviceId) -> bool:
        """Tell whether a device that holds rights has left the roster a while ago."""
        return self.peer.news.has_left(device_id, self._now())

    def open_claims(self) -> list[Claim]:
        """List this device's own claims that no announced entry has ended."""
        return [own.claim for own in self.peer.book.own_claims()]

    def announce(self, entries: Sequence[SignedEntry]) -> None:
        """Tell the peers of own journal entries, once they are durable and in `uses_of`."""
        self._work(self.peer.announce(entries, self._now()))

    def live_peers(self) -> list[str]:
        """List the device ids of the live peers."""
        return self.peer.live(self._now())

    # -- the rest of the gate

    def set_uplink(self, uplink: LedgerCarrier | None) -> None:
        """Hear whether the ledger is reached, and relay through it for peers meanwhile."""
        self.relay.set(uplink)
        self.peer.has_uplink = uplink is not None

    def set_roster(self, document: SignedDocument) -> bool:
        """Take a roster document from the server; False if it is not newer.

        Raises:
            BadSignature: if it does not verify.
            Malformed: if it is of another event.
        """
        roster = self._open_roster(document)
        if not self.peer.set_roster(roster, self._now()):
            return False
        self._roster_document = document
        self.addresses.set_roster(roster)
        return True

    @property
    def alarms(self) -> tuple[tuple[str, str], ...]:
        """Devices that behave as no honest one does, with the reason."""
        return tuple(self._alarms)

    # -- what streams need of this gate (`StreamingGate`), and the uplink

    @property
    def event_id(self) -> str:
        """The event."""
        return self.peer.presence.roster.event_id

    @property
    def version(self) -> tuple[int, int]:
        """Version of the roster held."""
        return self.peer.presence.roster.version

    def key_of(self, device_id: DeviceId) -> bytes | None:
        """Return a device's public key, by the roster held."""
        return self.peer.presence.keys.get(device_id)

    def take_fresh(self, envelope: Envelope) -> bool:
        """Tell whether a verified frame is new, of a peer's present boot; it is so but once."""
        return self.peer.take_fresh(envelope)

    def seal_frame(self, body: Body) -> bytes:
        """Seal a message for a stream."""
        return self.peer.own_messages.seal_frame(body)

    def marks(self) -> tuple[Mark, ...]:
        """Tell how far this gate holds each boot."""
        return self.peer.news.marks.list()

    def entries_after(self, mark: Mark, limit: int) -> Sequence[SignedEntry]:
        """Return entries of a boot."""
        return self._store.entries_after(mark, limit)

    def learn(self, entries: Iterable[SignedEntry]) -> None:
        """Take entries that came over a stream."""
        self._work(self.peer.learn(entries, self._now(), self.time()))

    def roster_document(self) -> bytes:
        """Return the encoded roster document held."""
        return encode_document(self._roster_document)

    async def take_roster(self, document: bytes) -> None:
        """Take a roster document from a peer, if it verifies and is newer.

        Raises:
            Malformed: if it is none, or does not verify.
        """
        signed = decode_document(document)
        if self.set_roster(signed):
            await self._store.keep_roster(signed)

    def feed_place(self) -> tuple[int, int] | None:
        """Tell up to where this gate has the feed; None where it reaches the ledger itself."""
        return None if self.feed is None else self.feed.place()

    async def page_after(self, place: tuple[int, int]) -> bytes:
        """Return the page of the feed after a peer's place, or b""."""
        return await self.relay.page_after(place)

    async def take_page(self, document: bytes) -> None:
        """Take a page of the feed from a peer.

        Raises:
            Malformed: if it is none.
        """
        if self.feed is not None:
            await self.feed.take(decode_document(document))

    def address_word(self) -> str:
        """Return the server's newest word of where it is, or ""."""
        return "" if self.words is None else self.words.text

    def take_address_word(self, text: str) -> None:
        """Take such a word from a peer, if it is newer and verifies."""
        if self.words is not None:
            with contextlib.suppress(BadInput):
                self.words.take(text)

    def follow_feed(self) -> None:
        """Fetch what changed from a peer that reaches the ledger, now and then."""
        self._fetches.follow_feed(self._now())

    # -- work

    def _now(self) -> Duration:
        """Tell the peer's time: that of this loop, in which no wait for its own disk counts."""
        return Duration(self._clock.monotonic() - stood_still(self._loop))

    def pass_on(self, actions: list[Action]) -> None:
        """Perform actions that came from elsewhere than the socket."""
        self._work(actions)

    def _on_datagram(self, datagram: bytes, source: Address) -> None:
        try:
            actions = self.peer.receive(datagram, self._now(), self.time())
        except StoreFault:
            return  # no answer is a safe answer
        self._work(actions, source)

    def _on_timer(self) -> None:
        self._timer = None
        with self.watch.guarding("greeting the other gates"):
            if self._port is not None:  # a claim whose time is up may have its answer there
                self._port.read_waiting()
            self._work(self.peer.tick(self._now()))
        self._work([])  # a fault must not be the last tick

    def _work(self, actions: list[Action], source: Address | None = None) -> None:
        self._perform(actions, source)
        due = self.peer.next_due()
        if self._is_closed or self._port is None:
            return  # before the start a greeting would be lost, and the next one is a second later
        if self._timer is not None and self._timer_due <= due:
            return
        if self._timer is not None:
            self._timer.cancel()
        wait = max(self.watch.pause, (due - self._now()) / SECOND)
        self._timer_due = due
        self._timer = asyncio.get_running_loop().call_later(wait, self._on_timer)

    def _perform(self, actions: list[Action], source: Address | None = None) -> None:
        for action in actions:
            match action:
                case Save():
                    self._queue.save(action)
                    self.gives.hear(action)
                    self.relay.hear(action)
                case Send():
                    self._queue.send(action)
                case ClaimSettled(settlement):
                    self._settle(settlement)
                case Heard():
                    self._note_source(action, source)
                case FetchEntries(device_id):
                    self._fetches.entries(device_id)
                case FetchRoster(device_id):
                    self._fetches.roster(device_id, source)
                case AskedHome(device_id, ask):
                    self._on_home_ask(device_id, ask)
                case PutToLedger():
                    self._tasks.spawn(self.relay.put(action))
                case PeerAlarm(device_id, reason):
                    self.note_alarm(device_id, reason)

    def note_alarm(self, device_id: DeviceId, reason: str) -> None:
        """Note that a device behaves as no honest one does, once for each reason."""
        if (device_id, reason) not in self._alarms:
            self._alarms.append((device_id, reason))

    def _note_source(self, heard: Heard, source: Address | None) -> None:
        if source is not None:
            note = self.addresses.prove if heard.is_fresh else self.addresses.hear
            note(heard.device_id, source)

    def _settle(self, settlement: ClaimSettlement) -> None:
        for future in self._waiting.get(settlement.claim.claim_id, ()):
            if not future.done():
                future.set_result(settlement)

    def _transmit(self, send: Send) -> None:
        if self._port is None:
            return
        device_id = send.to
        is_live = self.peer.is_live(DeviceId(device_id), self._now())
        for address in self.addresses.targets(DeviceId(device_id), is_live=is_live):
            self._port.send(send.datagram, address)


def _without_faults(judge: Judge) -> Judge:
    """Judge without faults: while the store cannot be read, it is worth waiting."""

    def judge_or_wait(holds: Sequence[Hold]) -> bool:
        try:
            return judge(holds)
        except StoreFault:
            return False

    return judge_or_wait
