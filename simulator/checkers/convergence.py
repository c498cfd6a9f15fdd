"""I7: after healing and quiet, every device's view equals the ledger's."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.judging.evidence import Evidence
from simulator.judging.ledger_and_device_views import DeviceView


def check_convergence(evidence: Evidence) -> Iterator[str]:
    """Yield each difference between a device and the ledger, and within the ledger itself."""
    yield from _feed_is_dense(evidence)
    yield from _ledger_has_all(evidence)
    for device in evidence.devices:
        if (device.epoch, device.cursor) != (evidence.ledger.epoch, evidence.ledger.head):
            yield (
                f"{device.node} stands at {device.epoch}/{device.cursor}, the ledger at"
                f" {evidence.ledger.epoch}/{evidence.ledger.head}"
            )
        yield from _compare_uses(evidence, device)
        yield from _compare_tickets(evidence, device)


def _feed_is_dense(evidence: Evidence) -> Iterator[str]:
    sequences = [sequence for sequence, _, _ in evidence.ledger.feed]
    if sequences != list(range(1, evidence.ledger.head + 1)):
        yield f"the feed has {len(sequences)} items up to {evidence.ledger.head}"


def _ledger_has_all(evidence: Evidence) -> Iterator[str]:
    """Every recorded admission is a use of the ledger, and every standing use was recorded."""
    standing = {use.claim_id: use for use in evidence.ledger.uses.values() if not use.is_annulled}
    for passage in evidence.passages:
        use = standing.pop(passage.body.claim_id, None)
        name = f"{passage.node} seq {passage.held.entry.seq}"
        if passage.is_taken_back and use is not None:
            yield f"{name} was taken back and still counts at the ledger"
        elif not passage.is_taken_back and use is None:
            yield f"{name} was admitted and does not count at the ledger"
        elif use is not None and (use.count, use.direction) != (
            passage.body.count,
            passage.body.direction,
        ):
            yield f"{name} differs at the ledger: {use}"
    for use in standing.values():
        yield f"claim {use.claim_id} of {use.device_id} counts, and nobody recorded it"


def _compare_uses(evidence: Evidence, device: DeviceView) -> Iterator[str]:
    ledger = {
        use.claim_id: (use.ticket_id, use.zone_id, use.direction, use.count)
        for use in evidence.ledger.uses.values()
        if not use.is_annulled
    }
    here = {
        use.claim_id: (use.ticket_id, use.zone_id, use.direction, use.count)
        for use in device.uses.values()
        if not use.annulled
    }
    missing = sorted(ledger.keys() - here.keys())
    if missing:
        yield f"{device.node} lacks {len(missing)} uses of the ledger, such as {missing[0]}"
    extra = sorted(here.keys() - ledger.keys())
    if extra:
        yield f"{device.node} counts {len(extra)} uses that do not stand, such as {extra[0]}"
    for claim_id in ledger.keys() & here.keys():
        if ledger[claim_id] != here[claim_id]:
            yield f"{device.node}: {claim_id} is {here[claim_id]}, not {ledger[claim_id]}"


def _compare_tickets(evidence: Evidence, device: DeviceView) -> Iterator[str]:
    for ticket_id, row in device.tickets.items():
        there = evidence.ledger.tickets[ticket_id]
        if row is None:
            yield f"{device.node} does not know ticket {ticket_id:016x}"
            continue
        facts = row.facts
        here = (facts.state, facts.generation, facts.blocked, facts.persons)
        if here != (there.state, there.generation, there.blocked, there.persons):
            yield f"{device.node}: ticket {ticket_id:016x} is {here}, not {there}"
