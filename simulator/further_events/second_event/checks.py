"""What the fair promises, judged by who really passed, and when.

Nothing here asks the product what it would decide: it is known who came with which paper, whether
the gate could ask the server, what its feed had told it, and who was inside.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from shared.evacuations.standing_words import emptied_by, take_notice
from shared.kernel.id_types import TicketId
from shared.kernel.instant import MINUTE, SECOND, Duration, Instant
from shared.manifest.case_of_shown_code import PAUSED
from shared.wire.feed import ConfigChange, EvacuationNotice, Use
from simulator.further_events.second_event.evidence import FairEvidence
from simulator.further_events.second_event.record import Act, Emptying, PaperKind, Shown
from simulator.judging.evidence import Violation, run_checks

NEVER: Final = frozenset({PaperKind.TOMORROW, PaperKind.UNPAID, PaperKind.ALIEN})
ENDED_BY: Final = {PaperKind.STOLEN: "revoke", PaperKind.LEAKED: "compromise"}
ALONE: Final = frozenset({"lan", "offline"})
APART: Final[Duration] = 30 * SECOND
"""Passages further apart than clocks and their corrections can be wrong are in order for all."""


def check_papers(evidence: FairEvidence) -> Iterator[str]:
    """Yield each paper that let somebody in, and could be known to be none that does."""
    for shown in _entries(evidence):
        kind = shown.paper.kind
        if kind in NEVER:
            yield f"{_name(shown)}: it is {kind}, and was let in"
        for act in _against(evidence, shown):
            yield f"{_name(shown)}: let in, {act.kind} at {act.sequence} was known"


def _against(evidence: FairEvidence, shown: Shown) -> Iterator[Act]:
    """Yield what the organizer had said against a paper, and who decided knew."""
    assert shown.answer is not None
    cursor = evidence.cursor_of(shown)
    ending = ENDED_BY.get(shown.paper.kind)
    for act in evidence.record.acts:
        is_asked = shown.answer.mode == "online" and shown.began > act.at
        if act.kind == ending and (is_asked or cursor >= act.sequence):
            yield act
    mine = [one for one in evidence.record.acts if one.ticket_id == shown.paper.ticket_id]
    known = [one for one in mine if one.sequence <= cursor]
    if known and known[-1].kind == "block":
        yield known[-1]
    past = [one for one in mine if one.at < shown.began]
    later = [one for one in mine if shown.began <= one.at <= (shown.ended or 0)]
    if shown.answer.mode == "online" and past and past[-1].kind == "block" and not later:
        yield past[-1]


def check_reach(evidence: FairEvidence) -> Iterator[str]:
    """Yield each answer that a gate gave alone while the server was in its reach."""
    for shown in evidence.record.shown:
        if shown.is_in_reach and shown.answer is not None and shown.answer.mode in ALONE:
            yield f"{_name(shown)}: answered {shown.answer.mode} with the server in reach"


def check_stop(evidence: FairEvidence) -> Iterator[str]:
    """Yield each entry that the ledger granted into a zone while its feed said that it is emptied.

    Besides, each that a gate allowed at which the stop had been said.
    """
    granted: dict[str, int] = {}
    spans: list[tuple[str, int, float]] = []
    open_since: dict[str, tuple[int, str]] = {}
    for sequence, _, item in evidence.ledger.feed:
        if isinstance(item, Use):
            granted.setdefault(item.claim_id, sequence)
        elif isinstance(item, EvacuationNotice):
            if item.phase == "stop" and not item.annulled:
                open_since.setdefault(item.evacuation_id, (sequence, item.zone_id))
            elif item.evacuation_id in open_since:
                since, zone_id = open_since.pop(item.evacuation_id)
                spans.append((zone_id, since, sequence))
    spans += [(zone_id, since, math.inf) for since, zone_id in open_since.values()]
    for shown in _entries(evidence):
        assert shown.answer is not None
        number = granted.get(shown.answer.claim_id)
        is_granted = shown.answer.mode == "online" and not shown.answer.is_repeat
        for zone_id, since, until in spans:
            if is_granted and number and zone_id == shown.zone_id and since < number < until:
                yield f"{_name(shown)}: granted at {number}, stopped at {since}"
        for one in evidence.record.emptyings:
            until = evidence.ended if one.returned is None else one.returned
            is_then = one.stopped < shown.began and (shown.ended or 0) < until
            if shown.node == one.node and is_then and not shown.answer.is_repeat:
                yield f"{_name(shown)}: let in while the gate's zone was emptied"


def check_pause(evidence: FairEvidence) -> Iterator[str]:
    """Yield each entry into a zone where it was paused, and who decided knew; and each exit kept.

    The ledger knows it from the commit on; a gate that decides without it from its feed.
    """
    for shown in evidence.record.shown:
        answer = shown.answer
        if answer is None or answer.is_repeat:
            continue
        if shown.direction == "out" and answer.stop == PAUSED:
            yield f"{_name(shown)}: kept inside by a pause"
        if shown.direction == "out" or not shown.is_green:
            continue
        for one in evidence.record.pauses:
            until = evidence.ended if one.until is None else one.until
            if shown.zone_id != one.zone_id or (shown.ended or 0) >= until:
                continue
            is_asked = answer.mode == "online" and shown.began > one.since
            if is_asked or evidence.cursor_of(shown) >= one.sequence:
                yield f"{_name(shown)}: let in while entry was paused"


def check_plan(evidence: FairEvidence) -> Iterator[str]:
    """Yield each entry that a gate allowed alone by a plan that it knew to be over.

    The ledger's own grant, which a peer brought, is good whatever gates may do alone. It was asked
    for before the policy was closed, and came when the gate had heard of that.
    """
    told = _closed_at(evidence)
    for shown in _entries(evidence) if told else ():
        assert shown.answer is not None
        use = evidence.ledger.uses.get(shown.answer.claim_id)
        is_brought = shown.answer.mode == "lan" and use is not None and use.source == "claim"
        is_alone = shown.answer.mode in ALONE and not shown.answer.is_repeat and not is_brought
        if is_alone and evidence.cursor_of(shown) >= told:
            yield f"{_name(shown)}: let in alone, though the policy is closed"


def _closed_at(evidence: FairEvidence) -> int:
    """Return the feed's number by which gates may let nobody in alone; 0 while they may."""
    closed = (
        sequence
        for sequence, _, item in evidence.ledger.feed
        if isinstance(item, ConfigChange) and item.config.offline_policy == "closed"
    )
    return next(closed, 0)


def check_doubles(evidence: FairEvidence) -> Iterator[str]:
    """Yield each ticket on which one came in beside another, where somebody had to know."""
    for passages in _by_ticket(evidence).values():
        inside: list[Shown] = []
        for shown in passages:
            if shown.direction == "out":
                inside = []
                continue
            _empty(evidence, shown, inside)
            for other in inside:
                if _had_to_know(shown, other):
                    yield f"{_name(shown)}: in beside scan {other.number} at {other.node}"
            inside.append(shown)


def _empty(evidence: FairEvidence, shown: Shown, inside: list[Shown]) -> None:
    """Let those have left by now whom an evacuation sent out before a scan."""
    for one in evidence.record.emptyings:
        if one.returned is not None and one.zone_id == shown.zone_id:
            returned = one.returned
            if (shown.ended or 0) > returned:
                inside[:] = [other for other in inside if (other.ended or 0) > returned]


def _had_to_know(shown: Shown, other: Shown) -> bool:
    assert shown.answer is not None
    assert other.answer is not None
    modes = {shown.answer.mode, other.answer.mode}
    if modes == {"online"} or (shown.node == other.node and shown.start == other.start):
        return True
    is_asked = shown.answer.mode == "lan" and (other.node, other.start) in shown.peers
    return is_asked or (other.answer.mode == "lan" and (shown.node, shown.start) in other.peers)


def check_named(evidence: FairEvidence) -> Iterator[str]:
    """Yield each double that no conflict names, and each accusation of nobody."""
    named = {
        one.ticket_id
        for one in evidence.ledger.conflicts
        if one.kind == "double_use" and one.disposition != "withdrawn"
    }
    hall = evidence.ground.fair.zones["Hall"]
    for (ticket_id, zone_id), passages in _by_ticket(evidence).items():
        if zone_id != hall:
            continue
        entries = [one for one in passages if one.direction == "in"]
        allowed = 1 + _times_emptied(evidence, TicketId(ticket_id))
        if len(entries) > allowed and ticket_id not in named:
            yield f"ticket {ticket_id:016x}: {len(entries)} came in, and no conflict names it"
        is_clear = evidence.has_true_clocks and _are_apart(passages)
        if len(entries) == 1 and ticket_id in named and is_clear:
            yield f"ticket {ticket_id:016x}: one came in, and a conflict says two"
        if _is_honest(evidence, entries) and ticket_id in named and is_clear:
            yield f"ticket {ticket_id:016x}: came back after the evacuation, and is accused"


def _is_honest(evidence: FairEvidence, entries: list[Shown]) -> bool:
    """Tell whether one came in before an evacuation, was inside, and came back once."""
    if len(entries) != 2:
        return False
    first, second = entries
    return any(
        one.returned is not None
        and (first.ended or 0) < one.stopped - APART
        and second.began > one.returned + APART // 2
        and first.paper.ticket_id in one.inside
        for one in evidence.record.emptyings
    )


def _times_emptied(evidence: FairEvidence, ticket_id: TicketId) -> int:
    """Count how often evacuations sent a ticket's holder out, who may come back each time."""
    return sum(
        one.returned is not None
        and (
            ticket_id in one.inside
            or any(
                # At a gate that had not heard of it: who came in then has left with all others.
                shown.is_green
                and (
                    one.stopped <= (shown.ended or 0) <= one.returned
                    or _may_be_before(evidence, shown, one.zone_id)
                )
                for shown in _of(evidence, ticket_id)
            )
        )
        for one in evidence.record.emptyings
    )


def _may_be_before(evidence: FairEvidence, shown: Shown, zone_id: str) -> bool:
    """Tell whether only a clock says that somebody came after a return, and clocks are wrong.

    What a gate had read of proves it (`docs/decisions/0027-order-is-proven.md`).
    """
    if evidence.has_true_clocks or shown.answer is None or shown.answer.mode == "online":
        return False
    held = evidence.entries[shown.node].get(shown.answer.seq or 0)
    returns = (
        number
        for number, _, item in evidence.ledger.feed
        if isinstance(item, EvacuationNotice)
        and item.zone_id == zone_id
        and item.emptied_at is not None
    )
    return held is not None and any(number > held.entry.cursor for number in returns)


def _are_apart(passages: list[Shown]) -> bool:
    times = sorted(one.ended or one.began for one in passages)
    return all(later - one > APART for one, later in pairwise(times))


def check_room(evidence: FairEvidence) -> Iterator[str]:
    """Yield each moment at which more were in the hall than it holds."""
    hall = evidence.ground.fair.zones["Hall"]
    events = [
        (one.ended or 0, one)
        for one in evidence.record.shown
        if one.is_green and one.zone_id == hall and one.paper.kind is not PaperKind.ALIEN
    ]
    inside: dict[int, int] = {}
    emptied = sorted(one.returned for one in evidence.record.emptyings if one.returned is not None)
    for at, shown in sorted(events, key=lambda pair: (pair[0], pair[1].number)):
        while emptied and emptied[0] < at:
            emptied.pop(0)
            inside.clear()
        assert shown.answer is not None
        if shown.answer.is_repeat:
            continue
        ticket_id = shown.paper.ticket_id
        if shown.direction == "in":
            inside[ticket_id] = inside.get(ticket_id, 0) + 1
        else:
            inside[ticket_id] = max(0, inside.get(ticket_id, 0) - 1)
        if sum(inside.values()) > evidence.capacity:
            if not _is_named_room(evidence):
                yield f"{_name(shown)}: {sum(inside.values())} inside of {evidence.capacity}"
            return


def _is_named_room(evidence: FairEvidence) -> bool:
    """Tell whether a gate that knew of no evacuation has given a place away, and it is named."""
    is_given = any(
        shown.is_green
        and shown.direction == "out"
        and shown.node != one.node
        and one.returned is not None
        and one.stopped <= shown.began <= one.returned
        for one in evidence.record.emptyings
        for shown in evidence.record.shown
    )
    return is_given and any(one.kind == "over_capacity" for one in evidence.ledger.conflicts)


def check_return(evidence: FairEvidence) -> Iterator[str]:
    """Yield everybody who was inside, and was not let back in by a gate that knew all of it."""
    for emptying in evidence.record.emptyings:
        if emptying.returned is None:
            continue
        for ticket_id in sorted(emptying.inside):
            yield from _judge_return(evidence, emptying, emptying.returned, TicketId(ticket_id))


def _judge_return(
    evidence: FairEvidence, emptying: Emptying, returned: Instant, ticket_id: TicketId
) -> Iterator[str]:
    tries = [
        one
        for one in evidence.record.shown
        if one.paper.ticket_id == ticket_id
        and one.zone_id == emptying.zone_id
        and one.direction == "in"
        and one.began > returned
    ]
    first = min(tries, key=lambda one: one.began, default=None)
    if first is None or first.answer is None or first.is_green:
        return
    entered_here = any(
        one.is_green and one.node == first.node and one.direction == "in" and one.began < returned
        for one in _of(evidence, ticket_id)
    )
    entries_told = any(use.direction == "in" for use in evidence.uses_known(first))
    knows_entry = entered_here or entries_told
    knows_return = first.node == emptying.node or evidence.returns_known(first)
    at_the_ledger = first.answer.mode == "online" and first.node == emptying.node
    excused = (
        _is_uncertain(evidence, first)
        or _seems_later(evidence, first, returned)
        or _seems_left_before(evidence, first, emptying)
        or evidence.is_false_stop_unlifted(first)
    )
    if knows_entry and (knows_return or at_the_ledger) and not excused:
        yield f"{_name(first)}: was inside, may come back, and is told {first.answer.reason}"


def _notices(evidence: FairEvidence) -> tuple[EvacuationNotice, ...]:
    """Return what stands in the end of all that was said of evacuations."""
    notices: tuple[EvacuationNotice, ...] = ()
    for _, _, item in evidence.ledger.feed:
        if isinstance(item, EvacuationNotice):
            notices = take_notice(notices, item)
    return notices


def _seems_later(evidence: FairEvidence, shown: Shown, returned: Instant) -> bool:
    """Tell whether the ledger's clock has put a holder's entry behind the return it came before.

    Passages are folded by their instants. Where the server's clock was set back between an entry
    and the return, that entry is taken for one by somebody who has come back already, and nobody
    is let in twice for it: a supervisor decides.
    """
    assert shown.answer is not None
    if evidence.has_true_clocks or shown.answer.reason != "already_used":
        return False
    emptied_at = emptied_by(_notices(evidence), shown.zone_id)
    uses = evidence.ledger.uses
    return emptied_at is not None and any(
        one.answer is not None
        and one.is_green
        and one.direction == "in"
        and one.zone_id == shown.zone_id
        and one.began < returned
        and one.answer.claim_id in uses
        and uses[one.answer.claim_id].at > emptied_at
        for one in _of(evidence, shown.paper.ticket_id)
    )


def _seems_left_before(evidence: FairEvidence, shown: Shown, emptying: Emptying) -> bool:
    """Tell whether by the ledger's clock a holder was scanned out before the alarm was begun.

    A gate that has not heard that the server's clock was set back says an alarm by the former
    time; the ledger counts it as begun when it came. Whoever was scanned out meanwhile, at a gate
    that had heard, has left before it then, and a supervisor decides.
    """
    assert shown.answer is not None
    if evidence.has_true_clocks or shown.answer.reason != "already_used":
        return False
    begun = [
        one.begun_at
        for one in _notices(evidence)
        if one.zone_id == shown.zone_id and one.emptied_at is not None and not one.annulled
    ]
    uses = evidence.ledger.uses
    return bool(begun) and any(
        one.answer is not None
        and one.is_green
        and one.direction == "out"
        and one.zone_id == shown.zone_id
        and emptying.stopped <= one.began <= (emptying.returned or 0)
        and one.answer.claim_id in uses
        and uses[one.answer.claim_id].at < max(begun)
        for one in _of(evidence, shown.paper.ticket_id)
    )


def _is_uncertain(evidence: FairEvidence, shown: Shown) -> bool:
    """Tell whether something else than the evacuation may speak against a holder."""
    assert shown.answer is not None
    told = _closed_at(evidence)
    if shown.answer.reason == "offline_policy" and told and evidence.cursor_of(shown) >= told:
        return True
    kinds = {PaperKind.STOLEN, PaperKind.LEAKED, PaperKind.BLOCKED}
    if shown.paper.kind in kinds or shown.answer.reason in {"supervisor", "stale_manifest"}:
        return True
    # A code that was cut off with its holder's double inside: who of the two left is not known.
    entered = [one for one in _of(evidence, shown.paper.ticket_id) if one.direction == "in"]
    return sum(one.is_green for one in entered) > 1


def check_turned_away(evidence: FairEvidence) -> Iterator[str]:
    """Yield each holder of a good ticket who was turned away though the ledger could be asked."""
    begun: set[int] = set()
    for shown in evidence.record.shown:
        ticket_id, paper = shown.paper.ticket_id, shown.paper
        is_first = ticket_id not in begun
        begun.add(ticket_id)
        if not is_first or paper.kind is not PaperKind.GOOD or paper.is_manual:
            continue
        sold = evidence.record.sold.get(ticket_id)
        if sold is not None and shown.began < sold + 2 * MINUTE:
            continue
        if shown.event_id != evidence.ground.fair.event_id or shown.zone_id != paper.zone_id:
            continue
        if shown.answer is None or not shown.is_in_reach or _is_stopped(evidence, shown):
            continue
        if not shown.is_green and shown.answer.reason != "capacity_full":
            yield f"{_name(shown)}: good, and is told {shown.answer.reason}"


def _is_stopped(evidence: FairEvidence, shown: Shown) -> bool:
    """Tell whether somebody may have stopped entry to the zone just then."""
    spans = [
        *evidence.record.stops,
        *((one.stopped, one.returned or evidence.ended) for one in evidence.record.emptyings),
        *((one.since, one.until or evidence.ended) for one in evidence.record.pauses),
    ]
    return any(began - MINUTE <= shown.began <= until + 5 * MINUTE for began, until in spans)


def check_organizer(evidence: FairEvidence) -> Iterator[str]:
    """Yield what the organizer asked for and was refused."""
    yield from evidence.record.asked


def judge_fair(evidence: FairEvidence) -> list[Violation]:
    """Run every check."""
    return run_checks(
        "fair",
        evidence,
        check_papers,
        check_reach,
        check_stop,
        check_pause,
        check_plan,
        check_doubles,
        check_named,
        check_room,
        check_return,
        check_turned_away,
        check_organizer,
    )


# -- what was seen -------------------------------------------------------------------------------


def _entries(evidence: FairEvidence) -> list[Shown]:
    return [one for one in evidence.record.shown if one.is_green and one.direction == "in"]


def _of(evidence: FairEvidence, ticket_id: TicketId) -> list[Shown]:
    return [one for one in evidence.record.shown if one.paper.ticket_id == ticket_id]


def _by_ticket(evidence: FairEvidence) -> dict[tuple[int, str], list[Shown]]:
    """Return who passed, in the order in which they did, by ticket and zone."""
    found: dict[tuple[int, str], list[Shown]] = {}
    for shown in sorted(evidence.record.shown, key=lambda one: (one.ended or 0, one.number)):
        if shown.is_green and shown.answer is not None and not shown.answer.is_repeat:
            found.setdefault((shown.paper.ticket_id, shown.zone_id), []).append(shown)
    return found


def _name(shown: Shown) -> str:
    said = "nothing" if shown.answer is None else f"{shown.answer.mode} {shown.answer.reason}"
    return f"scan {shown.number} at {shown.node} ({shown.paper.kind}, {said})"
