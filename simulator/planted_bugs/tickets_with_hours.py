"""Bugs in when a ticket with hours of its own lets in."""

from __future__ import annotations

from typing import Any, Final

from gatekeeper.boxoffice import minting
from server.journals.sold_hours import SoldHours
from server.orders import placing_orders as orders
from server.plans.earlier_plans import PlanHistory
from shared.manifest import fact_building
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else

OF_THE_HOURS: Final = beside_all_else("hours")


def _with_both_ends(follow: Any) -> Any:
    def follow_both(occurrences: Any, occurrence_id: Any, window: Any) -> Any:
        return window if None in window else follow(occurrences, occurrence_id, window)

    return follow_both


def _by_today(_at: Any) -> Any:
    def present(self: PlanHistory, *_arguments: Any, **_options: Any) -> list[Any]:
        return [self._plan(len(self._plans) - 1)]

    return present


HOURS_BUGS: Final = (
    Planted(
        name="hours_unsigned",
        what="A till's ticket says nothing of the hours of its type.",
        replaced=(Replacement(minting, "sign_window", constant((None, None))),),
        change=OF_THE_HOURS,
    ),
    Planted(
        name="hours_of_today",
        what="The office books a till's ticket with the hours that its type has by then.",
        replaced=(Replacement(SoldHours, "of", constant(None)),),
        change=OF_THE_HOURS,
    ),
    Planted(
        name="hours_guessed",
        what="The office guesses at which of a moved date's times a ticket's hours were meant.",
        replaced=(Replacement(SoldHours, "_moved", constant(None)),),
        change=OF_THE_HOURS,
    ),
    Planted(
        name="one_end_stays",
        what="Printed hours that have one end stay where they were when their date is moved.",
        replaced=(Replacement(fact_building, "follow_move", _with_both_ends),),
        change=OF_THE_HOURS,
    ),
    Planted(
        name="sold_when_over",
        what="The office sells tickets whose hours are over.",
        replaced=(Replacement(orders, "_is_over", constant(value=False)),),
        change=OF_THE_HOURS,
    ),
    Planted(
        name="judged_by_today",
        what="Who came in by the plan of then is judged by the plan of today.",
        replaced=(Replacement(PlanHistory, "at", _by_today),),
        change=OF_THE_HOURS,
    ),
)
