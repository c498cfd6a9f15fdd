"""Bugs in what is asked at the door."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.gate import attempt, recorder
from shared.admission.facts import Direction
from shared.admission.policy import Rung
from shared.manifest import case
from simulator.planted import Planted, Replacement
from simulator.planted_series import at_the_series
from simulator.scenario import Scenario


def at_the_door(scenario: Scenario) -> Scenario:
    """Leave all other events to themselves, almost without guests, and look at this one alone."""
    return msgspec.structs.replace(at_the_series(scenario), has_series=False, has_questions=True)


def _not_while_cut_off(is_answered: Any) -> Any:
    def answered(case: Any, tried: Any, moment: Any) -> Any:
        return moment.rung is Rung.OFFLINE or is_answered(case, tried, moment)

    return answered


def _each_time(_is_first: Any) -> Any:
    def first(_uses: Any, scan: Any, _zone_id: Any) -> Any:
        return scan.direction is Direction.IN

    return first


def _not_on_record(_answers: Any) -> Any:
    def nothing(*_said: Any) -> Any:
        return ()

    return nothing


DOOR_BUGS: Final = (
    Planted(
        name="question_skipped_offline",
        what="A gate that is cut off lets in without asking.",
        replaced=(Replacement(attempt, "_is_answered", _not_while_cut_off),),
        change=at_the_door,
    ),
    Planted(
        name="asked_each_time",
        what="Who comes back is asked again.",
        replaced=(Replacement(case, "_is_first_entry", _each_time),),
        change=at_the_door,
    ),
    Planted(
        name="answers_not_on_record",
        what="The entry of a passage does not tell what was answered.",
        replaced=(Replacement(recorder, "answers_recorded", _not_on_record),),
        change=at_the_door,
    ),
)
