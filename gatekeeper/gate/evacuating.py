"""A supervisor empties the gate's zone, lets its holders return, and says that it is over.

It needs nobody: the word is in this device's journal and holds here at once. The journal tells
the ledger, the ledger's feed tells the zone's other gates.

Source:
    docs/decisions/0018-evacuation-as-an-exit.md, 0026-a-badge-signs.md
"""

from __future__ import annotations

import msgspec

from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.gate.recorder import Recorder
from gatekeeper.gate.requests import Evacuate
from gatekeeper.gate.scan_to_answer import Lane
from gatekeeper.gate.who_may_be_inside import list_inside
from gatekeeper.store.store import Store
from gatekeeper.supervisor.shown_to_supervisors import InsideList
from shared.admission.evacuation import EvacuationPhase
from shared.evacuations.whose_words_count import evacuation_subject
from shared.journal.entry import CLAIM_ID_SIZE, EvacuationBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EvacuationId, EventId
from shared.kernel.instant import Instant
from shared.kernel.ports import Entropy
from shared.kernel.trouble import TroubleKind
from shared.manifest.badge_signatures import BadgeAct, BadgeScope
from shared.manifest.event_config import GateConfig
from shared.wire.feed import EvacuationNotice


class ZoneEvacuation:
    """Evacuates the zone of one lane's gate, on a supervisor's word.

    Args:
        lane: Where.
        store: The device's.
        recorder: Stamps entries; knows the event.
        entropy: Names evacuations.

    What the badge that was shown does not sign holds at this gate; of it all others hear of a
    stop only.
    """

    def __init__(self, lane: Lane, store: Store, recorder: Recorder, entropy: Entropy) -> None:
        self._lane, self._store, self._knowledge = lane, store, recorder.knowledge
        self._recorder, self._entropy = recorder, entropy

    def current(self) -> EvacuationNotice | None:
        """Return the evacuation of this gate's zone that is not over, or None."""
        gate = self._lane.gate()
        if gate is None:
            return None
        return self._store.uses.evacuations.current(
            self._knowledge.event_id or EventId(""), gate.zone_id
        )

    def do(self, deed: Evacuate) -> int:
        """Go on to a phase; see `begin`, `start_return` and `end`.

        Returns:
            The entry's `seq`.
        """
        match EvacuationPhase(deed.phase):
            case EvacuationPhase.STOP:
                return self.begin(deed.person)
            case EvacuationPhase.RETURN:
                return self.start_return(deed.person, deed.evacuation_id)
            case EvacuationPhase.OVER:
                return self.end(deed.person, deed.evacuation_id)

    def begin(self, person: str) -> int:
        """Let nobody in from now on, also where another gate or the organizer has said so.

        That one may be a false alarm by now: its end ends no other. Said twice at one gate, it is
        one evacuation.

        Raises:
            BadInput: if the gate is not known yet.
            StoreFault: if it could not be made durable.
        """
        _, gate = self._place()
        current, stop = self.current(), EvacuationPhase.STOP.value
        if current is not None and (current.phase, current.gate_id) == (stop, gate.id):
            return self._say(current, person)
        name = self._entropy.random_bytes(CLAIM_ID_SIZE).hex()
        return self._say(
            EvacuationNotice(
                evacuation_id=EvacuationId(name),
                zone_id=gate.zone_id,
                phase=stop,
                gate_id=gate.id,
                begun_at=self._now(),
            ),
            person,
        )

    def start_return(self, person: str, evacuation_id: str | None = None) -> int:
        """Count everybody as outside, and let each holder who was inside come back once.

        It follows every passage on record here: a clock that was set back since makes none of
        those who came in before somebody who comes back.

        Args:
            person: The supervisor.
            evacuation_id: Which one; None for the one that holds.

        Raises:
            BadInput: if entry is not stopped by it.
            StoreFault: if it could not be made durable.
        """
        current = self._find(evacuation_id, EvacuationPhase.STOP)
        event, gate = self._place()
        latest = self._store.uses.latest_in_zone(event.event_id, gate.zone_id)
        phase, emptied_at = EvacuationPhase.RETURN.value, max(self._now(), latest)
        changed = msgspec.structs.replace(current, phase=phase, emptied_at=emptied_at)
        return self._say(changed, person)

    def end(self, person: str, evacuation_id: str | None = None) -> int:
        """Say that it is over; out of `stop` it was a false alarm, and nobody had left.

        Args:
            person: The supervisor.
            evacuation_id: Which one; None for the one that holds.

        Raises:
            BadInput: if it is not under way.
            StoreFault: if it could not be made durable.
        """
        current = self._find(evacuation_id, EvacuationPhase.STOP, EvacuationPhase.RETURN)
        over = EvacuationPhase.OVER.value
        return self._say(msgspec.structs.replace(current, phase=over), person)

    def list_inside(self) -> InsideList:
        """List the tickets of the zone of which an entry is known and no exit.

        Raises:
            BadInput: if the gate is not known yet.
            StoreFault: if the store cannot be read.
        """
        event, gate = self._place()
        known = self._knowledge.knowledge_at
        return list_inside(self._store.uses, event, gate, known=known, now=self._now())

    def _place(self) -> tuple[EventKnowledge, GateConfig]:
        event, gate = self._knowledge.event, self._lane.gate()
        if event is None or gate is None:
            raise BadInput("this gate has no data yet", kind=TroubleKind.NO_DATA)
        return event, gate

    def _find(self, evacuation_id: str | None, *phases: EvacuationPhase) -> EvacuationNotice:
        found = self.current()
        if evacuation_id is not None:  # another may hold by now, of which its supervisor knew not
            event, gate = self._place()
            known = self._store.uses.evacuations.list_all(event.event_id)
            subject = evacuation_id, gate.zone_id
            same = (one for one in known if (one.evacuation_id, one.zone_id) == subject)
            found = next(same, None)
        if found is None or found.phase not in phases:
            message = "no evacuation of this zone is in that phase"
            raise BadInput(message, kind=TroubleKind.NO_EVACUATION)
        return found

    def _now(self) -> Instant:
        stamp = self._recorder.stamp()
        return Instant(stamp.wall + (stamp.offset or 0))

    def _say(self, notice: EvacuationNotice, person: str) -> int:
        """Put a phase of an evacuation on record and let it hold at this gate, both or neither."""
        event, _ = self._place()
        store, event_id = self._store, event.event_id
        body = EvacuationBody(
            evacuation_id=notice.evacuation_id,
            zone_id=notice.zone_id,
            phase=notice.phase,
            gate_id=notice.gate_id,
            begun_at=notice.begun_at,
            emptied_at=notice.emptied_at,
            person=person,
        )
        speaker = BadgeScope(
            event.config.organization_id, event_id, store.journal.device_id, person
        )
        word = speaker.say(BadgeAct.EVACUATION, *evacuation_subject(body))
        body = msgspec.structs.replace(body, signature=self._knowledge.badge.sign(word))
        with store.transaction("evacuation"):
            seq = store.journal.append(body, self._recorder.stamp(), event_id=event_id)
            store.uses.evacuations.say(event_id, notice)
        return seq
