"""Bugs in where a device stands that is moved within a zone."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec

from gatekeeper.device.where_device_stands import Place
from gatekeeper.gate import claiming_at_ledger, scan_to_answer
from server.devices.place_codes import PlaceCodes
from shared.kernel.instant import SECOND, Duration
from simulator.fault_rates import NO_FAULTS
from simulator.planted_bugs.planted_bug import (
    Planted,
    Replacement,
    awaited_constant,
    constant,
)
from simulator.planted_bugs.single_dates_and_lists import beside_all_else
from simulator.scenario import Scenario

OF_THE_MOVED: Final = beside_all_else("moves")


def _for_ever(take: Any) -> Any:
    def take_unless_chosen(self: Place, assigned: Any) -> bool:
        return self._asked is None and take(self, assigned)

    return take_unless_chosen


def _by_higher_numbers(take: Any) -> Any:
    def take_unless_lower(self: Place, assigned: Any) -> bool:
        known = self.profile.place_revision
        is_lower = None not in {known, assigned.revision} and assigned.revision < known
        return not is_lower and take(self, assigned)

    return take_unless_lower


def _by_the_clock_alone(_answered_within: Any) -> Any:
    def wait(budget: Duration) -> asyncio.Timeout:
        return asyncio.timeout(budget / SECOND)

    return wait


def _with_nothing_else(scenario: Scenario) -> Scenario:
    """Let links be good, so that it is sure that gates could ask."""
    return msgspec.structs.replace(OF_THE_MOVED(scenario), fault_rates=NO_FAULTS)


def _of_the_forgotten(scenario: Scenario) -> Scenario:
    """Put the server back while devices are sent about, and let nothing else go wrong."""
    alone = beside_all_else("forgotten")(scenario)
    return msgspec.structs.replace(
        alone, has_restore=True, hello_every=None, fault_rates=NO_FAULTS
    )


MOVED_BUGS: Final = (
    Planted(
        name="move_not_heard",
        what="A device stays where it was enrolled, wherever the organizer sends it.",
        replaced=(Replacement(Place, "take", constant(False)),),
        change=OF_THE_MOVED,
    ),
    Planted(
        name="choice_not_kept",
        what="A gate that a steward has chosen is forgotten at the next start.",
        replaced=(Replacement(Place, "choose", constant(None)),),
        change=OF_THE_MOVED,
    ),
    Planted(
        name="choice_for_ever",
        what="Where a steward has chosen a gate, the organizer sends the device nowhere any more.",
        replaced=(Replacement(Place, "take", _for_ever),),
        change=OF_THE_MOVED,
    ),
    Planted(
        name="unread_answer_is_late",
        what="A gate that was held up does not read what has come meanwhile before it gives up.",
        replaced=(
            Replacement(claiming_at_ledger, "answered_within", _by_the_clock_alone),
            Replacement(scan_to_answer, "answered_within", _by_the_clock_alone),
        ),
        change=_with_nothing_else,
    ),
    Planted(
        name="forgotten_places_stay_so",
        what="A ledger that was put back learns from nobody where devices were sent since.",
        replaced=(Replacement(PlaceCodes, "recall", awaited_constant(None)),),
        change=_of_the_forgotten,
    ),
    Planted(
        name="lower_numbers_send_nobody",
        what="A device goes where a ledger sends it that counts higher than the one before it.",
        replaced=(Replacement(Place, "take", _by_higher_numbers),),
        change=_of_the_forgotten,
    ),
)
