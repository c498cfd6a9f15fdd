"""Bugs in what becomes of an event's devices that come back when it is long over."""

from __future__ import annotations

from typing import Any, Final

from server.journals import reviewing, till_entry_booking
from shared.admission import checks_of_ticket
from shared.kernel.instant import DAY
from simulator.planted_bugs.lost_tills import within
from simulator.planted_bugs.planted_bug import Planted, Replacement
from simulator.planted_bugs.single_dates_and_lists import beside_all_else

OF_THE_ENDED: Final = beside_all_else("ended")


def _goes_on(_closed: Any) -> Any:
    return {}


def _nothing(_name: Any) -> Any:
    return lambda *_said: []


ENDED_BUGS: Final = (
    Planted(
        name="over_and_open",
        what="Gates and ledger let in at an event that is over.",
        replaced=(Replacement(checks_of_ticket, "CLOSED_EVENT", _goes_on),),
        change=OF_THE_ENDED,
    ),
    Planted(
        name="late_sales_forgotten",
        what="A sale that arrives a day later is not booked.",
        replaced=(Replacement(till_entry_booking, "book_sale", within(DAY)),),
        change=OF_THE_ENDED,
    ),
    Planted(
        name="late_payouts_unnamed",
        what="Nobody is told of who came in on a ticket that was paid back.",
        replaced=(Replacement(reviewing, "name_contradictions", _nothing),),
        change=OF_THE_ENDED,
    ),
)
