"""Bodies of evacuations: each word on one, who has heard it, the organizer's own."""

from __future__ import annotations

from datetime import datetime

from server.accounts.schemas import Password
from server.devices.schemas import HearingAnswer
from server.evacuations.evacuation_rulings import RulingKind
from server.http.body_and_answer_types import Answer, Body, Id, IdOf
from shared.admission.evacuation import EvacuationPhase
from shared.kernel.id_types import DeviceId, EvacuationId, GateId, ZoneId


class EvacuationWordAnswer(Answer):
    """One word on an evacuation.

    Attributes:
        phase: `stop`, `return` or `over`.
        device_id: Whose journal says it; null for the organizer's own word.
        person: The supervisor whom it names, or who of the organizer's people ruled.
        standing: `counts`, `waits` (for its stop), `kept` (without effect) or `annulled`.
        why: What speaks against it where it is kept; who confirmed it where somebody had to.
    """

    evacuation_id: EvacuationId
    zone_id: ZoneId
    phase: str
    device_id: DeviceId | None
    gate_id: GateId
    begun_at: datetime
    emptied_at: datetime | None
    person: str
    said_at: datetime
    standing: str
    why: str


class EvacuationReachAnswer(Answer):
    """An evacuation under way, its newest word, and who has heard that.

    Attributes:
        phase: `stop` or `return`; `over` while devices that know of the stop know nothing later.
        gate_id: Where it was begun; null for the organizer's own.
    """

    evacuation_id: EvacuationId
    zone_id: ZoneId
    phase: str
    gate_id: GateId | None
    begun_at: datetime
    devices: list[HearingAnswer]


class EvacuationOrderBody(Body):
    """The organizer's own evacuation of a zone, as far as it shall go.

    Attributes:
        phase: `stop`: nobody is let in. `return`: everybody counts as outside, and who was inside
            comes back once. `over`: that ends.
        evacuation_id: Which one goes on; null to begin one.
        password: Of whoever says so.
    """

    zone_id: IdOf[ZoneId]
    phase: EvacuationPhase
    password: Password
    evacuation_id: IdOf[EvacuationId] | None = None


class EvacuationRulingBody(Body):
    """The organizer's word on an evacuation of a zone.

    Attributes:
        ruling: `annul` takes all of it back; `confirm` lets one word count that a gate could not
            prove.
        device_id, phase: Which word is confirmed.
    """

    evacuation_id: IdOf[EvacuationId]
    zone_id: IdOf[ZoneId]
    ruling: RulingKind
    device_id: IdOf[DeviceId] | None = None
    phase: Id | None = None
