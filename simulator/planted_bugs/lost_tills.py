"""Bugs in what becomes of the sales of a till that is lost, and of what it had to sell."""

from __future__ import annotations

from typing import Any, Final

from server.journals import till_entry_booking
from server.journals.sale_booking import _Booking
from shared.kernel.instant import MINUTE
from simulator.planted_bugs.planted_bug import Planted, Replacement, awaited_constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else
from simulator.scenario import Scenario


def of_the_lost_tills(scenario: Scenario) -> Scenario:
    """Leave all other events to themselves, almost without guests, and look at this one alone."""
    return beside_all_else(scenario, "lost_tills")


def _in_time_alone(book: Any) -> Any:
    async def book_in_time(unit: Any, changes: Any, vouchers: Any, device: Any, one: Any) -> Any:
        is_late = one.entry is not None and unit.now - one.entry.corrected > MINUTE
        return () if is_late else await book(unit, changes, vouchers, device, one)

    return book_in_time


LOST_TILLS_BUGS: Final = (
    Planted(
        name="found_sales_forgotten",
        what="What a till has sold while it was lost is not booked when it is found.",
        replaced=(Replacement(till_entry_booking, "book_sale", _in_time_alone),),
        change=of_the_lost_tills,
    ),
    Planted(
        name="oversold_unnamed",
        what="More tickets are sold than there are, and nobody is told.",
        replaced=(Replacement(_Booking, "_take_stock", awaited_constant(None)),),
        change=of_the_lost_tills,
    ),
)
