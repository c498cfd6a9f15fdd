"""What is promised where a home gives away what nobody asked for, judged by who came in where.

Nobody is kept out by it: every ticket lets its holder in, once, at its home's gate or by its word.
A home that gives one entry to two gates lets both in only where these do not hear each other, and
both are named. What was made up stands as a use for nobody, and who has written it is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from shared.journal.entry import ScanBody
from simulator.further_events.unasked_releases.evening import GivenAway
from simulator.judging.accused import check_doubles
from simulator.judging.evening_evidence import EveningEvidence
from simulator.judging.evidence import make_judge
from simulator.judging.ledger_and_device_views import HeldEntry
from simulator.judging.seen_visits import Card, Visit, may_have_come

MADE_UP: Final = "passage_unproven"
USED: Final = "already_used"


GivenEvidence = EveningEvidence[GivenAway, Card]


def check_once(evidence: GivenEvidence) -> Iterator[str]:
    """Yield each holder who was let in twice, or never: each has come to every gate."""
    entries: dict[int, list[Visit[Card]]] = {}
    for one in evidence.visits:
        came = entries.setdefault(one.card.ticket_id, [])
        if one.is_entry:
            came.append(one)
    unanswered = {one.card.ticket_id for one in evidence.visits if one.answer is None}
    for ticket_id, came in sorted(entries.items()):
        may_be_more = evidence.evening.is_generous and not any(
            are_in_touch(evidence, *pair) for pair in combinations(came, 2)
        )
        if (len(came) > 1 and not may_be_more) or (not came and ticket_id not in unanswered):
            yield f"ticket {ticket_id:016x} let its holder in: {[str(one) for one in came]}"


def are_in_touch(evidence: GivenEvidence, one: Visit[Card], other: Visit[Card]) -> bool:
    """Tell whether two visits were at one gate, or at two that heard each other both times."""
    touched = evidence.evening.in_touch
    is_mutual = other.node in touched[one.number] and one.node in touched[other.number]
    return one.node == other.node or is_mutual


def check_kept_out(evidence: GivenEvidence) -> Iterator[str]:
    """Yield each holder whom a gate took for one inside, because the rogue has said so alone."""
    said = evidence.evening.said_to_be_in - evidence.evening.given_up
    for visit in evidence.visits:
        is_said = visit.card.ticket_id in said
        if visit.answer is None or visit.answer.reason != USED or not is_said:
            continue
        if visit.node == evidence.evening.rogue.name or may_have_come(evidence.visits, visit):
            continue
        if not evidence.may_be_granted(visit):
            yield f"{visit}: kept out by what was made up"


def check_made_up(evidence: GivenEvidence) -> Iterator[str]:
    """Yield each gift or passage that is made up and counts, and what is not said of it."""
    for claim_id in sorted(evidence.evening.made_up & evidence.ledger.uses.keys()):
        yield f"{claim_id}: made up, and it counts"
    named = [one for one in evidence.ledger.conflicts if one.kind == MADE_UP]
    said = [(one.device_id, len(one.sides)) for one in named]
    count = len(evidence.evening.made_up)
    if said != [(evidence.evening.rogue.device_id, count)] * min(count, 1):
        yield f"{count} entries were made up, and this is named, by whom and how many: {said}"


def check_accused(evidence: GivenEvidence) -> Iterator[str]:
    """Yield each double that is not named, and each other accusation."""
    conflicts = [one for one in evidence.ledger.conflicts if one.kind != MADE_UP]
    true = [one for one in evidence.held.values() if not is_made_up(evidence, one)]
    yield from check_doubles(evidence, conflicts, true)


def is_made_up(evidence: GivenEvidence, held: HeldEntry) -> bool:
    """Tell whether an entry was written by who has the rogue's device."""
    return isinstance(held.body, ScanBody) and held.body.claim_id in evidence.evening.made_up


judge_given_away: Final = make_judge(
    "given away", GivenEvidence.gather, check_once, check_kept_out, check_made_up, check_accused
)
