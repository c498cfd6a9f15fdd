"""Who was let in by a list on paper, put on record afterwards by a named supervisor.

It happened, so it is recorded whatever the rules say now; where they would refuse it, the person
has to be sure. Its instant is what the person says, with the bound that follows from it: neither
the device's clock nor its journal proves when it was (docs/decisions/0075).
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.gate.attempt import Attempt
from gatekeeper.gate.deciding_by_itself import find_locally
from gatekeeper.gate.doors_notice import is_before_doors
from gatekeeper.gate.gate_and_direction import check_count
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.gate.passage_proofs import prove_seen
from gatekeeper.gate.recorder import Recorder
from gatekeeper.gate.requests import KeyIn
from gatekeeper.gate.scan_to_answer import Lane
from gatekeeper.store.store import Store
from shared.admission.facts import Direction
from shared.admission.offline_policy import Rung
from shared.admission.reasons import Reason
from shared.journal.chain import hash_code
from shared.journal.claim_ids import draw_claim_id
from shared.journal.entry import ScanBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import DeviceId, TicketId
from shared.kernel.instant import DAY, Duration, Instant
from shared.kernel.ports import Entropy
from shared.kernel.trouble import TroubleKind
from shared.manifest.badge_signatures import BadgeScope, paper_word
from shared.manifest.case_of_shown_code import Case
from shared.manifest.event_config import GateConfig

PAPER_SPAN_MAX: Final[Duration] = DAY
"""A passage by a list on paper is not keyed in as having been between moments further apart."""

WHY = "paper"


class PaperDoubt(BadInput):
    """The rules speak against a line; the person who keys it in has to be sure.

    Attributes:
        reason: What they say.
    """

    def __init__(self, reason: Reason) -> None:
        message = f"it would not be let in: {reason}; enter it only if you are sure"
        super().__init__(message, kind=TroubleKind.PAPER_DOUBTFUL)
        self.reason = reason


class OnPaper(msgspec.Struct, frozen=True):
    """What a code on a list means.

    Attributes:
        ticket_id: Its ticket.
        ticket_type: The type's name, or None.
        persons: How many it is for.
        objection: Why nobody would be let in on it at that time, also because the doors were
            not open; None if they would.
    """

    ticket_id: TicketId
    ticket_type: str | None
    persons: int
    objection: Reason | None


class KeyingIn:
    """Keys in at one lane.

    Args:
        lane: Where.
        store: The device's.
        recorder: Stamps entries; knows the event.
        entropy: For claim ids.
    """

    def __init__(self, lane: Lane, store: Store, recorder: Recorder, entropy: Entropy) -> None:
        self._lane, self._store, self._recorder = lane, store, recorder
        self._knowledge, self._entropy = recorder.knowledge, entropy

    def look(self, request: KeyIn) -> OnPaper:
        """Say what a code means, and what speaks against it; records nothing.

        Raises:
            BadInput: if it names no ticket, the times cannot be, or too many codes were wrong.
        """
        event, gate, case, _ = self._find(request)
        kind, row = case.kind, case.row
        persons = 1 if kind is None else kind.persons
        assert case.ticket_id is not None
        return OnPaper(
            ticket_id=case.ticket_id,
            ticket_type=None if kind is None else kind.name,
            persons=persons if row is None else row.facts.persons,
            objection=_objection(event, gate, case, request),
        )

    def record(self, request: KeyIn) -> int:
        """Put it on record; return the entry's `seq`.

        Raises:
            BadInput: as `look`; or if the rules are against it and the person is not sure.
            StoreFault: if it could not be made durable.
        """
        event, gate, case, attempt = self._find(request)
        objection = _objection(event, gate, case, request)
        if objection is not None and not request.is_sure:
            raise PaperDoubt(objection)
        body = self._body(event, gate, case, attempt, request)
        stamp, store = self._recorder.stamp(), self._store
        with self._recorder.transaction("paper", stamp):
            seq = store.journal.append(body, stamp, event_id=event.event_id)
            store.uses.add_local(
                body,
                attempt.at,
                event_id=event.event_id,
                device_id=store.journal.device_id,
                seq=seq,
            )
            store.counts.add(event.event_id, gate.id, admitted=body.count)
        return seq

    def _find(self, request: KeyIn) -> tuple[EventKnowledge, GateConfig, Case, Attempt]:
        event, gate = self._knowledge.event, self._lane.gate()
        if event is None or gate is None:
            raise BadInput("this device has no event and gate yet", kind=TroubleKind.PAPER_UNKNOWN)
        check_count(request.count)
        now = self._recorder.clock.now()
        if not 0 <= request.first <= request.last <= now or request.last - request.first > (
            PAPER_SPAN_MAX
        ):
            message = "the times must be in order, in the past and within one day"
            raise BadInput(message, kind=TroubleKind.PAPER_TIMES)
        attempt = Attempt(
            presented=self._lane.tags.take(request.code, event),
            claim_id=draw_claim_id(self._store.journal.device_id, self._entropy),
            gate_id=gate.id,
            direction=Direction.IN,
            count=request.count,
            at=Instant(request.first + (request.last - request.first) // 2),
            started=Duration(0),
            manual=isinstance(request.code, str),
            person=request.person,
            why=WHY,
        )
        case = find_locally(event, self._store.uses, gate, attempt, is_past=True)
        self._lane.guard_guess(case, event)
        if case.ticket_id is None:
            raise BadInput("no ticket of this event has that code", kind=TroubleKind.PAPER_UNKNOWN)
        return event, gate, case, attempt

    def _body(
        self,
        event: EventKnowledge,
        gate: GateConfig,
        case: Case,
        attempt: Attempt,
        request: KeyIn,
    ) -> ScanBody:
        assert case.ticket_id is not None
        device_id = DeviceId(event.device_id)
        body = ScanBody(
            claim_id=attempt.claim_id,
            gate_id=gate.id,
            zone_id=case.zone_id,
            occurrence_id=case.occurrence_id,
            direction=attempt.direction.value,
            count=attempt.count,
            ticket_id=case.ticket_id,
            generation=None,
            key_id=None,
            code_hash=hash_code(attempt.presented.hashed, event.event_id),
            verdict="admit",
            reason=Reason.OK.value,
            mode=Rung.OFFLINE.value,
            policy=case.policy.value,
            person=request.person,
            why=WHY,
            seen=prove_seen(self._knowledge, attempt, case, case.ticket_id),
            happened_from=request.first,
            happened_until=request.last,
        )
        speaker = BadgeScope(
            event.config.organization_id, event.event_id, device_id, request.person
        )
        word = paper_word(
            speaker,
            claim_id=body.claim_id,
            ticket_id=case.ticket_id,
            zone_id=body.zone_id,
            direction=body.direction,
            count=body.count,
            span=(body.happened_from, body.happened_until),
        )
        return msgspec.structs.replace(body, signature=self._knowledge.badge.sign(word))


def _objection(
    event: EventKnowledge, gate: GateConfig, case: Case, request: KeyIn
) -> Reason | None:
    """Say why nobody would be let in on a line, or was at such a time; None if they would."""
    if not case.decision.admit:
        return case.decision.reason
    is_early = is_before_doors(event.index, gate, request.last)
    return Reason.NOT_YET_VALID if is_early else None
