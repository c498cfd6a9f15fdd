"""What is promised of passes, judged by who came to which gate while which show was on.

A pass lets in once a show, and between shows not at all. Of two on one pass at one show the second
is kept out where the first is known, and where it is not both are named; who comes to each show
once is turned away at none, and accused of nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shared.kernel.instant import SECOND, Duration
from simulator.further_events.passes_over_shows.evening import Passes
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evening_evidence import EveningEvidence
from simulator.judging.evidence import make_judge
from simulator.judging.seen_visits import Card, Visit

UNSURE: Final[Duration] = 15 * SECOND
"""So close to the begin or the end of a show a gate's clock may have it otherwise."""
ONLINE: Final = "online"
OF_HOURS: Final = frozenset({"admitted_against_rules"})
"""What a server names by its own clock where a rule has hours: whoever came in beside a show's end
while that clock leapt."""


class PassesEvidence(EveningEvidence[Passes, Card]):
    """All of it, when it is quiet."""

    def show_at(self, visit: Visit[Card]) -> int | None:
        """Return which show was on for certain when somebody came, from 0; None for none.

        Raises:
            LookupError: if a clock may have it otherwise.
        """
        began, ended = visit.began, visit.ended or visit.began
        for number, show in enumerate(self.evening.shows):
            if show.doors + UNSURE <= began and ended <= show.ends - UNSURE:
                return number
            if began <= show.ends + UNSURE and show.doors - UNSURE <= ended:
                raise LookupError
        return None

    def by_pass(self) -> Iterator[tuple[int, list[Visit[Card]]]]:
        """Yield each pass with its presentations."""
        found: dict[int, list[Visit[Card]]] = {}
        for visit in self.visits:
            found.setdefault(visit.card.ticket_id, []).append(visit)
        yield from found.items()

    def is_told_apart(self, visits: list[Visit[Card]]) -> bool:
        """Tell whether it is certain of each in which show it was, or in none."""
        try:
            return [self.show_at(one) for one in visits] != []
        except LookupError:
            return False


def check_times(evidence: PassesEvidence) -> Iterator[str]:
    """Yield each who was let in while there was no show."""
    for visit in evidence.visits:
        is_sure = evidence.has_true_server and evidence.is_told_apart([visit])
        if is_sure and visit.is_entry and evidence.show_at(visit) is None:
            yield f"{visit}: let in between two shows"


def check_good(evidence: PassesEvidence) -> Iterator[str]:
    """Yield each who came to a show first, at a gate that could ask, and was turned away."""
    for _, visits in evidence.by_pass():
        for visit in visits:
            if visit.answer is None or visit.is_green or not visit.is_of_ledger:
                continue
            if not (evidence.has_true_server and evidence.is_told_apart([visit])):
                continue
            show = evidence.show_at(visit)
            if show is not None and not _may_be_used(evidence, visits, visit, show):
                yield f"{visit}: the first at show {show + 1}, and is turned away"


def _may_be_used(
    evidence: PassesEvidence, visits: list[Visit[Card]], visit: Visit[Card], show: int
) -> bool:
    """Tell whether somebody else may have come in on a pass at a show, or may just be asking."""
    for one in visits:
        if one is visit or one.began > (visit.ended or visit.began):
            continue
        is_elsewhere = evidence.is_told_apart([one]) and evidence.show_at(one) != show
        may_count = one.is_green or one.answer is None or (one.ended or 0) > visit.began
        if may_count and not is_elsewhere:
            return True
    return False


def check_once(evidence: PassesEvidence) -> Iterator[str]:
    """Yield each who was let in at a show where it was known that somebody was in on the pass."""
    for _, visits in evidence.by_pass():
        entries = [one for one in visits if one.is_entry and evidence.is_told_apart([one])]
        for place, later in enumerate(entries):
            for first in entries[:place]:
                is_same = evidence.show_at(first) == evidence.show_at(later) is not None
                if is_same and evidence.has_true_server and _is_known(first, later):
                    yield f"{later} after {first}: both at one show, and that was known"


def _is_known(first: Visit[Card], later: Visit[Card]) -> bool:
    assert first.answer is not None
    assert later.answer is not None
    if first.answer.mode == later.answer.mode == ONLINE:
        return True
    return first.node == later.node and (first.ended or 0) < later.began


def check_named(evidence: PassesEvidence) -> Iterator[str]:
    """Yield each pass of which not those are named who came beside another at one show."""
    named: dict[int, set[str]] = {}
    for one in evidence.ledger.conflicts:
        if one.kind == "double_use" and one.ticket_id is not None:
            if one.disposition != "withdrawn":
                named.setdefault(one.ticket_id, set()).update(one.sides)
        elif evidence.has_true_server or one.kind not in OF_CLOCKS | OF_HOURS:
            yield f"conflict {one.kind} of {one.device_id}, and nothing of it happened"
    for ticket_id, visits in evidence.by_pass():
        if not (evidence.has_true_server and evidence.is_told_apart(visits)):
            continue
        if any(one.answer is None for one in visits):
            continue  # somebody may have come in by a light that nobody saw
        by_show: dict[int | None, set[str]] = {}
        for visit in visits:
            if visit.is_entry and visit.answer is not None:
                by_show.setdefault(evidence.show_at(visit), set()).add(visit.answer.claim_id)
        expected = {claim for claims in by_show.values() if len(claims) > 1 for claim in claims}
        if named.get(ticket_id, set()) != expected:
            yield (
                f"pass {ticket_id:016x}: {len(expected)} came in beside another at one show,"
                f" and {len(named.get(ticket_id, set()))} are named"
            )
    yield from evidence.wrong


judge_passes: Final = make_judge(
    "passes", PassesEvidence.gather, check_times, check_good, check_once, check_named
)
