"""A lane asks the venue's other gates, counts what they hold, and tells them what it records.

Source:
    docs/specs/lan.md, section 3
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

import msgspec

from gatekeeper.gate.attempt import Attempt, Moment
from gatekeeper.gate.claiming_at_ledger import (
    begin_claim,
    is_home_elsewhere,
    is_limited,
    make_request,
    sign_found,
)
from gatekeeper.gate.deciding_by_itself import conclude, find_locally, is_peers
from gatekeeper.gate.device_as_home import GAVE, Homes
from gatekeeper.gate.imported_tickets_by_peers import imported_code
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.gate.ledger_verdicts import knows_no_evacuation, knows_no_return
from gatekeeper.gate.passage_proofs import prove_ask
from gatekeeper.gate.peers_port import HomeWord, Peers, PeersAnswer
from gatekeeper.gate.recorder import Recorder
from gatekeeper.lan.answers_of_homes_by_peers import OnHomeAsk
from gatekeeper.lan.claims_among_gates import LanRung
from gatekeeper.lan.lan_verdict import is_denied
from gatekeeper.store.claim_intents import ClaimIntent
from gatekeeper.store.store import Store
from shared.admission.facts import Direction
from shared.admission.offline_policy import MayAdmit, Rung
from shared.journal.chain import decode_entry
from shared.journal.entry import INTERRUPTED, ReleaseBody
from shared.kernel.errors import BadInput, Rejected, ServerFault, StoreFault
from shared.kernel.id_types import ClaimId, DeviceId, EventId, GateId, TicketId
from shared.kernel.packing import unpack
from shared.lan.claims import Claim, ClaimKey, Hold, Judge
from shared.lan.entries_of_peers import find_missing, read_ended
from shared.lan.ignored_messages import Ignored
from shared.lan.messages import HOME_ASK_SIZE_MAX
from shared.manifest.case_of_shown_code import Case
from shared.manifest.event_config import GateConfig
from shared.wire.claim import ClaimAnswer
from shared.wire.device_feed import HomeRequest
from shared.wire.peer_ask import PeerAsk

HOME_BUDGET_MS: Final = 300
"""How long a ticket's home is waited for on the venue's network."""
HOME_REMINDED_AFTER_MS: Final = 100
"""A ticket's home of which the ledger has brought no word by then is asked there as well."""

_ASK: Final = msgspec.msgpack.Decoder(PeerAsk)
_ANSWERS_MAX: Final = 1_024


class LanPeers(Peers):
    """The gates that the LAN rung reaches; what their lane has bound, it ends by an entry.

    Attributes:
        rung: The protocol.
    """

    are_there = True

    def __init__(
        self,
        make_rung: Callable[[OnHomeAsk], LanRung],
        store: Store,
        recorder: Recorder,
        homes: Homes,
        *,
        budget_ms: int,
        on_given: Callable[[], None],
    ) -> None:
        """Take up what the last run left open.

        Args:
            make_rung: Makes the rung, given who answers what a peer asks of this home.
            store: The device's.
            recorder: Writes entries.
            homes: Gives entries away.
            budget_ms: How long peers are waited for.
            on_given: Hears that the journal has an answer of this home's, for the ledger too.

        Raises:
            StoreFault: if what was left open could not be ended durably.
        """
        self._budget_ms = budget_ms
        self._store = store
        self._recorder = recorder
        self._homes = homes
        self._on_given = on_given
        self._at_work: set[str] = set()
        self._answered: dict[tuple[str, str], int] = {}
        boots = store.journal.boots
        self._told_seq = boots[-1].first_seq - 1 if boots else 0
        self.rung = make_rung(self._on_home_ask)
        self._end_interrupted()

    @property
    def is_live(self) -> bool:
        """Whether a live peer is there to ask."""
        return bool(self.rung.live_peers())

    @property
    def is_idle(self) -> bool:
        """Whether no scan is under way whose claim peers may count."""
        return not self._at_work

    # -- deciding

    def hold(self, attempt: Attempt, case: Case) -> None:
        """Bind the peers' claims; see `Peers.hold`."""
        key = key_of(attempt, case)
        if key is not None and case.decision.admit:
            self._at_work.add(attempt.claim_id)
            self.rung.hold(
                key, attempt.claim_id, attempt.count, at=attempt.at, gate_id=attempt.gate_id
            )

    def held(
        self,
        attempt: Attempt,
        case: Case,
        heard: PeersAnswer | None = None,
        *,
        has_ledgers_word: bool = False,
    ) -> list[Hold]:
        """List what a decision must count as used; see `Peers.held`."""
        key = key_of(attempt, case)
        if key is None:
            return []
        if heard is None:
            open_claims: Sequence[Hold] = self.rung.open_holds(key, attempt.claim_id)
        else:
            open_claims = heard.verdict.holds
        if has_ledgers_word:
            open_claims = [hold for hold in open_claims if not self.rung.has_left(hold.device_id)]
        me = self.rung.peer.identity.device_id
        if case.may_admit(Rung.LAN, me) is MayAdmit.THIS_DEVICE:
            # Others admit by this home's word alone, and what it gave is a use in the store.
            open_claims = [hold for hold in open_claims if hold.device_id == me]
        # A use that was told a moment ago may not be in the store yet.
        return [*open_claims, *self.rung.peer.book.uses(key)]

    async def ask(
        self,
        attempt: Attempt,
        case: Case,
        event: EventKnowledge,
        gate: GateConfig,
        moment: Moment,
    ) -> PeersAnswer | None:
        """Claim among the live peers; see `Peers.ask`."""
        key, live = key_of(attempt, case), self.rung.live_peers()
        device_id = self.rung.peer.identity.device_id
        moment = msgspec.structs.replace(moment, has_quorum=True)
        if (
            key is None
            or not live
            or case.decision.is_retry
            or case.may_admit(Rung.LAN, device_id) is not MayAdmit.PEERS
            or not conclude(case, event, attempt, moment, device_id).admit
        ):
            return None

        def stands_against(word: ClaimAnswer) -> bool:
            # A ledger that has not heard of the evacuation keeps nobody out who had to leave, and
            # one that has not heard of its return nobody at all.
            if not is_denied(word) or knows_no_evacuation(word, case):
                return False
            notices = self._store.uses.evacuations.list_all(event.event_id) if word.stop else ()
            return not knows_no_return(word, notices, case.zone_id)

        peers = self.rung.peer.presence.peers
        may_be_granted = any(peers[name].has_uplink for name in live)
        held = 0
        if may_be_granted and is_limited(event, case.zone_id):
            held = begin_claim(self._store, event, attempt, case)
        self._at_work.add(attempt.claim_id)  # the rung may have begun after the scan
        knowledge = self._recorder.knowledge
        request = make_request(attempt, gate.id, knowledge.state.seen, held)
        request = sign_found(knowledge, attempt, case, request)
        verdict = await self.rung.claim(
            key,
            attempt.claim_id,
            attempt.count,
            gate_id=gate.id,
            at=attempt.at,
            judge=self._judge_of(attempt, key, gate),
            request=msgspec.json.encode(request),
            stands_against=stands_against,
            budget_ms=self._budget_ms,
        )
        return PeersAnswer(verdict, may_be_granted)

    def _judge_of(self, attempt: Attempt, key: ClaimKey, gate: GateConfig) -> Judge:
        def is_admitted(held: Sequence[Hold]) -> bool:
            # Another list or plan may have come since the peers were asked.
            event = self._recorder.knowledge.event
            here = None if event is None else event.index.gates.get(gate.id)
            if event is None or here is None:
                return False
            uses = self.rung.peer.book.uses(key)
            found = find_locally(event, self._store.uses, here, attempt, [*held, *uses])
            return found.decision.admit

        return is_admitted

    async def ask_home(self, attempt: Attempt, case: Case, gate: GateConfig) -> HomeWord | None:
        """Ask the ticket's home to give one admission away; see `Peers.ask_home`."""
        home, key = case.home_device_id, key_of(attempt, case)
        encoded = self._question_to_home(attempt, case, gate.id)
        if home is None or key is None or encoded is None:
            return None
        event_id = self._recorder.knowledge.event_id or ""
        with self._store.transaction("claim_intent"):
            # After a crash it is released, so that the home has its entry back.
            self._store.intents.add(
                ClaimIntent(attempt.claim_id, EventId(event_id), TicketId(key.ticket_id))
            )
        budget_ms = max(self._budget_ms, HOME_BUDGET_MS)
        claiming = asyncio.create_task(
            self.rung.claim(
                key,
                attempt.claim_id,
                attempt.count,
                gate_id=gate.id,
                at=attempt.at,
                judge=self._judge_of(attempt, key, gate),
                budget_ms=budget_ms,
            )
        )
        try:
            give = await self.rung.ask_home(DeviceId(home), attempt.claim_id, encoded, budget_ms)
            if give is None:
                return None
            if give.reason not in GAVE:  # at once: whoever it was given to waits for this end
                return HomeWord(give)
            return HomeWord(give, PeersAnswer(await claiming, may_be_granted=False))
        finally:
            claiming.cancel()
            await asyncio.gather(claiming, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def reminding_home(self, attempt: Attempt, case: Case) -> AsyncIterator[None]:
        """Ask the ticket's home beside the ledger, when that takes long."""
        if not self.may_ask_home(attempt, case):
            yield
            return
        reminding = asyncio.create_task(self._remind_home(attempt, case))
        try:
            yield
        finally:
            reminding.cancel()
            await asyncio.gather(reminding, return_exceptions=True)

    async def _remind_home(self, attempt: Attempt, case: Case) -> None:
        await asyncio.sleep(HOME_REMINDED_AFTER_MS / 1000)
        home, encoded = case.home_device_id, self._question_to_home(attempt, case, attempt.gate_id)
        if home is not None and encoded is not None:
            await self.rung.ask_home(DeviceId(home), attempt.claim_id, encoded, HOME_BUDGET_MS)

    def _question_to_home(self, attempt: Attempt, case: Case, gate_id: GateId) -> bytes | None:
        """Return what a ticket's home is asked; None where it is not asked."""
        home, key = case.home_device_id, key_of(attempt, case)
        if home is None or key is None or not self.may_ask_home(attempt, case):
            return None
        claims = case.presented.claims
        ask = HomeRequest(
            home_device_id=home,
            claim_id=attempt.claim_id,
            ticket_id=TicketId(key.ticket_id),
            key_id=None if claims is None else claims.key_id,
            generation=None if claims is None else claims.generation,
            gate_id=gate_id,
            device_id=self.rung.peer.identity.device_id,
            count=attempt.count,
            pending_acknowledged=attempt.pending_acknowledged,
            ticket_type_code=0 if claims is None else claims.ticket_type_code,
            valid_from=None if claims is None else claims.valid_from,
            valid_until=None if claims is None else claims.valid_until,
        )
        knowledge, presented = self._recorder.knowledge, case.presented
        is_imported = presented.key is None and presented.ticket_id == case.ticket_id
        asked = PeerAsk(
            ask,
            prove_ask(knowledge, attempt, case, ask, self.rung.peer.identity.key),
            imported_code(presented) if is_imported else "",
        )
        encoded = msgspec.msgpack.encode(asked)
        # An imported code that no message holds is read at the home's gate.
        return None if len(encoded) > HOME_ASK_SIZE_MAX else encoded

    def may_ask_home(self, attempt: Attempt, case: Case) -> bool:
        """Whether a ticket's home is a live peer whose word would let the holder in."""
        return (
            attempt.direction is Direction.IN
            and case.decision.admit
            and not case.decision.is_retry
            and is_home_elsewhere(case, self.rung.peer.identity.device_id)
            and case.home_device_id in self.rung.live_peers()
        )

    def _on_home_ask(self, device_id: DeviceId, encoded: bytes) -> None:
        """Answer a peer that asks for an admission of this home's ticket, or say nothing."""
        try:
            asked = unpack(encoded, _ASK, "a question to a home")
            me, ask = self.rung.peer.identity.device_id, asked.request
            if (ask.device_id, ask.home_device_id) == (device_id, me):
                self._answer(asked)
        except (BadInput, StoreFault):
            return

    def _answer(self, asked: PeerAsk) -> None:
        """Give the admission away or keep it, by an entry that peers hear; once for a question."""
        ask = asked.request
        journal, question = self._store.journal, (ask.device_id, ask.claim_id)
        seq = self._answered.get(question)
        if seq is not None:
            self.rung.announce([signed for _, signed in journal.read(seq, seq)])
        elif self._homes.give_peer(asked, self.rung.peer.presence.peers[ask.device_id].device):
            self._answered[question] = journal.last_seq
            while len(self._answered) > _ANSWERS_MAX:
                del self._answered[next(iter(self._answered))]
            self.announce()
            self._on_given()
            if ask.device_id in self._homes.too_fast:
                self.rung.note_alarm(ask.device_id, Ignored.TOO_FAST)

    def drop(self, claim_id: ClaimId) -> None:
        """Give a claim up whose scan ended without an entry; see `Peers.drop`."""
        self.rung.drop_hold(claim_id)
        self._at_work.discard(claim_id)

    async def bring(self, case: Case) -> frozenset[str]:
        """Bring to the ledger what peers alone tell of a ticket; see `Peers.bring`."""
        said = {}
        for use in case.uses:
            if is_peers(use):
                device_id, claim_id = use.claim_id.split("/", 1)
                told = self._store.peers.entries_naming(DeviceId(device_id), ClaimId(claim_id))
                said[use.claim_id] = told
        marks = [mark for found in said.values() for mark in found]
        try:
            held = await self.rung.relay.bring(marks)
        except (ServerFault, Rejected):
            return frozenset()
        return frozenset(
            name for name, found in said.items() if found and not find_missing(found, held)
        )

    # -- telling

    def announce(self) -> None:
        """Tell the peers of every new entry; see `Peers.announce`."""
        last = self._store.journal.last_seq
        if last <= self._told_seq:
            return
        news = [signed for _, signed in self._store.journal.read(self._told_seq + 1, last)]
        self.rung.announce(news)
        self._told_seq = last
        self._at_work &= {claim.claim_id for claim in self.rung.open_claims()}

    def tidy(self) -> None:
        """Release claims whose scans could not be put on record; see `Peers.tidy`."""
        for claim in self.rung.open_claims():
            if claim.claim_id not in self._at_work:
                self._release(claim)
        self.announce()

    def _end_interrupted(self) -> None:
        """End every claim of an earlier boot, by the entry that there is, or a new release."""
        self.announce()
        for claim in self.rung.open_claims():
            use = self._store.uses.find(claim.claim_id)
            if use is not None and use.is_local and use.seq is not None:
                entries = [signed for _, signed in self._store.journal.read(use.seq, use.seq)]
                if any(_ends(signed.entry, claim) for signed in entries):
                    self.rung.announce(entries)
                    continue
            self._release(claim)
        self.announce()

    def _release(self, claim: Claim) -> None:
        use = self._store.uses.find(claim.claim_id)
        if use is not None and use.is_local:
            return  # somebody passed, and the entry cannot be read: it stays held
        self._recorder.write(
            ReleaseBody(claim.claim_id, TicketId(claim.key.ticket_id), INTERRUPTED)
        )


def key_of(attempt: Attempt, case: Case) -> ClaimKey | None:
    """Return the right that an attempt asks for; None where it asks for no way in."""
    if case.ticket_id is None or attempt.direction is not Direction.IN:
        return None
    return ClaimKey(case.ticket_id, case.zone_id, case.occurrence_id)


def _ends(encoded: bytes, claim: Claim) -> bool:
    ended = read_ended(decode_entry(encoded))
    return ended is not None and ended.hold.ref == claim.ref
