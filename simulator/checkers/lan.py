"""I5: within a reachable group of peers, admissions on the LAN never exceed the allowance."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.evidence import Evidence


def check_lan(evidence: Evidence) -> Iterator[str]:
    """Yield each ticket that one unbroken group admitted beyond its persons on the LAN."""
    counts: dict[int, list[str]] = {}
    moved = {p.body.ticket_id for p in evidence.passages if p.body.direction == "out"}
    for passage in evidence.passages:
        body = passage.body
        if body.mode != "lan" or body.direction != "in" or passage.is_taken_back:
            continue
        if body.ticket_id is not None and body.ticket_id not in moved:
            counts.setdefault(body.ticket_id, []).extend([passage.node] * body.count)
    if evidence.history.lan_splits:
        return  # doubles across groups are what I6 counts
    for ticket_id, nodes in counts.items():
        persons = evidence.persons_of(ticket_id)
        if len(nodes) > persons:
            yield f"ticket {ticket_id:016x}: {len(nodes)} of {persons} on the LAN, at {nodes}"
