"""Bugs in what becomes of a device that claims tickets among gates and never ends that."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.lan.claims_among_gates import LanRung
from shared.kernel.instant import MINUTE, SECOND
from shared.lan.telling_entries import News
from simulator.fault_rates import FREQUENT_FAULTS
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else
from simulator.scenario import Scenario


def among_gates(scenario: Scenario) -> Scenario:
    """Leave all other events to themselves, and let gates hear each other most of the time."""
    alone = beside_all_else("false_holds")(scenario)
    rates = msgspec.structs.replace(
        FREQUENT_FAULTS,
        partition=None,
        server_stop=None,
        gate_stop=None,
        disk_full=None,
        clock_step=None,
        links=None,
        outage=3 * MINUTE,
    )
    return msgspec.structs.replace(alone, hello_every=SECOND, fault_rates=rates)


FALSE_HOLDS_BUGS: Final = (
    Planted(
        name="revoked_holds_on",
        what="What a revoked device has claimed among gates outweighs the ledger's word for good.",
        replaced=(Replacement(LanRung, "has_left", constant(value=False)),),
        change=among_gates,
    ),
    Planted(
        name="unended_unnamed",
        what="Nobody hears of a device that claims tickets among gates and never ends that.",
        replaced=(Replacement(News, "_name_unended", constant([])),),
        change=among_gates,
    ),
)
