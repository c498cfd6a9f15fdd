"""Bugs in whether and until when a ticket is passed on to somebody else."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.boxoffice import till_staff, withdrawing
from gatekeeper.gate.knowledge import EventKnowledge
from server.claims import withdrawal_deciding
from shared.admission.purpose import Purpose
from shared.admission.reasons import Reason
from shared.kernel.id_types import TicketId
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


def _whoever_had_it(_find: Any) -> Any:
    def find(self: EventKnowledge, code: int) -> Any:
        row = self._store.changes.find_manual(self.event_id, code)
        ticket_id = self._manifest.find_manual(code)
        if row is None and ticket_id is not None:
            return self._find_listed(TicketId(ticket_id))
        return row

    return find


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
        name="former_code_stays_good",
        what="A gate takes the code that a ticket's former holder types for the present one's.",
        replaced=(Replacement(EventKnowledge, "find_manual", _whoever_had_it),),
        change=of_the_passed_on,
        hours=0.2,
    ),
    Planted(
        name="passed_on_by_nobody",
        what="When the terms have ended it, the ledger lets no supervisor allow it either.",
        replaced=(Replacement(withdrawal_deciding, "decide_withdrawal", _whoever_signs),),
        change=of_the_passed_on,
        hours=0.2,
    ),
)
