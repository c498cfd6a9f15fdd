"""What is promised of places that are called back, judged by who stood where at each moment.

The hall never holds more than it has places: none is sold twice. Who is told that the places are
on their way is told so of places that are there. Where all gates are in touch, whoever finds too
few is told so if there are enough; and who then scans again where nobody else has come in
meanwhile, is let in. Each ticket comes once: nobody is turned away as used, and nobody accused.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Final

from shared.journal.entry import ScanBody
from shared.kernel.instant import SECOND, Duration, Instant
from simulator.further_events.called_back_places.evening import PLACES, CalledBack, Party
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evening_evidence import EveningEvidence
from simulator.judging.evidence import make_judge
from simulator.judging.seen_visits import Visit, may_have_come

FULL: Final = "capacity_full"
SOON: Final[Duration] = 11 * SECOND
"""Within so long gates in touch have given back what they were asked for, at the quickest poll."""
KEPT: Final[Duration] = 14 * SECOND
"""And within so long nothing of it is granted to them anew."""
QUICK: Final[Duration] = 5 * SECOND
"""A poll by which gates hear so soon."""


class CalledBackEvidence(EveningEvidence[CalledBack, Party]):
    """All of it, when it is quiet."""

    @property
    def is_quick(self) -> bool:
        """Whether gates ask so often that the ledger, whose clock is right, has all in touch."""
        return self.has_true_server and self.evening.scenario.poll <= QUICK

    def is_calm(self, visit: Visit[Party]) -> bool:
        """Tell whether all gates were in touch while somebody was answered, and long before."""
        after = self.evening.after.get(visit.number)
        return after is not None and after.is_calm and self.evening.before[visit.number].is_calm

    def surely_inside(self, at: Instant, *, is_asked: bool = False) -> int:
        """Count who was in and had not begun to go; perhaps those alone whom the ledger let in."""
        count = 0
        for one in self.visits:
            if one.direction == "in" and one.is_entry and (one.ended or at) < at:
                is_known = one.answer is not None and one.answer.mode == "online"
                count += one.card.persons if is_known or not is_asked else 0
            elif one.direction == "out" and one.began <= at and self._goes_first(one):
                count -= one.card.persons
        return count

    def perhaps_inside(self, since: Instant, until: Instant) -> int:
        """Count who may be in at some moment of a while, as far as the ledger can know.

        That is who may have been let in by its end, seen or not, and had not surely been scanned
        out at its beginning.
        """
        gone = {
            one.card.ticket_id
            for one in self.visits
            if one.direction == "out" and one.is_green and one.answer is not None
            # What the ledger was asked for it knows at once.
            if (one.ended or since) + (0 if one.answer.mode == "online" else self.hears) < since
        }
        came = {
            one.card.ticket_id: one.card.persons
            for one in self.visits
            if one.direction == "in" and one.began <= until and _may_be_let_in(one)
            # Whom a gate did not let in after all it tells the ledger.
            if one.is_green or (one.ended or since) + self.hears >= since
        }
        return sum(count for ticket, count in came.items() if ticket not in gone)

    def gone_unproven(self) -> int:
        """Count who went out, and may be inside for the ledger all the same.

        A gate that lets out alone says when; where the server's clock is wrong that may prove
        nothing, and whoever went counts as inside: nobody may get in once too often
        (docs/decisions/0027). By the ledger's own word they have gone.
        """
        if self.has_true_server:
            return 0
        gone = {
            one.body.ticket_id: one.body.count
            for one in self.held.values()
            if isinstance(one.body, ScanBody) and one.body.verdict == "admit"
            if one.body.direction == "out" and one.body.mode != "online"
        }
        return sum(gone.values())

    def _goes_first(self, visit: Visit[Party]) -> bool:
        """Tell whether a party goes with that scan: it is scanned again where no gate works."""
        return not any(
            one.card.ticket_id == visit.card.ticket_id
            and one.direction == "out"
            and one.number < visit.number
            for one in self.visits
        )


def _may_be_let_in(visit: Visit[Party]) -> bool:
    """Tell whether the ledger may count somebody inside, who saw red where its word was late."""
    return visit.is_green or visit.answer is None or visit.answer.mode != "online"


def check_full(evidence: CalledBackEvidence) -> Iterator[str]:
    """Yield each who came in where no place was left."""
    for visit in evidence.visits:
        if visit.direction != "in" or not visit.is_entry or visit.ended is None:
            continue
        inside = evidence.surely_inside(Instant(visit.ended + 1))
        if inside > PLACES:
            yield f"{visit}: let in, and {inside} are in a hall of {PLACES}"


def check_promised(evidence: CalledBackEvidence) -> Iterator[str]:
    """Yield each who was told that places are on their way, and there were too few."""
    for visit in evidence.visits:
        if visit.answer is None or not visit.answer.called_back:
            continue
        if visit.answer.reason != FULL:
            yield f"{visit}: told to scan again, and the hall is not full"
        # What gates have let in alone the ledger need not have heard of.
        inside = evidence.surely_inside(visit.began, is_asked=True)
        if PLACES - inside < visit.card.persons:
            yield f"{visit}: told to scan again for {visit.card.persons}, and {inside} are in"


def check_told(evidence: CalledBackEvidence) -> Iterator[str]:
    """Yield each who was told that it is full, and enough places lay with gates in touch.

    Those are in touch whom the ledger heard within the last 45 seconds, by its clock.
    """
    if not evidence.is_quick:
        return
    for visit in evidence.visits:
        answer = visit.answer
        if answer is None or visit.direction != "in" or answer.reason != FULL:
            continue
        inside = evidence.perhaps_inside(visit.began, visit.ended or visit.began)
        is_known = answer.mode == "online" and evidence.is_calm(visit)
        if is_known and not answer.called_back and PLACES - inside >= visit.card.persons:
            yield f"{visit}: told that it is full, and at most {inside} are in"


def check_got(evidence: CalledBackEvidence) -> Iterator[str]:
    """Yield each who scanned again as they were told, and found no place, and nobody took it."""
    if not evidence.is_quick:
        return
    for number, first in enumerate(evidence.visits):
        if first.answer is None or not first.answer.called_back:
            continue
        later = evidence.visits[number + 1 :]
        again = next((one for one in later if one.card is first.card), None)
        if again is None or again.ended is None or again.node != first.node:
            continue
        waited = again.began - (first.ended or first.began)
        others = [
            one
            for one in evidence.visits
            if one is not first and one is not again and one.direction == "in"
            if _takes_a_place(one, first, again) or _was_just_told(one, first)
        ]
        is_calm = evidence.is_calm(first) and evidence.is_calm(again)
        if SOON <= waited <= KEPT and is_calm and not others and not again.is_green:
            yield f"{again}: nobody has come in since {first}, and there is no place"


def _takes_a_place(one: Visit[Party], first: Visit[Party], again: Visit[Party]) -> bool:
    is_between = first.began < (one.ended or math.inf) and one.began <= (again.ended or 0)
    return is_between and _may_be_let_in(one)


def _was_just_told(one: Visit[Party], first: Visit[Party]) -> bool:
    """Tell whether gates were asked for somebody else's places just before: for fewer, perhaps."""
    is_told = one.answer is not None and one.answer.called_back
    return is_told and first.began - 3 * SECOND < (one.ended or 0) and one.number < first.number


def check_good(evidence: CalledBackEvidence) -> Iterator[str]:
    """Yield each who had not come, and was turned away where the ledger could be asked."""
    for visit in evidence.visits:
        answer = visit.answer
        if answer is None or visit.direction != "in" or visit.is_green or answer.reason == FULL:
            continue
        if not visit.is_of_ledger or may_have_come(evidence.visits, visit):
            continue
        if not evidence.may_be_granted(visit):
            yield f"{visit}: turned away with a good ticket"


def check_accused(evidence: CalledBackEvidence) -> Iterator[str]:
    """Yield each accusation, and each party that the ledger counts otherwise than gates do."""
    for conflict in evidence.ledger.conflicts:
        if conflict.kind not in OF_CLOCKS or evidence.has_true_server:
            yield f"conflict {conflict.kind} of {conflict.subject}, for nothing"
    in_hall: Counter[int] = Counter()
    for held in evidence.held.values():
        body = held.body
        if isinstance(body, ScanBody) and body.verdict == "admit" and body.ticket_id is not None:
            in_hall[body.ticket_id] += body.count if body.direction == "in" else -body.count
    # Who was scanned out did not know whether they had been let in.
    inside = sum(count for count in in_hall.values() if count > 0)
    counted = sum(evidence.ledger.inside.values())
    if not inside <= counted <= inside + evidence.gone_unproven():
        yield f"{inside} are inside by the gates, and the ledger counts {counted}"
    yield from evidence.wrong


judge_called_back: Final = make_judge(
    "called back",
    CalledBackEvidence.gather,
    check_full,
    check_promised,
    check_told,
    check_got,
    check_good,
    check_accused,
)
