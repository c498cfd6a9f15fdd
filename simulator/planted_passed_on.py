"""Bugs in whether and until when a ticket is passed on to somebody else."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.boxoffice import till_staff, withdrawing
from server.claims import withdrawal_deciding
from shared.admission.purpose import Purpose
from shared.admission.reasons import Reason
from simulator.planted import Planted, Replacement, constant
from simulator.planted_series import at_the_series
from simulator.scenario import Scenario


def of_the_passed_on(scenario: Scenario) -> Scenario:
    """Leave all other events to themselves, almost without guests, and look at this one alone."""
    return msgspec.structs.replace(at_the_series(scenario), has_series=False, has_transfers=True)


def _whoever_signs(decide: Any) -> Any:
    def bound(facts: Any) -> Any:
        is_kept = facts.is_bound and facts.purpose is Purpose.TRANSFER
        return Reason.SUPERVISOR if is_kept else decide(facts)

    return bound


PASSED_ON_BUGS: Final = (
    Planted(
        name="passed_on_for_ever",
        what="Tickets are passed on to others whatever the event's terms say.",
        replaced=tuple(
            Replacement(asks, "may_be_passed_on", constant(True))
            for asks in (withdrawal_deciding, withdrawing, till_staff)
        ),
        change=of_the_passed_on,
    ),
    Planted(
        name="passed_on_by_nobody",
        what="When the terms have ended it, the ledger lets no supervisor allow it either.",
        replaced=(Replacement(withdrawal_deciding, "decide_withdrawal", _whoever_signs),),
        change=of_the_passed_on,
        hours=0.2,
    ),
)
