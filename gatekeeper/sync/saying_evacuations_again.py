"""Evacuations said again to a ledger that was put back: nobody else's journal says them."""

from __future__ import annotations

from gatekeeper.store.journal import Stamp
from gatekeeper.store.store import Store
from shared.admission.evacuation import EvacuationPhase
from shared.journal.entry import EvacuationBody
from shared.kernel.id_types import EventId


def say_evacuations_again(store: Store, event_id: EventId, stamp: Stamp) -> None:
    """Put each stop that holds here on record, and each return; inside a transaction of the store.

    The organizer's own word stands in no journal, and a gate that said one may be lost. Here it
    holds on: a ledger that has forgotten a stop would let nobody end it, and one that has
    forgotten a return would send out once more whoever has come back by it.
    """
    for notice in store.uses.evacuations.list_all(event_id):
        is_stop = notice.phase == EvacuationPhase.STOP
        if is_stop or (notice.emptied_at is not None and not notice.annulled):
            phase = EvacuationPhase.STOP if is_stop else EvacuationPhase.RETURN
            body = EvacuationBody(
                evacuation_id=notice.evacuation_id,
                zone_id=notice.zone_id,
                phase=phase.value,
                gate_id=notice.gate_id,
                begun_at=notice.begun_at,
                emptied_at=None if is_stop else notice.emptied_at,
            )
            store.journal.append(body, stamp, event_id=event_id)
