"""What an event promises whose first key ends, judged by true times and by who could know.

A key's end is a moment. Up to it and at it its tickets let in, after it none does, listed or not;
what another key has signed lets in before and after. What a gate had to know of the organizer's
word stands in its entry's cursor, or, where the server let somebody in, in the time of the
question; what it may have known besides is all that was being said until it answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from shared.kernel.instant import SECOND, Duration, Instant
from simulator.further_events.ended_keys_and_copied_events.evening import Editions
from simulator.further_events.ended_keys_and_copied_events.record import (
    Bound,
    Edition,
    EditionRecord,
    Print,
)
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.ledger_and_device_views import HeldEntry
from simulator.judging.seen_visits import Visit, entries_of, may_have_come

APART: Final[Duration] = 30 * SECOND
"""Clocks, their corrections and the way of a question are never wrong by more."""


class EditionEvidence(msgspec.Struct):
    """All of it, when it is quiet.

    Attributes:
        record: What was seen.
        entries: The gate's entry of each presentation, by its number.
        has_true_server: The server's clock was right all evening.
    """

    record: EditionRecord
    entries: dict[int, HeldEntry]
    has_true_server: bool


def check_ended(evidence: EditionEvidence) -> Iterator[str]:
    """Yield each who came in by a key that had ended, as whoever decided knew."""
    for seen in _answered(evidence):
        assert seen.answer is not None
        if seen.direction != "in" or not seen.is_green or seen.answer.is_repeat:
            continue
        if all(_is_over(until, seen) for until in _ends(evidence, seen)):
            yield f"{_name(seen)}: let in, and its key had ended"


def check_good(evidence: EditionEvidence) -> Iterator[str]:
    """Yield each who was turned away though the key that signed the paper had not ended.

    Where the gate could ask the ledger nothing else may keep out who has not come before; and
    nobody is told that the paper is out of date.
    """
    for seen in _answered(evidence):
        assert seen.answer is not None
        if seen.direction != "in" or seen.is_green:
            continue
        if any(not _is_good(until, seen) for until in _ends(evidence, seen)):
            continue
        if seen.answer.reason == "expired":
            yield f"{_name(seen)}: its key had not ended"
        elif seen.is_in_reach and not may_have_come(evidence.record.seen, seen):
            yield f"{_name(seen)}: turned away with a good paper"


def check_ways_out(evidence: EditionEvidence) -> Iterator[str]:
    """Yield each who was inside and was not let out, ended key or not."""
    inside: set[int] = set()
    for seen in evidence.record.seen:
        ticket_id = seen.card.ticket_id
        if seen.direction == "in" and seen.is_green:
            inside.add(ticket_id)
        if seen.direction == "out" and seen.answer is not None and ticket_id in inside:
            inside.discard(ticket_id)
            if seen.is_in_reach and not seen.is_green:
                yield f"{_name(seen)}: is not let out"


def check_organizer(evidence: EditionEvidence) -> Iterator[str]:
    """Yield what was answered to the organizer and should not have been."""
    yield from evidence.record.wrong


async def judge_editions(editions: Editions) -> list[Violation]:
    """Come once more with what nobody has shown, read everything, and run every check."""
    await editions.try_all()
    editions.record.wrong += editions.owner.refused
    evidence = EditionEvidence(
        record=editions.record,
        entries=entries_of(editions.record.seen, editions.read_journals()),
        has_true_server=editions.scenario.has_true_server,
    )
    return run_checks(
        "editions", evidence, check_ended, check_good, check_ways_out, check_organizer
    )


def _answered(evidence: EditionEvidence) -> Iterator[Visit[Print]]:
    """Yield what was answered, where a moment can be judged by the server's clock."""
    if evidence.has_true_server:
        yield from (one for one in evidence.record.seen if one.answer is not None)


# -- what was known ------------------------------------------------------------------------------


def _ends(evidence: EditionEvidence, seen: Visit[Print]) -> Iterator[Instant | None]:
    """Yield each end of the paper's key that its gate may have known of; None for no end."""
    if seen.card.edition is not Edition.FIRST:
        yield None
        return
    assert seen.answer is not None
    entry = evidence.entries.get(seen.number)
    cursor = 0 if entry is None else entry.entry.cursor
    said = evidence.record.bounds
    # What a gate turns away by what it holds, it asks nobody about.
    is_asked = seen.answer.mode == "online" and seen.is_green
    known = [
        one for one in said if one.sequence <= cursor or (is_asked and one.ended < seen.began)
    ]
    possible = [one for one in said if one in known or one.began <= (seen.ended or 0)]
    for count in range(len(known), len(possible) + 1):
        yield _newest(possible[:count])


def _newest(said: list[Bound]) -> Instant | None:
    return said[-1].until if said else None


def _is_over(until: Instant | None, seen: Visit[Print]) -> bool:
    return until is not None and seen.began > until + APART


def _is_good(until: Instant | None, seen: Visit[Print]) -> bool:
    return until is None or (seen.ended or 0) + APART < until


def _name(seen: Visit[Print]) -> str:
    assert seen.answer is not None
    return (
        f"scan {seen.number} at {seen.node} ({seen.card.edition} print, {seen.direction},"
        f" {seen.answer.mode} {seen.answer.reason})"
    )
