"""This device as the home of tickets: what it gives away, and what it gives up.

What is given away is used, and on disk, before anybody hears of it; the same question again is
the same one entry. What is asked for is decided as the gate itself would decide it.

Source:
    docs/specs/sync.md, section 6; docs/specs/admission.md, section 6
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from gatekeeper.gate.attempt import Attempt
from gatekeeper.gate.deciding_by_itself import find_locally
from gatekeeper.gate.home_ask_proofs import is_proven, present_asked
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.gate.recorder import Recorder
from gatekeeper.store.store import Store
from gatekeeper.store.use_table import KnownUse
from shared.admission.facts import ASKING_MAX, Direction
from shared.admission.offline_policy import OfflinePolicy
from shared.admission.reasons import Reason, Verdict
from shared.credential.credential_fields import Claims
from shared.evacuations.standing_words import emptied_by
from shared.journal.claim_ids import may_use
from shared.journal.entry import AskProof, GiveBody, ReturnBody, SurrenderBody
from shared.kernel.id_types import DeviceId, EventId, TicketId
from shared.kernel.instant import Duration, Instant
from shared.lan.roster import RosterDevice
from shared.manifest.case_of_shown_code import Case
from shared.manifest.presenting import Presented, present_found
from shared.manifest.seen_codes import SeenForm, form_of
from shared.wire.device_feed import HomeRequest, Recall, ShareChange, Word
from shared.wire.peer_ask import PeerAsk

_NEVER: Final = Duration(0)
GAVE: Final = frozenset({Reason.OK.value, Reason.REENTRY.value})
"""With these a home gives; with any other it keeps."""


class Homes:
    """This device as a home: it answers what the feed, or a peer, asks of its tickets.

    Attributes:
        too_fast: Peers that were refused since they asked for more by manual codes than a lane
            lets in.
    """

    def __init__(self, store: Store, recorder: Recorder) -> None:
        """Answer from `store`'s knowledge; nothing is written yet."""
        self._store = store
        self._recorder = recorder
        self._knowledge, self._clock = recorder.knowledge, recorder.clock
        self._typed: dict[DeviceId, Duration] = {}
        self.too_fast: set[DeviceId] = set()

    @property
    def device_id(self) -> str:
        """This device."""
        return self._store.journal.device_id

    def answer(self, words: Sequence[Word]) -> None:
        """Answer what the ledger asks of this device, durably, and nothing that it asks of others.

        Raises:
            StoreFault: if an answer could not be made durable: it was not given then.
        """
        for word in words:
            match word:
                case HomeRequest(home_device_id=self.device_id):
                    self.give(word)
                case Recall(device_id=self.device_id):
                    self._surrender(word)
                case ShareChange(device_id=self.device_id):
                    self._trim(word)
                case _:
                    continue

    def give(self, ask: HomeRequest) -> GiveBody | None:
        """Let a gate for which the ledger asks admit a holder once, if this is the ticket's home.

        The same question again gives nothing more.

        Returns:
            What was decided; None if the question was answered before, or means nothing here.

        Raises:
            StoreFault: if it could not be made durable: nothing was given.
        """
        event = self._event_of(ask)
        if event is None:
            return None
        shown = _presented(event, ask)
        return self._answer(event, ask, shown, AskProof(asked=ask.code), lambda _given: True)

    def give_peer(self, asked: PeerAsk, peer: RosterDevice) -> GiveBody | None:
        """Let a peer admit a holder once whose code it has read; as `give`.

        What it does not prove is kept, and at another zone than its own everything: its word alone
        would spend tickets that it never saw, or that never came to it. Manual codes, which its
        list holds, prove that at a lane's pace.

        Raises:
            StoreFault: if it could not be made durable, or looked up: nothing was given.
        """
        ask = asked.request
        event = self._event_of(ask)
        if event is None:
            return None

        def is_believed(given: GiveBody) -> bool:
            is_its_zone = peer.may_pass_into(given.zone_id)
            if not (is_its_zone and is_proven(event, asked, given, peer.public_key)):
                return False
            return form_of(asked.proof.seen) is not SeenForm.MANUAL or self._count_typed(peer)

        return self._answer(event, ask, present_asked(event, asked), asked.proof, is_believed)

    def _count_typed(self, peer: RosterDevice) -> bool:
        """Count an admission by a manual code; False where there were too many."""
        mark, now = self._typed.get(peer.device_id, _NEVER), self._clock.elapsed()
        if peer.pace.left(mark, now) == 0:
            self.too_fast.add(peer.device_id)
            return False
        self._typed[peer.device_id] = peer.pace.passed(mark, now)
        return True

    def count_given(self, peer: RosterDevice, at: Instant) -> None:
        """Count what another home has given a peer by a manual code, at an instant."""
        age = max(_NEVER, Duration(self._clock.now() - at))
        since = Duration(self._clock.elapsed() - age)
        mark = self._typed.get(peer.device_id, since)
        self._typed[peer.device_id] = peer.pace.passed(mark, since)

    def _event_of(self, ask: HomeRequest) -> EventKnowledge | None:
        """Return the event's knowledge; None where there is nothing to answer."""
        event = self._knowledge.event
        if event is None or ask.gate_id not in event.index.gates:
            return None
        is_answered = self._store.uses.find(ask.claim_id) is not None
        return event if not is_answered and may_use(ask.device_id, ask.claim_id) else None

    def _answer(
        self,
        event: EventKnowledge,
        ask: HomeRequest,
        presented: Presented,
        proof: AskProof,
        is_believed: Callable[[GiveBody], bool],
    ) -> GiveBody:
        case = self._find(event, ask, presented)
        reason = self._reason(case, ask)
        body = GiveBody(
            claim_id=ask.claim_id,
            ticket_id=ask.ticket_id,
            zone_id=case.zone_id,
            occurrence_id=case.occurrence_id,
            count=ask.count,
            device_id=ask.device_id,
            gate_id=ask.gate_id,
            reason=case.stop if reason is Reason.RULES_DENIED and case.stop else reason.value,
            proof=proof,
            remaining=None if case.decision.admit else case.decision.remaining,
        )
        if reason.verdict is Verdict.ADMIT and not is_believed(body):
            reason = Reason.OFFLINE_POLICY
            body = msgspec.structs.replace(body, reason=reason.value)
        uses = self._store.uses
        with self._store.transaction("give"):
            self._store.journal.append(body, self._recorder.stamp(), event_id=event.event_id)
            if reason.verdict is Verdict.ADMIT:
                emptied = emptied_by(uses.evacuations.list_all(event.event_id), body.zone_id)
                at = uses.place_in_time(body.ticket_id, body.zone_id, self._clock.now(), emptied)
                uses.add_given(_use(body, event.event_id, at))
        return body

    def _find(self, event: EventKnowledge, ask: HomeRequest, presented: Presented) -> Case:
        now = self._clock.now()
        attempt = Attempt(
            presented=presented,
            claim_id=ask.claim_id,
            gate_id=ask.gate_id,
            direction=Direction.IN,
            count=ask.count,
            at=now,
            asked_at=Instant(now - ASKING_MAX),  # whoever asks has seen that they came in time
            started=self._clock.monotonic(),
            pending_acknowledged=ask.pending_acknowledged,
        )
        return find_locally(event, self._store.uses, event.index.gates[ask.gate_id], attempt)

    def _reason(self, case: Case, ask: HomeRequest) -> Reason:
        is_home = case.home_device_id == self.device_id
        if case.policy is not OfflinePolicy.HOME or not is_home:
            return Reason.OFFLINE_POLICY
        if case.ticket_id != ask.ticket_id:
            return Reason.UNKNOWN_TICKET
        if any(intent.ticket_id == ask.ticket_id for intent in self._store.intents.list_open()):
            return Reason.ALREADY_USED  # this gate's own holder is just being let in
        reason = case.decision.reason
        return reason if reason.verdict is not Verdict.REFER else Reason.OFFLINE_POLICY

    def _surrender(self, recall: Recall) -> None:
        """Stop being the home of the tickets that the ledger recalls, once for each recall."""
        event_id = self._knowledge.event_id or ""
        homes = self._store.homes
        wanted: Sequence[TicketId | None] = recall.ticket_ids or (None,)
        if all(homes.given_up(EventId(event_id), one) >= recall.number for one in wanted):
            return
        body = SurrenderBody(recall.move_id, recall.number, recall.ticket_ids)
        with self._store.transaction("surrender"):
            self._store.journal.append(body, self._recorder.stamp(), event_id=EventId(event_id))
            homes.give_up(EventId(event_id), recall.number, recall.ticket_ids)

    def _trim(self, share: ShareChange) -> None:
        """Give back what this device need not keep of a share."""
        if share.keep is None:
            return
        event_id = self._knowledge.event_id or ""
        shares = self._store.shares
        spare = shares.get(EventId(event_id), share.zone_id).left - share.keep
        if spare <= 0:
            return
        with self._store.transaction("return"):
            total = shares.give_back(EventId(event_id), share.zone_id, spare)
            body = ReturnBody(share.zone_id, total)
            self._store.journal.append(body, self._recorder.stamp(), event_id=EventId(event_id))


def _presented(event: EventKnowledge, ask: HomeRequest) -> Presented:
    """Return what the asking gate has read; the ledger, which asks for it, has verified that."""
    if ask.key_id is None or ask.generation is None:
        return present_found(ask.ticket_id)
    key = event.keyring.speaker_for(ask.key_id, ask.ticket_id, event.event_id)
    if key is None:
        return Presented(flaw=Reason.UNKNOWN_KEY)
    row = event.find(ask.ticket_id)
    code = ask.ticket_type_code if row is None else row.facts.ticket_type_code
    claims = Claims(
        key_id=ask.key_id,
        ticket_id=ask.ticket_id,
        ticket_type_code=code,
        valid_from=ask.valid_from,
        valid_until=ask.valid_until,
        generation=ask.generation,
    )
    return Presented(claims=claims, key=key, ticket_id=ask.ticket_id)


def _use(body: GiveBody, event_id: EventId, at: int) -> KnownUse:
    return KnownUse(
        claim_id=body.claim_id,
        event_id=event_id,
        ticket_id=body.ticket_id,
        zone_id=body.zone_id,
        direction=Direction.IN.value,
        at=Instant(at),
        count=body.count,
        gate_id=body.gate_id,
        device_id=body.device_id,
    )
