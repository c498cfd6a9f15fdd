"""Bugs in who is promised a place that other gates hold, and in who gets it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from server.claims import calling_places_back
from server.claims.deciding import ClaimFold
from shared.admission.decide import Decision
from shared.admission.reasons import Reason
from shared.kernel.instant import SECOND
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else
from simulator.scenario import Scenario

POLL: Final = 5 * SECOND
HOURS: Final = 0.2


def of_the_called_back(scenario: Scenario) -> Scenario:
    """Leave all other events to themselves, almost without guests, and look at this one alone."""
    alone = beside_all_else("called_back")(scenario)
    rates = msgspec.structs.replace(
        alone.fault_rates, partition=None, links=None, server_stop=None
    )
    hall = msgspec.structs.replace(alone, poll=POLL, fault_rates=rates)
    return msgspec.structs.replace(hall, hello_every=None, has_push=True)


def _many_more(lefts: Any) -> Any:
    return lambda self, work: {one: left + 9 for one, left in lefts(self, work).items()}


def _used_by_asking(judged: Any) -> Any:
    refused: set[int | None] = set()

    def judged_once(self: ClaimFold, work: Any, case: Any) -> Decision:
        if case.ticket_id in refused:
            return Decision(reason=Reason.ALREADY_USED)
        decision: Decision = judged(self, work, case)
        if decision.reason is Reason.CAPACITY_FULL:
            refused.add(case.ticket_id)
        return decision

    return judged_once


CALLED_BACK_BUGS: Final = (
    Planted(
        name="places_promised_for_nothing",
        what="The ledger takes gates' shares for larger than they are when it promises places.",
        replaced=(Replacement(ClaimFold, "lefts", _many_more),),
        change=of_the_called_back,
        hours=HOURS,
    ),
    Planted(
        name="places_promised_and_kept",
        what="The ledger promises places that it asks no gate for.",
        replaced=(Replacement(calling_places_back, "call_back", constant({})),),
        change=of_the_called_back,
        hours=HOURS,
    ),
    Planted(
        name="full_is_used",
        what="Whom the ledger has no place for has used the ticket by asking.",
        replaced=(Replacement(ClaimFold, "_judged", _used_by_asking),),
        change=of_the_called_back,
        hours=HOURS,
    ),
)
