"""Finding what was admitted beyond the allowance, over all that is now known. Pure.

The passages of a ticket through a zone are put in the order of their instants, and each entry is
decided against those before it. An override is a person's word and no excess. A zone's answer
does not depend on the order in which journals arrived.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from server.sync.records import UseRecord
from shared.admission.decide import decide_admission
from shared.admission.facts import Direction, TicketState
from shared.admission.reasons import Reason
from shared.kernel.errors import BadInput
from shared.manifest.facts import EventIndex, ScanInput, UseFact
from shared.manifest.presenting import Presented
from shared.manifest.tickets import TicketRow

OVERRIDE = Reason.OVERRIDE.value


def objection_to(
    index: EventIndex,
    presented: Presented,
    row: TicketRow,
    use: UseRecord,
    priors: Iterable[UseFact],
) -> Reason | None:
    """Say what the decision would have been, had it been asked, if that was not to admit."""
    try:
        facts = index.build_facts(presented, row, priors, _scan(use, use.gate_id))
    except BadInput:
        return None  # its gate is gone; the passage stands
    if isinstance(facts, Reason):
        return facts
    return decide_admission(facts).conflicting_reason


def _scan(use: UseRecord, gate_id: str) -> ScanInput:
    return ScanInput(
        gate_id=gate_id,
        direction=Direction.IN if use.direction == "in" else Direction.OUT,
        at=use.at,
        claim_id=use.claim_id,
        count=use.count,
        forced=True,
        pending_acknowledged=True,
    )


def find_excess(
    index: EventIndex, presented: Presented, row: TicketRow, uses: Sequence[UseRecord]
) -> list[UseRecord]:
    """Return the entries that cannot all stand, in order; none if the allowance was kept.

    Args:
        index: The event.
        presented: The ticket's credential.
        row: Its facts.
        uses: Its passages through one zone.
    """
    presented, row = _as_if_good(presented, row)
    counted = [use for use in uses if not use.is_annulled and use.reason != OVERRIDE]
    counted.sort(key=_place)
    found: list[UseRecord] = []
    inside: list[UseRecord] = []
    priors: list[UseFact] = []
    for use in counted:
        if use.direction == "in":
            inside.append(use)
            if priors and _is_excess(index, presented, row, use, priors):
                found += [one for one in inside if one not in found]
        else:
            inside.clear()
        priors.append(use.fact())
    return found


def _place(use: UseRecord) -> tuple[int, str, bytes, int, str]:
    """Put passages of one instant in their own device's order, whatever arrived first."""
    return use.at, use.device_id, use.boot or b"", use.dseq or 0, use.claim_id


def _as_if_good(presented: Presented, row: TicketRow) -> tuple[Presented, TicketRow]:
    """Say that ticket and credential are good: a void or reissue makes no double use undone.

    Whether such a ticket should have been admitted at all is another question than how often.
    """
    facts = msgspec.structs.replace(
        row.facts, state=TicketState.PAID, blocked=False, valid_from=None, valid_until=None
    )
    claims = presented.claims
    if claims is not None:
        claims = msgspec.structs.replace(claims, generation=facts.generation)
    return (
        msgspec.structs.replace(presented, claims=claims),
        msgspec.structs.replace(row, facts=facts),
    )


def _is_excess(
    index: EventIndex,
    presented: Presented,
    row: TicketRow,
    use: UseRecord,
    priors: Sequence[UseFact],
) -> bool:
    """Tell whether it is the passages before that speak against this one."""
    if objection_to(index, presented, row, use, ()) is not None or use.gate_id not in index.gates:
        # It was wrong by itself, or is at no gate any more; it may be one too many all the same.
        return _is_spent(index, presented, row, use, priors)
    return objection_to(index, presented, row, use, priors) is not None


def _is_spent(
    index: EventIndex,
    presented: Presented,
    row: TicketRow,
    use: UseRecord,
    priors: Sequence[UseFact],
) -> bool:
    """Tell whether the ticket was used up, whatever the zone asks of it besides."""
    gates = [gate for gate in index.gates.values() if gate.zone_id == use.zone_id]
    if not gates:
        return False
    facts = index.build_facts(presented, row, priors, _scan(use, gates[0].id))
    if isinstance(facts, Reason):
        return False
    zone = msgspec.structs.replace(facts.zone, occurrence=None, ticket_types=None, rule=None)
    scan = msgspec.structs.replace(facts.scan, gate_direction=None)
    bare = msgspec.structs.replace(facts, zone=zone, scan=scan)
    return decide_admission(bare).conflicting_reason is Reason.ALREADY_USED
