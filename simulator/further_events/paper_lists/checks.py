"""What is promised of lists on paper, judged by who really came in when, and by what lists say.

A line says when somebody came in, or between which moments. The ledger knows it so, and no better:
what it holds covers what the list says, and no more. A ticket on which two have come in is one
conflict with all who did; in an order only where the times leave no doubt, and then in the true
one. From a gate's keying in, or from when it has heard of it, nobody comes in on that ticket. A
line that is taken back is nobody's, and its ticket lets in again. A ticket whose money went back
while nobody knew of its line is named with all who came in on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from shared.journal.entry import ScanBody, UndoBody
from shared.kernel.instant import SECOND, Duration, Instant
from simulator.further_events.paper_lists.evening import TICKETS, ByPaper
from simulator.further_events.paper_lists.record import PaperRecord, Tick
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.ledger_and_device_views import HeldEntry, view_ledger
from simulator.judging.seen_visits import Card, Visit, may_have_come

APART: Final[Duration] = 30 * SECOND
"""Gates' clocks, their corrections and the way of a question are never wrong by more."""
ROUNDED: Final = 1
"""A middle is a whole number of microseconds."""


class Entry(msgspec.Struct, frozen=True):
    """Somebody who came in, as a journal has it.

    Attributes:
        claim_id: By which the ledger knows it.
        node: Which gate has it on record.
        held: Its entry.
        seq: The entry's number.
        first, last: Between which true instants it was, as far as anybody could tell.
        is_by_paper: Whether it was keyed in.
    """

    claim_id: str
    node: str
    held: HeldEntry
    seq: int
    first: Instant
    last: Instant
    is_by_paper: bool


class PaperEvidence(msgspec.Struct):
    """All of it, when it is quiet.

    Attributes:
        record: What was seen.
        entries: Who came in, by ticket.
        held: Each gate's journal, by node and number.
        uses: Instant, error, source of each passage that the ledger holds, and whether it was
            taken back, by claim id.
        conflicts: Conflicts as the organizer sees them, with their sides.
        heard: The feed's number of each passage, by claim id.
        has_true_server: The server's clock was right all evening.
        hears: Within so much time all in reach know what one of them has taken back.
    """

    record: PaperRecord
    entries: dict[int, list[Entry]]
    held: dict[tuple[str, int], HeldEntry]
    uses: dict[str, tuple[Instant, Duration | None, str, bool]]
    conflicts: list[Any]
    heard: dict[str, int]
    has_true_server: bool
    hears: Duration

    def claim_of(self, tick: Tick) -> str:
        """Return the claim id of a line that was keyed in."""
        body = self.held[tick.node, tick.seq].body
        assert isinstance(body, ScanBody)
        return body.claim_id


def check_bounds(evidence: PaperEvidence) -> Iterator[str]:
    """Yield each line that the ledger lacks, or knows better or worse than its list says."""
    for tick in evidence.record.ticks:
        if tick.seq <= 0:
            continue
        body = evidence.held[tick.node, tick.seq].body
        if not isinstance(body, ScanBody) or body.ticket_id != tick.card.ticket_id:
            yield f"{tick}: on record is another ticket"
        found = evidence.uses.get(evidence.claim_of(tick))
        if found is None:
            yield f"{tick}: the ledger does not have it"
            continue
        at, error, source, is_annulled = found
        if is_annulled != bool(tick.undone):
            yield f"{tick}: taken back is {bool(tick.undone)}, and the ledger says {is_annulled}"
        if source != "paper":
            yield f"{tick}: the ledger takes it for {source}"
        if not evidence.has_true_server:
            continue
        if error is None or at + error < tick.last or at - error > tick.first:
            yield f"{tick}: the ledger has it at {at} by {error}, and it was {tick.first} or later"
        elif 2 * error > tick.last - tick.first + 2 * ROUNDED:
            yield f"{tick}: the ledger has it by {error}, and its list knows it better"


def check_doubles(evidence: PaperEvidence) -> Iterator[str]:
    """Yield each double that is not one conflict with all sides, and each accusation of nobody."""
    said: dict[str, list[Any]] = {}
    for one in evidence.conflicts:
        conflict = one["conflict"]
        if conflict["kind"] in OF_CLOCKS and not evidence.has_true_server:
            continue  # by a wrong clock of the server others seem wrong
        if conflict["kind"] in OF_REFUNDED:
            continue  # see check_refunded
        if conflict["disposition"] != "withdrawn":
            said.setdefault(f"{conflict['kind']} {conflict['ticket_id']}", []).append(one)
    for ticket_id, entries in evidence.entries.items():
        found = said.pop(f"double_use {ticket_id:016x}", [])
        if len(entries) > 1 and len(found) != 1:
            yield f"ticket {ticket_id:016x}: {len(entries)} came in, {len(found)} conflicts"
        if len(entries) == 1 and found:
            yield f"ticket {ticket_id:016x}: one came in, and a conflict says two"
        for one in found[:1] if len(entries) > 1 else ():
            sides = {side["side"] for side in one["sides"]}
            if sides != {entry.claim_id for entry in entries}:
                yield f"ticket {ticket_id:016x}: {len(sides)} sides of {len(entries)} that came in"
            elif evidence.has_true_server and len(entries) == len(sides) == len(_TWO):
                yield from _check_order(evidence, ticket_id, one, entries)
    for name in said:
        yield f"{name}: a conflict, and nothing of it happened"


def check_refunded(evidence: PaperEvidence) -> Iterator[str]:
    """Yield each refunded ticket on which somebody is in and nobody is told, and the reverse."""
    named: dict[str, set[str]] = {}
    for one in evidence.conflicts:
        conflict = one["conflict"]
        if conflict["kind"] in OF_REFUNDED and conflict["disposition"] != "withdrawn":
            sides = {side["side"] for side in one["sides"]}
            named.setdefault(conflict["ticket_id"], set()).update(sides)
    for ticket_id, entries in evidence.entries.items():
        found = named.pop(f"{ticket_id:016x}", set())
        came = {entry.claim_id for entry in entries}
        if ticket_id in evidence.record.refunded and not came <= found:
            yield f"ticket {ticket_id:016x} went back, {came} came in, and {found} are named"
        if ticket_id not in evidence.record.refunded and found:
            yield f"ticket {ticket_id:016x} did not go back, and {found} are named for that"
    for ticket, sides in named.items():
        yield f"ticket {ticket}: nobody is in, and {sides} are named"


OF_REFUNDED: Final = frozenset({"payout_and_entry", "admitted_after_void"})
_TWO: Final = (0, 1)


def _check_order(
    evidence: PaperEvidence, ticket_id: int, one: Any, entries: list[Entry]
) -> Iterator[str]:
    """Yield an order that the times do not give, or deny."""
    if not any(entry.is_by_paper for entry in entries):
        return
    by_claim = {entry.claim_id: entry for entry in entries}
    first, second = (by_claim[side["side"]] for side in one["sides"])
    is_ordered = one["conflict"]["is_ordered"]
    name = f"ticket {ticket_id:016x}"
    if is_ordered and second.last + APART < first.first:
        yield f"{name}: the ledger says that {second.node} was second, and it was first"
    overlap = min(first.last, second.last) - max(first.first, second.first)
    if is_ordered and overlap > APART and not _has_heard(evidence, second, first):
        yield f"{name}: told in an order, and nobody can know it"
    if not is_ordered and overlap < -APART:
        yield f"{name}: told without an order, and the times leave no doubt"


def _has_heard(evidence: PaperEvidence, later: Entry, earlier: Entry) -> bool:
    """Tell whether a scan's gate had the other on record by then, or had heard of it."""
    if later.is_by_paper:
        return False
    if later.node == earlier.node:
        return later.seq > earlier.seq
    heard = evidence.heard.get(earlier.claim_id)
    return later.held.entry.cursor >= heard if heard is not None else False


def check_known(evidence: PaperEvidence) -> Iterator[str]:
    """Yield each who was let in on a ticket though the gate knew of a line that used it."""
    lines: dict[int, list[Tick]] = {}
    for tick in evidence.record.ticks:
        if tick.seq > 0 and not tick.undone:
            lines.setdefault(tick.card.ticket_id, []).append(tick)
    for visit in evidence.record.visits:
        if not visit.is_entry or visit.answer is None:
            continue
        held = evidence.held.get((visit.node, visit.answer.seq))
        for tick in lines.get(visit.card.ticket_id, ()):
            is_here = tick.node == visit.node and 0 < tick.seq < visit.answer.seq
            heard = evidence.heard.get(evidence.claim_of(tick))
            is_told = held is not None and heard is not None and held.entry.cursor >= heard
            if is_here or is_told:
                yield f"{visit}: let in, and {tick} had been keyed in"


def check_honest(evidence: PaperEvidence) -> Iterator[str]:
    """Yield each holder who had not come in by anything, and was turned away."""
    ticked: dict[int, Instant] = {}
    for one in evidence.record.ticks:
        if one.taken_back is None:
            ticked.setdefault(one.card.ticket_id, one.at)
    back = {one.card.ticket_id: one.taken_back for one in evidence.record.ticks if one.taken_back}
    for visit in evidence.record.visits:
        if visit.answer is None or visit.is_green or not visit.is_in_reach:
            continue
        if visit.card.ticket_id in evidence.record.asked:
            continue
        has_come = may_have_come(evidence.record.visits, visit)
        at = ticked.get(visit.card.ticket_id)
        was_ticked = back.get(visit.card.ticket_id, visit.began) + evidence.hears > visit.began
        if was_ticked and visit.card.ticket_id in back:
            continue
        if not has_come and (at is None or at > (visit.ended or 0)):
            yield f"{visit}: turned away with a good ticket"


def check_people(evidence: PaperEvidence) -> Iterator[str]:
    """Yield what was answered to the organizer or the supervisor and should not have been."""
    yield from evidence.record.wrong


async def judge_paper(paper: ByPaper) -> list[Violation]:
    """Read everything, and run every check."""
    record = paper.record
    record.wrong += paper.owner.refused
    held = paper.read_journals()
    ledger = await view_ledger(paper.server, paper.site.event_id)
    sql = "SELECT claim_id, at, at_error, source, is_annulled FROM ticket_use WHERE event_id=?"
    evidence = PaperEvidence(
        record=record,
        entries=_entries(record, held, _taken_back(held)),
        held=held,
        uses={row[0]: row[1:] for row in await paper.read_books(sql, paper.site.event_id)},
        conflicts=await _read_conflicts(paper),
        heard=ledger.told_first(),
        has_true_server=paper.scenario.has_true_server,
        hears=paper.scenario.hears,
    )
    return run_checks(
        "paper",
        evidence,
        check_bounds,
        check_doubles,
        check_refunded,
        check_known,
        check_honest,
        check_people,
    )


def _entries(
    record: PaperRecord, held: dict[tuple[str, int], HeldEntry], undone: set[str]
) -> dict[int, list[Entry]]:
    """Sort all who came in by ticket; where nobody saw a scan, its gate's clock says when."""
    visits = {(one.node, one.answer.seq): one for one in record.visits if one.answer is not None}
    found: dict[int, list[Entry]] = {}
    for (node, seq), one in held.items():
        body = one.body
        if not isinstance(body, ScanBody) or body.verdict != "admit" or body.ticket_id is None:
            continue
        if body.claim_id in undone:
            continue
        first, last = _times(visits.get((node, seq)), one, body)
        known = found.setdefault(body.ticket_id, [])
        if all(other.claim_id != body.claim_id for other in known):
            known.append(
                Entry(body.claim_id, node, one, seq, first, last, body.happened_from is not None)
            )
    return found


def _taken_back(held: dict[tuple[str, int], HeldEntry]) -> set[str]:
    return {one.body.claim_id for one in held.values() if isinstance(one.body, UndoBody)}


def _times(visit: Visit[Card] | None, held: HeldEntry, body: ScanBody) -> tuple[Instant, Instant]:
    if body.happened_from is not None and body.happened_until is not None:
        return body.happened_from, body.happened_until
    if visit is not None and visit.ended is not None:
        return visit.began, visit.ended
    return held.entry.corrected, held.entry.corrected


async def _read_conflicts(paper: ByPaper) -> list[Any]:
    path = f"{paper.site.path}/conflicts"
    page = await paper.owner.must("GET", f"{path}?limit={2 * TICKETS}")
    return [await paper.owner.must("GET", f"{path}/{one['id']}") for one in page["items"]]
