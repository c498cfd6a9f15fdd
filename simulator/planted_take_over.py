"""Bugs in what a server does that another machine has taken over, and in what that one does."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from server.exchange import epochs, succession
from simulator.planted import Planted, Replacement
from simulator.planted_series import at_the_series
from simulator.scenario import Scenario


def taken_over(scenario: Scenario) -> Scenario:
    """Leave all other events to themselves, almost without guests, and look at this one alone."""
    alone = at_the_series(scenario)
    rates = msgspec.structs.replace(alone.fault_rates, links=None)
    return msgspec.structs.replace(alone, has_series=False, has_take_over=True, fault_rates=rates)


def _only_seen(_close: Any) -> Any:
    async def see(*_arguments: Any) -> bool:
        return True

    return see


def _for_nobody(_await: Any) -> Any:
    async def wait_for_nobody(*_arguments: Any) -> None:
        return None

    return wait_for_nobody


TAKE_OVER_BUGS: Final = (
    Planted(
        name="former_grants_on",
        what="A server that is told of its successor says so, and grants on.",
        replaced=(Replacement(succession, "_close", _only_seen),),
        change=taken_over,
    ),
    Planted(
        name="nobody_waited_for",
        what="Whoever has taken over waits for no journal of the gates.",
        replaced=(Replacement(epochs, "await_journals", _for_nobody),),
        change=taken_over,
    ),
)
