"""Finding who was let into a zone beyond its limit, over all that is known of it. Pure.

How far each ticket has come when somebody passes is known between bounds. Of what is possible the
least is counted: entries as late as they may have been, exits as early. Who is too many then was
too many in any order. Where that leaves open when an entry and a later exit of the same journal
were, the moment before that exit is looked at besides: whenever that was, the entry had been. The
answer does not depend on the order in which journals came.

Source:
    docs/specs/admission.md, section 8
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Generator, Iterable, Sequence
from itertools import accumulate
from typing import Final

from server.ledger.arrivals_after_evacuations import Told
from server.ledger.least_places import Step, TicketPlaces, place_of_span
from server.ledger.possible_passage_times import Emptying, Span, by_boot, span_all
from server.ledger.uses import GIFT, UseRecord
from server.plans.earlier_plans import PlanHistory
from shared.admission.evacuation import is_evacuation_exit
from shared.admission.reasons import Reason
from shared.evacuations.implied_exits import windows_of
from shared.kernel.id_types import ZoneId
from shared.kernel.instant import INSTANT_MAX

AT_ONCE: Final = 500
"""Tickets that are looked at in one go, before others have their turn."""
OPEN_MAX: Final = 64
"""Passages of one journal that may have been before or after an exit, of which it is looked at."""


class Overfull:
    """Looks through a zone; in parts, so that a large one keeps nobody waiting.

    Attributes:
        found: The entries that were too many, once all was looked at.
    """

    def __init__(self, history: PlanHistory, zone_id: ZoneId, told: Sequence[Told]) -> None:
        """Judge by an event's plans, and by what gates were told of evacuations."""
        self._history, self._zone_id = history, zone_id
        self._windows = windows_of([one.notice for one in told], zone_id)
        ends = {until for _, until in self._windows if until != INSTANT_MAX}
        self._emptied = [
            Emptying(one.notice.emptied_at, one.number)
            for one in told
            if one.notice.zone_id == zone_id and one.notice.emptied_at in ends
        ]
        self._lowest = history.lowest_capacity(zone_id)
        self._named: dict[str, Span] = {}

    @property
    def found(self) -> list[UseRecord]:
        """The entries that were too many, in order."""
        return [one.use for one in sorted(self._named.values(), key=place_of_span)]

    def look(self, uses: Iterable[UseRecord]) -> Generator[None, None, None]:
        """Find who was too many; to be gone through to its end.

        Args:
            uses: All passages through the zone, with their numbers.
        """
        counted = [use for use in uses if _counts(use)]
        entering = sum(use.count for use in counted if use.direction == "in")
        if self._lowest is None or entering <= self._lowest:
            return
        yield
        spans = yield from span_all(counted, self._emptied)
        by_ticket: dict[int, list[Span]] = {}
        for one in spans:
            by_ticket.setdefault(one.use.ticket_id, []).append(one)
        tickets: dict[int, TicketPlaces] = {}
        for ticket_id, own in by_ticket.items():
            tickets[ticket_id] = TicketPlaces(own, self._windows)
            if len(tickets) % AT_ONCE == 0:
                yield
        steps = [step for ticket in tickets.values() for step in ticket.steps]
        yield
        steps.sort(key=_turn)
        yield
        inside = 0
        for step in steps:
            inside += step.places
            if step.places > 0:
                self._weigh(step.entry, inside)
        yield
        yield from self._look_before_exits(spans, tickets, steps)

    def _weigh(self, entry: Span, inside: int) -> None:
        """Name an entry if so many were inside with it, and a person has not let it in."""
        assert self._lowest is not None
        if inside <= self._lowest or entry.use.reason == Reason.OVERRIDE:
            return
        plans = self._history.at(entry.at, entry.error, self._zone_id, entry.knew)
        zones = [plan.zones.get(self._zone_id) for plan in plans]
        limits = [None if zone is None else zone.capacity for zone in zones]
        # The highest limit that may have held; where there may have been none, nobody is named.
        if all(limit is not None and inside > limit for limit in limits):
            self._named.setdefault(entry.use.claim_id, entry)

    def _look_before_exits(
        self, spans: Iterable[Span], tickets: dict[int, TicketPlaces], steps: Sequence[Step]
    ) -> Generator[None, None, None]:
        """Look at the moments before exits of which bounds do not say that entries came first."""
        timeline = _Timeline(tickets, steps)
        for own in by_boot(one for one in spans if one.use.boot is not None):
            for place, leaving in enumerate(own):
                entry = _open_entry(own, place)
                if entry is None:
                    continue
                inside = timeline.least_before(own, place)
                if inside is not None:
                    self._weigh(entry, inside - self._explained(leaving, tickets))
                yield

    def _explained(self, leaving: Span, tickets: dict[int, TicketPlaces]) -> int:
        """Count those of whom it is said already that they were too many, and may be there."""
        return sum(
            one.use.count
            for one in self._named.values()
            if one.earliest <= leaving.latest
            and not any(
                other.use.direction == "out"
                and one.latest < other.earliest
                and other.latest < leaving.earliest
                for other in tickets[one.use.ticket_id].order
            )
        )


class _Timeline:
    """How many places are taken at least, at any instant."""

    def __init__(self, tickets: dict[int, TicketPlaces], steps: Sequence[Step]) -> None:
        self._tickets = tickets
        self._times = [step.at for step in steps]
        self._sums = list(accumulate((step.places for step in steps), initial=0))
        freed = (min(0, step.places) for step in steps)
        self._freed = list(accumulate(freed, initial=0))

    def least_before(self, own: Sequence[Span], place: int) -> int | None:
        """Count the places that are taken at least just before an exit, whenever that was.

        Args:
            own: The passages of its journal.
            place: Its own place among them.

        Returns:
            None if too many of them may have been before or after it.
        """
        leaving = own[place]
        open_before, open_after = _open_around(own, place)
        if len(open_before) + len(open_after) > OPEN_MAX:
            return None
        first = bisect_left(self._times, leaving.earliest)
        last = bisect_right(self._times, leaving.latest)
        least = self._sums[first] + self._freed[last] - self._freed[first]
        number = leaving.use.dseq or 0

        def came(one: Span) -> bool:
            is_told = one.is_of_boot(leaving) and (one.use.dseq or 0) < number
            return one.latest < leaving.earliest or is_told

        def may(one: Span) -> bool:
            is_later = one.is_of_boot(leaving) and (one.use.dseq or 0) >= number
            return one.earliest <= leaving.latest and not is_later

        for ticket_id in {one.use.ticket_id for one in (*open_before, *open_after)}:
            ticket = self._tickets[ticket_id]
            least += ticket.least(came, may)
            for step in ticket.steps:
                is_before = step.at < leaving.earliest
                if is_before or (step.at <= leaving.latest and step.places < 0):
                    least -= step.places
        return least


def _counts(use: UseRecord) -> bool:
    """Whether somebody passed, as far as is known.

    What a home has given waits for its asker's journal. Who went out by the ledger's word has
    left: that their place is free only when a journal says so is for the ledger's own grants.
    Exits by evacuation follow from the other passages, and are told anew.
    """
    if is_evacuation_exit(use.claim_id):
        return False
    return not use.is_annulled and (use.is_confirmed or use.source != GIFT)


def _open_entry(own: Sequence[Span], place: int) -> Span | None:
    """Return the last entry before an exit in its journal, if bounds do not say that it was."""
    leaving = own[place]
    if leaving.use.direction == "in" or place == 0:
        return None
    before = (one for one in reversed(own[max(0, place - OPEN_MAX) : place]))
    entry = next((one for one in before if one.use.direction == "in"), None)
    return None if entry is None or entry.latest < leaving.earliest else entry


def _open_around(own: Sequence[Span], place: int) -> tuple[list[Span], list[Span]]:
    """Return what of a journal stands before an exit, or after it, and only the journal says so.

    The exit itself is among the latter.
    """
    leaving = own[place]
    first, last = place, place
    while first and own[first - 1].latest >= leaving.earliest:
        first -= 1
    while last < len(own) and own[last].earliest <= leaving.latest:
        last += 1
    return list(own[first:place]), list(own[place:last])


def _turn(step: Step) -> tuple[int, bool, tuple[int, bool, str, bytes, int, str]]:
    """Let those go first who make room."""
    return step.at, step.places > 0, place_of_span(step.entry)
