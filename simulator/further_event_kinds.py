"""The kinds of further events: when a world has one, who plays it, and who judges it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec

from simulator.at_the_door.checks import judge_door
from simulator.at_the_door.evening import AtTheDoor
from simulator.by_paper.checks import judge_paper
from simulator.by_paper.evening import ByPaper
from simulator.called_back.checks import judge_called_back
from simulator.called_back.evening import CalledBack
from simulator.crossed.checks import judge_crossed
from simulator.crossed.evening import Crossed
from simulator.editions.checks import judge_editions
from simulator.editions.copied_checks import judge_copied
from simulator.editions.copied_evening import Copied
from simulator.editions.evening import Editions
from simulator.emptied.checks import judge_emptied
from simulator.emptied.evening import Emptied
from simulator.ended.checks import judge_ended
from simulator.ended.evening import Ended
from simulator.erased.checks import judge_erased
from simulator.erased.evening import Erased
from simulator.evidence import Violation
from simulator.further_event import FurtherEvent
from simulator.given_away.checks import judge_given_away
from simulator.given_away.evening import GivenAway
from simulator.imported.checks import judge_imported
from simulator.imported.evening import Imported
from simulator.mailed.checks import judge_mailed
from simulator.mailed.evening import Mailed
from simulator.moved.checks import judge_moved
from simulator.moved.evening import Moved
from simulator.older_copies.checks import judge_older_copies
from simulator.older_copies.evening import OlderCopies
from simulator.overridden.checks import judge_overridden
from simulator.overridden.evening import Overridden
from simulator.paid_back.checks import judge_paid_back
from simulator.paid_back.evening import PaidBack
from simulator.passed_on.checks import judge_passed_on
from simulator.passed_on.evening import PassedOn
from simulator.read_from_list.checks import judge_listed
from simulator.read_from_list.evening import ReadFromList
from simulator.replaced.checks import judge_replaced
from simulator.replaced.evening import Replaced
from simulator.scenario import Scenario
from simulator.seated.checks import judge_seated
from simulator.seated.evening import Seated
from simulator.series.checks import judge_series
from simulator.series.evening import Series
from simulator.switched.checks import judge_switched
from simulator.switched.evening import Switched
from simulator.tagged.checks import judge_tagged
from simulator.tagged.evening import Tagged
from simulator.take_over.checks import judge_take_over
from simulator.take_over.evening import TakeOver
from simulator.tenders.checks import judge_tenders
from simulator.tenders.evening import Tenders
from simulator.terms.checks import judge_terms
from simulator.terms.evening import RefundTerms
from simulator.tiered.checks import judge_tiered
from simulator.tiered.evening import Tiered
from simulator.timed.checks import judge_timed
from simulator.timed.evening import Timed
from simulator.turnstiles.checks import judge_turnstiles
from simulator.turnstiles.evening import Turnstiles
from simulator.world import World


class FurtherKind(msgspec.Struct, frozen=True):
    """One kind of further event.

    Attributes:
        is_on: Whether a world has it.
        make: Plays it.
        judge: Judges what was played, when all is quiet.
        is_last: It is judged when all else is, and leaves the server's clock days ahead.
    """

    is_on: Callable[[Scenario], bool]
    make: Callable[[World], FurtherEvent]
    judge: Callable[[Any], Awaitable[list[Violation]]]
    is_last: bool = False


FURTHER: Final = (
    FurtherKind(lambda scenario: scenario.has_series, Series, judge_series),
    FurtherKind(lambda scenario: scenario.has_editions, Editions, judge_editions),
    FurtherKind(lambda scenario: scenario.has_copy, Copied, judge_copied),
    FurtherKind(lambda scenario: scenario.has_paper, ByPaper, judge_paper),
    FurtherKind(lambda scenario: scenario.has_take_over, TakeOver, judge_take_over),
    FurtherKind(lambda scenario: scenario.has_tiers, Tiered, judge_tiered),
    FurtherKind(lambda scenario: scenario.has_questions, AtTheDoor, judge_door),
    FurtherKind(lambda scenario: scenario.has_moves, Moved, judge_moved),
    FurtherKind(lambda scenario: scenario.has_imported, Imported, judge_imported),
    FurtherKind(lambda scenario: scenario.has_transfers, PassedOn, judge_passed_on),
    FurtherKind(lambda scenario: scenario.has_listed, ReadFromList, judge_listed),
    FurtherKind(lambda scenario: scenario.has_gifts, GivenAway, judge_given_away),
    FurtherKind(lambda scenario: scenario.has_emptying, Emptied, judge_emptied),
    FurtherKind(lambda scenario: scenario.has_seats, Seated, judge_seated),
    FurtherKind(lambda scenario: scenario.has_hours, Timed, judge_timed),
    FurtherKind(lambda scenario: scenario.has_tenders, Tenders, judge_tenders),
    FurtherKind(lambda scenario: scenario.has_overrides, Overridden, judge_overridden),
    FurtherKind(lambda scenario: scenario.has_terms, RefundTerms, judge_terms),
    FurtherKind(lambda scenario: scenario.has_paid_back, PaidBack, judge_paid_back),
    FurtherKind(lambda scenario: scenario.has_erasures, Erased, judge_erased),
    FurtherKind(lambda scenario: scenario.has_older_copies, OlderCopies, judge_older_copies),
    FurtherKind(lambda scenario: scenario.has_called_back, CalledBack, judge_called_back),
    FurtherKind(lambda scenario: scenario.has_replaced, Replaced, judge_replaced),
    FurtherKind(lambda scenario: scenario.has_crossed, Crossed, judge_crossed),
    FurtherKind(lambda scenario: scenario.has_switched, Switched, judge_switched),
    FurtherKind(lambda scenario: scenario.has_tagged, Tagged, judge_tagged),
    FurtherKind(lambda scenario: scenario.has_turnstiles, Turnstiles, judge_turnstiles),
    FurtherKind(lambda scenario: scenario.has_ended, Ended, judge_ended, is_last=True),
    FurtherKind(lambda scenario: scenario.has_mails, Mailed, judge_mailed),
)
"""In the order in which they are put on, begun and judged.

The last one may end the server when the others are judged.
"""


class Programme:
    """All further events of one world.

    Attributes:
        events: Those that it has.
    """

    def __init__(self, world: World) -> None:
        on = [one for one in FURTHER if one.is_on(world.scenario)]
        self._played = [(one, one.make(world)) for one in on]
        self.events: Sequence[FurtherEvent] = [further for _, further in self._played]

    async def settle(self) -> None:
        """Put them on."""
        for further in self.events:
            await further.settle()

    async def judge(self, *, is_last: bool = False) -> list[Violation]:
        """Judge them all, but for those that come last; or these."""
        found: list[Violation] = []
        for kind, further in self._played:
            if kind.is_last == is_last:
                found += await kind.judge(further)
        return found
