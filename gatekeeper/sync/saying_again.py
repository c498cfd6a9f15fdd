"""What a device tells a ledger that was put back, which nobody else's journal says."""

from __future__ import annotations

from gatekeeper.store.journal import Stamp
from gatekeeper.store.store import Store
from shared.admission.evacuation import EvacuationPhase
from shared.journal.entry import EvacuationBody
from shared.kernel.id_types import EventId


def say_stops_again(store: Store, event_id: EventId, stamp: Stamp) -> None:
    """Put each stop that holds here on record; inside a transaction of the store.

    The organizer's own word stands in no journal, and a gate that said one may be lost. Here it
    holds on: a ledger that has forgotten it would let nobody end it.
    """
    for notice in store.uses.evacuations.list_all(event_id):
        if notice.phase == EvacuationPhase.STOP:
            body = EvacuationBody(
                evacuation_id=notice.evacuation_id,
                zone_id=notice.zone_id,
                phase=notice.phase,
                gate_id=notice.gate_id,
                begun_at=notice.begun_at,
            )
            store.journal.append(body, stamp, event_id=event_id)
