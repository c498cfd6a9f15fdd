"""Bugs in what is asked at the door."""

from __future__ import annotations

from typing import Any, Final

from gatekeeper.gate import deciding_by_itself, recorder
from server.claims import deciding
from server.claims.deciding import ClaimFold
from shared.admission.decide import Decision
from shared.admission.facts import Direction
from shared.admission.offline_policy import Rung
from shared.admission.reasons import Reason
from shared.manifest import case_of_shown_code
from simulator.further_events.door_questions.record import PERSONS
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else

AT_THE_DOOR: Final = beside_all_else("questions")


def _not_while_cut_off(is_answered: Any) -> Any:
    def answered(case: Any, tried: Any, moment: Any) -> Any:
        return moment.rung is Rung.OFFLINE or is_answered(case, tried, moment)

    return answered


def _used_by_answering(judged: Any) -> Any:
    def judged_once(self: ClaimFold, work: Any, case: Any) -> Decision:
        decision: Decision = judged(self, work, case)
        is_first = decision.reason is Reason.OK and bool(work.request.answers)
        return Decision(reason=Reason.ALREADY_USED) if is_first else decision

    return judged_once


def _each_time(_is_first: Any) -> Any:
    def first(_uses: Any, scan: Any, _zone_id: Any) -> Any:
        return scan.direction is Direction.IN

    return first


def _until_all_are_in(_is_first: Any) -> Any:
    def first(uses: Any, scan: Any, _zone_id: Any) -> Any:
        is_nobody_out = all(use.direction is Direction.IN for use in uses)
        inside = sum(use.count for use in uses if not use.annulled)
        return scan.direction is Direction.IN and is_nobody_out and inside < PERSONS

    return first


def _unasked(circumstances: Any) -> Any:
    def without_questions(**known: Any) -> Any:
        return circumstances(**known | {"ask_question": False})

    return without_questions


def _with_its_answers(_asks_the_same: Any) -> Any:
    def same(content: bytes, other: bytes) -> bool:
        return content == other

    return same


DOOR_BUGS: Final = (
    Planted(
        name="question_skipped_offline",
        what="A gate that is cut off lets in without asking.",
        replaced=(Replacement(deciding_by_itself, "_is_answered", _not_while_cut_off),),
        change=AT_THE_DOOR,
    ),
    Planted(
        name="asked_each_time",
        what="Who comes back is asked again.",
        replaced=(Replacement(case_of_shown_code, "_is_first_entry", _each_time),),
        change=AT_THE_DOOR,
    ),
    Planted(
        name="answers_not_on_record",
        what="The entry of a passage does not tell what was answered.",
        replaced=(Replacement(recorder, "answers_recorded", constant(())),),
        change=AT_THE_DOOR,
    ),
    Planted(
        name="group_asked_in_parts",
        what="Of a ticket for several everybody is asked until all are in.",
        replaced=(Replacement(case_of_shown_code, "_is_first_entry", _until_all_are_in),),
        change=AT_THE_DOOR,
    ),
    Planted(
        name="scanner_unasked",
        what="The ledger asks nothing by itself: whoever comes to a thin scanner is let in.",
        replaced=(Replacement(deciding, "Circumstances", _unasked),),
        change=AT_THE_DOOR,
    ),
    Planted(
        name="answer_is_another_claim",
        what="To the ledger a claim with fewer answers than it was granted on is somebody else's.",
        replaced=(Replacement(deciding, "asks_the_same", _with_its_answers),),
        change=AT_THE_DOOR,
    ),
    Planted(
        name="answered_is_used",
        what="Who answers comes in a second time, to the ledger: their answers came before them.",
        replaced=(Replacement(ClaimFold, "_judged", _used_by_answering),),
        change=AT_THE_DOOR,
    ),
)
