"""What is promised of lists that are undone, judged by what the organizer was answered, and when.

A list is undone whole only where nobody has come in on it; where it is undone for all others, who
has come in keeps the ticket. A ticket that is good no more lets nobody in where that is known, and
one that is brought again lets its holder in who had not come. Whoever came in by a ticket that is
undone by then, or was, and of whom the ledger did not know, is named; nobody else is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from shared.kernel.id_types import ClaimId, TicketId
from shared.kernel.instant import Instant
from simulator.further_events.lists_taken_back.evening import Asked, TakenBack, Turn
from simulator.judging.accused import check_doubles
from simulator.judging.evening_evidence import EveningEvidence, check_known, check_ledger
from simulator.judging.evidence import make_judge
from simulator.judging.seen_visits import Card, Visit, may_have_come

OF_UNDONE: Final = frozenset({"admitted_after_void", "payout_and_entry"})
"""Somebody came in by a ticket after it was cancelled, or before and nobody knew."""

TakenBackEvidence = EveningEvidence[TakenBack, Card]


def check_refused(evidence: TakenBackEvidence) -> Iterator[str]:
    """Yield each undone list on which the ledger knew of somebody, and each refusal for nobody."""
    for asked in evidence.evening.asked:
        if not asked.is_refused and (known := _known_to_ledger(evidence, asked.tickets, asked)):
            yield f"a list was undone, and {known[0]} was known"
        if asked.is_refused and not _perhaps_known(evidence, asked.tickets, asked):
            yield f"a list was kept at {asked.ended}, and nobody had come in on it"


def check_kept(evidence: TakenBackEvidence) -> Iterator[str]:
    """Yield each ticket that was taken from who had come in, and each that stayed for nobody."""
    for turn in evidence.evening.turns:
        for known in _known_to_ledger(evidence, turn.tickets, turn) if not turn.is_good else ():
            yield f"{known}: had come in, and has lost the ticket"
        for ticket_id in turn.kept:
            if not _perhaps_known(evidence, {ticket_id}, turn):
                yield f"ticket {ticket_id:016x} stays good, and nobody had come in on it"


def check_gone(evidence: TakenBackEvidence) -> Iterator[str]:
    """Yield each who came in by a ticket of an undone list, where that was known."""
    for visit in evidence.visits:
        last = _last_turn(evidence, visit)
        if last is None or last.is_good or not visit.is_entry or visit.answer is None:
            continue
        entry = evidence.entries.get(visit.number)
        has_heard = entry is not None and entry.entry.cursor >= last.head
        if visit.answer.mode == "online" or has_heard:
            yield f"{visit}: let in, and undone since {last.ended}"


def check_good(evidence: TakenBackEvidence) -> Iterator[str]:
    """Yield each holder of a good ticket who had not come, and was turned away."""
    for visit in evidence.visits:
        if visit.answer is None or visit.is_green or may_have_come(evidence.visits, visit):
            continue
        if _is_surely_good(evidence, visit) and not evidence.may_be_granted(visit):
            yield f"{visit}: turned away with a good ticket"


def check_named(evidence: TakenBackEvidence) -> Iterator[str]:
    """Yield each entry by an undone ticket that nobody is told of, and each that there was not."""
    named = {
        side: conflict
        for conflict in evidence.ledger.conflicts
        if conflict.kind in OF_UNDONE and conflict.disposition != "withdrawn"
        for side in conflict.sides
    }
    ended = [turn for turn in evidence.evening.turns if not turn.is_good]
    undone = {ticket_id for turn in ended for ticket_id in turn.tickets}
    ends = {ticket_id: turn for turn in evidence.evening.turns for ticket_id in turn.tickets}
    came = {
        one.answer.claim_id: one
        for one in evidence.visits
        if one.is_entry and one.answer is not None
    }
    for side, conflict in named.items():
        visit = came.get(ClaimId(side))
        if visit is None or visit.card.ticket_id not in undone:
            yield f"conflict {conflict.kind} of claim {side}, and it is not undone"
    for claim, entry in came.items():
        end = ends.get(entry.card.ticket_id)
        if end is not None and not end.is_good and claim not in named:
            yield f"{entry}: came in by a ticket that is undone, and is not named"


def check_accused(evidence: TakenBackEvidence) -> Iterator[str]:
    """Yield each double that is not named, and each other accusation."""
    others = [one for one in evidence.ledger.conflicts if one.kind not in OF_UNDONE]
    yield from check_doubles(evidence, others)


def _last_turn(evidence: TakenBackEvidence, visit: Visit[Card]) -> Turn | None:
    """Find what was said last of a ticket; None where it is not sure which word was the last."""
    about = [one for one in evidence.evening.turns if visit.card.ticket_id in one.tickets]
    if any(_is_amid(visit, one) for one in about):
        return None
    return max((one for one in about if one.ended < visit.began), key=_end, default=None)


def _is_amid(visit: Visit[Card], turn: Turn) -> bool:
    return turn.began <= (visit.ended or visit.began) and visit.began <= turn.ended


def _end(turn: Turn) -> Instant:
    return turn.ended


def _is_surely_good(evidence: TakenBackEvidence, visit: Visit[Card]) -> bool:
    """Tell whether the gate must take a ticket for good, by whichever word it has heard."""
    about = [one for one in evidence.evening.turns if visit.card.ticket_id in one.tickets]
    if not [one for one in about if one.began <= (visit.ended or visit.began)]:
        return True
    last = _last_turn(evidence, visit)
    if last is None or not last.is_good or not visit.is_in_reach:
        return False
    return visit.began - last.ended > evidence.hears


def _known_to_ledger(
    evidence: TakenBackEvidence, tickets: Iterable[TicketId], asked: Asked | Turn
) -> list[Visit[Card]]:
    """Find whom the ledger itself had let in before the organizer asked."""
    among = frozenset(tickets)
    return [
        one
        for one in evidence.visits
        if one.card.ticket_id in among and one.is_entry and one.answer is not None
        if one.answer.mode == "online" and one.ended is not None and one.ended < asked.began
    ]


def _perhaps_known(
    evidence: TakenBackEvidence, tickets: Iterable[TicketId], asked: Asked | Turn
) -> bool:
    """Tell whether the ledger may have known of anybody when it answered."""
    among = frozenset(tickets)
    return any(
        one.card.ticket_id in among
        and one.began <= asked.ended
        and (one.is_green or one.answer is None or one.answer.mode != "online")
        for one in evidence.visits
    )


judge_taken_back: Final = make_judge(
    "taken back",
    TakenBackEvidence.gather,
    check_refused,
    check_kept,
    check_gone,
    check_good,
    check_known,
    check_ledger,
    check_named,
    check_accused,
)
