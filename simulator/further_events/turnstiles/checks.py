"""What is promised where turnstiles are, by who went through them.

In doubt somebody is inside. Who has gone in has used their ticket, and who has not gone in for
certain has not; who has gone out may come back, and nobody comes in for somebody who has stayed.
So there are never more inside than a ticket is for, but where gates that could not ask let in, as
the policy says, and that is named; or where somebody was scanned out and stayed of whom no sensor
could tell. Whoever is scanned out counts as gone until it is known that they stayed: who comes in
meanwhile on the same code is one too many, and that is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from gatekeeper.turnstile.granted_passages import GRANTED
from shared.admission.offline_policy import OfflinePolicy
from shared.journal.entry import NoteBody
from shared.kernel.instant import INSTANT_MAX, Instant
from simulator.further_events.turnstiles.arm import Feels, Word
from simulator.further_events.turnstiles.evening import Turnstiles
from simulator.further_events.turnstiles.record import Body, Party, Walk, inside_at
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evening_evidence import EveningEvidence
from simulator.judging.evidence import make_judge
from simulator.judging.seen_visits import Visit

ONLINE: Final = "online"
PASSED: Final = "passed"
FREED_MAX: Final = 3
"""So many in a row may be freed where a sensor tells of nobody (decision record 0143)."""


class TurnstilesEvidence(EveningEvidence[Turnstiles, Party]):
    """All of it, when it is quiet."""

    @cached_property
    def notes(self) -> dict[str, int]:
        """How many have passed by what gates have on record of their arms, by the claim's id."""
        return {claim: int(count) for claim, count in self._read_notes(PASSED)}

    @cached_property
    def opened(self) -> frozenset[str]:
        """For whom arms opened, by what gates have on record: claims."""
        return frozenset(claim for (claim,) in self._read_notes(GRANTED))

    def _read_notes(self, topic: str) -> Iterator[list[str]]:
        for one in self.held.values():
            if isinstance(one.body, NoteBody) and one.body.topic == topic:
                yield one.body.text.split()

    def walks_of(self, party: Party) -> list[Walk]:
        """List what became of a ticket's green lights, in order."""
        return [one for one in self.evening.walks if one.visit.card == party]

    def most_inside(self, party: Party) -> int:
        """Count how many were inside on a ticket at once, at most."""
        walks = self.walks_of(party)
        moments = [body.passed_at for one in walks for body in one.bodies if body.passed_at]
        return max((inside_at(walks, party, moment) for moment in moments), default=0)

    def is_handed_out(self, out: Walk, walk: Walk) -> bool:
        """Tell whether somebody came in before it was known that not all went out."""
        is_stay = out.granted.is_exit and out.passed < out.granted.persons
        if out.granted.is_offered:
            return False
        known = (out.ended or out.began) + self.hears
        came = walk.visit.ended or walk.visit.began
        return is_stay and not walk.granted.is_exit and out.visit.began <= came <= known

    def is_before_release(self, walk: Walk) -> bool:
        """Tell whether somebody came in by a way out whose gate died before it could say green.

        The arm stayed closed; the ledger counts them as gone until the gate is back and says so.
        """
        party, came = walk.visit.card, walk.visit.ended or walk.visit.began
        return not walk.granted.is_exit and any(
            out.began <= came <= self._back_at(out) + self.hears
            for out in self.visits
            if out.card == party and out.direction == "out" and out.answer is None
        )

    def _back_at(self, visit: Visit[Party]) -> Instant:
        """When a gate that died in a visit was first heard at the ledger again."""
        return min(
            (
                one.ended
                for one in self.visits
                if one.node == visit.node and one.start > visit.start
                if one.ended is not None and one.answer is not None
                if one.answer.mode == ONLINE
            ),
            default=INSTANT_MAX,
        )

    @cached_property
    def doubted(self) -> frozenset[int]:
        """Name the visits at which a sensor is not believed, though it is fine (0143): by number.

        It has told of nobody for some visitors. Who turns back then has used their ticket.
        """
        rows: dict[tuple[str, int], int] = {}
        found = set()
        for walk in self.evening.walks:
            place = walk.visit.node, walk.visit.start
            is_felt = any(one.passed_at and one.fate.feels is Feels.FINE for one in walk.bodies)
            rows[place] = 0 if is_felt else rows.get(place, 0) + 1
            if rows[place] > FREED_MAX:
                found.add(walk.visit.number)
        return frozenset(found)

    def gone(self, walk: Walk) -> int:
        """Count who is outside by a way out, as the ledger has it."""
        use = self.ledger.uses.get(walk.granted.claim_id)
        return 0 if use is None or use.is_annulled else use.count

    def stands(self, walk: Walk) -> bool:
        """Tell whether the ledger has a passage, and counts it."""
        use = self.ledger.uses.get(walk.granted.claim_id)
        return use is not None and not use.is_annulled


def _is_dead(walk: Walk) -> bool:
    return any(one.fate.feels is Feels.DEAD for one in walk.bodies if one.has_sensor)


def check_dead(evidence: TurnstilesEvidence) -> Iterator[str]:
    """Yield each ticket that a dead sensor has freed although people went, after some in a row.

    Whoever was seen, or did not go, ends or lengthens the row as the case may be: only rows of
    people who went and whose tickets were freed are counted, so that the judge knows nothing of
    what the gate has counted.
    """
    rows: dict[tuple[str, int], int] = {}
    for walk in evidence.evening.walks:
        if walk.granted.is_exit or not walk.is_whole:
            continue
        place = walk.visit.node, walk.visit.start
        if not _is_dead(walk):
            rows[place] = 0
        elif walk.passed and not evidence.stands(walk):
            rows[place] = rows.get(place, 0) + 1
            if rows[place] > FREED_MAX:
                yield f"{walk}: {rows[place]} in a row went in, and their tickets were freed"


def check_inside(evidence: TurnstilesEvidence) -> Iterator[str]:
    """Yield each ticket on which more were inside than it is for, and no policy allows it."""
    for party in evidence.evening.parties:
        walks = evidence.walks_of(party)
        most = evidence.most_inside(party)
        if most <= party.persons or any(one.may_hide or _is_dead(one) for one in walks):
            continue
        if any(evidence.is_handed_out(one, other) for one in walks for other in walks):
            continue
        if any(evidence.is_before_release(one) for one in walks):
            continue
        ins = [one for one in walks if not one.granted.is_exit and one.passed]
        modes = {one.visit.answer.mode for one in ins if one.visit.answer is not None}
        is_apart = evidence.evening.policy is OfflinePolicy.OPEN and modes != {ONLINE}
        if not (is_apart and len({one.visit.node for one in walks}) > 1):
            said = "; ".join(map(str, walks))
            yield f"{most} were inside on a ticket for {party.persons}: {said}"


def check_used(evidence: TurnstilesEvidence) -> Iterator[str]:
    """Yield each way in that was taken back though somebody went, or stands though nobody did."""
    for walk in evidence.evening.walks:
        if walk.granted.is_exit:
            continue
        stands = evidence.stands(walk)
        if _is_dead(walk):
            continue
        if walk.passed and not stands:
            yield f"{walk}: somebody went in, and the ticket was freed"
        elif not walk.passed and walk.is_seen and stands and not _is_doubted(evidence, walk):
            yield f"{walk}: nobody went in, and the ticket stays used"


def check_unopened(evidence: TurnstilesEvidence) -> Iterator[str]:
    """Yield each way in that counts though its arm was never told to open (record 0146)."""
    for use in evidence.ledger.uses.values():
        is_told = use.claim_id in evidence.opened
        if use.direction == "in" and not use.is_annulled and not is_told:
            yield f"ticket {use.ticket_id:016x} stays used by {use.claim_id}: no arm opened for it"


def check_out(evidence: TurnstilesEvidence) -> Iterator[str]:
    """Yield each way out that counts though somebody stayed, or not though all went."""
    for walk in evidence.evening.walks:
        if not walk.granted.is_exit or not walk.is_whole:
            continue
        gone, is_all = evidence.gone(walk), walk.passed == walk.granted.persons
        if gone > walk.passed and not walk.may_hide:
            yield f"{walk}: {gone} count as outside"
        elif is_all and not gone and all(_is_plain(one) for one in walk.bodies):
            yield f"{walk}: all went out, and they count as inside"


def _is_plain(body: Body) -> bool:
    """Tell whether nothing failed where somebody passed."""
    is_felt = not body.has_sensor or body.fate.feels is Feels.FINE
    return body.fate.word is Word.DONE and is_felt


def check_record(evidence: TurnstilesEvidence) -> Iterator[str]:
    """Yield of whom another number is on record than went through, where that could be seen."""
    for walk in evidence.evening.walks:
        seen = all(one.has_sensor and one.is_seen for one in walk.bodies)
        noted = evidence.notes.get(walk.granted.claim_id, 0)
        if walk.is_whole and seen and noted != walk.passed:
            yield f"{walk}: {noted} have passed by the record"


def check_good(evidence: TurnstilesEvidence) -> Iterator[str]:
    """Yield each who stands outside in the end, came to every lane, and was let in nowhere."""
    for party in evidence.evening.parties:
        walks = evidence.walks_of(party)
        visits = [one for one in evidence.visits if one.card == party]
        is_clear = all(_is_clear(one) and not _is_doubted(evidence, one) for one in walks)
        if not is_clear or any(one.answer is None for one in visits):
            continue
        for visit in visits:
            is_outside = evidence.evening.inside_before[visit.number] < party.persons
            is_last = visit.number >= evidence.evening.last
            if is_last and is_outside and not visit.is_green and not _is_beside(visit, walks):
                yield f"{visit}: stands outside with a good ticket"


def _is_doubted(evidence: TurnstilesEvidence, walk: Walk) -> bool:
    return not walk.passed and walk.visit.number in evidence.doubted


def _is_beside(visit: Visit[Party], walks: Iterable[Walk]) -> bool:
    """Tell whether another held a green light on the ticket while this one was answered."""
    return any(
        not one.granted.is_exit
        and one.visit.number != visit.number
        and one.visit.began <= (visit.ended or visit.began)
        and (one.ended is None or one.ended >= visit.began)
        for one in walks
    )


def _is_clear(walk: Walk) -> bool:
    """Tell whether all went through, and nothing failed; or surely nobody did.

    Not of a way out that the ledger heard of afterwards: where nothing proves what came first, it
    takes the place after which fewest may still enter (decision record 0027).
    """
    if walk.granted.is_exit and (walk.visit.answer is None or walk.visit.answer.mode != ONLINE):
        return False
    is_all = walk.passed == walk.granted.persons and all(_is_plain(one) for one in walk.bodies)
    return walk.is_whole and (is_all or (walk.is_seen and not walk.passed))


def check_accused(evidence: TurnstilesEvidence) -> Iterator[str]:
    """Yield each double that is not named, and each other accusation."""
    said = set()
    for conflict in evidence.ledger.conflicts:
        if conflict.kind == "double_use":
            if conflict.disposition != "withdrawn":
                said.add(conflict.ticket_id)
        elif evidence.has_true_server or conflict.kind not in OF_CLOCKS:
            yield f"conflict {conflict.kind} of {conflict.device_id}, and nothing of it happened"
    for party in evidence.evening.parties:
        uses = [
            one
            for one in evidence.ledger.uses.values()
            if one.ticket_id == party.ticket_id and not one.is_annulled
        ]
        outs = sum(one.count for one in uses if one.direction == "out")
        ins = sum(one.count for one in uses if one.direction == "in")
        is_double, is_said = ins - outs > party.persons, party.ticket_id in said
        # Of whom cut-off gates let out nobody can say when, but their clocks.
        if is_double > is_said or (is_said > is_double and not outs):
            how = f"for {party.persons}: {ins} in, {outs} out"
            yield f"ticket {party.ticket_id:016x} {how}, {'' if is_said else 'not '}named"
    yield from evidence.wrong


judge_turnstiles: Final = make_judge(
    "turnstiles",
    TurnstilesEvidence.gather,
    check_inside,
    check_used,
    check_unopened,
    check_dead,
    check_out,
    check_record,
    check_good,
    check_accused,
)
