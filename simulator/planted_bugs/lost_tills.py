"""Bugs in what becomes of the sales of a till that is lost, and of what it had to sell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from server.journals import sale_booking, till_entry_booking
from server.journals.sale_booking import _Booking
from shared.kernel.instant import MINUTE, Duration
from simulator.planted_bugs.planted_bug import Planted, Replacement, awaited_constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else

OF_THE_LOST_TILLS: Final = beside_all_else("lost_tills")


def within(most: Duration) -> Callable[[Any], Any]:
    """Book what comes so soon after its till made it, and nothing of what comes later."""

    def make(book: Any) -> Any:
        async def book_in_time(unit: Any, changes: Any, vouchers: Any, till: Any, one: Any) -> Any:
            is_late = one.entry is not None and unit.now - one.entry.corrected > most
            return () if is_late else await book(unit, changes, vouchers, till, one)

        return book_in_time

    return make


def _as_given_to_nobody(count_sold: Any) -> Any:
    async def count(*place: Any, disputed: int) -> int:
        beyond: int = await count_sold(*place, disputed=max(disputed, place[-1]))
        return beyond

    return count


LOST_TILLS_BUGS: Final = (
    Planted(
        name="found_sales_forgotten",
        what="What a till has sold while it was lost is not booked when it is found.",
        replaced=(Replacement(till_entry_booking, "book_sale", within(MINUTE)),),
        change=OF_THE_LOST_TILLS,
    ),
    Planted(
        name="found_sales_uncounted",
        what="What a found till had sold of what was taken back is kept for it once more.",
        replaced=(Replacement(sale_booking, "count_sold", _as_given_to_nobody),),
        change=OF_THE_LOST_TILLS,
    ),
    Planted(
        name="oversold_unnamed",
        what="More tickets are sold than there are, and nobody is told.",
        replaced=(Replacement(_Booking, "_take_stock", awaited_constant(None)),),
        change=OF_THE_LOST_TILLS,
    ),
)
