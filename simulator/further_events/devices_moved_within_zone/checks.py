"""What is promised of devices that are moved within a zone, judged by what the organizer had said.

A device stands where it was sent, from when it has heard of it, or where a steward has chosen it
to stand since, also at its next start: what it puts on record names that gate, and no other. The
ledger grants there as before, nobody is turned away because of it, and nobody is accused of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shared.journal.entry import ScanBody
from shared.kernel.instant import Instant
from simulator.further_events.devices_moved_within_zone.evening import Moved
from simulator.judging.accused import check_doubles
from simulator.judging.evening_evidence import EveningEvidence
from simulator.judging.evidence import make_judge
from simulator.judging.seen_visits import Card, Visit, may_have_come

MovedEvidence = EveningEvidence[Moved, Card]


def check_places(evidence: MovedEvidence) -> Iterator[str]:
    """Yield each scan at a gate to which its device was not sent, or where it was not any more."""
    for visit in evidence.visits:
        if visit.answer is None or visit.ended is None:
            continue
        held = evidence.held.get((visit.node, visit.answer.seq))
        if held is None or not isinstance(held.body, ScanBody):
            continue
        may = _places(evidence, visit, visit.ended)
        if held.body.gate_id not in may:
            yield f"{visit}: on record at {held.body.gate_id}, and it stood at {sorted(may)}"


def _places(evidence: MovedEvidence, visit: Visit[Card], ended: Instant) -> set[str]:
    """Say where a device may stand by what it was told, and by what was chosen there."""
    said = [one for one in evidence.evening.sent if one.node == visit.node and one.began <= ended]
    old = [one for one in said if one.ended + evidence.hears < visit.began]
    # What it has surely heard of is over as soon as it has heard of the next.
    sure = len(old) if visit.is_in_reach else 0
    by_hand = [
        one for one in evidence.evening.chosen if one.node == visit.node and one.began <= ended
    ]
    if not by_hand:
        return {one.gate_id for one in said[max(0, sure - 1) :]}
    last = by_hand[-1]
    if any(one.began > last.ended for one in said[:sure]):
        known = {one.gate_id for one in said[max(0, last.heard - 1) :] if one.began <= last.ended}
        # Sent away and back before it asked, it heard of nothing, and stays as it was chosen.
        stays = {last.gate_id} if said[sure - 1].gate_id in known else set()
        return stays | {one.gate_id for one in said[sure - 1 :]}
    return {last.gate_id} | {one.gate_id for one in said[last.heard :]}


def check_guests(evidence: MovedEvidence) -> Iterator[str]:
    """Yield each holder who was turned away by it, or let in without the ledger's word."""
    for visit in evidence.visits:
        if visit.answer is None or not visit.is_in_reach:
            continue
        if may_have_come(evidence.visits, visit):
            continue
        if not visit.is_green:
            yield f"{visit}: turned away with a good ticket"
        elif visit.answer.mode != "online":
            yield f"{visit}: let in alone, and the ledger could be asked"


judge_moved: Final = make_judge(
    "moved", MovedEvidence.gather, check_places, check_guests, check_doubles
)
