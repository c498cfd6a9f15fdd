"""What is promised where a home gives away what nobody asked for, judged by who came in where.

Nobody is kept out by it: every ticket lets its holder in, once, at its home's gate or by its word.
What was made up stands as a use for nobody, and the device that has written it is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from shared.kernel.id_types import ClaimId, DeviceId
from simulator.accused import check_doubles
from simulator.evidence import Violation, run_checks
from simulator.given_away.evening import GivenAway
from simulator.views import HeldEntry, LedgerView, view_ledger
from simulator.visits import Card, Visit

MADE_UP: Final = "passage_unproven"


class GivenEvidence(msgspec.Struct):
    """All of it, when it is quiet.

    Attributes:
        visits: Presentations at gates.
        held: All that gates have on record.
        ledger: The ledger.
        rogue: The device that makes gifts up.
        made_up: The claim ids that it has named.
        wrong: What was answered to the organizer and should not have been.
        has_true_server: The server's clock was right all evening.
    """

    visits: list[Visit[Card]]
    held: list[HeldEntry]
    ledger: LedgerView
    rogue: DeviceId
    made_up: set[ClaimId]
    wrong: list[str]
    has_true_server: bool


def check_once(evidence: GivenEvidence) -> Iterator[str]:
    """Yield each holder who was let in twice, or never: each has come to every gate."""
    came = Counter(one.card.ticket_id for one in evidence.visits if one.is_entry)
    unanswered = {one.card.ticket_id for one in evidence.visits if one.answer is None}
    for ticket_id in sorted({one.card.ticket_id for one in evidence.visits}):
        if came[ticket_id] > 1 or (not came[ticket_id] and ticket_id not in unanswered):
            yield f"ticket {ticket_id:016x} let its holder in {came[ticket_id]} times"


def check_made_up(evidence: GivenEvidence) -> Iterator[str]:
    """Yield each gift that counts and was never asked for, and what is not said of it."""
    for claim_id in sorted(evidence.made_up & evidence.ledger.uses.keys()):
        yield f"{claim_id}: nobody has asked for this gift, and it counts"
    named = [one.device_id for one in evidence.ledger.conflicts if one.kind == MADE_UP]
    if named != [evidence.rogue] * min(len(evidence.made_up), 1):
        yield f"{len(evidence.made_up)} gifts were made up, and these are named for it: {named}"


def check_accused(evidence: GivenEvidence) -> Iterator[str]:
    """Yield each double that is not named, and each other accusation."""
    conflicts = [one for one in evidence.ledger.conflicts if one.kind != MADE_UP]
    ledger = msgspec.structs.replace(evidence.ledger, conflicts=conflicts)
    yield from check_doubles(evidence.held, ledger, has_true_server=evidence.has_true_server)
    yield from evidence.wrong


GIVEN_CHECKS: Final[dict[str, Callable[[GivenEvidence], Iterator[str]]]] = {
    "once": check_once,
    "made up": check_made_up,
    "accused": check_accused,
}


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
        wrong=given.owner.refused,
        has_true_server=given.scenario.has_true_server,
    )
    return run_checks("given away", GIVEN_CHECKS, evidence)
