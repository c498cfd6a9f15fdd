"""I4: connected, admissions per ticket and zone never exceed what the decision allows.

The ledger grants in the order of its feed, so the feed is replayed: at each granted entry, those
inside by what stood before it leave enough room. That is put in order by what proves it, whatever
the ledger's clocks said. Besides, whatever the order: grants alone never exceed the persons of a
ticket whose holders never went out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shared.kernel.id_types import TicketId
from shared.wire.feed import Annul, Use
from simulator.judging.evidence import Evidence
from simulator.judging.passage_order import Placed, Proofs


def check_connected(evidence: Evidence) -> Iterator[str]:
    """Yield each grant beyond the allowance."""
    yield from _replay(evidence)
    yield from _sum_up(evidence)
    yield from _match_words(evidence)


def _replay(evidence: Evidence) -> Iterator[str]:
    standing: dict[tuple[int, str], dict[str, Placed]] = {}
    proofs = Proofs(evidence)
    for sequence, _, item in evidence.ledger.feed:
        if isinstance(item, Annul):
            for uses in standing.values():
                uses.pop(item.claim_id, None)
        if not isinstance(item, Use):
            continue
        uses = standing.setdefault((item.ticket_id, item.zone_id), {})
        placed = proofs.place(sequence, item)
        if item.direction == "in" and placed.is_granted:
            persons = evidence.persons_of(item.ticket_id)
            before = proofs.sort(uses.values())
            taken = _taken(before, persons, has_reentry=evidence.scenario.has_reentry)
            if taken + item.count > persons:
                yield (
                    f"feed {sequence}: ticket {item.ticket_id:016x} granted x{item.count} to"
                    f" {item.gate_id} with {taken} of {persons} inside"
                )
        uses[item.claim_id] = placed


def _taken(passages: Iterable[Placed], persons: int, *, has_reentry: bool) -> int:
    """Count who is inside after passages, the first one first."""
    entered = inside = 0
    for passage in passages:
        use = passage.use
        if use.direction == "in":
            entered += use.count
            inside = min(persons, inside + use.count)
        else:
            inside = max(0, inside - use.count)
    return inside if has_reentry else entered


def _sum_up(evidence: Evidence) -> Iterator[str]:
    """Without exits and undos the order does not matter at all."""
    counts: dict[int, int] = {}
    moved = {p.body.ticket_id for p in evidence.passages if p.body.direction == "out"}
    for passage in evidence.passages:
        body = passage.body
        is_counted = body.mode == "online" and body.direction == "in"
        if not is_counted or passage.is_taken_back or body.ticket_id in moved:
            continue
        if body.ticket_id is not None and _is_undisturbed(evidence, body.ticket_id):
            counts[body.ticket_id] = counts.get(body.ticket_id, 0) + body.count
    for ticket_id, count in counts.items():
        persons = evidence.persons_of(TicketId(ticket_id))
        if count > persons:
            yield f"ticket {ticket_id:016x}: {count} of {persons} admitted online"


def _is_undisturbed(evidence: Evidence, ticket_id: TicketId) -> bool:
    return not any(p.is_taken_back for p in evidence.passages if p.body.ticket_id == ticket_id)


def _match_words(evidence: Evidence) -> Iterator[str]:
    """What a gate showed as the ledger's grant, the ledger has granted."""
    for passage in evidence.passages:
        body = passage.body
        use = evidence.ledger.uses.get(body.claim_id)
        if use is None or body.mode != "online":
            continue
        said = (body.ticket_id, body.zone_id, body.direction, body.count)
        held = (use.ticket_id, use.zone_id, use.direction, use.count)
        if said != held:
            yield f"{passage.node}: claim {body.claim_id} says {said}, the ledger {held}"
