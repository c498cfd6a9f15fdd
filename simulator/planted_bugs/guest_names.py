"""Bugs in the names of guests whom a till lets in by somebody's list."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.boxoffice.guest_names import Guests
from shared.kernel.instant import MINUTE, SECOND
from simulator.planted_bugs.planted_bug import Planted, Replacement
from simulator.planted_bugs.tills_and_money import at_the_counter
from simulator.scenario import BoxOfficeTerms, Scenario


def with_guests(scenario: Scenario) -> Scenario:
    """Let a host have a list, and tills end where a sale was made and nothing else."""
    counter = at_the_counter(scenario)
    terms = BoxOfficeTerms(places=400, guests_every=SECOND)
    rates = msgspec.structs.replace(
        counter.fault_rates, gate_stop=6 * SECOND, crash_at="sale.committed"
    )
    return msgspec.structs.replace(
        counter, gates=1, tickets=5, sale_every=MINUTE, fault_rates=rates, box_office=terms
    )


def _named_afterwards(_add: Any) -> Any:
    async def add(self: Guests, till: Any, event_id: Any, request: Any, name: str) -> Any:
        answer = await till.sell(request)
        if answer.sale is not None:
            self.keep(event_id, answer.sale.sale_id, request.cashier, name)
        return answer

    return add


GUEST_NAME_BUGS: Final = (
    Planted(
        name="named_afterwards",
        what="A guest's name is written down only when the places are sold.",
        replaced=(Replacement(Guests, "add", _named_afterwards),),
        change=with_guests,
    ),
)
