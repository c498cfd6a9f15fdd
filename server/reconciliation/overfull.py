"""Finding who was let into a zone beyond its limit, over all that is known of it. Pure.

Each ticket's passages stand in their proven order; how far each ticket has come when somebody
enters is known between bounds alone. Of what is possible the least is counted: entries as late as
they may have been, exits as early. Who is too many then was too many in any case. The answer does
not depend on the order in which journals came.

Source:
    docs/specs/admission.md, section 8
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Generator, Iterable, Sequence
from itertools import accumulate, combinations
from typing import Final

import msgspec

from server.ledger.passages import in_fairest_order
from server.ledger.spans import Span, span_all
from server.ledger.uses import GIFT, UseRecord
from server.plans.history import PlanHistory
from shared.admission.evacuation import is_evacuation_exit
from shared.admission.reasons import Reason
from shared.journal.bounds import NUMBER_MAX
from shared.kernel.id_types import ZoneId
from shared.kernel.instant import INSTANT_MAX
from shared.wire.emptying import Window, windows_of
from shared.wire.feed import EvacuationNotice

AT_ONCE: Final = 500
"""Tickets that are looked at in one go, before others have their turn."""

PASSAGES_MAX: Final = 64
"""Of one ticket; in what order more have come is not looked at."""


class _Step(msgspec.Struct, frozen=True):
    """How many places more a ticket takes from an instant on, and the entry that takes them."""

    at: int
    places: int
    entry: Span


class Overfull:
    """Looks through a zone; in parts, so that a large one keeps nobody waiting.

    Attributes:
        found: The entries that were too many, in order, once all was looked at.
    """

    def __init__(
        self, history: PlanHistory, zone_id: ZoneId, notices: Sequence[EvacuationNotice]
    ) -> None:
        """Judge by an event's plans, and by what was said of evacuations that counts."""
        self._history, self._zone_id = history, zone_id
        self._windows = windows_of(notices, zone_id)
        self.found: list[UseRecord] = []

    def look(self, uses: Iterable[UseRecord]) -> Generator[None, None, None]:
        """Find who was too many; to be gone through to its end.

        Args:
            uses: All passages through the zone, with their numbers.
        """
        counted = [use for use in uses if _counts(use)]
        lowest = self._history.lowest_capacity(self._zone_id)
        entering = sum(use.count for use in counted if use.direction == "in")
        if lowest is None or entering <= lowest:
            return
        yield
        emptied = [until for _, until in self._windows if until != INSTANT_MAX]
        spans = yield from span_all(counted, emptied)
        by_ticket: dict[int, list[Span]] = {}
        for one in spans:
            by_ticket.setdefault(one.use.ticket_id, []).append(one)
        steps: list[_Step] = []
        for number, own in enumerate(by_ticket.values(), 1):
            steps += _steps_of(own, self._windows)
            if number % AT_ONCE == 0:
                yield
        steps.sort(key=_turn)
        yield
        self.found = self._too_many(steps, lowest)

    def _too_many(self, steps: Iterable[_Step], lowest: int) -> list[UseRecord]:
        found: dict[str, UseRecord] = {}
        inside = 0
        for step in steps:
            inside += step.places
            use = step.entry.use
            if step.places < 0 or inside <= lowest or use.reason == Reason.OVERRIDE:
                continue
            limit = self._limit_of(step.entry)
            if limit is not None and inside > limit:
                found.setdefault(use.claim_id, use)
        return list(found.values())

    def _limit_of(self, entry: Span) -> int | None:
        """Return the highest limit by which an entry may have been made; None for no limit."""
        plans = self._history.at(entry.at, entry.error, self._zone_id, entry.knew)
        zones = [plan.zones.get(self._zone_id) for plan in plans]
        limits = [None if zone is None else zone.capacity for zone in zones]
        known = [limit for limit in limits if limit is not None]
        return max(known) if len(known) == len(limits) else None


def find_overfull(
    history: PlanHistory,
    zone_id: ZoneId,
    uses: Iterable[UseRecord],
    notices: Sequence[EvacuationNotice] = (),
) -> list[UseRecord]:
    """Return the entries that were too many for a zone's limit; see `Overfull`."""
    looking = Overfull(history, zone_id, notices)
    for _ in looking.look(uses):
        pass
    return looking.found


def _counts(use: UseRecord) -> bool:
    """Whether somebody passed, as far as is known.

    What a home has given waits for its asker's journal. Who went out by the ledger's word has
    left: that their place is free only when a journal says so is for the ledger's own grants.
    """
    return not use.is_annulled and (use.is_confirmed or use.source != GIFT)


def _steps_of(own: Sequence[Span], windows: Sequence[Window]) -> list[_Step]:
    """Say how the places change that one ticket takes at least."""
    if len(own) == 1:
        only = own[0]
        return [_Step(only.latest, only.use.count, only)] if only.use.direction == "in" else []
    order = _in_turn(own)
    least_at = _least_in_turn(order, windows) if _is_certain(order) else _least_in_any(order)
    steps, before = [], 0
    for at in sorted({instant for one in order for instant in (one.earliest, one.latest)}):
        least = least_at(at)
        if least != before:
            entries = [one for one in order if one.use.direction == "in" and one.latest <= at]
            steps.append(_Step(at, least - before, entries[-1] if entries else order[0]))
            before = least
    return steps


def _in_turn(own: Sequence[Span]) -> list[Span]:
    """Put one ticket's passages in order; who went out was inside, if nothing says otherwise."""
    said = {
        one.use.claim_id: msgspec.structs.replace(one.use, at=one.at, at_error=one.error)
        for one in sorted(own, key=_place)
    }
    spans = {one.use.claim_id: one for one in own}
    return [spans[use.claim_id] for use in in_fairest_order(list(said.values()), NUMBER_MAX)]


def _is_certain(order: Sequence[Span]) -> bool:
    """Tell whether passages cannot have come in another order."""
    if len(order) > PASSAGES_MAX:
        return False
    # Of two entries, or two exits, it changes nothing which of them was the first.
    return all(
        _is_surely_before(one, other)
        for one, other in combinations(order, 2)
        if one.use.direction != other.use.direction
    )


def _is_surely_before(one: Span, other: Span) -> bool:
    if one.latest < other.earliest or one.use.seq <= other.knew:
        return True
    is_same = one.use.boot is not None and one.use.boot == other.use.boot
    return is_same and one.use.device_id == other.use.device_id


def _least_in_turn(order: Sequence[Span], windows: Sequence[Window]) -> Callable[[int], int]:
    """Count how many places a ticket takes at least, by an instant, its order being certain."""
    taken = _places_after(order, windows)
    begun = list(accumulate((one.earliest for one in order), max))
    ended = list(accumulate((one.latest for one in reversed(order)), min))[::-1]

    def least_at(at: int) -> int:
        surely = bisect_right(ended, at)
        return min(taken[surely : max(surely, bisect_right(begun, at)) + 1])

    return least_at


def _least_in_any(order: Sequence[Span]) -> Callable[[int], int]:
    """Count as `_least_in_turn`, whatever the order was: each exit may have made room."""

    def least_at(at: int) -> int:
        came = sum(o.use.count for o in order if o.use.direction == "in" and o.latest <= at)
        gone = sum(o.use.count for o in order if o.use.direction == "out" and o.earliest <= at)
        return max(0, came - gone)

    return least_at


def _places_after(order: Iterable[Span], windows: Sequence[Window]) -> list[int]:
    """Count the places that a ticket takes before its first passage, and after each.

    As `shared.wire.emptying.places_of`: whom an evacuation has sent out keeps their place.
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
            if is_evacuation_exit(use.claim_id):
                away = away + left if windows else max(away + left, use.count)
            elif use.allotted >= 0 and any(a <= one.at <= b for a, b in windows):
                away += left
        taken.append(inside + away)
    return taken


def _place(one: Span) -> tuple[int, bool, str, bytes, int, str]:
    """Order passages of one instant by their devices' journals, entries first."""
    use = one.use
    is_exit = is_evacuation_exit(use.claim_id)
    return one.at, is_exit, use.device_id, use.boot or b"", use.dseq or 0, use.claim_id


def _turn(step: _Step) -> tuple[int, bool, tuple[int, bool, str, bytes, int, str]]:
    """Let those go first who make room."""
    return step.at, step.places > 0, _place(step.entry)
