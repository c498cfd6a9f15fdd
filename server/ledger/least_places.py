"""How many places the holders of one ticket took at least, by an instant. Pure.

Where the order of a ticket's passages is certain, its places follow from how far it had come; else
each exit that may have been by then has made room.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, combinations
from typing import Final

import msgspec

from server.ledger.passage_order import in_fairest_order
from server.ledger.possible_passage_times import Span
from server.ledger.uses import NOT_MOVED
from shared.admission.evacuation import exit_claim_id, is_evacuation_exit
from shared.evacuations.implied_exits import Window
from shared.journal.bounds import NUMBER_MAX
from shared.kernel.id_types import DeviceId, EvacuationId
from shared.kernel.instant import INSTANT_MAX, Duration, Instant

PASSAGES_MAX: Final = 64
"""Of one ticket; in what order more have come is not looked at."""


class Step(msgspec.Struct, frozen=True):
    """How many places more a ticket takes from an instant on, and the entry that takes them."""

    at: int
    places: int
    entry: Span


class TicketPlaces:
    """One ticket's passages through a zone.

    Attributes:
        order: In their order; where that is uncertain, in one of those that may have been.
        steps: How the places change that it takes at least.
    """

    def __init__(self, own: Sequence[Span], windows: Sequence[Window]) -> None:
        """Take all of a ticket's passages, and when exits were the way out of an evacuation."""
        # Who passed once was let in, before or after.
        emptied = [_emptying(own[0], at) for at in _ends(own, windows)] if len(own) > 1 else []
        self.order = _in_turn([*own, *emptied]) if len(own) > 1 else list(own)
        is_certain = _is_certain(self.order)
        self._taken = _places_after(self.order, windows) if is_certain else None
        self.steps = list(self._step_by_step())

    def least(self, came: Callable[[Span], bool], may: Callable[[Span], bool]) -> int:
        """Count the places that it takes at least, at some moment.

        Args:
            came: Whether a passage had surely been by then.
            may: Whether one may have been by then.
        """
        if self._taken is None:
            return self._least_in_any(came, may)
        first = max((n for n, one in enumerate(self.order, 1) if came(one)), default=0)
        others = (n for n, one in enumerate(self.order) if not may(one))
        return min(self._taken[first : max(first, next(others, len(self.order))) + 1])

    def _least_in_any(self, came: Callable[[Span], bool], may: Callable[[Span], bool]) -> int:
        """Count as `least`, whatever the order was.

        Entries that surely were between the same two evacuations make a place each, and so does
        one alone; less all exits that may have been since.
        """
        ways = [one for one in self.order if not is_evacuation_exit(one.use.claim_id)]
        entries = [one for one in ways if one.use.direction == "in" and came(one)]
        exits = [one for one in ways if one.use.direction == "out" and may(one)]
        ends = [one.latest for one in self.order if is_evacuation_exit(one.use.claim_id)]
        together: dict[int, list[Span]] = {}
        for one in entries:
            part = bisect_left(ends, one.latest)
            if part == bisect_left(ends, one.earliest):
                together.setdefault(part, []).append(one)
        found = [0]
        for some in (*together.values(), *([one] for one in entries)):
            since = min(one.earliest for one in some)
            left = sum(one.use.count for one in exits if one.latest >= since)
            found.append(sum(one.use.count for one in some) - left)
        return max(found)

    def _step_by_step(self) -> Iterator[Step]:
        order, before = self.order, 0
        if len(order) == 1:
            if order[0].use.direction == "in":
                yield Step(order[0].latest, order[0].use.count, order[0])
            return
        least_at = self._least_at()
        for at in sorted({instant for one in order for instant in (one.earliest, one.latest)}):
            least = least_at(at)
            if least != before:
                came = [o for o in order if o.use.direction == "in" and o.latest <= at]
                yield Step(at, least - before, came[-1] if came else order[0])
                before = least

    def _least_at(self) -> Callable[[int], int]:
        """Make the count by an instant; as `least`, and quick."""
        taken = self._taken
        if taken is None:
            return lambda at: self.least(lambda o: o.latest <= at, lambda o: o.earliest <= at)
        begun = list(accumulate((one.earliest for one in self.order), max))
        ended = list(accumulate((one.latest for one in reversed(self.order)), min))[::-1]

        def least_at(at: int) -> int:
            surely = bisect_right(ended, at)
            return min(taken[surely : max(surely, bisect_right(begun, at)) + 1])

        return least_at


def place_of_span(one: Span) -> tuple[int, bool, str, bytes, int, str]:
    """Order passages of one instant by their devices' journals, those that empty a zone last."""
    use = one.use
    is_exit = is_evacuation_exit(use.claim_id)
    return one.at, is_exit, use.device_id, use.boot or b"", use.dseq or 0, use.claim_id


def _in_turn(own: Sequence[Span]) -> list[Span]:
    """Put one ticket's passages in order; who went out was inside, if nothing says otherwise."""
    said = {
        one.use.claim_id: msgspec.structs.replace(one.use, at=one.at, at_error=one.error)
        for one in sorted(own, key=place_of_span)
    }
    spans = {one.use.claim_id: one for one in own}
    return [spans[use.claim_id] for use in in_fairest_order(list(said.values()), NUMBER_MAX)]


def _ends(own: Sequence[Span], windows: Iterable[Window]) -> list[Instant]:
    """Return when evacuations had emptied the zone after a passage that may have been before."""
    first = min(one.earliest for one in own)
    return sorted(until for _, until in windows if first <= until != INSTANT_MAX)


def _emptying(one: Span, at: Instant) -> Span:
    """Make the exit of whoever of a ticket is inside when the zone is emptied."""
    use = msgspec.structs.replace(
        one.use,
        claim_id=exit_claim_id(EvacuationId(str(at)), one.use.zone_id, one.use.ticket_id),
        direction="out",
        at=at,
        at_error=Duration(0),
        count=NUMBER_MAX,
        device_id=DeviceId(""),
        source="journal",
        boot=None,
        dseq=None,
        seq=0,
        allotted=0,
        knew=0,
        moved=NOT_MOVED,
    )
    return Span(use, at, Duration(0), at, at)


def _is_certain(order: Sequence[Span]) -> bool:
    """Tell whether passages cannot have come in another order."""
    if len(order) > PASSAGES_MAX:
        return False
    # Of two entries, or two exits, it changes nothing which of them was the first.
    return all(
        _is_surely_before(one, other)
        for one, other in combinations(order, 2)
        if one.use.direction != other.use.direction
        or NUMBER_MAX in {one.use.count, other.use.count}
    )


def _is_surely_before(one: Span, other: Span) -> bool:
    if one.latest < other.earliest or 0 < one.use.seq <= other.knew:
        return True
    return one.is_of_boot(other) and (one.use.dseq or 0) < (other.use.dseq or 0)


def _places_after(order: Iterable[Span], windows: Sequence[Window]) -> list[int]:
    """Count the places that a ticket takes before its first passage, and after each.

    As `implied_exits.places_of` has it: whom an evacuation has sent out keeps their place.
    """
    inside = away = 0
    taken = [0]
    for one in order:
        use = one.use
        if use.direction == "in":
            inside, away = inside + use.count, max(0, away - use.count)
        else:
            left = min(inside, use.count)
            inside -= left
            is_sent = use.allotted >= 0 and any(a <= one.at <= b for a, b in windows)
            if is_sent or is_evacuation_exit(use.claim_id):
                away += left
        taken.append(inside + away)
    return taken
