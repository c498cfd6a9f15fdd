"""Whole venues from seeds: clean worlds show nothing, kept seeds stay mended, bugs show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from simulator.campaign import find_slip
from simulator.dice import Dice
from simulator.planted_bugs import BUGS
from simulator.run import WorldResult, run_world
from simulator.scenario import draw_scenario, plain
from simulator.server_image import ServerImage, prepared_image

pytestmark = [pytest.mark.simulation, pytest.mark.timeout(300)]

KEPT: Final[list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "kept_seeds.json").read_text()
)
QUICKLY_FOUND: Final = (
    "claim_skipped",
    "peers_not_counted",
    "cursor_gap",
    "exit_not_credited",
    "count_from_nobody",
)


@pytest.fixture(scope="module")
def image() -> Iterator[ServerImage]:
    with prepared_image() as prepared:
        yield prepared


def _findings(result: WorldResult) -> list[str]:
    return [f"{violation.invariant}: {violation.text}" for violation in result.violations]


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_a_world_keeps_every_promise(image: ServerImage, seed: str) -> None:
    """Faults of all kinds break no invariant."""
    result = run_world(image, seed, 0.2)
    assert _findings(result) == []
    assert result.scans > 50


@pytest.mark.parametrize("kept", KEPT, ids=[f"seed {k['seed']}, {k['hours']} h" for k in KEPT])
def test_a_seed_that_failed_once_stays_mended(image: ServerImage, kept: dict[str, Any]) -> None:
    """Each world that ever found a bug of ours is run for ever."""
    seed, hours = kept["seed"], kept["hours"]
    scenario = draw_scenario(Dice(seed).stream("scenario"), hours)
    if not kept.get("special"):
        scenario = plain(scenario)
    if kept.get("restore"):
        scenario = msgspec.structs.replace(scenario, has_restore=True)
    if not kept.get("lan"):
        scenario = msgspec.structs.replace(scenario, hello_every=None)
    if "limit_every" in kept:
        scenario = msgspec.structs.replace(scenario, limit_every=kept["limit_every"])
    if "disk_full" in kept:
        weather = msgspec.structs.replace(scenario.weather, disk_full=kept["disk_full"])
        scenario = msgspec.structs.replace(scenario, weather=weather)
    if "reissued" in kept:
        guests = msgspec.structs.replace(scenario.guests, reissued=kept["reissued"])
        scenario = msgspec.structs.replace(scenario, guests=guests)
    assert _findings(run_world(image, seed, hours, scenario=scenario)) == []


def test_the_same_seed_gives_the_same_world(image: ServerImage) -> None:
    """Two runs of one seed agree in every event."""
    first, second = (run_world(image, "again", 0.1) for _ in range(2))
    assert first.digest == second.digest
    assert first.steps == second.steps


@pytest.mark.parametrize("name", QUICKLY_FOUND)
def test_a_planted_bug_is_found(image: ServerImage, name: str) -> None:
    """A bug shows, and the same world without it is clean."""
    bug = BUGS[name]
    seed = f"{name} 1"
    result = run_world(image, seed, bug.hours, planted=bug)
    assert _findings(result)
    assert not find_slip(result)
    assert not _findings(run_world(image, seed, bug.hours, planted=bug, is_switched_on=False))
