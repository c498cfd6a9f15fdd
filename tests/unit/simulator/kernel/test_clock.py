"""Clocks that are wrong in their own way."""

from __future__ import annotations

import asyncio

from shared.kernel.instant import HOUR, SECOND, parse_instant
from simulator.kernel.clock import SimClock
from simulator.kernel.dice import Dice
from simulator.kernel.entropy import SimEntropy
from simulator.kernel.loop import SimLoop

START = parse_instant("2026-07-04T17:00:00Z")


def test_a_clock_is_skewed_drifts_and_steps_while_monotonic_time_only_drifts() -> None:
    """Wall time is off by skew, drift and steps; monotonic time knows drift alone."""
    loop = SimLoop(Dice("1"))
    clock = SimClock(loop, start=START, skew=-3 * SECOND, drift_ppm=50)
    loop.run(asyncio.sleep(3600))
    assert clock.true() == START + HOUR
    assert clock.wall() == START + HOUR - 3 * SECOND + 180_000
    assert clock.monotonic() == HOUR + 180_000
    clock.step(7 * SECOND)
    assert clock.wall() == START + HOUR + 4 * SECOND + 180_000
    clock.set_right()
    assert clock.wall() == clock.true()
    clock.reboot()
    assert clock.monotonic() == 0


def test_a_machine_that_has_run_before_goes_on_by_both_clocks() -> None:
    """Days that nobody tells of are no step."""
    loop = SimLoop(Dice("1"))
    clock = SimClock(loop, start=START, has_run=HOUR)
    assert (clock.wall(), clock.monotonic()) == (START, HOUR)
    clock.skip(2 * HOUR)
    assert (clock.wall(), clock.monotonic()) == (START + 2 * HOUR, 3 * HOUR)


def test_entropy_is_repeated_by_the_seed_and_differs_by_name() -> None:
    """The same stream gives the same bytes; another name gives others."""
    one, same = SimEntropy(Dice("1/gate")), SimEntropy(Dice("1/gate"))
    other = SimEntropy(Dice("1/till"))
    drawn = one.random_bytes(16)
    assert drawn == same.random_bytes(16)
    assert drawn != other.random_bytes(16)
    assert drawn != one.random_bytes(16)
