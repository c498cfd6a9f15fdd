"""Bugs in what becomes of a ticket that a till is paying back while the office takes it away."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from server.journals import till_entries, withdrawal_booking
from server.orders import paying_and_refunding
from simulator.planted import Planted, Replacement
from simulator.planted_series import at_the_series
from simulator.scenario import Scenario


def of_the_paid_back(scenario: Scenario) -> Scenario:
    """Leave all other events to themselves, almost without guests, and look at this one alone."""
    return msgspec.structs.replace(at_the_series(scenario), has_series=False, has_paid_back=True)


def _put_back(scenario: Scenario) -> Scenario:
    """Put the server back to an older copy meanwhile."""
    return msgspec.structs.replace(of_the_paid_back(scenario), has_restore=True)


def _never_asked(_end: Any) -> Any:
    async def end(*_arguments: Any, **_options: Any) -> None:
        return None

    return end


def _always_forced(end: Any) -> Any:
    async def force(unit: Any, rows: Any, *, even_if_granted: bool) -> None:
        del even_if_granted
        await end(unit, rows, even_if_granted=True)

    return force


def _nothing_released(_find: Any) -> Any:
    async def find(*_arguments: Any, **_options: Any) -> list[tuple[str, str, str]]:
        return []

    return find


def _no_word(_was: Any) -> Any:
    async def know_nothing(*_arguments: Any) -> bool:
        return False

    return know_nothing


PAID_BACK_BUGS: Final = (
    Planted(
        name="office_ends_what_is_paid_back",
        what="The office takes a ticket for cancelled that a till is only just paying back.",
        replaced=(Replacement(paying_and_refunding, "end_grants", _never_asked),),
        change=of_the_paid_back,
    ),
    Planted(
        name="office_ends_grants_unasked",
        what="The office takes a till's grant back though nobody said that the till is lost.",
        replaced=(Replacement(paying_and_refunding, "end_grants", _always_forced),),
        change=of_the_paid_back,
    ),
    Planted(
        name="nothing_paid_unheard",
        what="What a till was granted, and has not paid, is not good again.",
        replaced=(Replacement(till_entries, "find_released", _nothing_released),),
        change=of_the_paid_back,
    ),
    Planted(
        name="granted_payout_accused",
        what="A ledger that was put back accuses tills that have paid back what it had granted.",
        replaced=(Replacement(withdrawal_booking.WithdrawalBooking, "_was_granted", _no_word),),
        change=_put_back,
    ),
)
