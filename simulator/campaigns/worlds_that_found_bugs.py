"""Worlds that once found a bug of ours: every whole campaign runs them again."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from shared.kernel.instant import Duration
from simulator.kernel.dice import Dice
from simulator.nodes.server_image import ServerImage
from simulator.planted_bugs.all_bugs import BUGS
from simulator.run import WorldResult, run_world
from simulator.scenario import Scenario, draw_scenario, plain

_FILE: Final = Path(__file__).with_name("kept_seeds.json")


class KeptWorld(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of them. What draws have been added since it was found are left out of it.

    Attributes:
        seed: Its seed.
        hours: How long doors are open.
        found: What was wrong.
        control_of: Drawn as the worlds in which a planted bug is looked for, which is not planted
            here; "" for a plain one. What follows is not asked for then.
        special: Whether it has what only some worlds have.
        lan: Whether gates greet each other as drawn; else not at all.
        restore: Whether the server is put back though the seed did not draw it.
        limit_every: In place of what was drawn, as are the following; None to leave that.
        disk_full: Mean time between two full disks.
        reissued: The share of tickets that are reissued.
    """

    seed: str
    hours: float
    found: str
    control_of: str = ""
    special: bool = False
    lan: bool = False
    restore: bool = False
    limit_every: Duration | None = None
    disk_full: Duration | None = None
    reissued: float | None = None

    @property
    def name(self) -> str:
        """What it is called among the others."""
        return f"{self.seed}, {self.hours:g} h"


def list_kept() -> list[KeptWorld]:
    """Read the file of all of them.

    Raises:
        msgspec.ValidationError: if something else stands there.
    """
    return msgspec.json.decode(_FILE.read_bytes(), type=list[KeptWorld])


def run_kept(image: ServerImage, kept: KeptWorld) -> WorldResult:
    """Run one of them, and judge it."""
    return run_world(image, kept.seed, kept.hours, scenario=scenario_of(kept))


def scenario_of(kept: KeptWorld) -> Scenario:
    """Say what its world is like."""
    scenario = draw_scenario(Dice(kept.seed).stream("scenario"), kept.hours)
    if kept.control_of:
        return BUGS[kept.control_of].tune(scenario)
    if not kept.special:
        scenario = plain(scenario)
    # Drawn since the newest of them was found.
    once = msgspec.structs.replace(scenario.guests, reissued_twice=0.0)
    scenario = msgspec.structs.replace(scenario, guests=once)
    first = scenario.further & {"series"}
    scenario = msgspec.structs.replace(scenario, further=first, has_poison=False)
    if scenario.box_office is not None:
        terms = msgspec.structs.replace(scenario.box_office, has_disputes=False)
        scenario = msgspec.structs.replace(scenario, box_office=terms)
    if kept.restore:
        scenario = msgspec.structs.replace(scenario, has_restore=True)
    if not kept.lan:
        scenario = msgspec.structs.replace(scenario, hello_every=None)
    if kept.limit_every is not None:
        scenario = msgspec.structs.replace(scenario, limit_every=kept.limit_every)
    if kept.disk_full is not None:
        rates = msgspec.structs.replace(scenario.fault_rates, disk_full=kept.disk_full)
        scenario = msgspec.structs.replace(scenario, fault_rates=rates)
    rates = msgspec.structs.replace(
        scenario.fault_rates, machine_clock=None, hang=None, slow_server=None
    )
    scenario = msgspec.structs.replace(scenario, fault_rates=rates)
    if kept.reissued is not None:
        guests = msgspec.structs.replace(scenario.guests, reissued=kept.reissued)
        scenario = msgspec.structs.replace(scenario, guests=guests)
    return scenario
