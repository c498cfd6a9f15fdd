"""I5: within a reachable group of peers, admissions on the LAN never exceed the allowance.

Two gates are in touch where the wires kept delivering datagrams of each to the other. Who admits
on the peers' word has asked every gate in touch, so none of these admits on the same ticket for
one entry, on any rung, before or after; and what gates that are in touch with each other admit on
a group's ticket leaves nobody over. Gates that nothing keeps from finding each other are in touch,
also after one of them was started anew on another port. What a gate admits online that lies about
what it carries to the ledger is its own lie: its lane was told that the ledger holds what it heard
of its peers.
"""

from __future__ import annotations

from collections.abc import Iterator

from shared.kernel.id_types import TicketId
from simulator.history import ShownScan
from simulator.judging.evidence import Evidence, Passage

LAN = "lan"
Seen = tuple[Passage, ShownScan]


def check_lan(evidence: Evidence) -> Iterator[str]:
    """Yield each ticket that gates in touch with each other admitted beyond its persons."""
    if evidence.scenario.hello_every is None:
        for passage in evidence.passages:
            if passage.body.mode == LAN:
                yield f"{passage.node} seq {passage.held.entry.seq}: asked peers, and has none"
        return
    for scan in evidence.history.scans:
        for name in sorted(scan.reachable - scan.heard):
            yield f"scan {scan.number} at {scan.node}: {name} is in reach, and not in touch"
    for ticket_id, found in _gather(evidence).items():
        persons = evidence.persons_of(TicketId(ticket_id))
        excess = _pair(found) if persons == 1 else _group(found, persons)
        if excess:
            sides = ", ".join(_name(one) for one in excess)
            yield f"ticket {ticket_id:016x} of {persons}: admitted in touch, by {sides}"


def _gather(evidence: Evidence) -> dict[int, list[Seen]]:
    """Gather entries that somebody watched, of tickets whose holders never went out."""
    asked = {
        (scan.node, scan.answer.seq): scan
        for scan in evidence.history.scans
        if scan.answer is not None and not scan.answer.is_repeat
    }
    moved = {p.body.ticket_id for p in evidence.passages if p.body.direction == "out"}
    found: dict[int, list[Seen]] = {}
    for passage in evidence.passages:
        scan = asked.get((passage.node, passage.held.entry.seq))
        ticket_id = passage.body.ticket_id
        if scan is None or ticket_id is None or ticket_id in moved or passage.is_taken_back:
            continue
        if passage.node == evidence.dishonest and passage.body.mode != LAN:
            continue
        found.setdefault(ticket_id, []).append((passage, scan))
    return found


def _pair(found: list[Seen]) -> list[Seen]:
    """Find an entry on the peers' word beside another at a gate that was asked for it."""
    for one in found:
        if one[0].body.mode == LAN:
            for other in found:
                if other is not one and other[0].node in one[1].peers:
                    return [one, other]
    return []


def _group(found: list[Seen], persons: int) -> list[Seen]:
    """Find entries on the peers' word, all in touch, that are too many together."""
    entries = [one for one in found if one[0].body.mode == LAN]
    for first in entries:
        group = [first]
        for other in entries:
            if other is not first and all(_are_mutual(other, one) for one in group):
                group.append(other)
        if sum(one[0].body.count for one in group) > persons:
            return group
    return []


def _are_mutual(one: Seen, other: Seen) -> bool:
    return one[0].node == other[0].node or (
        other[0].node in one[1].peers and one[0].node in other[1].peers
    )


def _name(one: Seen) -> str:
    passage, scan = one
    return f"{passage.node} seq {passage.held.entry.seq} ({passage.body.mode}, {scan.began})"
