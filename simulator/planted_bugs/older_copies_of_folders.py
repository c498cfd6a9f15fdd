"""Bugs where a device goes on from an older copy of its folder."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.gate import troubles
from gatekeeper.store.till_stock import TillStock
from server.entries.chain import ChainSorter
from server.journals.sale_booking import _Booking
from shared.kernel.instant import SECOND
from shared.kernel.trouble import NO_TROUBLE
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else
from simulator.scenario import Scenario


def of_older_copies(scenario: Scenario) -> Scenario:
    """Leave all other events to themselves, almost without guests, and look at this one alone."""
    alone = beside_all_else("older_copies")(scenario)
    return msgspec.structs.replace(alone, hello_every=SECOND)


OLDER_COPIES_BUGS: Final = (
    Planted(
        name="put_back_unnamed",
        what="The server names no device that goes on from an older copy of what it holds.",
        replaced=(Replacement(ChainSorter, "_link_flaw", constant("")),),
        change=of_older_copies,
    ),
    Planted(
        name="put_back_unsaid",
        what="A device's screen says nothing of its being put back.",
        replaced=(Replacement(troubles, "of_copies", constant(NO_TROUBLE)),),
        change=of_older_copies,
    ),
    Planted(
        name="sold_again_unnamed",
        what="The server books a second sale of a ticket, and says nothing of it.",
        replaced=(Replacement(_Booking, "_find", constant(None)),),
        change=of_older_copies,
        hours=0.5,
    ),
    Planted(
        name="put_back_keeps_its_key",
        what="A till goes on with its key, whoever comes in on tickets that it has not sold.",
        replaced=(Replacement(TillStock, "doubt_key", constant(None)),),
        change=of_older_copies,
        hours=0.5,
    ),
)
