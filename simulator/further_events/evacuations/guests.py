"""Who may come in while the zone is emptied again and again, and was turned away all the same."""

from __future__ import annotations

from collections.abc import Iterator

from shared.kernel.id_types import TicketId
from shared.kernel.instant import SECOND, Instant
from simulator.further_events.evacuations.evidence import (
    EmptiedEvidence,
    Passage,
    Word,
    is_stopped,
)
from simulator.further_events.evacuations.record import ANNUL

APART = 30 * SECOND
"""Passages further apart than clocks and their corrections can be wrong are in order for all."""


class Try:
    """One presentation on the way in, at a gate or to the thin scanner.

    Attributes:
        name: For a finding.
        ticket_id: Whose.
        claim_id: The claim's; "" where nobody saw an answer.
        began: True time.
        ended: Of the answer; None while there is none.
        is_green: They were let in.
        is_told_stopped: They were told that nobody is let in.
        could_ask: The ledger could be asked, or was.
        knew: The feed's number up to which whoever answered surely knew everything.
        words: What a gate knew of evacuations; None for the thin scanner.
        heard: What gates beside it may have told it besides.
        mode: As the gate said; `online` for the thin scanner.
    """

    def __init__(self, name: str, ticket_id: TicketId, began: Instant) -> None:
        self.name, self.ticket_id, self.began = name, ticket_id, began
        self.claim_id, self.mode, self.knew = "", "", 0
        self.ended: Instant | None = None
        self.is_green = self.is_told_stopped = self.could_ask = False
        self.words: list[Word] | None = None
        self.heard: list[Word] = []


def tries_of(evidence: EmptiedEvidence) -> list[Try]:
    """Return all ways in that somebody tried, in order of beginning."""
    found = []
    for visit in evidence.record.visits:
        if visit.direction != "in":
            continue
        one = Try(str(visit), visit.card.ticket_id, visit.began)
        held = evidence.entry_of(visit)
        if visit.answer is not None and held is not None:
            one.claim_id, one.mode = visit.answer.claim_id, visit.answer.mode
            one.ended, one.is_green = visit.ended, visit.is_green
            one.is_told_stopped = bool(visit.answer.stop)
            one.could_ask, one.knew = visit.is_in_reach, held.entry.cursor
            one.words, one.heard = evidence.known_to(visit), evidence.may_have_heard(visit)
        found.append(one)
    claims: dict[str, Try] = {}
    for claimed in evidence.record.claimed:
        if claimed.request.direction != "in":
            continue
        claim_id, ticket_id = claimed.request.claim_id, TicketId(evidence.ticket_of(claimed))
        # The same claim again gets the same answer: it was decided when it first arrived.
        first = Try(f"claim {claim_id} of {ticket_id:016x}", ticket_id, claimed.began)
        one = claims.setdefault(claim_id, first)
        if claimed.answer is not None and one.ended is None:
            one.claim_id, one.mode, one.ended = claim_id, "online", claimed.ended
            one.is_green = claimed.answer.verdict == "admit"
            one.is_told_stopped = bool(claimed.answer.stop)
            one.could_ask, one.knew = True, evidence.head_at(one.began)
    found += claims.values()
    return sorted(found, key=lambda one: one.began)


def check_turned_away(evidence: EmptiedEvidence) -> Iterator[str]:
    """Yield each holder who is told that the zone is emptied and it is not, or who is first."""
    begun: set[int] = set()
    for one in tries_of(evidence):
        is_first = one.ticket_id not in begun
        begun.add(one.ticket_id)
        if one.ended is None:
            continue
        if one.is_told_stopped:
            words, is_alone = [*(one.words or []), *one.heard], one.mode == "offline"
            # What the ledger decided it may have decided before the gate had read on.
            first = min(one.knew, evidence.head_at(one.began))
            may_be = (
                is_stopped(words) if is_alone else evidence.may_be_stopped(first, one.ended, words)
            )
            if one.mode != "lan" and not may_be:
                yield f"{one.name}: told that the zone is emptied"
        elif is_first and one.could_ask and not one.is_green and evidence.has_true_clocks:
            yield f"{one.name}: turned away with a good ticket"


def check_let_back(evidence: EmptiedEvidence) -> Iterator[str]:
    """Yield everybody who was inside when it was emptied, and was not let back in by who knew."""
    if not evidence.has_true_clocks or not evidence.record.is_whole:
        return
    tries = tries_of(evidence)
    annulled = {word.name for word in evidence.words if word.phase == ANNUL}
    for one in tries:
        is_answered = one.ended is not None and not one.is_green and not one.is_told_stopped
        if not is_answered or evidence.left_for_good(one.ticket_id):
            continue
        entry = _only_entry(evidence, tries, one)
        known = one.words if one.words is not None else evidence.told(one.knew)
        returns = {word.name for word in known if word.phase == "return"} - annulled
        said = [
            word
            for word in evidence.record.said
            if word.phase == "return" and word.name in returns
        ]
        if entry is None or entry.span is None or entry.number > one.knew:
            continue
        was_sent_out = any(entry.span[1] + APART < word.began for word in said)
        if was_sent_out and all(word.ended < one.began for word in said):
            yield f"{one.name}: was inside, may come back, and is turned away"


def _only_entry(evidence: EmptiedEvidence, tries: list[Try], one: Try) -> Passage | None:
    """Return the one way in on a ticket so far, where nobody else can have come in on it."""
    others = [
        other
        for other in tries
        if other is not one
        and other.ticket_id == one.ticket_id
        and other.began <= (one.ended or 0)
        and (other.is_green or other.ended is None or other.ended > one.began)
    ]
    names = {other.claim_id for other in others}
    ways = [way for way in evidence.passages.get(one.ticket_id, []) if way.direction == "in"]
    if len(names) != 1 or "" in names:
        return None
    return next((way for way in ways if way.claim_id in names), None)
