"""Limits how fast one lane lets holders in, as the ledger does."""

from __future__ import annotations

from typing import Final

from gatekeeper.gate.attempt import Attempt
from shared.admission.decide import Decision
from shared.admission.facts import Direction
from shared.admission.pace import NO_LIMIT, PaceLimit
from shared.admission.reasons import Reason
from shared.admission.reasons import Verdict as Class
from shared.kernel.instant import Duration
from shared.kernel.trouble import NO_TROUBLE, Trouble, TroubleKind
from shared.manifest.case_of_shown_code import Case

_TOO_FAST: Final = Trouble(
    TroubleKind.TOO_FAST,
    "this gate is admitting faster than it may; a supervisor decides on each until it has"
    " slowed down. The organizer sets the limit",
)


class LanePace:
    """Counts who was let in; beyond the limit a person must look at each.

    Attributes:
        limit: By the organizer's setting; none until the server has told it.
    """

    def __init__(self) -> None:
        self.limit = PaceLimit(NO_LIMIT)
        self._mark: Duration = Duration(0)

    def is_closed_to(self, attempt: Attempt, case: Case, now: Duration) -> bool:
        """Tell whether a person must look at an entry; what is denied anyhow, stays denied."""
        if attempt.direction is not Direction.IN:
            return False
        if case.decision.reason.verdict is Class.DENY:
            return False
        return self.limit.left(self._mark, now) == 0

    def count(self, attempt: Attempt, decision: Decision, now: Duration) -> None:
        """Count a holder who was let in; a supervisor's word is no matter of pace."""
        is_own = decision.admit and decision.reason is not Reason.OVERRIDE
        if is_own and attempt.direction is Direction.IN:
            self._mark = self.limit.passed(self._mark, now)

    def trouble(self, now: Duration) -> Trouble:
        """Say that the lane is too fast, while it is."""
        return _TOO_FAST if self.limit.left(self._mark, now) == 0 else NO_TROUBLE
