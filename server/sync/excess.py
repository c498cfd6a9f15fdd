"""Finding what was admitted beyond the allowance, over all that is now known. Pure.

The passages of a ticket through a zone are put in the order of their instants, and each entry is
decided against those before it. An override is a person's word and no excess. A zone's answer
does not depend on the order in which journals arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from server.sync.records import UseRecord
from shared.admission.decide import Decision, decide_admission
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
        facts = index.build_facts(presented, row, priors, _scan(use, use.gate_id, forced=True))
    except BadInput:
        return None  # its gate is gone; the passage stands
    if isinstance(facts, Reason):
        return facts
    return decide_admission(facts).conflicting_reason


def _scan(use: UseRecord, gate_id: str, *, forced: bool = False) -> ScanInput:
    return ScanInput(
        gate_id=gate_id,
        direction=Direction.IN if use.direction == "in" else Direction.OUT,
        at=use.at,
        claim_id=use.claim_id,
        count=use.count,
        forced=forced,
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
    entries = [place for place, use in enumerate(counted) if use.direction == "in"]
    sides: set[int] = set()
    first = 0  # the latest entry from which on they are too many
    for last in range(1, len(entries)):
        place = entries[last]
        answer = _answers(index, presented, row, counted[place])
        priors = [one.fact() for one in counted[:place]]
        found = answer(priors)
        if found is None:
            continue
        if answer(priors[entries[first] :]) != found:
            first = 0
        while first + 1 < last and answer(priors[entries[first + 1] :]) == found:
            first += 1
        # Whoever came before had no part in it, be it by an exit or another day.
        sides.update(entries[first : last + 1])
    return [counted[n] for n in sorted(sides)]


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


def _answers(
    index: EventIndex, presented: Presented, row: TicketRow, use: UseRecord
) -> Callable[[Sequence[UseFact]], Decision | None]:
    """Make the test of an entry against passages before it.

    It gives the refusal, with how many could have come in still, if it is those passages that
    speak against the entry; else None.
    """
    gates = [gate.id for gate in index.gates.values() if gate.zone_id == use.zone_id]
    if use.gate_id in gates and objection_to(index, presented, row, use, ()) is None:
        return lambda priors: _refusal(index, presented, row, _scan(use, use.gate_id), priors)
    # It was wrong by itself, or is at no gate any more; it may be one too many all the same.
    if not gates:
        return lambda _priors: None
    # More than the ticket's persons are too many whoever came before: that is no double use.
    use = msgspec.structs.replace(use, count=min(use.count, row.facts.persons))
    scan = _scan(use, gates[0])
    return lambda priors: _refusal(index, presented, row, scan, priors, is_bare=True)


def _refusal(
    index: EventIndex,
    presented: Presented,
    row: TicketRow,
    scan: ScanInput,
    priors: Sequence[UseFact],
    *,
    is_bare: bool = False,
) -> Decision | None:
    """Give what a gate that knew of the passages before would have answered, if not to admit.

    Args:
        index: The event.
        presented: The ticket's credential.
        row: Its facts.
        scan: The entry.
        priors: The passages before.
        is_bare: Ask only whether the ticket was used up, whatever the zone asks of it besides.
    """
    facts = index.build_facts(presented, row, priors, scan)
    if isinstance(facts, Reason):
        return None
    if is_bare:
        zone = msgspec.structs.replace(facts.zone, occurrence=None, ticket_types=None, rule=None)
        scanned = msgspec.structs.replace(facts.scan, gate_direction=None)
        facts = msgspec.structs.replace(facts, zone=zone, scan=scanned)
    decision = decide_admission(facts)
    if decision.admit or (is_bare and decision.reason is not Reason.ALREADY_USED):
        return None
    return decision
