"""How holders of valid tickets fared, by true time: what a policy costs them."""

from __future__ import annotations

import msgspec

from shared.kernel.id_types import TicketId
from simulator.history import CodeKind, ShownScan
from simulator.judging.evidence import Evidence, Passage
from simulator.judging.truth import true_time

Passages = dict[int, list[tuple[int, Passage]]]


class GuestCounts(msgspec.Struct):
    """Counts of one world.

    Attributes:
        admitted: Persons let in.
        doubles: Of these, how many came in while all that their ticket stands for were inside.
        holders: Tickets that were presented at least once while they were good.
        turned_away: Of these, how many were denied at least once while they were good.
        referred: Of these, how many were sent to a supervisor at least once then.
    """

    admitted: int = 0
    doubles: int = 0
    holders: int = 0
    turned_away: int = 0
    referred: int = 0

    def add(self, other: GuestCounts) -> None:
        """Add another world's counts."""
        self.admitted += other.admitted
        self.doubles += other.doubles
        self.holders += other.holders
        self.turned_away += other.turned_away
        self.referred += other.referred


def count_guests(evidence: Evidence) -> GuestCounts:
    """Judge every presentation as somebody would who knows everything."""
    passages: Passages = {}
    for passage in evidence.passages:
        if passage.body.ticket_id is not None and not passage.is_taken_back:
            when, _ = true_time(evidence, passage)
            passages.setdefault(passage.body.ticket_id, []).append((when, passage))
    counts = GuestCounts()
    for number, found in passages.items():
        found.sort(key=lambda one: one[0])
        _count_entries(counts, found, evidence.persons_of(TicketId(number)))
    verdicts: dict[int, set[str]] = {}
    for scan in evidence.history.scans:
        ticket_id = scan.code.ticket_id
        if scan.answer is not None and ticket_id and _was_good(evidence, scan, passages):
            verdicts.setdefault(ticket_id, set()).add(scan.answer.verdict)
    counts.holders = len(verdicts)
    counts.turned_away = sum("deny" in shown for shown in verdicts.values())
    counts.referred = sum("refer" in shown for shown in verdicts.values())
    return counts


def _count_entries(counts: GuestCounts, found: list[tuple[int, Passage]], persons: int) -> None:
    """Walk through a ticket's passages in their true order."""
    inside = 0
    for _, passage in found:
        count = passage.body.count
        if passage.body.direction == "out":
            inside = max(0, inside - count)
            continue
        inside += count
        counts.admitted += count
        counts.doubles += min(count, max(0, inside - persons))


def _was_good(evidence: Evidence, scan: ShownScan, passages: Passages) -> bool:
    """Whether the holder had a right to green when the lamp was lit."""
    code, shown = scan.code, scan.ended or scan.began
    is_entry = scan.direction == "in" and code.kind is CodeKind.GENUINE
    if not is_entry or code.ticket_id is None or code.ticket_id in evidence.ends:
        return False
    for act in evidence.history.acts:
        is_void = act.kind == "void" or act.generation > code.generation
        if act.ticket_id == code.ticket_id and act.at <= shown and is_void:
            return False
    inside = 0
    for when, passage in passages.get(code.ticket_id, []):
        if when < shown and passage.scan is not scan:
            inside += passage.body.count if passage.body.direction == "in" else 0
            if evidence.scenario.has_reentry and passage.body.direction == "out":
                inside -= passage.body.count
    return inside + scan.count <= evidence.persons_of(code.ticket_id)
