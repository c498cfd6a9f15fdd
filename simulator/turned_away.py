"""How holders of valid tickets fared, by true time: what a policy costs them."""

from __future__ import annotations

import msgspec

from simulator.evidence import Evidence, Passage
from simulator.history import CodeKind, Scan
from simulator.truth import true_time


class GuestCounts(msgspec.Struct):
    """Counts of one world.

    Attributes:
        admitted: Persons let in.
        valid: Presentations of tickets that were good and not used up at that moment.
        turned_away: Of these, how many did not see green.
        doubles: Persons let in beyond what tickets stand for.
    """

    admitted: int = 0
    valid: int = 0
    turned_away: int = 0
    doubles: int = 0


def count_guests(evidence: Evidence) -> GuestCounts:
    """Judge every presentation as somebody would who knows everything."""
    passages: dict[int, list[tuple[int, Passage]]] = {}
    for passage in evidence.passages:
        if passage.body.ticket_id is not None and not passage.is_taken_back:
            when, _ = true_time(evidence, passage)
            passages.setdefault(passage.body.ticket_id, []).append((when, passage))
    counts = GuestCounts()
    for ticket_id, found in passages.items():
        entered = sum(p.body.count for _, p in found if p.body.direction == "in")
        left = sum(p.body.count for _, p in found if p.body.direction == "out")
        counts.admitted += entered
        counts.doubles += max(0, entered - left - evidence.persons_of(ticket_id))
    for scan in evidence.history.scans:
        if _was_good(evidence, scan, passages):
            counts.valid += 1
            counts.turned_away += not scan.is_green
    return counts


def _was_good(
    evidence: Evidence, scan: Scan, passages: dict[int, list[tuple[int, Passage]]]
) -> bool:
    code = scan.code
    is_entry = scan.direction == "in" and code.kind is CodeKind.GENUINE
    if not is_entry or scan.answer is None or code.ticket_id is None:
        return False
    if code.ticket_id in evidence.ends:
        return False
    for act in evidence.history.acts:
        is_void = act.kind == "void" or act.generation > code.generation
        if act.ticket_id == code.ticket_id and act.at <= (scan.ended or scan.began) and is_void:
            return False
    inside = 0
    for when, passage in passages.get(code.ticket_id, []):
        if when < scan.began and passage.scan is not scan:
            inside += passage.body.count if passage.body.direction == "in" else 0
            if evidence.scenario.has_reentry and passage.body.direction == "out":
                inside -= passage.body.count
    return inside + scan.count <= evidence.persons_of(code.ticket_id)
