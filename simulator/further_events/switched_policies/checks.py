"""What is promised while a policy is switched between `home` and `closed`, by who came where.

Under either nobody comes in twice. They do where a gate did not hear that homes let in no more,
and let somebody in by that word, whom the ledger let in as well: that is named, and nothing else.
A gate lets in alone only as a home, where it may go by that. Nobody is turned away where the
ledger alone decides, nor at every gate when all is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shared.admission.offline_policy import OfflinePolicy
from simulator.further_events.switched_policies.evening import Switched
from simulator.judging.accused import check_doubles
from simulator.judging.evening_evidence import EveningEvidence, check_ledger
from simulator.judging.evidence import make_judge
from simulator.judging.heard_policies import knew_by, may_go_by, told_by
from simulator.judging.seen_visits import Card, Visit, may_have_come

ONLINE: Final = "online"


class SwitchedEvidence(EveningEvidence[Switched, Card]):
    """All of it, when it is quiet."""

    def may_go_by(self, visit: Visit[Card]) -> set[OfflinePolicy]:
        """List the policies by which a gate may have answered; all where it has not."""
        held = self.entries.get(visit.number)
        if held is None or visit.ended is None:
            return set(OfflinePolicy)
        known = knew_by(self.visits, visit, self.hears)
        return may_go_by(self.evening.words, self.ledger, visit.ended, held.entry.cursor, known)

    def at_ledger(self, visit: Visit[Card]) -> set[OfflinePolicy]:
        """List the policies that may have held at the ledger when somebody came."""
        said = [one for one in self.evening.words if one.began <= (visit.ended or visit.began)]
        old = sum(one.ended < visit.began for one in said)
        return {one.policy for one in said[max(0, old - 1) :]}


def check_twice(evidence: SwitchedEvidence) -> Iterator[str]:
    """Yield each ticket on which two came in, and no gate went by what holds no more."""
    came: dict[int, list[Visit[Card]]] = {}
    for visit in evidence.visits:
        if visit.is_entry:
            came.setdefault(visit.card.ticket_id, []).append(visit)
    for visits in came.values():
        online = [one for one in visits if one.answer is not None and one.answer.mode == ONLINE]
        if len(visits) > 1 and not any(_is_unheard(evidence, one, visits) for one in visits):
            yield f"{' and '.join(map(str, visits))}: both let in, by what each had heard"
        if len(online) > 1 and len(visits) == len(online):
            yield f"{' and '.join(map(str, online))}: both let in by the ledger's word"


def _is_unheard(evidence: SwitchedEvidence, visit: Visit[Card], visits: list[Visit[Card]]) -> bool:
    """Tell whether a gate let somebody in alone before it heard that homes let in no more.

    Somebody else was let in when that had been said.
    """
    held = evidence.entries.get(visit.number)
    if visit.answer is None or held is None:
        return False
    latest = max(one.ended or one.began for one in visits if one is not visit)
    return any(
        word.policy is OfflinePolicy.CLOSED
        and word.began <= latest
        and told_by(evidence.ledger, word) > held.entry.cursor
        for word in evidence.evening.words[1:]
    )


def check_alone(evidence: SwitchedEvidence) -> Iterator[str]:
    """Yield whom a gate let in without the ledger that could not go by `home`."""
    for visit in evidence.visits:
        if visit.answer is None or not visit.is_entry or visit.answer.mode == ONLINE:
            continue
        if OfflinePolicy.HOME not in evidence.may_go_by(visit):
            yield f"{visit}: let in alone, and no gate may"


def check_good(evidence: SwitchedEvidence) -> Iterator[str]:
    """Yield each who had not come, and was turned away by the ledger, or by all in the end."""
    closed = {OfflinePolicy.CLOSED}
    for visit in evidence.visits:
        if visit.answer is None or visit.is_green or not visit.is_of_ledger:
            continue
        if evidence.at_ledger(visit) != closed or evidence.may_go_by(visit) != closed:
            continue
        if may_have_come(evidence.visits, visit):
            continue
        if not evidence.may_be_granted(visit):
            yield f"{visit}: turned away with a good ticket"
    tickets = {one.card.ticket_id for one in evidence.visits}
    came = {one.card.ticket_id for one in evidence.visits if one.is_green or one.answer is None}
    for ticket_id in sorted(tickets - came):
        yield f"ticket {ticket_id:016x}: came to every gate when all was told, and is not inside"


judge_switched: Final = make_judge(
    "switched",
    SwitchedEvidence.gather,
    check_twice,
    check_alone,
    check_good,
    check_ledger,
    check_doubles,
)
