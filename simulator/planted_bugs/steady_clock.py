"""Bugs in what a server takes for the time when its machine's clock jumps."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from server import steady_clock
from server.steady_clock import SteadyClock
from shared.kernel.instant import HOUR, MINUTE, Duration
from simulator.fault_rates import NO_FAULTS
from simulator.planted_bugs.planted_bug import Planted, Replacement
from simulator.scenario import Scenario


def _stepped(scenario: Scenario, apart: Duration | None = None) -> Scenario:
    """Let the machine's clock jump often, and gates be cut off."""
    rates = msgspec.structs.replace(NO_FAULTS, machine_clock=MINUTE, partition=2 * MINUTE)
    return msgspec.structs.replace(
        scenario, fault_rates=rates, hosts_apart=apart, has_restore=False
    )


def _apart(scenario: Scenario) -> Scenario:
    """Let two hosts' clocks differ by a minute besides."""
    return _stepped(scenario, MINUTE)


def _as_the_machine(_wall: Any) -> Any:
    return lambda self: self._clock.wall()


def _from_its_own(begin: Any) -> Any:
    return lambda self, clock, begun="", ahead=0: begin(self, clock, begun, 0 * ahead)


STEADY_CLOCK_BUGS: Final = (
    Planted(
        name="steps_are_believed",
        what="The server has its machine's clock for the time, whatever that does.",
        replaced=(Replacement(SteadyClock, "wall", _as_the_machine),),
        change=_stepped,
    ),
    Planted(
        name="steps_are_slewed",
        what="A step of an hour counts as what a time service slews.",
        replaced=(Replacement(steady_clock, "SLEWED_MAX", lambda _most: HOUR),),
        change=_stepped,
    ),
    Planted(
        name="steps_wait_a_minute",
        what="A step is believed when it has stood for a minute.",
        replaced=(Replacement(steady_clock, "WAITS", lambda _hours: MINUTE),),
        change=_stepped,
    ),
    Planted(
        name="hosts_begin_apart",
        what="Each host begins with its own clock, and not with the database's.",
        replaced=(Replacement(SteadyClock, "__init__", _from_its_own),),
        change=_apart,
    ),
)
