"""Limits how often manual codes may be guessed at one device, as the ledger does."""

from __future__ import annotations

from gatekeeper.gate.knowledge import EventKnowledge
from shared.admission.code_guessing import GuessLimit
from shared.kernel.errors import BadInput
from shared.kernel.instant import Duration
from shared.kernel.trouble import TroubleKind
from shared.manifest.case_of_shown_code import Case


class ManualCodeLimit:
    """Counts manual codes that no ticket has, however they came in.

    Too many of them send every manual code to a person, until some time has passed.
    """

    def __init__(self) -> None:
        self._mark: Duration = Duration(0)

    def count_miss(self, event: EventKnowledge, now: Duration) -> None:
        """Count a code that no ticket answers to, at a monotonic time."""
        self._mark = _limit(event).missed(self._mark, now)

    def is_closed_to(self, case: Case, event: EventKnowledge, now: Duration) -> bool:
        """Tell whether a person must look at a code for now, since it can be a guess."""
        return case.is_manual and _limit(event).is_closed(self._mark, now)

    def guard(self, case: Case, event: EventKnowledge, now: Duration) -> None:
        """Count a code if it is a miss; see `Lane.guard_guess`.

        Raises:
            BadInput: if too many were.
        """
        if self.is_closed_to(case, event, now):
            message = "too many wrong codes were tried here; wait a few minutes"
            raise BadInput(message, kind=TroubleKind.PAPER_GUESSES)
        if case.is_missed_guess:
            self.count_miss(event, now)


def _limit(event: EventKnowledge) -> GuessLimit:
    return GuessLimit(event.config.manual_guesses_per_minute)
