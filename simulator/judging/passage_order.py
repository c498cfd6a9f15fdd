"""In which order passages count, by what proves it: the feed's numbers, journals, what gates knew.

An independent statement: it shares nothing with how the product places them, and no clock decides
where one of these proofs does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from shared.journal.entry import Entry
from shared.wire.feed import Use
from simulator.judging.evidence import Evidence

ORDERED_MAX: Final = 12
"""Passages of one ticket of which every order is tried."""
GRANTED: Final = frozenset({"claim", "awaited"})
"""What the ledger decided itself: it had all before it on record."""


class Placed(msgspec.Struct, frozen=True):
    """A passage that the feed tells of.

    Attributes:
        sequence: Its number in the feed.
        use: What the feed says.
        is_granted: By the ledger's own decision.
        entry: The journal's entry that records it, if a device has one.
    """

    sequence: int
    use: Use
    is_granted: bool
    entry: Entry | None


class Proofs:
    """What proves the order of passages in one world."""

    def __init__(self, evidence: Evidence) -> None:
        self._entries = {one.body.claim_id: one.held.entry for one in evidence.passages}
        self._sources = {use.claim_id: use.source for use in evidence.ledger.uses.values()}
        # Of a ledger that was put back, numbers were told twice.
        self._has_cursors = not evidence.history.restores

    def place(self, sequence: int, use: Use) -> Placed:
        """Put an item of the feed beside what its device signed."""
        is_granted = self._sources.get(use.claim_id) in GRANTED
        return Placed(sequence, use, is_granted, self._entries.get(use.claim_id))

    def sort(self, passages: Iterable[Placed]) -> list[Placed]:
        """Order passages on one ticket: as proven; where nothing is, by their instants."""
        waiting = sorted(passages, key=lambda one: (one.use.at, one.use.claim_id))
        ordered: list[Placed] = []
        while waiting:
            found = next((one for one in waiting if self._is_next(one, waiting)), waiting[0])
            waiting.remove(found)
            ordered.append(found)
        return ordered

    def _is_next(self, one: Placed, waiting: Sequence[Placed]) -> bool:
        return not any(self.is_before(other, one) for other in waiting if other is not one)

    def is_before(self, one: Placed, other: Placed) -> bool:
        """Tell whether one passage is proven to have come before another one."""
        if other.is_granted and one.sequence < other.sequence:
            return True
        if other.entry is None or other.is_granted:
            return False
        if one.entry is not None and one.use.device_id == other.use.device_id:
            return one.entry.seq < other.entry.seq
        return self._has_cursors and one.sequence <= other.entry.cursor

    def is_surely(self, one: Placed, other: Placed) -> bool:
        """Tell whether one passage came before another: as proven, else by times and bounds."""
        if self.is_before(one, other) or self.is_before(other, one):
            return self.is_before(one, other)
        if one.use.at_error is None or other.use.at_error is None:
            return False
        return one.use.at + one.use.at_error < other.use.at - other.use.at_error


def has_order(uses: Sequence[Use], before: Sequence[int], persons: int | None) -> bool:
    """Tell whether passages can be ordered, with never more inside than may be.

    Args:
        uses: The passages.
        before: Of each, those that came before it, one bit for each place.
        persons: How many may be inside; None for no limit.
    """
    waiting, seen = [(0, 0)], {(0, 0)}
    while waiting:
        done, inside = waiting.pop()
        if done == (1 << len(uses)) - 1:
            return True
        for place, use in enumerate(uses):
            if done >> place & 1 or before[place] & ~done:
                continue
            then = inside + use.count if use.direction == "in" else max(0, inside - use.count)
            state = (done | 1 << place, then if persons is not None else 0)
            if state not in seen and not (persons is not None and then > persons):
                seen.add(state)
                waiting.append(state)
    return False
