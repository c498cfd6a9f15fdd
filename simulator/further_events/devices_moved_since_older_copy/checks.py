"""What is promised of devices that were moved since a copy, judged by who came in where.

Wherever a device stood, whom it has let in there is on record when it is back, also where the
ledger has forgotten that it was ever sent there: nobody comes in on that ticket any more, each
double is named, and nobody is accused of where they have been. Whoever has not come comes in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from simulator.further_events.devices_moved_since_older_copy.evening import MovedSinceCopy
from simulator.further_events.devices_sent_to_other_zones.evening import Guest
from simulator.judging.accused import check_doubles
from simulator.judging.evening_evidence import EveningEvidence
from simulator.judging.evidence import make_judge
from simulator.judging.seen_visits import may_have_come

ForgottenEvidence = EveningEvidence[MovedSinceCopy, Guest]


def check_spent(evidence: ForgottenEvidence) -> Iterator[str]:
    """Yield each who came in last on a ticket on which somebody is inside."""
    came = {one.card.ticket_id: one for one in reversed(evidence.visits) if one.is_entry}
    for visit in evidence.visits:
        first = came.get(visit.card.ticket_id)
        if visit.number < evidence.evening.last or not visit.is_entry or first is None:
            continue
        if first.number < evidence.evening.last:
            yield f"{visit}: let in, and {first} was"


def check_good(evidence: ForgottenEvidence) -> Iterator[str]:
    """Yield each who came last, at a gate of their zone, and was turned away for nothing."""
    for visit in evidence.visits:
        if visit.number < evidence.evening.last or visit.answer is None or visit.is_green:
            continue
        if not may_have_come(evidence.visits, visit):
            yield f"{visit}: turned away with a good ticket"


judge_moved_since_copy: Final = make_judge(
    "forgotten", ForgottenEvidence.gather, check_spent, check_good, check_doubles
)
