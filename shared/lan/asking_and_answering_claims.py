"""Claims over messages: asking, answering, asking again, and the ledger through a peer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from shared.kernel.ed25519 import is_valid, sha256
from shared.kernel.id_types import ClaimId, DeviceId
from shared.kernel.instant import Duration
from shared.lan.actions import Action, ClaimSettled, PeerAlarm, PutToLedger, Remember, Save
from shared.lan.claim_book import (
    OWN_OPEN_MAX,
    PROMISES_PER_DEVICE_MAX,
    STAMP_STEP_MAX,
    ClaimBook,
    OwnClaim,
    describe_settlement,
)
from shared.lan.claims import (
    KNOWN_SIZE,
    Claim,
    Hold,
    HoldState,
    Judge,
    Ref,
    hold_of,
    list_known,
    split_known,
)
from shared.lan.ignored_messages import Ignored
from shared.lan.lan_timeouts_and_limits import LanSettings
from shared.lan.messages import (
    HOLDS_MAX,
    RELAY_CONTEXT,
    ClaimAsk,
    ClaimRelay,
    ClaimReply,
    Relayed,
    encode_body,
)
from shared.lan.own_identity import BODY_SIZE_MAX, OwnMessages
from shared.lan.presence import PeerState, Presence

_NOTED_MAX: Final = 8_192
_STAMP_ROOM: Final = 8
"""Bytes by which a claim may grow when it is given its stamp."""


class Claiming:
    """The claims' part of a `LanPeer`."""

    def __init__(
        self, book: ClaimBook, presence: Presence, own_messages: OwnMessages, settings: LanSettings
    ) -> None:
        self._book, self._presence, self._own_messages = book, presence, own_messages
        self._settings = settings
        self._asks: dict[str, tuple[Duration, bytes]] = {}
        self._asked_at: dict[tuple[str, ClaimId], Duration] = {}
        self._words: dict[Ref, set[str]] = {}
        self._relayed: dict[Ref, None] = {}

    # -- asking

    def claim(
        self, claim: Claim, now: Duration, budget: Duration, request: bytes, judge: Judge
    ) -> list[Action]:
        """Ask every live peer; see `LanPeer.claim`."""
        own = self._book.own_claim(claim.claim_id)
        if own is not None and own.is_remembered:
            return [ClaimSettled(describe_settlement(own))] if own.is_settled else []
        asked = frozenset(self._presence.live(now))
        is_askable = len(encode_body(ClaimAsk(claim, b""))) <= BODY_SIZE_MAX - _STAMP_ROOM
        if len(self._book.own_claims()) >= OWN_OPEN_MAX or not is_askable:
            asked = frozenset()
        # Looked up before anything changes: if the store fails, there is no claim.
        known = list_known(self._book.uses(claim.key))
        claim = msgspec.structs.replace(claim, stamp=self._book.next_stamp())
        own = self._book.open_claim(claim, asked, now + budget, judge)
        actions: list[Action] = []
        if asked:
            actions.append(Save((Remember(claim),), is_urgent=True))
            actions += self._ask(own, known, now)
            actions += self._ask_ledger(own, request)
        return actions + self.settle()

    def _ask(self, own: OwnClaim, known: bytes, now: Duration) -> Sequence[Action]:
        self._asks[own.claim.claim_id] = now + self._settings.resend_after, known
        for name in own.silent:
            self._asked_at.setdefault((name, own.claim.claim_id), now)
        while len(self._asked_at) > _NOTED_MAX:
            del self._asked_at[next(iter(self._asked_at))]
        return self._own_messages.say(fit_ask(own.claim, known), sorted(own.silent))

    def _ask_ledger(self, own: OwnClaim, request: bytes) -> Sequence[Action]:
        uplinks = sorted(name for name in own.asked if self._presence.peers[name].has_uplink)
        if not request or not uplinks:
            return []
        signature = self._own_messages.sign(RELAY_CONTEXT, request)
        message = ClaimRelay(own.claim.claim_id, request, signature)
        if len(encode_body(message)) > BODY_SIZE_MAX:
            return []
        turn = sha256(own.claim.claim_id.encode())[0] % len(uplinks)
        own.relay = uplinks[turn]
        return self._own_messages.say(message, [own.relay])

    def ask_again(self, now: Duration) -> list[Action]:
        """Repeat the asks that some have not answered, as messages of their own number."""
        actions: list[Action] = []
        for claim_id, (due, known) in list(self._asks.items()):
            own = self._book.own_claim(ClaimId(claim_id))
            if own is None or own.is_settled:
                del self._asks[claim_id]
            elif own.silent and due <= now:
                actions += self._ask(own, known, now)
        return actions

    def settle(self, now: Duration | None = None) -> list[Action]:
        """Hand out what can be settled; see `ClaimBook.settle`."""
        if now is not None:
            self._give_up(now)
        return [ClaimSettled(settlement) for settlement in self._book.settle(now)]

    def _give_up(self, now: Duration) -> None:
        """Let a claim whose time is up count the asks that it has heard and got no answer beside.

        It would leave them out by their gates' own words alone, as far as these are good for it.
        Who is silent is not waited for any longer next time, until an answer has come.
        """
        for own in self._book.own_claims():
            if own.is_settled or own.deadline > now:
                continue
            for name in own.silent & self._presence.peers.keys():
                self._presence.peers[name].took = Duration(0)
            for claim in self._book.promised_unanswered(own):
                peer = self._presence.peers.get(claim.device_id)
                if peer is None or self._charge(peer, {claim.ref}, now):
                    own.counted[claim.ref] = hold_of(claim)

    def next_due(self) -> list[Duration]:
        """List the instants at which something is due."""
        deadlines = [own.deadline for own in self._book.own_claims() if not own.is_settled]
        owns = {own.claim.claim_id for own in self._book.own_claims() if own.silent}
        return deadlines + [due for name, (due, _) in self._asks.items() if name in owns]

    # -- answering

    def on_ask(self, peer: PeerState, ask: ClaimAsk, now: Duration) -> list[Action] | Ignored:
        """Promise, durably, then answer."""
        claim, sender = ask.claim, peer.device.device_id
        promised = self._book.promised(claim.ref)
        if claim.device_id != sender or promised not in {None, claim}:
            return Ignored.MALFORMED
        if self._book.is_over(claim.ref):
            return Ignored.STALE
        is_leap = claim.stamp > self._book.clock + STAMP_STEP_MAX
        if is_leap and not (peer.leaps.spend(1, now) and self._book.follow(claim.stamp)):
            return Ignored.STALE
        # Looked up before anything changes: if the store fails, nothing was promised.
        uses = self._book.uses(claim.key)
        actions: list[Action] = []
        if promised is None:
            if self._book.promises_to(sender) >= PROMISES_PER_DEVICE_MAX:
                return Ignored.FLOODING
            if self._book.is_outdone_by(claim) and not self._charge(peer, {claim.ref}, now):
                return Ignored.FLOODING
            self._book.promise(claim)
            self.prove(claim.ref, now)
            actions.append(Save((Remember(claim),), is_urgent=True))
        holds = self._book.answer(claim, split_known(ask.known), uses)
        actions += self._own_messages.say(fit_answer(claim.claim_id, holds), [sender])
        return actions

    def on_answer(
        self, peer: PeerState, answer: ClaimReply, now: Duration, *, is_same_roster: bool
    ) -> list[Action] | Ignored:
        """Take an answer, as far as the peer's unproven word is good for it."""
        sender = peer.device.device_id
        asked_at = self._asked_at.pop((sender, answer.claim_id), None)
        if asked_at is not None:
            peer.took = Duration(now - asked_at)
        own = self._book.own_claim(answer.claim_id)
        if own is None or own.is_settled or sender not in own.silent:
            return Ignored.STALE
        words = self._unproven(own.claim, answer)
        spent = [hold for hold in answer.holds if self._is_of_spent(hold, sender, words, now)]
        holds = [hold for hold in answer.holds if hold not in spent]
        if not self._charge(peer, words - {hold.ref for hold in spent}, now):
            return Ignored.FLOODING
        is_complete = answer.is_complete and is_same_roster and not spent
        self._book.take_answer(sender, answer.claim_id, holds, is_complete=is_complete)
        alarms = [PeerAlarm(hold.device_id, Ignored.FLOODING) for hold in spent]
        return [*self.settle(), *alarms]

    def _unproven(self, claim: Claim, answer: ClaimReply) -> set[Ref]:
        """List the holds of which this gate knows by nothing but the answer."""
        known = {hold.ref for hold in self._book.open_holds(claim.key)}
        known |= {use.ref for use in self._book.uses(claim.key)}
        return {
            hold.ref
            for hold in answer.holds
            if hold.ref not in known and not self._book.is_over(hold.ref)
        }

    def _is_of_spent(self, hold: Hold, sender: str, words: set[Ref], now: Duration) -> bool:
        """Tell whether a third device is said to claim whose own word is good for none now."""
        owner = self._presence.peers.get(hold.device_id)
        is_claim = hold.ref in words and hold.state is HoldState.OPEN and hold.device_id != sender
        return is_claim and owner is not None and not owner.words.has(1, now)

    def _charge(self, peer: PeerState, refs: set[Ref], now: Duration) -> bool:
        """Take a peer's word on claims that nothing proves yet; False if it is good for none."""
        name = peer.device.device_id
        fresh = {ref for ref in refs if name not in self._words.get(ref, ())}
        if not peer.words.spend(len(fresh), now):
            return False
        for ref in fresh:
            self._words.setdefault(ref, set()).add(name)
        while len(self._words) > _NOTED_MAX:
            del self._words[next(iter(self._words))]
        return True

    def prove(self, ref: Ref, now: Duration, *, is_passage: bool = False) -> None:
        """Note that a claim was heard of from its own device: others' words on it were true.

        Its own word on it is proven by its passage alone, and is owed for theirs meanwhile: a
        false gate that claims what others ask about, as if it had come first, and then gives it
        up, would turn every holder away.
        """
        owner, tellers = ref[0], self._words.pop(ref, set())
        for name in tellers if is_passage else tellers - {owner}:
            if name in self._presence.peers:
                self._presence.peers[name].words.refund()
        debtor = self._presence.peers.get(owner)
        if is_passage or debtor is None:
            return
        if owner in tellers:
            self._words[ref] = {owner}
        elif tellers:
            self._charge(debtor, {ref}, now)

    # -- the ledger through a peer

    def on_relay(
        self, peer: PeerState, relay: ClaimRelay, *, has_uplink: bool
    ) -> list[Action] | Ignored:
        """Put a peer's claim to the ledger, or say that it cannot be reached."""
        sender, claim_id = peer.device.device_id, relay.claim_id
        if not has_uplink:
            return self.relayed(sender, claim_id, b"")
        ref = (sender, claim_id)
        if self._book.promised(ref) is None or ref in self._relayed:
            return Ignored.STALE  # each open claim goes to the ledger once, so nobody can flood it
        key = peer.device.public_key
        if not is_valid(key, relay.signature, RELAY_CONTEXT, relay.request):
            return Ignored.MALFORMED
        self._relayed[ref] = None
        while len(self._relayed) > _NOTED_MAX:
            del self._relayed[next(iter(self._relayed))]
        return [PutToLedger(sender, claim_id, relay.request, relay.signature)]

    def relayed(self, device_id: DeviceId, claim_id: ClaimId, answer: bytes) -> list[Action]:
        """Pass the ledger's answer on; one that does not fit counts as none."""
        message = Relayed(claim_id, answer)
        if len(encode_body(message)) > BODY_SIZE_MAX:
            message = Relayed(claim_id, b"")
        return list(self._own_messages.say(message, [device_id]))

    def on_relayed(self, peer: PeerState, relayed: Relayed) -> list[Action] | Ignored:
        """Take the ledger's answer from the peer that was asked for it."""
        own = self._book.own_claim(relayed.claim_id)
        if own is None or own.is_settled or own.relay != peer.device.device_id:
            return Ignored.STALE
        own.relay, own.relayed_by, own.ledger = "", own.relay, relayed.answer
        return self.settle()


def fit_ask(claim: Claim, known: bytes) -> ClaimAsk:
    """Make an ask that one datagram takes; of the known uses the oldest are left out."""
    while len(encode_body(ClaimAsk(claim, known))) > BODY_SIZE_MAX:
        known = known[KNOWN_SIZE:]
    return ClaimAsk(claim, known)


def fit_answer(claim_id: ClaimId, holds: list[Hold]) -> ClaimReply:
    """Make an answer of as many holds as one datagram takes; what is left out is said."""
    kept = holds[:HOLDS_MAX]
    while True:
        answer = ClaimReply(claim_id, tuple(kept), len(kept) == len(holds))
        if len(encode_body(answer)) <= BODY_SIZE_MAX:
            return answer
        kept.pop()
