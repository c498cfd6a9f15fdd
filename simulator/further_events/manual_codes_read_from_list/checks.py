"""What is promised where a device reports manual codes that it has read from its list.

Of what no server was asked for, so many passages count as a lane lets in at once, and so many
more as come back meanwhile. What is beyond waits for a person, has no effect on whoever comes
with such a ticket, and is named; honest gates, at which codes are typed as well, never are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from shared.kernel.id_types import DeviceId, TicketId
from shared.kernel.instant import MINUTE, Instant
from simulator.further_events.manual_codes_read_from_list.evening import (
    AT_ONCE,
    PER_MINUTE,
    ReadFromList,
)
from simulator.judging.accused import check_doubles
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.seen_visits import Card, Visit, may_have_come
from simulator.judging.views import HeldEntry, LedgerView, view_ledger

TOO_FAST: Final = "too_fast"


class ListedEvidence(msgspec.Struct):
    """All of it, when it is quiet.

    Attributes:
        visits: Presentations at gates.
        written: Of how many a device has written that they came, and nobody had.
        waiting: How many of these wait for a person.
        liar: The device.
        began: True time before it was there.
        ended: True time when all was quiet.
        held: What honest gates have on record.
        ledger: The ledger.
        wrong: What was answered to the organizer and should not have been.
        has_true_server: The server's clock was right all evening.
    """

    visits: list[Visit[Card]]
    written: int
    waiting: int
    liar: DeviceId
    began: Instant
    ended: Instant
    held: list[HeldEntry]
    ledger: LedgerView
    wrong: list[str]
    has_true_server: bool

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
    back = (evidence.ended - evidence.began) // MINUTE * PER_MINUTE + 1
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
    ledger = msgspec.structs.replace(evidence.ledger, conflicts=conflicts)
    yield from check_doubles(evidence.held, ledger, has_true_server=evidence.has_true_server)
    yield from evidence.wrong


async def judge_listed(listed: ReadFromList) -> list[Violation]:
    """Hear the last lies, let holders come, read everything, and run every check."""
    await listed.finish_lying()
    if not await listed.is_quiet_in_time():
        return [Violation("live", f"read from the list: {await listed.unrest()}")]
    liar = listed.liar.session.profile.device_id
    ledger = await view_ledger(listed.server, listed.site.event_id)
    await listed.come_again(counted_of(ledger, liar))
    if not await listed.is_quiet_in_time():
        return [Violation("live", f"read from the list: {await listed.unrest()}")]
    written = listed.written
    evidence = ListedEvidence(
        visits=listed.visits,
        written=len(written),
        waiting=await listed.count_waiting(),
        liar=liar,
        began=listed.began,
        ended=listed.world.stage.now(),
        held=list(listed.read_journals().values()),
        ledger=await view_ledger(listed.server, listed.site.event_id),
        wrong=listed.owner.refused,
        has_true_server=listed.scenario.has_true_server,
    )
    return run_checks("listed", evidence, check_pace, check_named, check_holders, check_accused)
