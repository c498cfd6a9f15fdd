"""A session's place on the venue's network: when the LAN rung runs, with which roster, and where.

It runs once the gate and a signed roster are known, and begins anew when the session turns to
another event. Whatever goes wrong with it stops neither the lane nor the sync.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from gatekeeper.gate.asking_peers import LanPeers
from gatekeeper.gate.device_as_home import Homes
from gatekeeper.gate.evacuations_by_peers import hear_evacuations
from gatekeeper.gate.gifts_by_peers import hear_gifts
from gatekeeper.gate.passages_by_peers import judge_passages
from gatekeeper.gate.peers_port import NOBODY
from gatekeeper.gate.recorder import Recorder
from gatekeeper.gate.scan_to_answer import Lane
from gatekeeper.gate.uplink import Uplink
from gatekeeper.gate.withdrawals_by_peers import OnKept, hear_withdrawals
from gatekeeper.lan.claims_among_gates import LanRung, OpenRoster
from gatekeeper.lan.ledger_word_by_peer import ReadWord, read_word
from gatekeeper.lan.mdns_discovery import DISCOVERY_LOOK_SECONDS
from gatekeeper.lan.peer_addresses import Address, format_address, parse_address
from gatekeeper.lan.ports import ServerWhereabouts
from gatekeeper.lan.tasks import TaskSet
from gatekeeper.store.disk import Disk
from gatekeeper.store.profile import DEVICE_KEY_NAME, load_key
from gatekeeper.store.store import Store
from gatekeeper.store.told_to_peers import StorePromises
from gatekeeper.sync.server_for_lan_rung import FeedByPeers, ServerRelay, TakePage
from gatekeeper.sync.server_port import SyncServer
from gatekeeper.this_machine import System
from shared.credential.keyring import Keyring
from shared.journal.chain import SignedEntry
from shared.journal.entry import FALSE_PEER, NoteBody
from shared.kernel.errors import BadInput, BadSignature, Rejected, StoreFault, trouble_of
from shared.kernel.hosts import PORT_MAX
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.instant import SECOND, Duration
from shared.kernel.os_errors import words_of_system
from shared.kernel.trouble import NO_TROUBLE, Trouble, TroubleKind
from shared.lan.lan_timeouts_and_limits import LAN_BUDGET_MS, LAN_BUDGET_MS_MAX, LanSettings
from shared.lan.own_identity import Identity
from shared.lan.peer import DEFAULTS
from shared.lan.roster import Roster, RosterDevice, open_roster
from shared.manifest.signed_document import SignedDocument
from shared.wire.claim import ClaimAnswer

if TYPE_CHECKING:
    from gatekeeper.lan.mdns_discovery import Discovery

ROSTER_RENEW_EVERY: Final[Duration] = 3 * SECOND
"""At most so often the roster is fetched that the server has told of."""
ADDRESS_TOLD_EVERY: Final[Duration] = 60 * SECOND
"""So often the server hears where this gate is all the same: its address may have changed."""

AUTOMATIC: Final = "auto"
NO_ROSTER: Final = (
    "not asking the other gates: the server has not yet said which there are; sync once while"
    " it can be reached"
)
_ANYWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - the words for it


class LanOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a gate takes part in the venue's network.

    Attributes:
        host: The numeric address to listen at.
        port: For datagrams and streams alike; 0 for any free one.
        peers: Where other gates may be, besides what the roster says.
        budget_ms: How long a scan waits for its peers' word.
        uses_mdns: Announce this gate on the network, and look for others there.
        is_automatic: Take part only where the roster names another gate.
        settings: How often peers greet each other, and the other limits in time.
    """

    host: str = "0.0.0.0"  # noqa: S104 - a gate listens to its venue
    port: int = 0
    peers: tuple[Address, ...] = ()
    budget_ms: int = LAN_BUDGET_MS
    uses_mdns: bool = False
    is_automatic: bool = False
    settings: LanSettings = DEFAULTS


def read_lan_options(
    listen: str,
    peers: Sequence[str],
    budget_ms: int = LAN_BUDGET_MS,
    *,
    uses_mdns: bool = False,
) -> LanOptions:
    """Read `[HOST:]PORT` or `auto`, and peers' `HOST:PORT`.

    Raises:
        BadInput: if one of them is no address, or the wait is out of its range.
    """
    if not 1 <= budget_ms <= LAN_BUDGET_MS_MAX:
        message = f"the other gates are waited for 1 to {LAN_BUDGET_MS_MAX} ms, not {budget_ms}"
        raise BadInput(message)
    found = tuple(parse_address(peer) for peer in peers)
    made = LanOptions(peers=found, budget_ms=budget_ms, uses_mdns=uses_mdns)
    if listen == AUTOMATIC:
        return msgspec.structs.replace(made, is_automatic=True)
    if ":" in listen:
        host, _, port = listen.rpartition(":")
        # Port 0 is no peer's, but any free one of ours.
        named = parse_address(f"{host}:{port if port != '0' else '1'}")
        return msgspec.structs.replace(made, host=named[0], port=0 if port == "0" else named[1])
    if not listen.isascii() or not listen.isdigit() or int(listen) > PORT_MAX:
        message = f"not a port: {listen[:40]!r}; write it like 4810, 192.0.2.7:4810 or {AUTOMATIC}"
        raise BadInput(message)
    return msgspec.structs.replace(made, port=int(listen))


class LanLink:
    """Runs the LAN rung for one session.

    Attributes:
        rung: While it runs.
        problem: Why it does not run, or "".
    """

    def __init__(  # noqa: PLR0913 - the parts of a session, each by name
        self,
        options: LanOptions | None,
        lane: Lane,
        store: Store,
        recorder: Recorder,
        homes: Homes,
        system: System,
        *,
        server: SyncServer,
        uplink: Uplink,
        take_page: TakePage,
        on_given: Callable[[], None],
        words: ServerWhereabouts,
    ) -> None:
        """Prepare; nothing is sent before `refresh`, and nothing at all without `options`."""
        self._options = options
        self._lane, self._store, self._knowledge = lane, store, recorder.knowledge
        self._recorder, self._homes, self._clock = recorder, homes, system.clock
        self._open_datagrams = system.open_datagrams
        self._server, self._uplink, self._take_page = server, uplink, take_page
        self._words, self._on_given = words, on_given
        self._renewed_at: Duration | None = None
        self._told_address = ""
        self._opened: tuple[str, SignedDocument, Roster] | None = None
        self._run_blocking = system.run_blocking
        self._tasks = TaskSet()
        self.rung: LanRung | None = None
        self.problem = NO_TROUBLE
        self._named: set[tuple[str, str]] = set()
        self._said = b"", 0
        """In which boot, and how much: who comes back to an event is known by what it has said."""

    # -- running

    async def refresh(self) -> None:
        """Run the rung if all that it needs is known, and give it the newest roster."""
        event_id, gate = self._knowledge.event_id, self._lane.gate()
        if self._is_outlived(event_id):
            await self.close()
        options = self._options
        if options is None or event_id is None or gate is None or not self._store.journal.boots:
            return
        try:
            document = self._store.peers.get_roster(event_id)
            if document is None:
                self._complain("" if options.is_automatic else NO_ROSTER)
                return
            if self.rung is not None:
                self.rung.set_roster(document)
            elif not options.is_automatic or self._has_others(event_id, document):
                await self._start(options, event_id, document)
            self.problem = NO_TROUBLE
        except (BadInput, BadSignature, StoreFault) as fault:
            self._complain(f"not asking the other gates: {fault}")
        except OSError as fault:
            self._complain(
                f"the port for the other gates cannot be used: {words_of_system(fault)}"
            )

    def _complain(self, text: str) -> None:
        self.problem = Trouble(TroubleKind.NEIGHBOURS, text) if text else NO_TROUBLE

    def _is_outlived(self, event_id: EventId | None) -> bool:
        """Whether the rung speaks for another event, or for a boot that the journal has sealed.

        Peers order a device's messages by its boot, so a new one begins anew; but not amid a
        scan, whose claim would be taken for one that was given up.
        """
        rung, boots = self.rung, self._store.journal.boots
        if rung is None:
            return False
        is_sealed = bool(boots) and rung.peer.identity.boot != boots[-1].boot
        return rung.event_id != event_id or (is_sealed and self._lane.peers.is_idle)

    async def _start(
        self, options: LanOptions, event_id: EventId, document: SignedDocument
    ) -> None:
        boot = self._store.journal.boots[-1]
        disk: Disk = self._store.disk
        identity = Identity(
            self._store.journal.device_id,
            load_key(disk, DEVICE_KEY_NAME),
            boot.boot,
            boot.first_seq,
            self._said[1] if self._said[0] == boot.boot else 0,
        )
        make_rung = partial(
            LanRung,
            identity,
            document,
            open_roster=self._open_roster(event_id),
            read_word=self._read_word(),
            store=StorePromises(self._store, event_id, self._hear_kept(), self._keyring),
            judge_passage=judge_passages(self._knowledge),
            clock=self._clock,
            settings=options.settings,
            open_datagrams=self._open_datagrams,
            time=self._recorder.clock.now,
            feed=FeedByPeers(self._knowledge, self._uplink, self._take_page, event_id),
        )
        # What the last run left open is ended before the first peer is heard.
        peers = LanPeers(
            lambda on_home_ask: make_rung(on_home_ask=on_home_ask),
            self._store,
            self._recorder,
            self._homes,
            budget_ms=options.budget_ms,
            on_given=self._on_given,
        )
        rung = peers.rung
        rung.words = self._words
        # Static addresses are tried for every device; who answers there shows by the answer.
        rung.addresses.name(options.peers)
        await rung.start(options.host, options.port)
        self.rung = rung
        self._lane.join(peers)
        if options.uses_mdns:
            self._tasks.spawn(self._discover(rung))

    def _keyring(self) -> Keyring | None:
        event = self._knowledge.event
        return None if event is None else event.keyring

    def _hear_kept(self) -> OnKept:
        """Return what hears of each entry of another device that is kept."""

        def find_peer(device_id: DeviceId) -> RosterDevice | None:
            state = None if self.rung is None else self.rung.peer.presence.peers.get(device_id)
            return None if state is None else state.device

        hearers = (
            hear_withdrawals(self._store, self._knowledge),
            hear_gifts(self._homes, self._knowledge, find_peer),
            hear_evacuations(self._store, self._recorder, find_peer),
        )

        def hear(signed: SignedEntry) -> None:
            for one in hearers:
                one(signed)

        return hear

    def _has_others(self, event_id: EventId, document: SignedDocument) -> bool:
        return len(self._open_roster(event_id)(document).devices) > 1

    async def _discover(self, rung: LanRung) -> None:
        """Announce this gate and look for others by mDNS, for as long as the rung runs.

        It is a convenience: where the network has no multicast, the roster's addresses remain. A
        network may come after this gate has started, and give it other addresses later.
        """
        host, port = rung.address
        make = await self._run_blocking(_load_discovery)
        while True:
            discovery = make(rung.addresses, EventId(rung.event_id), self._store.journal.device_id)
            with contextlib.suppress(OSError):
                try:
                    await discovery.start(host, port)
                    await discovery.until_moved()
                finally:
                    await discovery.close()
            await asyncio.sleep(DISCOVERY_LOOK_SECONDS)

    def _open_roster(self, event_id: EventId) -> OpenRoster:
        """Give what verifies an event's rosters; the one that it verified last, only once."""
        trust = self._knowledge.trust

        def open_once(document: SignedDocument) -> Roster:
            if self._opened is None or self._opened[:2] != (event_id, document):
                roster = open_roster(
                    document,
                    root_public_key=trust.root_public_key,
                    organization_id=trust.organization_id,
                    event_id=event_id,
                    withdrawn=self._knowledge.state.withdrawn,
                )
                self._opened = event_id, document, roster
            return self._opened[2]

        return open_once

    def _read_word(self) -> ReadWord:
        trust = self._knowledge.trust
        device_id = self._store.journal.device_id

        def read(encoded: bytes, request: bytes) -> ClaimAnswer | None:
            return read_word(
                encoded,
                request,
                root_public_key=trust.root_public_key,
                organization_id=trust.organization_id,
                device_id=device_id,
                withdrawn=self._knowledge.state.withdrawn,
            )

        return read

    def _lend_uplink(self) -> None:
        """Carry for peers while the server is reached, and say so to them; else stop."""
        if self.rung is None or self._uplink.is_connected == self.rung.peer.has_uplink:
            return
        relay = ServerRelay(self._server, EventId(self.rung.event_id), self._knowledge)
        self.rung.set_uplink(relay if self._uplink.is_connected else None)

    async def close(self) -> None:
        """Say goodbye and stop; the lane goes on alone."""
        rung, self.rung = self.rung, None
        self._lane.join(NOBODY)
        await self._tasks.close()
        if rung is not None:
            await rung.close()
            self._said = rung.peer.identity.boot, rung.peer.own_messages.said

    # -- what is to be done beside the scans

    def announce(self) -> None:
        """Tell the peers of new entries, which are on disk: what cannot be read now waits."""
        try:
            self._lane.peers.announce()
        except StoreFault as fault:
            self.problem = trouble_of(fault)

    async def tidy(self) -> None:
        """End what failed scans left open, and tell what was not told yet."""
        await self.refresh()
        self._lend_uplink()
        if self.rung is not None:
            self.rung.follow_feed()
        try:
            self._lane.peers.tidy()
            self._name_false_peers()
        except StoreFault as fault:
            self.problem = trouble_of(fault)
        if self.rung is not None and not self.problem:
            self.problem = self.rung.watch.trouble

    def _name_false_peers(self) -> None:
        """Say which devices behave as no honest one does, and note each once in the journal.

        Raises:
            StoreFault: if the note could not be made durable.
        """
        alarms = () if self.rung is None else self.rung.alarms
        if alarms and not self.problem:
            said = ", ".join(f"{device_id} ({reason})" for device_id, reason in alarms)
            text = f"a device on the venue’s network does not behave like a gate: {said}"
            self.problem = Trouble(TroubleKind.FALSE_PEER, text)
        for device_id, reason in alarms:
            if (device_id, reason) not in self._named:
                self._recorder.write(NoteBody(FALSE_PEER, f"{device_id} {reason}"))
                self._named.add((device_id, reason))

    async def renew(self) -> None:
        """Fetch the roster if there is a newer one, and tell where this gate is reached.

        A gate that takes no part keeps it too: it may be started beside others, and without a
        server, the next time.

        Raises:
            ServerFault: if the server cannot be reached.
            StoreFault: if the disk refuses.
        """
        event_id, now = self._knowledge.event_id, self._clock.monotonic()
        if event_id is None:
            return
        try:
            held = self._store.peers.get_roster(event_id)
            opens = self._open_roster(event_id)
            known = (0, 0) if held is None else opens(held).version
            if not self._is_due(known, now):
                return
            self._renewed_at = now
            address = self._address()
            document = await self._server.fetch_roster(event_id, known, address)
            self._told_address = address
            if document is not None and opens(document).version > known:
                with self._store.transaction("roster"):
                    self._store.peers.put_roster(event_id, document)
        except (BadInput, BadSignature, Rejected) as fault:
            if self.is_wanted:
                self._complain(f"the list of this event’s gates was not accepted: {fault}")
            return
        await self.refresh()
        self._lend_uplink()
        if self._address() != self._told_address:
            await self.renew()

    def _is_due(self, known: tuple[int, int], now: Duration) -> bool:
        """Whether there is something to fetch, or to tell."""
        if self._renewed_at is None or self._address() != self._told_address:
            return True
        told = self._uplink.roster
        is_current = told != (0, 0) and told <= known
        return now - self._renewed_at >= (ADDRESS_TOLD_EVERY if is_current else ROSTER_RENEW_EVERY)

    @property
    def is_wanted(self) -> bool:
        """Whether this gate is to take part in the venue's network."""
        return self._options is not None

    def live_of(self) -> tuple[int, int]:
        """Tell how many other gates are live, of how many that the roster names."""
        if self.rung is None:
            return 0, 0
        return len(self.rung.live_peers()), len(self.rung.peer.presence.peers)

    def _address(self) -> str:
        """Say where this gate listens; an unnamed host is for the server to fill in."""
        if self._options is None:
            return ""
        host, port = self._options.host, self._options.port
        if self.rung is not None:
            host, port = self.rung.address
        if not port:
            return ""
        return f":{port}" if host in _ANYWHERE else format_address((host, port))


def _load_discovery() -> type[Discovery]:
    """Load the mDNS library, which takes longer than a scan may wait."""
    from gatekeeper.lan.mdns_discovery import Discovery

    return Discovery
