"""How fast whole venues run in virtual time: 8 gates, a till and the server, from one seed each.

The speed is virtual seconds per second of processor time, over whole worlds: from the first
enrolment to quiet after doors, with the checkers' work. Faults and people are the drawn ones.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import msgspec

from bench.writing_figures import Figure, at_least, floor
from shared.kernel.instant import SECOND, Duration
from simulator.kernel.dice import Dice
from simulator.nodes.server_image import ServerImage, prepared_image
from simulator.run import run_world, speed
from simulator.scenario import draw_scenario, plain

HOURS: Final = 1.0
SEEDS: Final = ("bench 1", "bench 2")
GATES: Final = 8
TIMES_REAL_MIN: Final = 500.0
GREETING: Final = 10 * SECOND


def measure(_folder: Path) -> list[Figure]:
    """Run worlds with and without a network among the gates, and tell how fast."""
    with prepared_image() as image:
        alone, steps = _run(image, None)
        greeting, more_steps = _run(image, GREETING)
    return [
        at_least(
            f"simulator: {GATES} gates and a server, times real time",
            alone,
            "x",
            TIMES_REAL_MIN,
            len(SEEDS),
            f"{HOURS:g} h of doors each, {steps} steps",
        ),
        floor(
            f"simulator: the same with gates that greet each other every {GREETING // SECOND} s",
            greeting,
            "x",
            len(SEEDS),
            f"{more_steps} steps",
        ),
    ]


def _run(image: ServerImage, hello_every: Duration | None) -> tuple[float, int]:
    """Give the slowest world's speed, and the steps of all."""
    speeds: list[float] = []
    steps = 0
    for seed in SEEDS:
        drawn = plain(draw_scenario(Dice(seed).stream("scenario"), HOURS))
        scenario = msgspec.structs.replace(
            drawn, gates=GATES, tills=1, has_restore=False, hello_every=hello_every
        )
        begun = time.process_time()
        result = run_world(image, seed, HOURS, scenario=scenario)
        assert not result.violations, result.violations[0].text
        speeds.append(speed(result, time.process_time() - begun))
        steps += result.steps
    return min(speeds), steps
