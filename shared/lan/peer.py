"""One gate among its peers: datagrams, timers and claims go in, actions come out.

No sockets, no clock, no disk: `now` is the machine's monotonic time in microseconds, and what
must survive is in `actions.Save`. Text and proof: docs/specs/lan.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from shared.journal.chain import SignedEntry
from shared.journal.passage_proof import JudgePassage
from shared.kernel.errors import Malformed
from shared.kernel.id_types import ClaimId, DeviceId, GateId
from shared.kernel.instant import INSTANT_MAX, Duration, Instant
from shared.lan.actions import Action, AskedHome, FetchRoster, Heard, PeerAlarm
from shared.lan.asking_and_answering_claims import Claiming
from shared.lan.claim_book import ClaimBook
from shared.lan.claims import Claim, ClaimKey, Hold, Judge, Ref, UsesOf, judge_single_entry
from shared.lan.entries_of_peers import Marks
from shared.lan.envelope import (
    DATAGRAM_SIZE_MAX,
    LAN_VERSION,
    Envelope,
    is_authentic,
    read_datagram,
)
from shared.lan.ignored_messages import Ignored
from shared.lan.lan_timeouts_and_limits import LanSettings
from shared.lan.messages import (
    ClaimAsk,
    ClaimRelay,
    ClaimReply,
    Entries,
    Hello,
    HomeAskMessage,
    MessageKind,
    Relayed,
    decode_body,
)
from shared.lan.own_identity import Identity, LanState, OwnMessages
from shared.lan.presence import PeerState, Presence
from shared.lan.roster import Roster
from shared.lan.telling_entries import News

DEFAULTS: Final = LanSettings()
_DISHONEST: Final = (Ignored.FLOODING, Ignored.MALFORMED)


class LanPeer:
    """The protocol of one gate in one boot.

    Attributes:
        identity: Who it is.
        settings: Time limits.
        presence: Who else is there.
        book: The open claims.
        news: What it holds of journals.
        own_messages: Seals messages.
        dropped: How many messages were ignored, by reason.
        has_uplink: Set by the caller: the ledger is reached from here.
    """

    def __init__(
        self,
        identity: Identity,
        roster: Roster,
        *,
        uses_of: UsesOf,
        judge_passage: JudgePassage,
        state: LanState,
        settings: LanSettings,
    ) -> None:
        """Begin a boot.

        Args:
            identity: Who this gate is.
            roster: The newest one.
            uses_of: Looks up the uses of a key, in what the store holds by now.
            judge_passage: Says what another device's passage proves.
            state: What survived.
            settings: Time limits.
        """
        self.identity, self.settings = identity, settings
        me = identity.device_id
        self.presence = Presence(me, identity.key, roster, settings)
        self.book = ClaimBook(
            me,
            uses_of,
            promises=[claim for claim in state.claims if claim.device_id != me],
            orphans=[claim for claim in state.claims if claim.device_id == me],
            clock=state.clock,
        )
        self.own_messages = OwnMessages(identity, self.presence)
        self.dropped: Counter[Ignored] = Counter()
        self._claiming = Claiming(self.book, self.presence, self.own_messages, settings)
        self.news = News(
            self.book,
            self.presence,
            self.own_messages,
            Marks(state.marks),
            settings,
            self.dropped,
            self._claiming.prove,
            judge_passage,
        )
        self.has_uplink = False
        self._hello_at: Duration = Duration(0)
        self._roster_at: Duration = Duration(0)
        self._alarmed: set[tuple[str, Ignored]] = set()

    # -- requests of the lane

    def claim(
        self,
        claim: Claim,
        now: Duration,
        budget: Duration,
        *,
        request: bytes = b"",
        judge: Judge = judge_single_entry,
    ) -> list[Action]:
        """Ask every live peer about a claim; `Settled` follows within the budget.

        Asking again with the id of an open claim gives the same settlement again, or lets the
        first one come.

        Args:
            claim: The claim; its stamp is given here.
            now: Monotonic time.
            budget: How long to wait for peers.
            request: A `ClaimRequest`'s JSON for the ledger, if a live peer reaches it; b"" not
                to ask.
            judge: Whether the decision would admit, with these holds counted as used; only to
                know whether it is worth waiting for open ones to end.
        """
        return self._claiming.claim(claim, now, budget, request, judge)

    def hold(
        self, key: ClaimKey, claim_id: ClaimId, count: int, at: Instant, gate_id: GateId
    ) -> list[Hold]:
        """Bind the peers' claims of a key while this gate decides one on another rung.

        Returns:
            The open claims of others, which that decision must count as used.
        """
        own = self.book.own_claim(claim_id)
        if own is not None and own.is_remembered:
            return self.book.open_holds(key, claim_id)
        stamp = self.book.next_stamp()
        return self.book.hold(
            Claim(
                claim_id=claim_id,
                key=key,
                device_id=self.identity.device_id,
                gate_id=gate_id,
                count=count,
                at=at,
                stamp=stamp,
            )
        )

    def announce(self, entries: Sequence[SignedEntry], now: Duration) -> list[Action]:
        """Tell everybody of this device's own entries, which are durable and in `uses_of`.

        An entry that ends one of its claims ends it here.
        """
        return self.news.announce(entries, now) + self._claiming.settle()

    def learn(
        self, entries: Iterable[SignedEntry], now: Duration, heard_at: Instant = INSTANT_MAX
    ) -> list[Action]:
        """Take other devices' entries from a stream, as far as their origins signed them.

        Args:
            entries: The entries.
            now: Monotonic time.
            heard_at: The time of day, for what their devices' clocks say.
        """
        return self.news.learn(entries, now, heard_at) + self._claiming.settle()

    def mark_stored(self, refs: Iterable[Ref]) -> None:
        """Hear that kept entries are durable, and in `uses_of` from now on."""
        self.book.mark_stored(refs)

    def relayed(self, device_id: DeviceId, claim_id: ClaimId, answer: bytes) -> list[Action]:
        """Pass on what the ledger said to a peer's claim; b"" for nothing."""
        return self._claiming.relayed(device_id, claim_id, answer)

    def ask_home(self, device_id: DeviceId, ask: bytes) -> Sequence[Action]:
        """Ask a ticket's home for one entry; its journal's own entry is the answer."""
        return self.own_messages.say(HomeAskMessage(ask), [device_id])

    def set_roster(self, roster: Roster, now: Duration) -> bool:
        """Take a verified roster; False if it is not newer than the present one."""
        if roster.version <= self.presence.roster.version:
            return False
        self.presence.set_roster(roster)
        self.news.note_gone(now)
        return True

    def live(self, now: Duration) -> list[str]:
        """List the devices with which hearing is proven both ways within the window."""
        return self.presence.live(now)

    def slowest_answer(self, now: Duration, most: Duration) -> Duration:
        """Tell how long a live peer needed for its last answer; one beyond `most` does not count.

        It is waited for as long again: its disk is slow, and it answers once it has promised.
        """
        took = [self.presence.peers[DeviceId(name)].took for name in self.live(now)]
        return max((one for one in took if one <= most), default=Duration(0))

    def is_live(self, device_id: DeviceId, now: Duration) -> bool:
        """Tell whether one device is live; False for one that is not in the roster."""
        peer = self.presence.peers.get(device_id)
        return peer is not None and peer.is_live(now, self.settings.live_window)

    def take_fresh(self, envelope: Envelope) -> bool:
        """Take the number of a verified message that came over a stream.

        Returns:
            Whether it is of the peer's confirmed boot and was never taken before: no recording.
        """
        peer = self.presence.peers.get(envelope.sender)
        drop = Ignored.UNKNOWN_DEVICE
        if peer is not None:
            screened = peer.screen(envelope, self.presence.roster.version)
            if screened is None:
                peer.window.take(envelope.counter)
                return True
            drop = screened
        self.dropped[drop] += 1
        return False

    # -- time

    def tick(self, now: Duration) -> list[Action]:
        """Do what is due; all that has arrived by `now` was received before."""
        actions: list[Action] = []
        if self._hello_at <= now:
            self._hello_at = now + self.settings.hello_every
            for peer in self.presence.peers.values():
                actions += self._greet(peer, now)
        actions += self._claiming.ask_again(now)
        actions += self._claiming.settle(now)
        return actions + self.news.work(now)

    def next_due(self) -> Duration:
        """Tell when `tick` has something to do next."""
        return min([self._hello_at, *self._claiming.next_due(), *self.news.next_due()])

    def leave(self, now: Duration) -> list[Action]:
        """Say goodbye, so that nobody waits for this gate."""
        actions: list[Action] = []
        for peer in self.presence.peers.values():
            actions += self._greet(peer, now, is_leaving=True)
        return actions

    def _greet(
        self, peer: PeerState, now: Duration, heard: bytes = b"", *, is_leaving: bool = False
    ) -> Sequence[Action]:
        echo, is_confirmed = self.presence.greet(peer, now, heard)
        answers = peer.hello_counter if is_confirmed else 0
        hello = Hello(echo, is_confirmed, self.news.dseq, self.has_uplink, is_leaving, answers)
        return self.own_messages.say(hello, [peer.device.device_id])

    # -- what arrives

    def receive(
        self, datagram: bytes, now: Duration, heard_at: Instant = INSTANT_MAX
    ) -> list[Action]:
        """Take a datagram, at a time as for `learn`; what does not belong here is ignored."""
        screened = self._screen(datagram)
        if isinstance(screened, Ignored):
            self.dropped[screened] += 1
            return []
        peer, envelope = screened
        if peer is None:
            self.dropped[Ignored.UNKNOWN_DEVICE] += 1
            return self._meet_stranger(envelope, now)
        outcome = self._handle(peer, envelope, now, heard_at)
        return self._blame(peer, outcome) if isinstance(outcome, Ignored) else outcome

    def _screen(self, datagram: bytes) -> tuple[PeerState | None, Envelope] | Ignored:
        """Check everything about an envelope, the cheap things first."""
        if len(datagram) > DATAGRAM_SIZE_MAX:
            return Ignored.OVERSIZED
        try:
            envelope = read_datagram(datagram)
        except Malformed:
            return Ignored.MALFORMED
        if envelope.v != LAN_VERSION:
            return Ignored.WRONG_VERSION
        roster = self.presence.roster
        if envelope.event_id != roster.event_id:
            return Ignored.WRONG_EVENT
        peer = self.presence.peers.get(envelope.sender)
        if peer is None:
            return None, envelope
        drop = peer.screen(envelope, roster.version)
        if drop is not None:
            return drop
        if not (peer.key and is_authentic(datagram, peer.key)):
            return Ignored.NOT_AUTHENTIC
        return peer, envelope

    def _handle(
        self, peer: PeerState, envelope: Envelope, now: Duration, heard_at: Instant
    ) -> list[Action] | Ignored:
        try:
            body = decode_body(envelope.kind, envelope.body)
        except Malformed:
            return Ignored.MALFORMED
        if isinstance(body, Hello):
            return self._on_hello(peer, envelope, body, now)
        peer.take(envelope, now)
        match body:
            case ClaimAsk():
                return self._claiming.on_ask(peer, body, now)
            case ClaimReply():
                is_same = envelope.version == self.presence.roster.version
                return self._claiming.on_answer(peer, body, now, is_same_roster=is_same)
            case Entries():
                is_slow = peer.news.spend(len(body.entries), now)  # else a stream brings them
                return self.learn(body.entries, now, heard_at) if is_slow else Ignored.DEFERRED
            case ClaimRelay():
                return self._claiming.on_relay(peer, body, has_uplink=self.has_uplink)
            case Relayed():
                return self._claiming.on_relayed(peer, body)
            case HomeAskMessage():
                if not peer.asks.spend(1, now):
                    return Ignored.FLOODING
                return [AskedHome(peer.device.device_id, body.ask)]
            case _:
                return Ignored.UNKNOWN_KIND  # a later version's, or one that belongs to streams

    def _on_hello(
        self, peer: PeerState, envelope: Envelope, hello: Hello, now: Duration
    ) -> list[Action] | Ignored:
        if peer.is_old(envelope, now):
            return Ignored.OLD_BOOT
        my_boot, said = self.identity.boot, self.own_messages.said
        is_taken, is_waiting = peer.take_hello(envelope, hello, my_boot, now, said)
        actions: list[Action] = [Heard(peer.device.device_id, is_fresh=is_taken)]
        if is_waiting and peer.may_reply(now, self.settings):
            actions += self._greet(peer, now, envelope.boot)
        if is_taken:
            actions += self.news.lacks_from(peer, now)
            if envelope.version > self.presence.roster.version:
                actions += self._fetch_roster(peer.device.device_id, now)
        return actions

    def _fetch_roster(self, device_id: DeviceId, now: Duration) -> list[Action]:
        if now < self._roster_at:
            return []
        self._roster_at = now + self.settings.hello_every
        return [FetchRoster(device_id)]

    def _meet_stranger(self, envelope: Envelope, now: Duration) -> list[Action]:
        """Look for the newer roster that a device unknown to this one must be in."""
        is_other = envelope.sender != self.identity.device_id
        is_newer = envelope.version > self.presence.roster.version
        if envelope.kind == MessageKind.HELLO and is_other and is_newer:
            return self._fetch_roster(DeviceId(""), now)
        return []

    def _blame(self, peer: PeerState, drop: Ignored) -> list[Action]:
        """Count what a known device sent in vain; tell once of what no honest one sends."""
        self.dropped[drop] += 1
        charge = peer.device.device_id, drop
        if drop not in _DISHONEST or charge in self._alarmed:
            return []
        self._alarmed.add(charge)
        return [PeerAlarm(*charge)]
