"""The ledger's words turned into the lane's."""

from __future__ import annotations

from gatekeeper.gate.answer import UsedBefore
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.store.uses import Uses
from shared.admission.reasons import Reason
from shared.kernel.errors import BadInput
from shared.kernel.instant import parse_instant
from shared.wire.claim import ClaimAnswer


def read_reason(word: ClaimAnswer) -> Reason:
    """Return the answer's reason; one that this version does not know goes to a person."""
    try:
        return Reason(word.reason)
    except ValueError:
        return Reason.SUPERVISOR


def prior_use(word: ClaimAnswer | None) -> UsedBefore | None:
    """Return the earlier use that the ledger names, or None."""
    if word is None or word.used is None:
        return None
    try:
        at = parse_instant(word.used.at)
    except BadInput:
        return None
    return UsedBefore(word.used.gate_id, word.used.gate, at)


def latest_use(
    uses: Uses, event: EventKnowledge, ticket_id: int, zone_id: str
) -> UsedBefore | None:
    """Return the latest entry into the zone on this ticket that this device knows of."""
    entries = [
        use
        for use in uses.records_of(ticket_id)
        if use.zone_id == zone_id and use.direction == "in" and not use.annulled
    ]
    if not entries:
        return None
    last = entries[-1]
    gate = event.index.gates.get(last.gate_id)
    return UsedBefore(last.gate_id, last.gate_id if gate is None else gate.name, last.at)
