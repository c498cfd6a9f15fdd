"""A bug in what a device may say by manual codes that it has read from its list."""

from __future__ import annotations

from typing import Final

import msgspec

from server.reconciliation.typed_codes import TypedCodes
from simulator.planted import Planted, Replacement, constant
from simulator.planted_series import at_the_series
from simulator.scenario import Scenario


def where_lists_are_read_out(scenario: Scenario) -> Scenario:
    """Leave all other events to themselves, almost without guests, and look at this one alone."""
    return msgspec.structs.replace(at_the_series(scenario), has_series=False, has_listed=True)


LISTED_BUGS: Final = (
    Planted(
        name="manual_codes_without_a_pace",
        what="Whatever a device proves by a manual code counts, be it the whole list.",
        replaced=(Replacement(TypedCodes, "may_take", constant(True)),),
        change=where_lists_are_read_out,
        hours=0.2,
    ),
)
