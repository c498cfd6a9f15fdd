"""What an emptied zone is promised, judged by who came when, and what doors had been told.

Nobody comes in where an evacuation is known that lets nobody in, one being enough; who was inside
comes back once; what is taken back has never been; nobody has heard who has not.
"""

from __future__ import annotations

from collections.abc import Iterator

from simulator.further_events.evacuations.count_checks import (
    check_inside,
    check_last,
    check_named,
    check_once,
)
from simulator.further_events.evacuations.evening import Emptied
from simulator.further_events.evacuations.evidence import PHASES, EmptiedEvidence, far, is_stopped
from simulator.further_events.evacuations.guests import check_let_back, check_turned_away
from simulator.further_events.evacuations.record import ANNUL, DESK
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.ledger_and_device_views import view_ledger


def check_stop(evidence: EmptiedEvidence) -> Iterator[str]:
    """Yield each entry where it was known that the zone is emptied: at its gate, or the ledger.

    What another gate has said meanwhile may have been heard: over the network between them.
    """
    for visit in evidence.record.visits:
        known = [*evidence.known_to(visit), *evidence.let_in_by_others(visit)]
        if visit.is_entry and visit.direction == "in" and is_stopped(known):
            yield f"{visit}: let in, and its gate had heard {far(evidence.known_to(visit))}"
    for ticket_id, passages in evidence.passages.items():
        for one in passages:
            if one.direction == "in" and one.is_granted and is_stopped(evidence.told(one.number)):
                yield f"ticket {ticket_id:016x}: granted at {one.number}, and the zone is emptied"


def check_neighbours(evidence: EmptiedEvidence) -> Iterator[str]:
    """Yield each entry at a gate long after one beside it was told that the zone is emptied.

    By true time alone: these gates are never cut off from each other, whoever else is.
    """
    said = evidence.record.said
    for stop in said:
        if stop.phase != "stop" or stop.node == DESK or evidence.neighbours_hear is None:
            continue
        later = [one.began for one in said if one.name == stop.name and one is not stop]
        since, until = stop.ended + evidence.neighbours_hear, min(later, default=None)
        for visit in evidence.record.visits:
            if not visit.is_entry or visit.direction != "in" or visit.began <= since:
                continue
            if until is None or (visit.ended is not None and visit.ended < until):
                yield f"{visit}: let in, and {stop.node} had said {stop.name} at {stop.ended}"


def check_claims(evidence: EmptiedEvidence) -> Iterator[str]:
    """Yield each grant to a thin scanner between the organizer's stop and whatever comes next.

    By true time alone: whatever the feed says, the desk had its answer.
    """
    said = evidence.record.said
    for claimed in evidence.record.claimed:
        answer, ended, request = claimed.answer, claimed.ended, claimed.request
        if answer is None or ended is None or request.direction == "out":
            continue
        first = next(
            one for one in evidence.record.claimed if one.request.claim_id == request.claim_id
        )
        for stop in said:
            is_before = stop.phase == "stop" and stop.node == DESK and stop.ended < first.began
            others = [one for one in said if one.name == stop.name and one.phase != "stop"]
            if not is_before or any(one.began <= ended for one in others):
                continue
            if answer.verdict == "admit":
                yield f"claim {request.claim_id}: granted, and {stop.name} was ordered before"


def check_reach(evidence: EmptiedEvidence) -> Iterator[str]:
    """Yield each gate that is said to have heard and has not, or the other way round too long."""
    said = evidence.record.said
    for asked in evidence.record.asked:
        for name, (phase, devices) in asked.told.items():
            if devices.keys() != evidence.nodes and phase != "over":
                yield f"at {asked.ended} {sorted(devices)} are named as the zone's gates"
            newest = max(
                (one.began for one in said if one.name == name and one.began <= asked.ended),
                default=asked.began,
            )
            if phase == "over" and (not devices or any(devices.values())):
                yield f"at {asked.ended} {name} is over, and listed for {devices}"
            for node, has_heard in devices.items():
                known = asked.known.get(node)
                if known is None:
                    continue
                knows = PHASES.index(known[name]) if name in known else -1
                if has_heard and knows < PHASES.index(phase):
                    yield f"at {asked.ended} {node} has heard {phase} of {name}, and knows {known}"
                is_late = newest + evidence.hears < asked.began and node in asked.in_reach
                if not has_heard and is_late:
                    yield f"at {asked.ended} {node} has not heard {phase} of {name} in time"
        yield from _judge_list(evidence, asked.began, set(asked.told))


def _judge_list(evidence: EmptiedEvidence, began: int, listed: set[str]) -> Iterator[str]:
    """Yield what the organizer has begun, nobody has ended, and is not listed."""
    said = [one for one in evidence.record.said if one.node == DESK]
    for one in said:
        if one.ended >= began:
            continue
        others = [o for o in evidence.record.said if o.name == one.name and o.phase != "stop"]
        if one.phase == "stop" and not others and one.name not in listed:
            yield f"at {began} {one.name} was begun at {one.ended}, and is not listed"


def check_desk(evidence: EmptiedEvidence) -> Iterator[str]:
    """Yield each word of the organizer's that was refused for nothing, or taken too early."""
    said = evidence.record.said
    for refused in evidence.record.refused:
        before = {one.phase for one in said if one.name == refused.name}
        is_too_early = refused.phase == "over" and not any(
            one.phase == "return" and one.ended < refused.ended
            for one in said
            if one.name == refused.name
        )
        if not is_too_early and not before & {"over", ANNUL}:
            yield f"{refused.phase} of {refused.name}: {refused.why}"
    for one in said:
        earlier = {o.phase for o in said if o.name == one.name and o.began <= one.ended}
        if one.node == DESK and one.phase == "over" and not earlier & {"return", ANNUL}:
            yield f"{one.name}: over at {one.ended}, and nobody was let back"


async def judge_emptied(emptied: Emptied) -> list[Violation]:
    """Read everything, and run every check."""
    evidence = EmptiedEvidence(
        record=emptied.record,
        held=emptied.read_journals(),
        ledger=await view_ledger(emptied.server, emptied.site.event_id),
        hears=emptied.scenario.hears,
        neighbours_hear=emptied.neighbours_hear,
        nodes=frozenset(node.name for node in emptied.nodes),
        has_true_clocks=emptied.has_true_clocks,
    )
    wrong = [Violation("emptied desk", text) for text in emptied.owner.refused]
    return (
        run_checks(
            "emptied",
            evidence,
            check_stop,
            check_neighbours,
            check_claims,
            check_reach,
            check_desk,
            check_once,
            check_let_back,
            check_turned_away,
            check_named,
            check_last,
            check_inside,
        )
        + wrong
    )
