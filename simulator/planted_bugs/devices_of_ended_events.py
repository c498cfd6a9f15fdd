"""Bugs in what becomes of an event's devices that come back when it is long over."""

from __future__ import annotations

from typing import Any, Final

from server.journals import reviewing, till_entry_booking
from shared.admission import decide
from simulator.planted_bugs.planted_bug import Planted, Replacement
from simulator.planted_bugs.single_dates_and_lists import beside_all_else
from simulator.scenario import Scenario


def of_the_ended(scenario: Scenario) -> Scenario:
    """Leave all other events to themselves, almost without guests, and look at this one alone."""
    return beside_all_else(scenario, "ended")


def _goes_on(_closed: Any) -> Any:
    return {}


def _today_alone(book: Any) -> Any:
    async def book_of_today(unit: Any, changes: Any, vouchers: Any, device: Any, one: Any) -> Any:
        is_late = one.entry is not None and unit.now - one.entry.corrected > _DAY
        return () if is_late else await book(unit, changes, vouchers, device, one)

    return book_of_today


def _nothing(_name: Any) -> Any:
    return lambda *_said: []


_DAY: Final = 86_400_000_000

ENDED_BUGS: Final = (
    Planted(
        name="over_and_open",
        what="Gates and ledger let in at an event that is over.",
        replaced=(Replacement(decide, "CLOSED_EVENT", _goes_on),),
        change=of_the_ended,
    ),
    Planted(
        name="late_sales_forgotten",
        what="A sale that arrives a day later is not booked.",
        replaced=(Replacement(till_entry_booking, "book_sale", _today_alone),),
        change=of_the_ended,
    ),
    Planted(
        name="late_payouts_unnamed",
        what="Nobody is told of who came in on a ticket that was paid back.",
        replaced=(Replacement(reviewing, "name_contradictions", _nothing),),
        change=of_the_ended,
    ),
)
