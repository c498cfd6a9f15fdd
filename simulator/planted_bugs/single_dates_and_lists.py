"""Bugs in what becomes of single dates, and of lists that are taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from server.cancelling import date_moves, refunding
from server.imports import import_job
from shared.manifest.fact_building import EventIndex
from simulator.fault_rates import FREQUENT_FAULTS
from simulator.planted_bugs.planted_bug import Planted, Replacement, awaited_constant
from simulator.planted_bugs.second_event import at_the_fair
from simulator.scenario import Scenario, with_further


def beside_all_else(name: str) -> Callable[[Scenario], Scenario]:
    """Leave the first event to itself, almost without guests, and look at a further one alone."""

    def change(scenario: Scenario) -> Scenario:
        rates = msgspec.structs.replace(
            FREQUENT_FAULTS, gate_stop=None, disk_full=None, clock_step=None
        )
        alone = msgspec.structs.replace(at_the_fair(scenario), fair_dates=0, fault_rates=rates)
        return with_further(alone, name)

    return change


def beside_a_restore(name: str) -> Callable[[Scenario], Scenario]:
    """Do as `beside_all_else`, and put the server back."""
    beside = beside_all_else(name)
    return lambda scenario: msgspec.structs.replace(beside(scenario), has_restore=True)


AT_THE_SERIES: Final = beside_all_else("series")


def _all_go_on(make: Any) -> Any:
    """Forget which dates are called off."""

    def forget(self: EventIndex, config: Any, **said: Any) -> None:
        make(self, config, **said)
        vars(self)["_cancelled"] = frozenset()

    return forget


def _of_all(price: Any) -> Any:
    """Price all tickets of an order, whichever date they are for."""

    async def price_all(unit: Any, order: Any, _only: Any = None, **said: Any) -> int:
        return int(await price(unit, order, None, **said))

    return price_all


SERIES_BUGS: Final = (
    Planted(
        name="windows_stay",
        what="A date is moved, and the windows of its tickets are not.",
        replaced=(Replacement(date_moves, "shift_windows", awaited_constant(0)),),
        change=AT_THE_SERIES,
    ),
    Planted(
        name="called_off_goes_on",
        what="Nobody looks at whether a ticket's date is called off.",
        replaced=(Replacement(EventIndex, "__init__", _all_go_on),),
        change=AT_THE_SERIES,
    ),
    Planted(
        name="date_pays_all",
        what="Calling one date off gives back what an order's other dates cost as well.",
        replaced=(Replacement(refunding, "price_good_tickets", _of_all),),
        change=AT_THE_SERIES,
    ),
    Planted(
        name="list_stays_good",
        what="What a list has brought stays good when the list is taken back.",
        replaced=(Replacement(import_job, "cancel_codes", awaited_constant(frozenset())),),
        change=AT_THE_SERIES,
    ),
)
