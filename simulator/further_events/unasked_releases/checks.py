"""What is promised where a home gives away what nobody asked for, judged by who came in where.

Nobody is kept out by it: every ticket lets its holder in, once, at its home's gate or by its word.
A home that gives one entry to two gates lets both in only where these do not hear each other, and
both are named. What was made up stands as a use for nobody, and who has written it is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

import msgspec

from shared.journal.entry import ScanBody
from shared.kernel.id_types import ClaimId, DeviceId, TicketId
from simulator.further_events.unasked_releases.evening import GivenAway
from simulator.judging.accused import check_doubles
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.seen_visits import Card, Visit, may_be_granted, may_have_come
from simulator.judging.views import HeldEntry, LedgerView, view_ledger

MADE_UP: Final = "passage_unproven"
USED: Final = "already_used"


class GivenEvidence(msgspec.Struct):
    """All of it, when it is quiet.

    Attributes:
        visits: Presentations at gates.
        held: All that gates have on record.
        ledger: The ledger.
        rogue: The device that makes gifts up.
        made_up: The claim ids that it has named.
        said_to_be_in: Tickets of others of whose holders alone it has said that they came in.
        rogue_name: Its node.
        is_generous: It gave entries away as often as it was asked.
        in_touch: Of each visit by its number, the gates that its gate heard, and was heard by.
        wrong: What was answered to the organizer and should not have been.
        has_true_server: The server's clock was right all evening.
    """

    visits: list[Visit[Card]]
    held: list[HeldEntry]
    ledger: LedgerView
    rogue: DeviceId
    made_up: set[ClaimId]
    said_to_be_in: set[TicketId]
    rogue_name: str
    is_generous: bool
    in_touch: dict[int, frozenset[str]]
    wrong: list[str]
    has_true_server: bool


def check_once(evidence: GivenEvidence) -> Iterator[str]:
    """Yield each holder who was let in twice, or never: each has come to every gate."""
    entries: dict[int, list[Visit[Card]]] = {}
    for one in evidence.visits:
        came = entries.setdefault(one.card.ticket_id, [])
        if one.is_entry:
            came.append(one)
    unanswered = {one.card.ticket_id for one in evidence.visits if one.answer is None}
    for ticket_id, came in sorted(entries.items()):
        may_be_more = evidence.is_generous and not any(
            are_in_touch(evidence, *pair) for pair in combinations(came, 2)
        )
        if (len(came) > 1 and not may_be_more) or (not came and ticket_id not in unanswered):
            yield f"ticket {ticket_id:016x} let its holder in: {[str(one) for one in came]}"


def are_in_touch(evidence: GivenEvidence, one: Visit[Card], other: Visit[Card]) -> bool:
    """Tell whether two visits were at one gate, or at two that heard each other both times."""
    touched = evidence.in_touch
    is_mutual = other.node in touched[one.number] and one.node in touched[other.number]
    return one.node == other.node or is_mutual


def check_kept_out(evidence: GivenEvidence) -> Iterator[str]:
    """Yield each holder whom a gate took for one inside, because the rogue has said so alone."""
    uses = evidence.ledger.uses.values()
    for visit in evidence.visits:
        is_said = visit.card.ticket_id in evidence.said_to_be_in
        if visit.answer is None or visit.answer.reason != USED or not is_said:
            continue
        if visit.node == evidence.rogue_name or may_have_come(evidence.visits, visit):
            continue
        if not may_be_granted(uses, visit, has_true_server=evidence.has_true_server):
            yield f"{visit}: kept out by what was made up"


def check_made_up(evidence: GivenEvidence) -> Iterator[str]:
    """Yield each gift or passage that is made up and counts, and what is not said of it."""
    for claim_id in sorted(evidence.made_up & evidence.ledger.uses.keys()):
        yield f"{claim_id}: made up, and it counts"
    named = [one for one in evidence.ledger.conflicts if one.kind == MADE_UP]
    said = [(one.device_id, len(one.sides)) for one in named]
    count = len(evidence.made_up)
    if said != [(evidence.rogue, count)] * min(count, 1):
        yield f"{count} entries were made up, and this is named, by whom and how many: {said}"


def check_accused(evidence: GivenEvidence) -> Iterator[str]:
    """Yield each double that is not named, and each other accusation."""
    conflicts = [one for one in evidence.ledger.conflicts if one.kind != MADE_UP]
    ledger = msgspec.structs.replace(evidence.ledger, conflicts=conflicts)
    true = [one for one in evidence.held if not is_made_up(evidence, one)]
    yield from check_doubles(true, ledger, has_true_server=evidence.has_true_server)
    yield from evidence.wrong


def is_made_up(evidence: GivenEvidence, held: HeldEntry) -> bool:
    """Tell whether an entry was written by who has the rogue's device."""
    return isinstance(held.body, ScanBody) and held.body.claim_id in evidence.made_up


async def judge_given_away(given: GivenAway) -> list[Violation]:
    """Come once more, read everything, and run every check."""
    await given.come_again()
    if not await given.is_quiet_in_time():
        return [Violation("live", f"given away: {await given.unrest()}")]
    evidence = GivenEvidence(
        visits=given.visits,
        held=list(given.read_journals().values()),
        ledger=await view_ledger(given.server, given.site.event_id),
        rogue=given.rogue.session.profile.device_id,
        made_up=given.made_up,
        said_to_be_in=given.said_to_be_in - given.given_up,
        rogue_name=given.rogue.name,
        is_generous=given.is_generous,
        in_touch=given.in_touch,
        wrong=given.owner.refused,
        has_true_server=given.scenario.has_true_server,
    )
    return run_checks(
        "given away", evidence, check_once, check_kept_out, check_made_up, check_accused
    )
