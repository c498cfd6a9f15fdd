"""What is promised of so many entries a day where the server has forgotten some of them.

By the gates' own journals. Who comes when fewer have come in is turned away at no gate that can
ask; a server that remembers lets nobody in beyond; when all is told nobody comes in beyond, and of
each ticket all are named who came in where more did than may, and nobody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

from shared.journal.entry import ScanBody
from shared.kernel.id_types import TicketId
from simulator.further_events.entries_a_day_put_back.evening import A_DAY, ADay
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evening_evidence import EveningEvidence, check_ledger
from simulator.judging.evidence import make_judge
from simulator.judging.running_counts import wrong_counts
from simulator.judging.seen_visits import Card, Visit

ONLINE: Final = "online"
RULES: Final = "rules_denied"


class ADayEvidence(EveningEvidence[ADay, Card]):
    """All of it, when it is quiet."""

    @cached_property
    def came(self) -> dict[TicketId, set[str]]:
        """By which claims somebody came in on each ticket, by the gates' journals."""
        found: dict[TicketId, set[str]] = {}
        for held in self.held.values():
            body = held.body
            if isinstance(body, ScanBody) and body.verdict == "admit" and body.ticket_id:
                found.setdefault(body.ticket_id, set()).add(body.claim_id)
        return found

    def others(self, visit: Visit[Card]) -> list[Visit[Card]]:
        """List the other presentations of the same ticket."""
        return [
            one
            for one in self.visits
            if one is not visit and one.card.ticket_id == visit.card.ticket_id
        ]

    def is_remembered(self, visits: Sequence[Visit[Card]]) -> bool:
        """Tell whether the server was not put back between the first of these and the last."""
        first, last = visits[0].began, visits[-1].ended or visits[-1].began
        put_back = self.evening.world.history.put_back
        return not any(one.copied <= last and first <= one.at for one in put_back)


def check_good(evidence: ADayEvidence) -> Iterator[str]:
    """Yield each whom the ledger turned away though fewer had come in than may."""
    for visit in evidence.visits:
        if visit.answer is None or visit.answer.reason != RULES or visit.ended is None:
            continue
        before = [one for one in evidence.others(visit) if one.began <= visit.ended]
        may_count = [
            one
            for one in before
            if one.is_green or one.answer is None or (one.ended or visit.ended) > visit.began
        ]
        if len(may_count) < A_DAY:
            yield f"{visit}: turned away, and {len(may_count)} may have come in"


def check_beyond(evidence: ADayEvidence) -> Iterator[str]:
    """Yield each whom a server let in beyond what it had let in itself, and had not forgotten."""
    granted: dict[TicketId, list[Visit[Card]]] = {}
    for visit in evidence.visits:
        if visit.is_entry and visit.answer is not None and visit.answer.mode == ONLINE:
            granted.setdefault(visit.card.ticket_id, []).append(visit)
    for own in granted.values():
        for last in range(A_DAY, len(own)):
            if evidence.is_remembered(own[last - A_DAY : last + 1]):
                yield f"{own[last]}: let in by the ledger beside {A_DAY} others"


def check_last(evidence: ADayEvidence) -> Iterator[str]:
    """Yield each who came when all was told, and was not let in just as often as may be."""
    for ticket_id, claims in evidence.came.items():
        own = [one for one in evidence.visits if one.card.ticket_id == ticket_id]
        last = [one for one in own if one.number >= evidence.evening.last]
        entries = {one.answer.claim_id for one in last if one.is_entry and one.answer}
        before = len(claims - entries)
        if last and len(entries) != max(0, A_DAY - before):
            yield f"ticket {ticket_id:016x}: {before} came in, and then {len(entries)} more"


def check_named(evidence: ADayEvidence) -> Iterator[str]:
    """Yield each ticket of which not all are named where too many came in, and each other."""
    named: dict[int, set[str]] = {}
    for one in evidence.ledger.conflicts:
        if one.disposition == "withdrawn":
            continue
        if one.kind == "double_use" and one.ticket_id is not None:
            named.setdefault(one.ticket_id, set()).update(one.sides)
        elif evidence.has_true_server or one.kind not in OF_CLOCKS:
            yield f"conflict {one.kind} of {one.device_id}, and nothing of it happened"
    for ticket_id in evidence.came.keys() | named.keys():
        claims = evidence.came.get(TicketId(ticket_id), set())
        said = named.get(ticket_id, set())
        if said != (claims if len(claims) > A_DAY else set()):
            yield f"ticket {ticket_id:016x}: {len(claims)} came in, and {len(said)} are named"
    yield from evidence.wrong


def check_counts(evidence: ADayEvidence) -> Iterator[str]:
    """Yield each count of the board that is another one than the records come to."""
    site, ledger = evidence.evening.site, evidence.ledger
    yield from wrong_counts(evidence.held.values(), ledger, site.event_id, site.gates)


judge_a_day: Final = make_judge(
    "a_day",
    ADayEvidence.gather,
    check_good,
    check_beyond,
    check_last,
    check_named,
    check_ledger,
    check_counts,
)
