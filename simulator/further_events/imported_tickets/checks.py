"""What is promised of another box office's tickets, judged by who showed which code how.

A code is its ticket's, scanned or keyed in, at every gate: nobody comes in on it again where that
is known, and what happens twice is named. Of codes of nobody's that are keyed in, a gate answers
ten in a row, and then one a minute; meanwhile a person looks at each, and the gate does not say
whose a good one is. What a reader has read is no guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from shared.kernel.instant import MINUTE
from simulator.further_events.imported_tickets.evening import NOBODYS, Imported
from simulator.judging.accused import check_doubles
from simulator.judging.evening_evidence import EveningEvidence, check_known
from simulator.judging.evidence import make_judge
from simulator.judging.seen_visits import Card, Visit, may_have_come

IN_A_ROW: Final = 10
PER_MINUTE: Final = 1
ROUNDED: Final = 1
"""One of which it cannot be said on which side of a minute's end it was."""
DRIFT_MAX: Final = 0.000_1
"""Of what has passed, so much may a gate's steady clock be off: a limit that ends by it may still
stand by the true time."""


ImportedEvidence = EveningEvidence[Imported, Card]


def check_guesses(evidence: ImportedEvidence) -> Iterator[str]:
    """Yield each run of guesses of which a gate answered too many, and each person asked early."""
    gates = {(one.node, one.start) for one in evidence.visits}
    for gate in sorted(gates):
        here = [one for one in evidence.visits if (one.node, one.start) == gate]
        missed = _missed(here)
        for first, begun in enumerate(missed):
            for count, ended in enumerate(missed[first:], 1):
                if count > IN_A_ROW + _minutes(begun, ended) + ROUNDED:
                    yield f"{gate[0]}: {count} guesses answered in {(ended - begun) // 1000} ms"
                    break
        for one in here:
            if one.answer is None or one.answer.reason != "supervisor":
                continue
            if not one.asked.is_manual:
                yield f"{one}: sent to a person, and a reader has read it"
            elif not _may_be_closed(evidence, one):
                yield f"{one}: sent to a person, and few had guessed"


def check_silent(evidence: ImportedEvidence) -> Iterator[str]:
    """Yield each code of which a gate says whose it is and should not, or whose it is not."""
    for one in evidence.visits:
        if one.answer is None:
            continue
        named = one.answer.ticket_id
        if one.answer.reason == "supervisor":
            if named or one.answer.ticket_type or one.answer.used:
                yield f"{one}: sent to a person, with what nobody may guess: {named}"
        elif named not in {None, f"{one.card.ticket_id:016x}"}:
            yield f"{one}: taken for {named}"


def check_good(evidence: ImportedEvidence) -> Iterator[str]:
    """Yield each holder who had not come, and was turned away; and each who came by nothing."""
    for one in evidence.visits:
        if one.answer is None or one.answer.reason == "supervisor":
            continue
        if one.card.ticket_id == NOBODYS:
            if one.is_green:
                yield f"{one}: let in by a code of nobody's"
            continue
        has_known = one.card.ticket_id not in evidence.evening.late or one.is_in_reach
        if has_known and not one.is_green and not may_have_come(evidence.visits, one):
            yield f"{one}: turned away with a good ticket"


def _is_answered_guess(one: Visit[Card]) -> bool:
    is_guess = one.asked.is_manual and one.answer is not None
    return is_guess and one.answer is not None and one.answer.reason == "unknown_ticket"


def _missed(visits: Iterable[Visit[Card]]) -> list[int]:
    return sorted(one.ended or 0 for one in visits if _is_answered_guess(one))


def _may_be_closed(evidence: ImportedEvidence, one: Visit[Card]) -> bool:
    """Tell whether a run of guesses was still so long that the next had to wait.

    A gate counts by its own steady clock, anew with each start; what the ledger counts of it goes
    on, by the clock on the ledger's wall (sync.md, section 4). Where that was wrong, nobody can
    say how long ago it has seen the guesses, but there must be some.
    """
    is_alone = one.answer is not None and one.answer.mode == "offline"
    here = [
        other
        for other in evidence.visits
        if other.node == one.node and (other.start == one.start or not is_alone)
    ]
    before = [at for at in _missed(here) if at <= (one.ended or 0)]
    if before and not is_alone and not evidence.has_true_server:
        return True
    return any(
        len(before) - first + ROUNDED >= IN_A_ROW + _minutes(begun, one.began) * (1 - DRIFT_MAX)
        for first, begun in enumerate(before)
    )


def _minutes(begun: int, ended: int) -> float:
    return max(0, ended - begun) * PER_MINUTE / MINUTE


judge_imported: Final = make_judge(
    "imported",
    ImportedEvidence.gather,
    check_guesses,
    check_silent,
    check_good,
    check_known,
    check_doubles,
)
