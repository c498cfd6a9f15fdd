"""What is promised of tickets on wristbands, on paper and in chips, by who came with what.

Wristband and paper are one ticket for one use. A wristband's bytes on another tag let nobody in,
nor does a chip's message that no chip has made so, or that a gate has heard already: also one that
has lost its power since. What is genuine is turned away nowhere where the ledger can be asked, and
each double is named, whatever it was made with, and nothing else. What was lost and written anew
lets nobody in where that is known, and what was written in its place does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from shared.admission.offline_policy import OfflinePolicy
from simulator.further_events.tags.evening import Tagged
from simulator.further_events.tags.media import GENUINE, Holding, Medium, Reissue
from simulator.judging.accused import check_doubles
from simulator.judging.evening_evidence import EveningEvidence, check_ledger
from simulator.judging.evidence import make_judge
from simulator.judging.seen_visits import Visit, may_have_come

ONLINE: Final = "online"
NOTHING_KNOWN: Final = "stale_manifest"
"""A gate that knows nothing of the event takes nothing from a tag."""
OF_LOST: Final = "admitted_superseded"
"""Whom a gate that had not heard let in by what was lost is named so."""
FORGED: Final = "bad_signature"


class TaggedEvidence(EveningEvidence[Tagged, Holding]):
    """All of it, when it is quiet."""

    def reissue_of(self, visit: Visit[Holding]) -> Reissue | None:
        """Return what was written in the place of what was shown, if anything was by then."""
        found = self.evening.reissued.get(visit.card.ticket_id)
        if found is None or found.former != visit.card:
            return None
        return found if found.began <= (visit.ended or visit.began) else None

    def say(self, visit: Visit[Holding]) -> str:
        """Name a presentation for a finding."""
        shown = self.evening.shown[visit.number]
        tap = f" of tap {shown.taps}" if shown.taps else ""
        return f"{visit}, {shown.medium}{tap}"

    def taps_before(self, visit: Visit[Holding], *, answered: bool) -> int:
        """Return the last tap of a chip of which its gate had heard; 0 for none.

        Args:
            visit: Up to when, and where.
            answered: Only what it had answered is counted; else all that it may have heard.
        """
        heard = (
            self.evening.shown[one.number].taps
            for one in self.visits
            if one.node == visit.node
            and one.card.uid == visit.card.uid
            and self.evening.shown[one.number].medium is Medium.TAP
            and one.number != visit.number
            and (
                _is_told(one) and (one.ended or 0) < visit.began
                if answered
                else _may_count(one, visit)
            )
        )
        return max(heard, default=0)

    def is_played_back(self, visit: Visit[Holding]) -> bool:
        """Tell whether it is a message that this gate has heard, or one from before that."""
        shown = self.evening.shown[visit.number]
        heard = self.taps_before(visit, answered=True)
        return shown.medium is Medium.TAP and shown.taps <= heard

    def is_genuine(self, visit: Visit[Holding]) -> bool:
        """Tell whether it was the real thing, and new to its gate."""
        shown = self.evening.shown[visit.number]
        if shown.medium is Medium.TAP:
            return shown.taps > self.taps_before(visit, answered=False)
        return shown.medium in GENUINE


def _is_told(visit: Visit[Holding]) -> bool:
    return visit.answer is not None and visit.answer.reason != NOTHING_KNOWN


def _may_count(one: Visit[Holding], visit: Visit[Holding]) -> bool:
    return one.began <= (visit.ended or visit.began)


def check_forged(evidence: TaggedEvidence) -> Iterator[str]:
    """Yield each copy that let somebody in, or was not found to be one."""
    for visit in evidence.visits:
        medium = evidence.evening.shown[visit.number].medium
        is_copy = medium not in GENUINE or evidence.is_played_back(visit)
        if is_copy and visit.is_green:
            yield f"{evidence.say(visit)}: let in by a copy"
        elif is_copy and medium in _PROVEN and _is_told(visit) and not _is_forged(visit):
            yield f"{evidence.say(visit)}: a copy, and not taken for one"


_PROVEN: Final = frozenset({Medium.TAP, Medium.MADE_UP, Medium.ELSEWHERE, Medium.OTHER_TAG})
"""What a gate can tell to be a copy, whatever it knows of the ticket."""


def _is_forged(visit: Visit[Holding]) -> bool:
    return visit.answer is not None and visit.answer.reason == FORGED


def check_twice(evidence: TaggedEvidence) -> Iterator[str]:
    """Yield each ticket on which two came in where only one may."""
    came: dict[int, list[Visit[Holding]]] = {}
    for visit in evidence.visits:
        if visit.is_entry:
            came.setdefault(visit.card.ticket_id, []).append(visit)
    for visits in came.values():
        said = " and ".join(map(evidence.say, visits))
        online = sum(one.answer is not None and one.answer.mode == ONLINE for one in visits)
        at_one = max(Counter(one.node for one in visits).values())
        if online > 1:
            yield f"{said}: the ledger let {online} in"
        if at_one > 1:
            yield f"{said}: one gate let {at_one} in"
        if len(visits) > 1 and evidence.evening.policy is not OfflinePolicy.OPEN:
            yield f"{said}: let in twice, and the policy is {evidence.evening.policy.value}"


def check_alone(evidence: TaggedEvidence) -> Iterator[str]:
    """Yield whom a gate let in alone where none may."""
    for visit in evidence.visits:
        is_alone = visit.answer is not None and visit.answer.mode == "offline"
        if visit.is_entry and is_alone and evidence.evening.policy is OfflinePolicy.CLOSED:
            yield f"{evidence.say(visit)}: let in alone"


def check_good(evidence: TaggedEvidence) -> Iterator[str]:
    """Yield each who came with the real thing, had not come, and was turned away."""
    for visit in evidence.visits:
        if visit.answer is None or visit.is_green or not visit.is_of_ledger:
            continue
        if evidence.evening.policy is OfflinePolicy.HOME or not evidence.is_genuine(visit):
            continue
        if evidence.reissue_of(visit) is not None:
            continue
        if may_have_come(evidence.visits, visit):
            continue
        if not evidence.may_be_granted(visit):
            yield f"{evidence.say(visit)}: turned away with a good ticket"
    unsure = {name for name, one in evidence.evening.reissued.items() if one.ended is None}
    tickets = {one.card.ticket_id for one in evidence.visits} - unsure
    came = {one.card.ticket_id for one in evidence.visits if one.is_green or one.answer is None}
    for ticket_id in sorted(tickets - came):
        yield f"ticket {ticket_id:016x}: came to every gate when all was told, and is not inside"


def check_lost(evidence: TaggedEvidence) -> Iterator[str]:
    """Yield whom what was lost let in, where it was known that it had been written anew."""
    for visit in evidence.visits:
        reissue, held = evidence.reissue_of(visit), evidence.entries.get(visit.number)
        if reissue is None or reissue.ended is None or visit.answer is None or held is None:
            continue
        is_told = reissue.head > 0 and visit.began > reissue.ended
        is_told = is_told and (visit.answer.mode == ONLINE or held.entry.cursor >= reissue.head)
        if visit.is_entry and (is_told or visit.number >= evidence.evening.last):
            yield f"{evidence.say(visit)}: let in by what was lost"


def check_proven(evidence: TaggedEvidence) -> Iterator[str]:
    """Yield each gate with passages of which the ledger is not sure."""
    for node, count in evidence.evening.waiting.items():
        if count:
            yield f"{node}: {count} of its passages are not proven to the ledger"


def check_accused(evidence: TaggedEvidence) -> Iterator[str]:
    """Yield each double that is not named, and each other accusation."""
    found = {one.card.ticket_id for one in evidence.visits if evidence.reissue_of(one)}
    others = [
        one
        for one in evidence.ledger.conflicts
        if one.kind != OF_LOST or one.ticket_id not in found
    ]
    named = {one.ticket_id for one in evidence.ledger.conflicts if one.kind == OF_LOST}
    for visit in evidence.visits:
        reissue = evidence.reissue_of(visit)
        if reissue is None or not reissue.head or not visit.is_entry:
            continue
        if visit.began > (reissue.ended or 0) and visit.card.ticket_id not in named:
            yield f"{evidence.say(visit)}: let in by what was lost, and not named"
    yield from check_doubles(evidence, others)


judge_tagged: Final = make_judge(
    "tagged",
    TaggedEvidence.gather,
    check_forged,
    check_twice,
    check_alone,
    check_good,
    check_lost,
    check_ledger,
    check_proven,
    check_accused,
)
