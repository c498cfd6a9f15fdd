"""Many worlds: clean ones that must show nothing, and bugs that must show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from simulator.planted_bugs import BUGS
from simulator.run import WorldResult, run_world
from simulator.workers import image_here, workers

BUG_SEEDS_MAX: Final = 40
SHOWN_MAX: Final = 8
TRACE_LINES: Final = 120

Say = Callable[[str], None]


class Campaign(msgspec.Struct, frozen=True):
    """What to run.

    Attributes:
        seeds: Worlds without a planted bug.
        hours: How long doors are open in these.
        planted: Names of bugs to look for.
        jobs: Worlds at once.
        shows_trace: Print the last events of a failing world.
        kept_in: Folder that gets a file for each failing world; None to keep nothing.
    """

    seeds: list[str]
    hours: float
    planted: list[str]
    jobs: int = 1
    shows_trace: bool = False
    kept_in: Path | None = None


class PlantedSummary(msgspec.Struct):
    """How many bugs were switched on, and how many of them were found."""

    of: int
    found: int


class Summary(msgspec.Struct):
    """The last line, as the contract has it."""

    seeds: int
    virtual_hours: float
    scans: int
    sales: int
    partitions: int
    crashes: int
    dropped_messages: int
    double_uses: int
    conflicts: int
    violations: int
    planted: PlantedSummary


class Hunt(msgspec.Struct, frozen=True):
    """What came of looking for one planted bug.

    Attributes:
        name: The bug's.
        seeds: How many worlds were tried.
        found: The world that showed it; the same world without the bug shows nothing.
        broken: A world that is broken without the bug as well.
        slip: What says that the bug's own code does not fit the product any more, or "".
    """

    name: str
    seeds: int
    found: WorldResult | None
    broken: WorldResult | None = None
    slip: str = ""


def run_campaign(campaign: Campaign, say: Say) -> Summary:
    """Run everything, and tell of progress.

    Args:
        campaign: What to run.
        say: Gets lines for a person.
    """
    summary = Summary(
        seeds=len(campaign.seeds),
        virtual_hours=0.0,
        scans=0,
        sales=0,
        partitions=0,
        crashes=0,
        dropped_messages=0,
        double_uses=0,
        conflicts=0,
        violations=0,
        planted=PlantedSummary(len(campaign.planted), 0),
    )
    with workers(campaign.jobs) as crew:
        asked = [(seed, campaign.hours) for seed in campaign.seeds]
        for result in crew.do(_run_seed, asked):
            _add(summary, result)
            _tell(result, campaign, say)
        for hunt in crew.do(_hunt, campaign.planted):
            summary.planted.found += hunt.found is not None
            summary.violations += 0 if hunt.broken is None else len(hunt.broken.violations)
            _tell_hunt(hunt, say)
    summary.virtual_hours = round(summary.virtual_hours, 3)
    return summary


def _add(summary: Summary, result: WorldResult) -> None:
    summary.virtual_hours += result.hours
    summary.scans += result.scans
    summary.sales += result.sales
    summary.partitions += result.partitions
    summary.crashes += result.crashes
    summary.dropped_messages += result.dropped
    summary.double_uses += result.double_uses
    summary.conflicts += result.conflicts
    summary.violations += len(result.violations)


def _tell(result: WorldResult, campaign: Campaign, say: Say) -> None:
    state = f"{len(result.violations)} VIOLATIONS" if result.violations else "clean"
    say(
        f"seed {result.seed}: {state}; {result.scans} scans, {result.sales} sales,"
        f" {result.partitions} partitions, {result.crashes} crashes, {result.dropped} messages"
        f" lost, {result.double_uses} double uses, trace {result.digest}"
    )
    if not result.violations:
        return
    for violation in result.violations[:SHOWN_MAX]:
        say(f"  {violation.invariant}: {violation.text}")
    if campaign.shows_trace:
        for line in result.trace[-TRACE_LINES:]:
            say(f"  | {line}")
    repeat = f"python -m simulator --seed {result.seed} --hours {result.hours:g} --trace"
    say(f"  repeat: {repeat}")
    if campaign.kept_in is not None:
        say(f"  kept: {_keep(result, repeat, campaign.kept_in)}")


def _keep(result: WorldResult, repeat: str, folder: Path) -> Path:
    """Write down what a failing world showed, and its last events."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"seed-{quote(result.seed, safe='')}.txt"
    found = [f"{violation.invariant}: {violation.text}" for violation in result.violations]
    path.write_text("\n".join([repeat, *found, "", *result.trace, ""]))
    return path


def _tell_hunt(hunt: Hunt, say: Say) -> None:
    if hunt.broken is not None:
        say(f"{hunt.name}: the world {hunt.broken.seed} is broken without the bug as well:")
        for violation in hunt.broken.violations[:SHOWN_MAX]:
            say(f"  {violation.invariant}: {violation.text}")
    if hunt.slip:
        say(f"planted {hunt.name}: its own code does not fit the product: {hunt.slip}")
        return
    if hunt.found is None:
        say(f"planted {hunt.name}: NOT FOUND in {hunt.seeds} seeds")
        return
    first = hunt.found.violations[0]
    say(
        f"planted {hunt.name}: found with seed {hunt.found.seed} ({hunt.seeds} tried):"
        f" {first.invariant}: {first.text[:160]}"
    )


# -- in the worker processes ---------------------------------------------------------------------


def _run_seed(asked: tuple[str, float]) -> WorldResult:
    seed, hours = asked
    return run_world(image_here(), seed, hours)


def _hunt(name: str) -> Hunt:
    """Look for a bug, world after world; what shows must not show without it."""
    bug = BUGS[name]
    broken: WorldResult | None = None
    for number in range(1, BUG_SEEDS_MAX + 1):
        seed = f"{name} {number}"
        result = run_world(image_here(), seed, bug.hours, planted=bug)
        if not result.violations:
            continue
        slip = find_slip(result)
        if slip:
            return Hunt(name, number, None, broken, slip)
        control = run_world(image_here(), seed, bug.hours, planted=bug, is_switched_on=False)
        if not control.violations:
            return Hunt(name, number, result, broken)
        broken = control
    return Hunt(name, BUG_SEEDS_MAX, None, broken)


def find_slip(result: WorldResult) -> str:
    """Return the fault by which a planted bug fails instead of being wrong, or "".

    A function of the product that has other parameters or another name by now makes every world
    of a bug show something, and nothing of it says that a checker would have found the bug.
    """
    faults = (one.text for one in result.violations if one.invariant == "fault")
    return next((text for text in faults if "TypeError" in text or "AttributeError" in text), "")
