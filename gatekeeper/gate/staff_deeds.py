"""Staff and supervisors do something besides scanning: each deed is an entry of the journal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from gatekeeper.gate.answer import GroupOutlook, ScanAnswer
from gatekeeper.gate.answer_building import build_answer, with_remarks
from gatekeeper.gate.attempt import Attempt, Moment
from gatekeeper.gate.deciding_by_itself import find_locally
from gatekeeper.gate.evacuating import ZoneEvacuation
from gatekeeper.gate.gate_and_direction import check_way
from gatekeeper.gate.keying_in_paper_list import KeyingIn, OnPaper
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.gate.most_who_may_pass import group_outlook
from gatekeeper.gate.recorder import Recorder
from gatekeeper.gate.requests import (
    Decline,
    Deed,
    Evacuate,
    KeyIn,
    Override,
    Scan,
    Settle,
    Turn,
    Undo,
)
from gatekeeper.gate.scan_to_answer import Lane
from gatekeeper.gate.undoing import decline, undo
from gatekeeper.store.store import Store
from shared.admission.facts import Direction
from shared.journal.claim_ids import draw_claim_id
from shared.journal.entry import DispositionBody, NoteBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import ClaimId, DeviceId, EventId, GateId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Duration
from shared.kernel.trouble import TroubleKind
from shared.manifest.badge_signatures import BadgeScope, ruling_word
from shared.manifest.event_config import GateConfig, SupervisorConfig
from shared.wire.feed import ConflictNotice

_NO_CLAIM: Final = ClaimId("")


class Supervision:
    """Does what staff and supervisors decide at one lane.

    Args:
        lane: Where.
        store: The device's.
        recorder: Writes entries; knows the event.
        evacuations: Empties the zone.
        after_entry: Called after each entry, so that it is uploaded soon.
    """

    def __init__(
        self,
        lane: Lane,
        store: Store,
        recorder: Recorder,
        evacuations: ZoneEvacuation,
        after_entry: Callable[[], None],
    ) -> None:
        self._lane, self._store, self._knowledge = lane, store, recorder.knowledge
        self._recorder, self._evacuations = recorder, evacuations
        self._after_entry = after_entry
        self._keying = KeyingIn(lane, store, recorder, lane.entropy)

    # -- one scan ----------------------------------------------------------------------------

    def is_same_passage(self, request: Scan, answer: ScanAnswer) -> bool:
        """Tell whether what is read now stands for the ticket and way of an answer; reads only."""
        event, gate = self._knowledge.event, self._lane.gate()
        if event is None or gate is None:
            return False
        attempt = self._attempt(request, event, gate)
        if attempt.direction != answer.direction:
            return False
        ticket_id = find_locally(event, self._store.uses, gate, attempt).ticket_id
        return ticket_id is not None and format_ticket_id(ticket_id) == answer.ticket_id

    def outlook(self, request: Scan) -> GroupOutlook | None:
        """Say how many may pass on a code for several; None where one scan is one person.

        Reads only, by what this device knows; the scan itself decides.
        """
        event, gate = self._knowledge.event, self._lane.gate()
        if event is None or gate is None:
            return None
        attempt = self._attempt(request, event, gate)
        case = find_locally(event, self._store.uses, gate, attempt)
        if self._lane.is_guarded(case, event, attempt):
            return None
        return group_outlook(case, attempt, gate, event)

    def offer_exit(self, request: Scan) -> ScanAnswer | None:
        """Say that holders may go out through an arm that tells who passed.

        They count as inside until somebody has: behind an exit that nobody used, a copy of the
        code would come in. The offer is on disk when this returns; who goes out is a scan then.

        Returns:
            None where it is no exit, or none that this device allows by what it knows itself.

        Raises:
            StoreFault: if it could not be made durable.
        """
        event, gate = self._knowledge.event, self._lane.gate()
        if event is None or gate is None or self._lane.way(request.direction) is Direction.IN:
            return None
        claim_id = draw_claim_id(self._lane.setting.device_id, self._lane.entropy)
        attempt = self._attempt(request, event, gate, ClaimId(claim_id))
        case = find_locally(event, self._store.uses, gate, attempt)
        if not case.decision.admit or self._lane.is_guarded(case, event, attempt):
            return None
        rung = self._lane.rung()
        seq = self._recorder.write(NoteBody("exit_offered", claim_id))
        answer = build_answer(
            attempt, case, case.decision, rung, seq=seq, now=self._recorder.clock.monotonic()
        )
        moment, uses = Moment(rung=rung), self._store.uses
        answer = with_remarks(answer, case, case.decision, moment, event, gate, uses)
        return msgspec.structs.replace(answer, is_offered=True)

    def _attempt(
        self,
        request: Scan,
        event: EventKnowledge,
        gate: GateConfig,
        claim_id: ClaimId = _NO_CLAIM,
    ) -> Attempt:
        """Make an attempt to look at, of one person unless more were named; it is not recorded."""
        stamp = self._recorder.stamp()
        return Attempt(
            presented=self._lane.tags.take(request.code, event),
            claim_id=claim_id,
            gate_id=gate.id,
            direction=self._lane.way(request.direction),
            count=request.count or 1,
            at=stamp.wall + (stamp.offset or Duration(0)),
            started=self._recorder.clock.monotonic(),
            manual=request.is_manual,
            pending_acknowledged=request.pending_acknowledged,
            is_unattended=request.is_unattended,
        )

    def override(self, request: Override) -> ScanAnswer:
        """Let holders pass on a supervisor's word; see `Lane.override`.

        Raises:
            BadInput: if nobody may admit on this code.
            StoreFault: if it could not be made durable.
        """
        answer = self._lane.override(request)
        self._after_entry()
        return answer

    def look_on_paper(self, request: KeyIn) -> OnPaper:
        """Say what a code on a list means; see `KeyingIn.look`."""
        return self._keying.look(request)

    def do(self, deed: Deed) -> int:
        """Do what a person has decided, and put it on record.

        Returns:
            The entry's `seq`.

        Raises:
            BadInput: if it cannot be done: the admission was taken back already, or is no
                admission of this device's; somebody was admitted on what is declined; the gate
                does not serve that way; the evacuation is in another phase; the conflict is
                settled.
            StoreFault: if it could not be made durable: nothing was done.
        """
        seq = self._record(deed)
        self._after_entry()
        return seq

    def _record(self, deed: Deed) -> int:
        match deed:
            case Undo():
                return undo(deed, self._store, self._recorder)
            case Decline():
                gate_id = self._lane.setting.gate_id or GateId("")
                seq = decline(deed, gate_id, self._store, self._recorder)
                self._lane.claims.end(deed.claim_id)
                return seq
            case Turn():
                return self._turn(deed)
            case Evacuate():
                return self._evacuations.do(deed)
            case Settle():
                return self._settle(deed)
            case KeyIn():
                return self._keying.record(deed)
            case NoteBody():
                return self._recorder.write(deed)

    # -- the gate ----------------------------------------------------------------------------

    def supervisors(self) -> tuple[SupervisorConfig, ...]:
        """Return who may supervise at this event, as far as this device knows."""
        event = self._knowledge.event
        return () if event is None else event.config.supervisors

    def event(self) -> EventKnowledge | None:
        """Return what is known of the event; None before the first manifest."""
        return self._knowledge.event

    def _turn(self, deed: Turn) -> int:
        """Use the lane another way; the gate's own way is none in particular."""
        direction = Direction(deed.direction) if deed.direction else None
        gate = self._lane.gate()
        if gate is not None and direction is not None:
            check_way(gate, direction)
        seq = self._recorder.write(NoteBody("direction", deed.direction, deed.person))
        self._lane.setting = msgspec.structs.replace(self._lane.setting, direction=direction)
        return seq

    # -- conflicts ---------------------------------------------------------------------------

    def conflicts(self) -> list[ConflictNotice]:
        """Return the event's open conflicts that this device has heard of.

        Raises:
            StoreFault: if the store cannot be read.
        """
        return self._store.feeds.open_conflicts(self._knowledge.event_id or EventId(""))

    def _settle(self, deed: Settle) -> int:
        event_id = self._knowledge.event_id or ""
        found = [one for one in self.conflicts() if one.conflict_id == deed.conflict_id]
        if not found:
            raise BadInput("this conflict is already settled", kind=TroubleKind.SETTLED_ALREADY)
        notice = msgspec.structs.replace(found[0], disposition=deed.disposition)
        body = self._signed(DispositionBody(deed.conflict_id, deed.disposition, deed.person))
        with self._store.transaction("settle"):
            seq = self._store.journal.append(
                body, self._recorder.stamp(), event_id=EventId(event_id)
            )
            self._store.feeds.put_conflict(EventId(event_id), notice)
        return seq

    def _signed(self, body: DispositionBody) -> DispositionBody:
        """Let the badge that was shown sign a ruling: without that the ledger takes none."""
        event = self._knowledge.event
        if event is None:
            return body
        organization_id = event.config.organization_id
        speaker = BadgeScope(
            organization_id, event.event_id, DeviceId(event.device_id), body.person
        )
        word = ruling_word(speaker, body.conflict_id, body.disposition)
        return msgspec.structs.replace(body, signature=self._knowledge.badge.sign(word))
