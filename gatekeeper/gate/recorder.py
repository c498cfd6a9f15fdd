"""Writes a scan's outcome to disk: journal entry, use and counts in one commit, before any answer.

Source:
    docs/decisions/0005-journal-durable-before-green.md
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from gatekeeper.gate.attempt import Attempt, Moment, stop_of
from gatekeeper.gate.claiming_at_ledger import persons_away
from gatekeeper.gate.clock import GateClock
from gatekeeper.gate.knowledge import Knowledge
from gatekeeper.gate.passage_proofs import act_of, prove_seen, sign_passage
from gatekeeper.store.journal import Stamp
from gatekeeper.store.store import Store
from gatekeeper.turnstile.granted_passages import GRANTED
from shared.admission.decide import Decision
from shared.admission.facts import Direction
from shared.admission.reasons import Reason, Verdict
from shared.evacuations.implied_exits import persons_inside
from shared.evacuations.standing_words import emptied_by, known_of
from shared.journal.bounds import NUMBER_MAX
from shared.journal.chain import hash_code
from shared.journal.entry import CLOCK_JUMP, Body, NoteBody, ReleaseBody, ScanBody
from shared.kernel.id_types import EventId, GateId, TicketId
from shared.kernel.instant import MILLISECOND, Duration, Instant
from shared.manifest.case_of_shown_code import Case
from shared.manifest.door_questions import (
    ANSWERS_SAID_MAX,
    DoorAnswer,
    answers_of,
    said_of,
    valid_answers,
)
from shared.wire.feed import EvacuationNotice

NOT_ADMITTED = "not_admitted"
_ANSWERED: Final = frozenset({Reason.OK, Reason.OVERRIDE})
"""What a first entry is admitted for."""


class Recorder:
    """Writes what a lane has decided into the device's journal and store, and stamps it."""

    def __init__(self, store: Store, knowledge: Knowledge, clock: GateClock) -> None:
        """Write with the journal's key, stamped by the gate's clock."""
        self._store = store
        self._knowledge = knowledge
        self._clock = clock

    @property
    def knowledge(self) -> Knowledge:
        """What the device knows."""
        return self._knowledge

    @property
    def clock(self) -> GateClock:
        """The gate's clock."""
        return self._clock

    def stamp(self, wall: Instant | None = None) -> Stamp:
        """Return when an entry is made, by which clock, and how much of the feed was known.

        Args:
            wall: A caller's time, which is server time by declaration; None for the clock's.
        """
        state = self._knowledge.state
        clock = self._clock
        return Stamp(
            wall=clock.wall() if wall is None else wall,
            monotonic=clock.elapsed(),
            offset=clock.offset() if wall is None else Duration(0),
            offset_error=clock.offset_error() if wall is None else Duration(0),
            epoch=state.epoch,
            cursor=state.cursor,
        )

    @contextmanager
    def transaction(self, step: str, stamp: Stamp) -> Iterator[None]:
        """Give a durable block of the store's; a jump of the wall clock is on record before it.

        A jump that the disk refused to keep goes with the next block.

        Args:
            step: As for the store's.
            stamp: For the note.
        """
        jump = self._clock.find_jump()
        with self._store.transaction(step):
            if jump is not None:
                text = f"the machine's clock jumped by {jump // MILLISECOND} ms"
                self._store.journal.append(NoteBody(CLOCK_JUMP, text), stamp)
            yield
        if jump is not None:
            self._clock.settle_jump(jump)

    def record(
        self,
        attempt: Attempt,
        case: Case,
        decision: Decision,
        moment: Moment,
        gate_id: GateId,
    ) -> int:
        """Make a scan's outcome durable.

        Args:
            attempt: What was asked.
            case: What this device found of it.
            decision: The final one.
            moment: On what it rests.
            gate_id: Where.

        Returns:
            The entry's `seq`.

        Raises:
            StoreFault: if it could not be; then nobody may pass.
        """
        store, verdict, ticket_id = self._store, decision.reason.verdict, case.ticket_id
        event_id = self._knowledge.event_id or ""
        is_admitted = verdict is Verdict.ADMIT
        known = store.uses.evacuations.list_all(EventId(event_id)) if is_admitted else ()
        body = self._body(attempt, case, decision, moment, gate_id, known)
        stamp = self.stamp(attempt.at if attempt.time_given else None)
        with self.transaction("scan", stamp):
            seq = store.journal.append(body, stamp, event_id=EventId(event_id))
            if moment.releases:
                release = ReleaseBody(attempt.claim_id, ticket_id or TicketId(0), NOT_ADMITTED)
                store.journal.append(release, stamp, event_id=EventId(event_id))
            store.intents.remove(attempt.claim_id)
            store.shares.settle(body.claim_id, EventId(event_id), body.zone_id, body.allotted)
            self._note_generation(case)
            if verdict is Verdict.DENY:
                store.counts.add(EventId(event_id), gate_id, denied=1)
            elif is_admitted and ticket_id is not None:
                at = attempt.at
                if not attempt.time_given:
                    at = store.uses.place_in_time(
                        ticket_id, body.zone_id, at, emptied_by(known, body.zone_id)
                    )
                store.uses.add_local(
                    body,
                    at,
                    event_id=EventId(event_id),
                    device_id=store.journal.device_id,
                    seq=seq,
                    confirmed=moment.word is not None,
                )
                if attempt.direction is Direction.IN:
                    store.counts.add(EventId(event_id), gate_id, admitted=attempt.count)
                if attempt.opens_arm:
                    store.awaited_arm.expect(attempt.claim_id)
            store.taps.save()
        store.taps.settle()
        return seq

    def _note_generation(self, case: Case) -> None:
        """Remember a credential that is newer than this device's list."""
        claims, key, row = case.presented.claims, case.presented.key, case.row
        # A key is named only where the signature is good; one that was stolen proves nothing, and
        # a till issues nothing anew.
        if claims is None or key is None or key.is_rehearsal or not key.vouches_for(claims):
            return
        listed = None if row is None else row.facts.generation
        self._store.uses.generations.note(claims.ticket_id, claims.generation, listed)

    def write(self, body: Body) -> int:
        """Make an entry durable that changes nothing else, but for whom an arm opens now.

        Raises:
            StoreFault: if it could not be.
        """
        event_id = self._knowledge.event_id or ""
        with self._store.transaction("entry"):
            if isinstance(body, NoteBody) and body.topic == GRANTED:
                self._store.awaited_arm.settle()
            return self._store.journal.append(body, self.stamp(), event_id=EventId(event_id))

    def _body(
        self,
        attempt: Attempt,
        case: Case,
        decision: Decision,
        moment: Moment,
        gate_id: GateId,
        evacuations: Sequence[EvacuationNotice],
    ) -> ScanBody:
        claims, reason, ticket_id = case.presented.claims, decision.reason, case.ticket_id
        event_id = self._knowledge.event_id or ""
        seen = signature = b""
        evacuation = None
        if reason.verdict is Verdict.ADMIT:
            seen = prove_seen(self._knowledge, attempt, case, ticket_id)
            signature = sign_passage(
                self._knowledge,
                attempt,
                act=act_of(reason),
                ticket_id=ticket_id,
                zone_id=case.zone_id,
            )
            evacuation = known_of(evacuations, case.zone_id)
        is_entry = attempt.direction is Direction.IN
        stop = stop_of(case, decision, moment) if is_entry else ""
        return ScanBody(
            claim_id=attempt.claim_id,
            gate_id=gate_id,
            zone_id=case.zone_id,
            occurrence_id=case.occurrence_id,
            direction=attempt.direction.value,
            count=attempt.count,
            ticket_id=ticket_id,
            generation=None if claims is None else claims.generation,
            key_id=None if claims is None else claims.key_id,
            code_hash=hash_code(attempt.presented.hashed, EventId(event_id)),
            verdict=reason.verdict.value,
            reason=reason.value,
            mode=moment.rung.value,
            policy=case.policy.value,
            remaining=decision.remaining,
            person=attempt.person,
            time_given=attempt.time_given,
            why=stop or attempt.why,
            allotted=self._allotted(attempt, case, decision, moment),
            seen=seen,
            signature=signature,
            answers=answers_recorded(attempt, case, decision, moment),
            evacuation=evacuation,
        )

    def _allotted(self, attempt: Attempt, case: Case, decision: Decision, moment: Moment) -> int:
        """Say what a passage costs this device's own share of the zone's capacity.

        Where the ledger gave its word, what that says. An exit is credited only where the ledger
        was not asked: it may have counted that already; and only as far as entries of the ticket
        were charged here: another gate may see the holder leave as well, and credit its own.
        While the zone is evacuated nobody's place becomes free.
        """
        event = self._knowledge.event
        zone = None if event is None else event.index.zones.get(case.zone_id)
        is_limited = zone is not None and zone.capacity is not None
        is_passage = decision.reason.verdict is Verdict.ADMIT and case.ticket_id is not None
        if not is_limited or not is_passage:
            return 0
        if moment.allotted is not None:
            return moment.allotted
        event_id = self._knowledge.event_id or ""
        if attempt.direction is Direction.IN:
            return max(0, attempt.count - persons_away(self._store, EventId(event_id), case))
        if case.is_stopped or self._store.intents.has(attempt.claim_id):
            return 0
        zone_id, ticket_id = case.zone_id, case.ticket_id or 0
        inside = persons_inside(case.uses, zone_id, Instant(NUMBER_MAX))
        owed = self._store.shares.owed(EventId(event_id), zone_id, TicketId(ticket_id))
        return -min(attempt.count, inside, owed)


def answers_recorded(
    attempt: Attempt, case: Case, decision: Decision, moment: Moment
) -> tuple[DoorAnswer, ...]:
    """Return what the entry of a passage tells of the holder's answers: one for each question.

    What the ledger has asked besides, by a newer plan than this device's, is told as it was said.
    Who comes back was not asked, as far as anybody knew.
    """
    if decision.reason not in _ANSWERED or not case.is_first_entry:
        return ()
    questions = case.questions
    counted = valid_answers(questions, attempt.answers)
    if moment.word is None:
        return counted
    known = {one.id for one in questions}
    others = said_of(one for one in attempt.answers if one.question not in known)
    return (*counted, *answers_of(others))[:ANSWERS_SAID_MAX]
