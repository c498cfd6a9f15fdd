"""What is promised where devices change zones and gates their policy, judged by who came where.

A device stands where it was sent, from when it has heard of it, and lets in by the tickets of that
zone alone. Neither zone ever holds more than it has places, whoever carried their shares to and
fro, and none of these is lost: when all is told everybody comes in for whom there is a place.
Cut off it admits where some policy that it may have heard last lets it, and does where each does.
Twice somebody comes in by such a gate alone, and that is named, and nothing else is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from shared.admission.offline_policy import OfflinePolicy
from shared.journal.entry import ScanBody
from shared.kernel.instant import Instant
from simulator.further_events.devices_sent_to_other_zones.evening import Crossed, Guest
from simulator.further_events.devices_sent_to_other_zones.ground import ROOMS
from simulator.judging.accused import check_doubles
from simulator.judging.evening_evidence import EveningEvidence
from simulator.judging.evidence import make_judge
from simulator.judging.heard_policies import knew_by, may_go_by
from simulator.judging.seen_visits import Visit, may_have_come

FULL: Final = "capacity_full"
ALONE: Final = "offline_policy"
ELSEWHERE: Final = "wrong_gate"


class CrossedEvidence(EveningEvidence[Crossed, Guest]):
    """All of it, when it is quiet."""

    def knew_by(self, visit: Visit[Guest]) -> Instant:
        """Return up to when a gate had surely heard of all when somebody came."""
        return knew_by(self.visits, visit, self.hears)

    def zone_of(self, visit: Visit[Guest]) -> str:
        """Say at which zone a gate recorded a presentation; "" where none is known."""
        held = self.entries.get(visit.number)
        body = None if held is None else held.body
        return self.evening.site.zones.get(body.gate_id, "") if isinstance(body, ScanBody) else ""


def check_places(evidence: CrossedEvidence) -> Iterator[str]:
    """Yield each scan at a gate to which its device was not sent, or where it was not any more."""
    for visit in evidence.visits:
        held = evidence.entries.get(visit.number)
        if held is None or not isinstance(held.body, ScanBody) or visit.ended is None:
            continue
        said = [
            one
            for one in evidence.evening.sent
            if one.node == visit.node and one.began <= visit.ended
        ]
        old = sum(one.ended < evidence.knew_by(visit) for one in said)
        may = {one.gate_id for one in said[max(0, old - 1) :]}
        # While it says that its gate is not known yet it stands at none, and lets nobody in.
        if held.body.gate_id not in may and (held.body.gate_id or visit.is_green):
            yield f"{visit}: on record at {held.body.gate_id}, and it stood at {sorted(may)}"


def check_zones(evidence: CrossedEvidence) -> Iterator[str]:
    """Yield each who was let into a zone for which their ticket is not."""
    for visit in evidence.visits:
        if visit.is_green and evidence.zone_of(visit) != visit.card.zone:
            yield f"{visit}: for the {visit.card.zone}, let into {evidence.zone_of(visit)!r}"


def check_room(evidence: CrossedEvidence) -> Iterator[str]:
    """Yield each zone that holds more than it has places, or fewer than could be filled."""
    came = Counter(evidence.zone_of(one) for one in evidence.visits if one.is_entry)
    tickets = {one.card.ticket_id: one.card for one in evidence.visits}
    wanted = Counter(one.zone for one in tickets.values())
    unknown = Counter(one.card.zone for one in evidence.visits if one.answer is None)
    for zone, room in ROOMS.items():
        if came[zone] > room:
            yield f"the {zone} holds {room}, and {came[zone]} came in"
        if came[zone] + unknown[zone] < min(room, wanted[zone]):
            yield f"the {zone} holds {room}, {wanted[zone]} came again, {came[zone]} are inside"


def check_policy(evidence: CrossedEvidence) -> Iterator[str]:
    """Yield whom a gate let in alone that may not, and whom it turned away that may."""
    for visit in evidence.visits:
        held = evidence.entries.get(visit.number)
        if visit.answer is None or visit.ended is None or held is None:
            continue
        if visit.answer.mode != "offline":
            continue
        known, read = evidence.knew_by(visit), held.entry.cursor
        may = may_go_by(evidence.evening.set, evidence.ledger, visit.ended, read, known)
        if visit.is_entry and OfflinePolicy.OPEN not in may:
            yield f"{visit}: let in alone, and the policy was {may}"
        if visit.answer.reason == ALONE and OfflinePolicy.CLOSED not in may:
            yield f"{visit}: turned away alone, and the policy was {may}"


def check_good(evidence: CrossedEvidence) -> Iterator[str]:
    """Yield each holder who had not come, and was turned away where the ledger could be asked."""
    for visit in evidence.visits:
        if visit.answer is None or visit.is_green or not visit.is_of_ledger:
            continue
        if evidence.zone_of(visit) != visit.card.zone or visit.answer.reason == FULL:
            continue
        # The ledger may know before the device that it was sent elsewhere.
        is_elsewhere = visit.answer.reason == ELSEWHERE and not visit.is_in_reach
        if is_elsewhere or may_have_come(evidence.visits, visit):
            continue
        if not evidence.may_be_granted(visit):
            yield f"{visit}: turned away with a good ticket"


def check_online(evidence: CrossedEvidence) -> Iterator[str]:
    """Yield each ticket on which two came in by the ledger's word."""
    came = [one for one in evidence.visits if one.is_entry and one.answer is not None]
    online = Counter(
        one.card.ticket_id
        for one in came
        if one.answer is not None and one.answer.mode == "online"
    )
    for ticket_id, count in online.items():
        if count > 1:
            yield f"ticket {ticket_id:016x}: the ledger let {count} in"


judge_crossed: Final = make_judge(
    "crossed",
    CrossedEvidence.gather,
    check_places,
    check_zones,
    check_room,
    check_policy,
    check_good,
    check_online,
    check_doubles,
)
