"""What is promised where a device claims what it never saw: by who came, and who heard of what.

Whoever has not come is turned away only for what the device has claimed, and no more once the
organizer has revoked it and the ledger is asked. A device that holds something for long where a
gate hears it all the while is named; nobody else is, and nobody who has held nothing for long. No
ticket lets in twice unnamed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from simulator.further_events.false_holds.evening import (
    NAMED_NO_SOONER,
    YIELDS_WITHIN,
    FalseHolds,
)
from simulator.judging.accused import check_doubles
from simulator.judging.evening_evidence import EveningEvidence, check_known, check_ledger
from simulator.judging.evidence import make_judge
from simulator.judging.seen_visits import Card, may_have_come

FALSE_PEER: Final = "false_peer"
ONLINE: Final = "online"


class FalseHoldsEvidence(EveningEvidence[FalseHolds, Card]):
    """All of it, when it is quiet."""


def check_turned_away(evidence: FalseHoldsEvidence) -> Iterator[str]:
    """Yield each who had not come, and was turned away for no claim, or for one that is over."""
    evening = evidence.evening
    for visit in evidence.visits:
        if visit.answer is None or visit.is_green or may_have_come(evidence.visits, visit):
            continue
        if visit.answer.mode == ONLINE and evidence.may_be_granted(visit):
            continue
        is_held = any(
            one.ticket_id == visit.card.ticket_id and one.began <= (visit.ended or visit.began)
            for one in evening.holds
        )
        if not is_held:
            yield f"{visit}: turned away with a good ticket"
        over = None if evening.revoked is None else evening.revoked + evidence.hears
        is_over = over is not None and visit.began > over + YIELDS_WITHIN
        if is_held and is_over and visit.is_in_reach and visit.answer.mode == ONLINE:
            yield f"{visit}: turned away for what a revoked device holds"


def check_in_the_end(evidence: FalseHoldsEvidence) -> Iterator[str]:
    """Yield each who comes to a gate when all is told, and has never come in."""
    came = {one.card.ticket_id for one in evidence.visits if one.is_green}
    for visit in evidence.visits:
        if visit.number >= evidence.evening.last and visit.card.ticket_id not in came:
            yield f"{visit}: never came in"


def check_named(evidence: FalseHoldsEvidence) -> Iterator[str]:
    """Yield whether the device is not named that must be, or somebody who must not be."""
    evening = evidence.evening
    named = {one.device_id for one in evidence.ledger.conflicts if one.kind == FALSE_PEER}
    rogue = evening.rogue.device_id
    if evening.must_be_named and rogue not in named:
        yield f"{sorted(evening.must_be_named)} heard {rogue} hold for long, and nobody says so"
    for other in sorted(named - {rogue}):
        yield f"{other} is named, and ends what it claims"
    until = evening.revoked if evening.revoked is not None else 0
    held_for = max((until - one.began for one in evening.holds), default=0)
    if rogue in named and held_for < NAMED_NO_SOONER:
        yield f"{rogue} is named, and has held nothing for long"


def check_others(evidence: FalseHoldsEvidence) -> Iterator[str]:
    """Yield each double that is not named, and each other accusation."""
    others = [one for one in evidence.ledger.conflicts if one.kind != FALSE_PEER]
    yield from check_doubles(evidence, others)


judge_false_holds: Final = make_judge(
    "false holds",
    FalseHoldsEvidence.gather,
    check_turned_away,
    check_in_the_end,
    check_named,
    check_others,
    check_known,
    check_ledger,
)
