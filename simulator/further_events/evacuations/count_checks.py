"""How often somebody may come in on a ticket of a zone that is emptied, and how many are inside.

Everybody counts as outside when people are let back in; between two such moments a ticket lets in
once. What is taken back has never been: both sides of that moment are one again.
"""

from __future__ import annotations

from collections.abc import Iterator

from simulator.further_events.evacuations.evidence import EmptiedEvidence, Passage, Word
from simulator.further_events.evacuations.guests import APART, tries_of
from simulator.further_events.evacuations.record import ANNUL
from simulator.judging.accused import OF_CLOCKS


def check_once(evidence: EmptiedEvidence) -> Iterator[str]:
    """Yield each ticket on which the ledger let somebody in beside another whom it let in."""
    for ticket_id, passages in evidence.passages.items():
        grants = [one for one in passages if one.is_granted and one.direction == "in"]
        words = [one for one in evidence.words if one.phase in {"return", ANNUL}]
        # Who came in between two returns, and by which evacuation they were sent out.
        sent_out: list[tuple[str, int]] = []
        inside = 0
        steps: list[Passage | Word] = [*grants, *words]
        for one in sorted(steps, key=lambda one: one.number):
            if isinstance(one, Passage):
                if inside:
                    yield f"ticket {ticket_id:016x}: granted at {one.number} beside another"
                inside += 1
            elif one.phase == "return":
                sent_out.append((one.name, inside))
                inside = 0
            else:
                sent_out, inside = _take_back(sent_out, inside, one.name)


def _take_back(
    sent_out: list[tuple[str, int]], inside: int, name: str
) -> tuple[list[tuple[str, int]], int]:
    """Let those be inside again whom an evacuation sent out, unless a later one did so too."""
    left: list[tuple[str, int]] = []
    carried = 0
    for other, count in sent_out:
        if other == name:
            carried += count
        else:
            left.append((other, count + carried))
            carried = 0
    return left, inside + carried


def _stays(evidence: EmptiedEvidence, ticket_id: int, passages: list[Passage]) -> list[int] | None:
    """Count who came in before, between and after the returns that stand; None where unclear.

    It is clear where everybody came in well before or after each of them, by true time, and
    nobody went out but because of them.
    """
    if evidence.left_for_good(ticket_id):
        return None
    said = evidence.record.said
    annulled = {one.name for one in said if one.phase == ANNUL}
    names = {one.name for one in said if one.phase == "return"} - annulled
    moments = sorted(
        (
            min(one.began for one in said if one.name == name and one.phase == "return") - APART,
            max(one.ended for one in said if one.name == name and one.phase == "return") + APART,
        )
        for name in names
    )
    stays = [0] * (len(moments) + 1)
    for one in passages:
        if one.direction == "out":
            continue
        if one.span is None:
            return None
        began, ended = one.span
        if any(began <= until and ended >= since for since, until in moments):
            return None
        stays[sum(until < began for _, until in moments)] += 1
    return stays


def _is_judged(evidence: EmptiedEvidence) -> bool:
    return evidence.has_true_clocks and evidence.record.is_whole


def check_named(evidence: EmptiedEvidence) -> Iterator[str]:
    """Yield each double that no conflict names, and each accusation of nobody."""
    if not _is_judged(evidence):
        return
    named = set()
    annulled = any(one.phase == ANNUL for one in evidence.record.said)
    for conflict in evidence.ledger.conflicts:
        if conflict.kind == "double_use" and conflict.disposition != "withdrawn":
            named.add(conflict.ticket_id)
        is_of_annulled = conflict.kind == "evacuation_unproven" and annulled
        if conflict.kind not in {"double_use", *OF_CLOCKS} and not is_of_annulled:
            yield f"conflict {conflict.kind} of {conflict.device_id}, and nothing of it happened"
    for ticket_id, passages in evidence.passages.items():
        stays = _stays(evidence, ticket_id, passages)
        if stays is None:
            continue
        if max(stays) > 1 and ticket_id not in named:
            yield f"ticket {ticket_id:016x}: {stays} came in, and no conflict names it"
        if max(stays) <= 1 and ticket_id in named:
            yield f"ticket {ticket_id:016x}: {stays} came in, and it is accused"


def check_last(evidence: EmptiedEvidence) -> Iterator[str]:
    """Yield who came when all was over, and was let in or turned away against what happened."""
    if not _is_judged(evidence):
        return
    visits, claims = evidence.record.last
    begun = [visit.began for visit in evidence.record.visits[visits:]]
    begun += [claimed.began for claimed in evidence.record.claimed[claims:]]
    since = min(begun)
    for one in tries_of(evidence):
        if one.began < since or one.ended is None:
            continue
        before = [
            way
            for way in evidence.passages.get(one.ticket_id, [])
            if way.span is None or way.span[0] < since
        ]
        stays = _stays(evidence, one.ticket_id, before)
        if one.is_told_stopped:
            yield f"{one.name}: told that the zone is emptied, and all was over"
        elif stays is not None and one.is_green != (stays[-1] == 0):
            yield f"{one.name}: {stays} came in before, and is {one.is_green}"


def check_inside(evidence: EmptiedEvidence) -> Iterator[str]:
    """Yield how many places the ledger counts as taken, where that is not how many are."""
    if not _is_judged(evidence):
        return
    least = most = 0
    for ticket_id, passages in evidence.passages.items():
        stays = _stays(evidence, ticket_id, passages)
        if stays is None:
            most += sum(one.direction == "in" for one in passages)
            continue
        inside = away = 0
        for came in stays:
            away += inside
            inside, away = came, max(0, away - came)
        least += inside + away
        most += inside + away
    (counted,) = evidence.ledger.inside.values()
    if not least <= counted <= most:
        yield f"{counted} places are taken, and it should be {least} to {most}"
