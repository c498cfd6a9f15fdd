"""Bugs in what a server does that another machine has taken over, and in what that one does."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import false

from server.accounts import guards
from server.devices import enrolling
from server.exchange import epochs, other_server_took_over
from server.journals import till_entry_booking
from server.payments import till_vouchers
from simulator.planted_bugs.planted_bug import Planted, Replacement, awaited_constant, constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else
from simulator.scenario import Scenario


def taken_over(scenario: Scenario) -> Scenario:
    """Leave all other events to themselves, almost without guests, and look at this one alone."""
    alone = beside_all_else("take_over")(scenario)
    rates = msgspec.structs.replace(alone.fault_rates, links=None)
    return msgspec.structs.replace(alone, fault_rates=rates)


def _in_time(identify: Any) -> Any:
    async def identify_in_time(*request: Any) -> Any:
        return msgspec.structs.replace(await identify(*request), is_too_late=False)

    return identify_in_time


TAKE_OVER_BUGS: Final = (
    Planted(
        name="former_grants_on",
        what="A server that is told of its successor says so, and grants on.",
        replaced=(Replacement(other_server_took_over, "_close", awaited_constant(True)),),
        change=taken_over,
    ),
    Planted(
        name="nobody_waited_for",
        what="Whoever has taken over waits for no journal of the gates.",
        replaced=(Replacement(epochs, "await_journals", awaited_constant(None)),),
        change=taken_over,
    ),
    Planted(
        name="former_enrols_on",
        what="A server that another machine took over from enrols devices as before.",
        replaced=(Replacement(enrolling, "is_taken_over", constant(false())),),
        change=taken_over,
    ),
    Planted(
        name="former_sells_on",
        what="People at a server that another machine took over from sell as before.",
        replaced=(Replacement(guards, "_identify", _in_time),),
        change=taken_over,
    ),
    Planted(
        name="paid_at_former_forgotten",
        what="Whoever has taken over does not know again what vouchers have paid at the former.",
        replaced=(Replacement(till_vouchers, "_charge_again", awaited_constant(None)),),
        change=taken_over,
    ),
    Planted(
        name="given_up_since_forgotten",
        what="Whoever has taken over keeps what vouchers paid of sales given up since the copy.",
        replaced=(Replacement(till_entry_booking, "put_given_up_back", awaited_constant(None)),),
        change=taken_over,
    ),
)
