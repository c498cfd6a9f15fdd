"""Bugs in where a device stands that is moved within a zone."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.place import Place
from simulator.planted import Planted, Replacement
from simulator.planted_series import at_the_series
from simulator.scenario import Scenario


def of_the_moved(scenario: Scenario) -> Scenario:
    """Leave all other events to themselves, almost without guests, and look at this one alone."""
    return msgspec.structs.replace(at_the_series(scenario), has_series=False, has_moves=True)


def _unheard(_take: Any) -> Any:
    def take(_self: Place, _assigned: Any) -> bool:
        return False

    return take


MOVED_BUGS: Final = (
    Planted(
        name="move_not_heard",
        what="A device stays where it was enrolled, wherever the organizer sends it.",
        replaced=(Replacement(Place, "take", _unheard),),
        change=of_the_moved,
    ),
)
