"""Bugs in how many tickets are sold at a price of which there are so many."""

from __future__ import annotations

from typing import Final

from gatekeeper.store.till_stock_table import TillStock
from server.journals import till_entry_booking
from server.tills import allotments, price_allotments
from simulator.planted_bugs.planted_bug import Planted, Replacement, awaited_constant, constant
from simulator.planted_bugs.single_dates_and_lists import beside_a_restore, beside_all_else

AT_THE_TIERS: Final = beside_all_else("tiers")
OF_THE_RECOUNTED: Final = beside_a_restore("recounted")


TIER_BUGS: Final = (
    Planted(
        name="tier_given_for_nothing",
        what="What tills are given of a counted price is not taken of what there is.",
        replaced=(Replacement(price_allotments, "take_price_counts", awaited_constant(None)),),
        change=AT_THE_TIERS,
    ),
    Planted(
        name="tier_never_used_up",
        what="A till does not count what it has sold at a counted price.",
        replaced=(Replacement(TillStock, "count_used", constant(None)),),
        change=AT_THE_TIERS,
    ),
    Planted(
        name="given_back_for_nobody",
        what="What a till gives back of its stock is sold by nobody any more.",
        replaced=(Replacement(till_entry_booking, "take_back", awaited_constant(value=False)),),
        change=AT_THE_TIERS,
    ),
    Planted(
        name="tier_given_back_for_nobody",
        what="What a till gives back of a counted price is had by nobody any more.",
        replaced=(Replacement(allotments, "take_prices_back", awaited_constant(value=False)),),
        change=AT_THE_TIERS,
    ),
    Planted(
        name="tier_given_and_forgotten",
        what="A server that was put back does not believe what tills were given of a price.",
        replaced=(Replacement(allotments, "believe_prices", awaited_constant(value=False)),),
        change=OF_THE_RECOUNTED,
    ),
)
