"""What people do at a gate besides scanning: each deed is an entry of the journal."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from gatekeeper.gate.answer import GroupOutlook, ScanAnswer
from gatekeeper.gate.attempt import Attempt, find_locally
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.gate.lane import Lane
from gatekeeper.gate.person_word import group_outlook
from gatekeeper.gate.recorder import Recorder
from gatekeeper.gate.scanned import Scannable
from gatekeeper.store.store import Store
from shared.admission.facts import Direction
from shared.journal.entry import DispositionBody, NoteBody
from shared.kernel.errors import BadInput
from shared.kernel.trouble import TroubleKind
from shared.manifest.badge_words import Speaker, ruling_word
from shared.manifest.event_config import SupervisorConfig
from shared.wire.feed import ConflictNotice


class Supervision:
    """The hand of staff and supervisors at one lane.

    Args:
        lane: Where.
        store: The device's.
        recorder: Writes entries; knows the event.
        after_entry: Called after each one, so that it is uploaded soon.
    """

    def __init__(
        self,
        lane: Lane,
        store: Store,
        recorder: Recorder,
        after_entry: Callable[[], None],
    ) -> None:
        self._lane, self._store, self._knowledge = lane, store, recorder.knowledge
        self._recorder, self._after_entry = recorder, after_entry

    # -- one scan ----------------------------------------------------------------------------

    def outlook(self, code: Scannable, *, manual: bool = False) -> GroupOutlook | None:
        """Say how many may pass on a code for several; None where one scan is one person.

        Reads only, by what this device knows; the scan itself decides.
        """
        event, gate = self._knowledge.event, self._lane.gate()
        if event is None or gate is None:
            return None
        stamp = self._recorder.stamp()
        attempt = Attempt(
            scanned=self._lane.tags.take(code, event),
            claim_id="",
            direction=self._lane.way(None),
            count=1,
            at=stamp.wall + (stamp.offset or 0),
            started=0,
            manual=manual,
        )
        finding = find_locally(event, self._store.uses, gate, attempt)
        if self._lane.is_guarded(finding.case, event):
            return None
        return group_outlook(finding, attempt, gate, event)

    def override(
        self,
        code: Scannable,
        *,
        why: str,
        person: str,
        count: int = 1,
        manual: bool = False,
        claim_id: str | None = None,
    ) -> ScanAnswer:
        """Let holders pass on a supervisor's word; see `Lane.override`.

        Raises:
            BadInput: if nobody may admit on this code.
            StoreFault: if it could not be made durable.
        """
        answer = self._lane.override(
            code, why=why, person=person, count=count, manual=manual, claim_id=claim_id
        )
        self._after_entry()
        return answer

    def decline(self, claim_id: str, ticket_id: int | None, why: str, person: str = "") -> int:
        """Record that a scan that was sent to a person ended without an admission.

        Args:
            claim_id: Of the answer; nobody passes under it from now on.
            ticket_id: Its ticket, where the code named one.
            why: A short code, such as `proof_not_shown`.
            person: Opaque id of the supervisor who refused, or "" for staff.

        Returns:
            The entry's `seq`.

        Raises:
            BadInput: if somebody was admitted under that id.
            StoreFault: if it could not be made durable.
        """
        seq = self._recorder.decline(claim_id, ticket_id, why, person)
        self._lane.end_claim(claim_id)
        self._after_entry()
        return seq

    # -- the gate ----------------------------------------------------------------------------

    def supervisors(self) -> tuple[SupervisorConfig, ...]:
        """Return who may supervise at this event, as far as this device knows."""
        event = self._knowledge.event
        return () if event is None else event.config.supervisors

    def event(self) -> EventKnowledge | None:
        """Return what is known of the event; None before the first manifest."""
        return self._knowledge.event

    def note(self, topic: str, text: str = "", person: str = "") -> int:
        """Put something that was done at this device on record.

        Args:
            topic: A short code, such as `unlocked`.
            text: More of it; no names.
            person: Opaque id of who did it, or "".

        Raises:
            StoreFault: if it could not be made durable.
        """
        seq = self._recorder.write(NoteBody(topic, text, person))
        self._after_entry()
        return seq

    def turn(self, direction: Direction | None, person: str) -> None:
        """Use the lane another way; None is the gate's own.

        Raises:
            BadInput: if the gate does not serve that way.
            StoreFault: if it could not be put on record.
        """
        gate = self._lane.gate()
        if (
            gate is not None
            and direction is not None
            and gate.direction not in {"both", direction}
        ):
            message = f"gate {gate.name} serves the way {gate.direction} only"
            raise BadInput(message, kind=TroubleKind.ONE_WAY)
        self.note("direction", "" if direction is None else direction.value, person)
        self._lane.setting = msgspec.structs.replace(self._lane.setting, direction=direction)

    # -- conflicts ---------------------------------------------------------------------------

    def conflicts(self) -> list[ConflictNotice]:
        """Return the event's open conflicts that this device has heard of.

        Raises:
            StoreFault: if the store cannot be read.
        """
        return self._store.feeds.open_conflicts(self._knowledge.event_id or "")

    def settle(self, conflict_id: str, disposition: str, person: str) -> int:
        """Say what became of a conflict; it is off this device's list, and the server is told.

        Raises:
            BadInput: if no such conflict is open here.
            StoreFault: if it could not be made durable.
        """
        event_id = self._knowledge.event_id or ""
        found = [one for one in self.conflicts() if one.conflict_id == conflict_id]
        if not found:
            message = "this conflict is settled already"
            raise BadInput(message, kind=TroubleKind.SETTLED_ALREADY)
        notice = msgspec.structs.replace(found[0], disposition=disposition)
        body = self._signed(DispositionBody(conflict_id, disposition, person))
        with self._store.transaction("settle"):
            seq = self._store.journal.append(body, self._recorder.stamp(), event_id=event_id)
            self._store.feeds.put_conflict(event_id, notice)
        self._after_entry()
        return seq

    def _signed(self, body: DispositionBody) -> DispositionBody:
        """Let the badge that was shown sign a ruling: without that the ledger takes none."""
        event = self._knowledge.event
        if event is None:
            return body
        organization_id = event.config.organization_id
        speaker = Speaker(organization_id, event.event_id, event.device_id, body.person)
        word = ruling_word(speaker, body.conflict_id, body.disposition)
        return msgspec.structs.replace(body, signature=self._knowledge.badge.sign(word))
