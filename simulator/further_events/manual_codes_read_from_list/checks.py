"""What is promised where a device reports manual codes that it has read from its list.

Of what no server was asked for, so many passages count as a lane lets in at once, and so many
more as come back meanwhile. What is beyond waits for a person, has no effect on whoever comes
with such a ticket, and is named; honest gates, at which codes are typed as well, never are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shared.kernel.id_types import DeviceId, TicketId
from shared.kernel.instant import MINUTE
from simulator.further_events.manual_codes_read_from_list.evening import (
    AT_ONCE,
    PER_MINUTE,
    ReadFromList,
)
from simulator.judging.accused import check_doubles
from simulator.judging.evening_evidence import EveningEvidence
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.ledger_and_device_views import LedgerView, view_ledger
from simulator.judging.seen_visits import Card, may_have_come

TOO_FAST: Final = "too_fast"


class ListedEvidence(EveningEvidence[ReadFromList, Card]):
    """All of it, when it is quiet."""

    def __init__(self, listed: ReadFromList, ledger: LedgerView, waiting: int) -> None:
        """Have how many of the liar's passages wait for a person as well."""
        super().__init__(listed, ledger)
        self.waiting, self.written = waiting, len(listed.written)
        self.liar, self.ended = listed.liar.device_id, listed.world.stage.now()

    @property
    def counted(self) -> set[TicketId]:
        """Return the tickets that the liar has spent."""
        return counted_of(self.ledger, self.liar)


def counted_of(ledger: LedgerView, liar: DeviceId) -> set[TicketId]:
    """Return the tickets of which a device's word counts."""
    return {one.ticket_id for one in ledger.uses.values() if one.device_id == liar}


def check_pace(evidence: ListedEvidence) -> Iterator[str]:
    """Yield where more of what was read from a list counts than may, or less, or some is lost."""
    counted = len(evidence.counted)
    back = (evidence.ended - evidence.evening.began) // MINUTE * PER_MINUTE + 1
    if evidence.has_true_server and counted > AT_ONCE + back:
        yield f"{counted} passages read from a list count, and no more than {AT_ONCE + back} may"
    if counted < min(evidence.written, AT_ONCE):
        yield f"only {counted} of {evidence.written} passages by manual codes count"
    if counted + evidence.waiting != evidence.written:
        yield f"{evidence.written} are written, {counted} count, {evidence.waiting} wait"


def check_named(evidence: ListedEvidence) -> Iterator[str]:
    """Yield whether the liar is not named once, or somebody else is."""
    named = [one.device_id for one in evidence.ledger.conflicts if one.kind == TOO_FAST]
    expected = [evidence.liar] if evidence.waiting else []
    if named != expected:
        yield f"named as too fast: {named}, to be: {expected}"


def check_holders(evidence: ListedEvidence) -> Iterator[str]:
    """Yield each holder in reach of the ledger who was refused for nothing, or let in for it."""
    for visit in evidence.visits:
        if visit.answer is None or not visit.is_in_reach:
            continue
        if may_have_come(evidence.visits, visit):
            continue
        is_spent = visit.card.ticket_id in evidence.counted
        if visit.is_green and is_spent:
            yield f"{visit}: let in, and to the ledger's knowledge its holder is inside"
        elif not visit.is_green and not is_spent:
            yield f"{visit}: turned away with a good ticket"


def check_accused(evidence: ListedEvidence) -> Iterator[str]:
    """Yield each double that is not named, and each accusation besides the liar's."""
    conflicts = [one for one in evidence.ledger.conflicts if one.device_id != evidence.liar]
    yield from check_doubles(evidence, conflicts)


async def judge_listed(listed: ReadFromList) -> list[Violation]:
    """Let holders come, read everything, and run every check."""
    ledger = await view_ledger(listed.server, listed.site.event_id)
    await listed.come_again(counted_of(ledger, listed.liar.device_id))
    if unrest := await listed.rest():
        return [Violation("live", f"read from the list: {unrest}")]
    waiting = await listed.count_waiting()
    ledger = await view_ledger(listed.server, listed.site.event_id)
    evidence = ListedEvidence(listed, ledger, waiting)
    return run_checks("listed", evidence, check_pace, check_named, check_holders, check_accused)
