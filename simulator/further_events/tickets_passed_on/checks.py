"""What is promised of tickets that are passed on, judged by who had which form of them when.

Until the event's terms say, whoever shows a ticket passes it on at a till that can ask; from then
on only where a supervisor has signed it. What the former holder has, lets nobody in from when a
gate has heard of it, or the ledger is asked; what the new holder has, does, at a gate that is cut
off as the event's policy says. Who comes in on what is not theirs any more is named. A device that
has read no code of a ticket says of nobody that they came in on it; it is named, once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.instant import MINUTE, SECOND, Duration
from simulator.further_events.tickets_passed_on.evening import Held, PassedOn, Transfer
from simulator.judging.accused import check_doubles
from simulator.judging.evening_evidence import EveningEvidence
from simulator.judging.evidence import make_judge
from simulator.judging.seen_visits import Visit, may_have_come

APART: Final[Duration] = 30 * SECOND
"""Clocks, their corrections and the way of a question are never wrong by more."""
WRONG: Final = 8
"""So many wrong codes are typed at a gate before it answers more slowly, at least."""
WHILE: Final[Duration] = 30 * MINUTE
OF_FORMER: Final = frozenset({"admitted_superseded", "admitted_after_void", "payout_and_entry"})
"""What conflicts say of somebody who came in on a form of a ticket that is worth nothing."""
MADE_UP: Final = "passage_unproven"
"""What a conflict says of a device that has read no code of the tickets that it lets in."""


PassedEvidence = EveningEvidence[PassedOn, Held]


def check_terms(evidence: PassedEvidence) -> Iterator[str]:
    """Yield each transfer that the terms did not allow, and each that they did and was refused."""
    if not evidence.has_true_server:
        return
    for one in evidence.evening.transfers:
        if one.answer is None or one.ended is None:
            continue
        is_late = one.began > evidence.evening.until + APART
        if one.is_done and is_late and not one.is_signed:
            yield f"{one}: tickets were not to be passed on any more"
        is_early = one.ended + APART < evidence.evening.until
        is_asked = one.is_in_reach or one.answer.mode == "online"
        if one.is_done or not is_asked or not (is_early or one.is_signed):
            continue
        if not _may_be_gone(evidence, one) and (one.is_signed or not _may_be_used(evidence, one)):
            yield f"{one}: its holder may pass it on, and it is refused"


def check_former(evidence: PassedEvidence) -> Iterator[str]:
    """Yield each who was let in on what somebody else has, where that was known."""
    for visit in evidence.visits:
        if not visit.is_entry or visit.answer is None:
            continue
        entry = evidence.entries.get(visit.number)
        for one in evidence.evening.transfers:
            if not one.is_done or one.held.text != visit.card.text:
                continue
            is_told = entry is not None and entry.entry.cursor >= one.head
            is_asked = visit.answer.mode == "online" and visit.began > (one.ended or 0)
            if is_told or is_asked:
                yield f"{visit}: let in, and the ticket had been passed on"


def check_holders(evidence: PassedEvidence) -> Iterator[str]:
    """Yield each holder of the newest form who had not come, and was turned away.

    A gate that is cut off, and lets in alone, need not have heard of the ticket's passing on.
    """
    for visit in evidence.visits:
        if visit.answer is None:
            continue
        if visit.is_green:
            is_alone = visit.is_entry and visit.answer.mode == "offline"
            if is_alone and evidence.evening.policy is not OfflinePolicy.OPEN:
                yield f"{visit}: let in alone under the policy {evidence.evening.policy}"
            continue
        is_open = visit.is_in_reach or evidence.evening.policy is OfflinePolicy.OPEN
        if visit.asked.is_manual:  # that code only who has heard of it knows
            is_open = visit.is_in_reach and _may_be_typed(evidence, visit)
        is_newest = all(
            one.held.text != visit.card.text or one.began > (visit.ended or 0)
            for one in evidence.evening.transfers
            if one.may_be_done
        )
        if is_open and is_newest and not may_have_come(evidence.visits, visit):
            yield f"{visit}: turned away, and nobody else has the ticket"


def check_accused(evidence: PassedEvidence) -> Iterator[str]:
    """Yield each who came in on what was somebody else's and is not named, or the reverse."""
    passed = {one.held.ticket_id for one in evidence.evening.transfers if one.may_be_done}
    named = {one.ticket_id for one in evidence.ledger.conflicts}
    for visit in evidence.visits:
        before = [
            one
            for one in evidence.evening.transfers
            if one.is_done and one.held.text == visit.card.text
            if (one.ended or 0) + APART < visit.began
        ]
        if visit.is_entry and before and visit.card.ticket_id not in named:
            yield f"{visit}: let in after {before[0]}, and nobody is told"
    conflicts = [
        one
        for one in evidence.ledger.conflicts
        if one.kind not in OF_FORMER or one.ticket_id not in passed
        if (one.kind, one.device_id) != (MADE_UP, evidence.evening.rogue.device_id)
    ]
    yield from check_doubles(evidence, conflicts)


def check_made_up(evidence: PassedEvidence) -> Iterator[str]:
    """Yield what came of passages that a device has made up, but for its being named."""
    for use in evidence.ledger.uses.values():
        if use.device_id == evidence.evening.rogue.device_id:
            yield f"ticket {use.ticket_id:016x}: its use was made up, and it counts"
    named = [one.device_id for one in evidence.ledger.conflicts if one.kind == MADE_UP]
    found, expected = (
        named.count(evidence.evening.rogue.device_id),
        min(evidence.evening.made_up, 1),
    )
    if found != expected:
        yield f"{evidence.evening.made_up} passages were made up, and that is named {found} times"


def _may_be_typed(evidence: PassedEvidence, visit: Visit[Held]) -> bool:
    """Tell whether a gate has surely heard of a ticket's code, and of not too many wrong ones."""
    began = visit.began
    is_told = all(
        (one.ended or one.began) + evidence.hears < began
        for one in evidence.evening.transfers
        if one.held.ticket_id == visit.card.ticket_id and one.began < began
    )
    wrong = [
        one
        for one in evidence.visits
        if one.node == visit.node and one.asked.is_manual and not one.is_green
        if one.number < visit.number and began - one.began < WHILE
    ]
    return is_told and len(wrong) < WRONG


def _may_be_gone(evidence: PassedEvidence, asked: Transfer) -> bool:
    """Tell whether somebody else may have what is shown, since it was passed on before."""
    return any(
        one is not asked
        and one.held.text == asked.held.text
        and one.began <= (asked.ended or 0)
        and one.may_be_done
        for one in evidence.evening.transfers
    )


def _may_be_used(evidence: PassedEvidence, asked: Transfer) -> bool:
    """Tell whether somebody may have come in on it, for which a supervisor is asked."""
    return any(
        one.card.ticket_id == asked.held.ticket_id
        and one.began <= (asked.ended or 0)
        and (one.is_green or one.answer is None or (one.ended or 0) > asked.began)
        for one in evidence.visits
    )


judge_passed_on: Final = make_judge(
    "passed on",
    PassedEvidence.gather,
    check_terms,
    check_former,
    check_holders,
    check_accused,
    check_made_up,
)
