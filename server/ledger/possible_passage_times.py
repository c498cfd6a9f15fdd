"""Between which instants each passage through a zone was. Pure.

A passage was when its author's clock said so, give or take its error. Whatever is proven besides
narrows that down: a device's passages come in the order of its journal; an entry that was written
when the feed had told so much comes after all of that, returns after an evacuation among it; and
what the ledger grants comes after all that it had on record. Nothing of that depends on when a
journal arrived. The exits that evacuations imply are left out: they follow from the rest.

Source:
    docs/decisions/0027-order-is-proven.md, 0056-room-is-judged-over-all.md
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Generator, Iterable, Sequence
from typing import Final

import msgspec

from server.ledger.uses import UseRecord
from shared.kernel.instant import Duration, Instant

AT_ONCE: Final = 1_000
"""Passages that are looked at in one go, before others have their turn."""

_FOREVER: Final = 1 << 62
_ROUNDS_MAX: Final = 6
"""Each round carries a proof from one device to another; what more would add narrows nothing that
matters, and without it nobody is accused."""


class Emptying(msgspec.Struct, frozen=True):
    """A return after an evacuation: when everybody had left, and the feed's number of the word."""

    at: Instant
    number: int


class Span(msgspec.Struct):
    """A passage, and what is known of its instant.

    Attributes:
        use: The passage.
        at: As its author said it, in the order of its journal.
        error: The bound of that; None if unknown.
        earliest, latest: The instants between which it was.
    """

    use: UseRecord
    at: Instant
    error: Duration | None
    earliest: int
    latest: int

    @property
    def knew(self) -> int:
        """Return the number in the feed up to which all came before it; 0 if unknown."""
        return self.use.seq - 1 if self.use.is_grant else self.use.knew

    def is_of_boot(self, other: Span) -> bool:
        """Tell whether both stand in one journal, between two starts of its device."""
        own = self.use.journal
        return own is not None and own == other.use.journal


def span_all(
    uses: Iterable[UseRecord], emptied: Sequence[Emptying]
) -> Generator[None, None, list[Span]]:
    """Say between which instants passages were; in parts, so that nobody waits for all of it.

    Args:
        uses: Through one zone, all with their numbers; no exits by evacuation.
        emptied: Each return into it.

    Returns:
        The passages in the order of their numbers, once it was gone through to its end.
    """
    spans: list[Span] = []
    for use in uses:
        spans.append(_span(use, emptied))
        if len(spans) % AT_ONCE == 0:
            yield
    spans.sort(key=lambda one: one.use.seq)
    boots = by_boot(spans)
    _keep_times_in_turn(boots)
    yield
    numbers = [one.use.seq for one in spans]
    for narrow in (_narrow_from_below, _narrow_from_above):
        for _ in range(_ROUNDS_MAX):
            is_changed = narrow(spans, numbers, boots)
            yield
            if not is_changed:
                break
    for one in spans:
        if one.earliest > one.latest:  # a clock was wrong by more than it says
            one.earliest, one.latest = one.latest, one.earliest
    return spans


def _span(use: UseRecord, emptied: Sequence[Emptying]) -> Span:
    at, error = use.said
    bound = _FOREVER if error is None else error
    one = Span(use, at, error, at - bound, at + bound)
    for told in emptied:
        if 0 < told.number <= one.knew:
            one.at = max(at, Instant(told.at + 1))
            one.earliest = max(one.earliest, told.at + 1)
    return one


def by_boot(spans: Iterable[Span]) -> list[list[Span]]:
    """Part passages by journals, from one start of a device to the next; each in its order."""
    found: dict[tuple[str, bytes], list[Span]] = {}
    for one in spans:
        if (journal := one.use.journal) is not None:
            found.setdefault(journal, []).append(one)
    for own in found.values():
        own.sort(key=lambda one: one.use.dseq or 0)
    return list(found.values())


def _keep_times_in_turn(boots: Iterable[Sequence[Span]]) -> None:
    """Let no passage seem earlier than the one before it in its journal."""
    for own in boots:
        at = own[0].at
        for one in own:
            one.at = at = max(at, one.at)


def _narrow_from_below(
    spans: Sequence[Span],
    numbers: Sequence[int],
    boots: Iterable[Sequence[Span]],
) -> bool:
    """Let passages be later than what came before them; tells whether that changed anything."""
    before = sum(one.earliest for one in spans)
    for own in boots:
        least = own[0].earliest
        for one in own[1:]:
            one.earliest = least = max(one.earliest, least + 1)
    least = -_FOREVER
    told: list[int] = []
    for one in spans:
        place = bisect_right(numbers, one.knew, hi=len(told))
        if place:
            one.earliest = max(one.earliest, told[place - 1] + 1)
        least = max(least, one.earliest)
        told.append(least)
    return sum(one.earliest for one in spans) != before


def _narrow_from_above(
    spans: Sequence[Span],
    numbers: Sequence[int],
    boots: Iterable[Sequence[Span]],
) -> bool:
    """Let passages be earlier than what came after them; tells whether that changed anything."""
    del numbers
    before = sum(one.latest for one in spans)
    for own in boots:
        most = own[-1].latest
        for one in reversed(own[:-1]):
            one.latest = most = min(one.latest, most - 1)
    told = sorted(spans, key=lambda one: one.knew)
    most = _FOREVER
    for one in reversed(spans):
        while told and told[-1].knew >= one.use.seq:
            most = min(most, told.pop().latest)
        one.latest = min(one.latest, most - 1)
    return sum(one.latest for one in spans) != before
