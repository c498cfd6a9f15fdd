"""Bugs in what becomes of tills' sales at a server that was put back."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import false

from server.journals import sale_booking, till_entry_booking
from server.tills import telling_tills_stock
from simulator.planted_bugs.planted_bug import (
    Planted,
    Replacement,
    awaited_constant,
    constant,
)
from simulator.planted_bugs.single_dates_and_lists import beside_a_restore

OF_THE_RESENT: Final = beside_a_restore("resent")


def _whatever_is_booked(book: Any) -> Any:
    async def book_or_forget(*said: Any) -> bool:
        await book(*said)
        return True

    return book_or_forget


RESENT_BUGS: Final = (
    Planted(
        name="move_waits_for_nobody",
        what="A move that the office reads before its sale is forgotten.",
        replaced=(Replacement(till_entry_booking, "book_tender_move", _whatever_is_booked),),
        change=OF_THE_RESENT,
    ),
    Planted(
        name="payout_waits_for_nobody",
        what="Money that went back is forgotten where the office reads that before its sale.",
        replaced=(Replacement(sale_booking, "book_earlier_payouts", awaited_constant(None)),),
        change=OF_THE_RESENT,
    ),
    Planted(
        name="carried_before_its_till",
        what="What others bring of a till's sales is booked before the till has shown its grant.",
        replaced=(Replacement(till_entry_booking, "_is_awaited", constant(false())),),
        change=OF_THE_RESENT,
    ),
    Planted(
        name="forgotten_grants_stay_so",
        what="A ledger that was put back learns from nobody what tills were granted since.",
        replaced=(Replacement(telling_tills_stock, "believe", awaited_constant(value=False)),),
        change=OF_THE_RESENT,
    ),
)
