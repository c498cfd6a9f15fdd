"""What a claim is answered while nobody is let in, whatever the ticket."""

from __future__ import annotations

import msgspec

from shared.admission.decide import Decision
from shared.admission.evacuation import STOPPED
from shared.admission.explain import PAUSED_STEP, STOPPED_STEP
from shared.kernel.instant import format_instant
from shared.manifest.case_of_shown_code import Case
from shared.wire.claim import ClaimAnswer


def hide_guessed(case: Case, decision: Decision, direction: str) -> tuple[Case, Decision]:
    """Tell of no ticket where nobody is let in and the code can be a guess: none is counted.

    Exits are answered as ever, and their guesses count: beyond the limit they tell of no ticket
    either, and whoever wants to leave an emptied house is let out by what `say_stop` says.
    """
    if direction == "out" or not case.is_manual or not case.stop or decision.admit:
        return case, decision
    return case.without_ticket(), Decision(reason=decision.reason)


def say_stop(answer: ClaimAnswer, case: Case, evacuations: tuple[str, ...]) -> ClaimAnswer:
    """Add to a refusal why nobody is let in now, if that is so.

    Args:
        answer: The refusal.
        case: Its.
        evacuations: The ids of those by which the zone is stopped, if it is.
    """
    if case.paused_at is not None:
        since = format_instant(case.paused_at)
        return msgspec.structs.replace(answer, paused_at=since, next_step=PAUSED_STEP)
    if not case.stop:
        return answer
    return msgspec.structs.replace(
        answer, stop=STOPPED, stopped_by=evacuations, next_step=STOPPED_STEP
    )
