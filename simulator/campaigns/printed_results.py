"""What is printed of each world, of each bug looked for, and at last; failing worlds in a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from simulator.campaigns.hunting import Hunt
from simulator.campaigns.worlds_that_found_bugs import KeptWorld
from simulator.run import WorldResult

SHOWN_MAX: Final = 8
"""Broken rules of one world that are printed; its file has all."""
TRACE_LINES: Final = 120
"""Of a failing world's last events, where they are asked for."""
Say = Callable[[str], None]


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

    def add(self, result: WorldResult) -> None:
        """Count a clean world."""
        self.virtual_hours += result.hours
        self.scans += result.scans
        self.sales += result.sales
        self.partitions += result.partitions
        self.crashes += result.crashes
        self.dropped_messages += result.dropped
        self.double_uses += result.doubles.used
        self.conflicts += result.doubles.conflicts
        self.violations += len(result.violations)


def print_world(
    result: WorldResult,
    say: Say,
    kept: KeptWorld | None = None,
    *,
    shows_trace: bool = False,
    kept_in: Path | None = None,
) -> None:
    """Say how a world went, and of one that failed what was broken and how to repeat it.

    Args:
        result: What came of it.
        say: Gets lines for a person.
        kept: The kept world that it was, if it was one.
        shows_trace: Say its last events too.
        kept_in: Folder that gets a file if it failed.
    """
    state = f"{len(result.violations)} VIOLATIONS" if result.violations else "clean"
    name = f"seed {result.seed}" if kept is None else f"kept seed {kept.name}"
    say(
        f"{name}: {state}; {result.scans} scans, {result.sales} sales,"
        f" {result.partitions} partitions, {result.crashes} crashes, {result.dropped} messages"
        f" lost, {result.doubles.used} double uses, trace {result.digest}"
    )
    if not result.violations:
        return
    for violation in result.violations[:SHOWN_MAX]:
        say(f"  {violation.invariant}: {violation.text}")
    if shows_trace:
        for line in result.trace[-TRACE_LINES:]:
            say(f"  | {line}")
    if kept is not None:
        say(f"  it had found: {kept.found}")
    one = f"--seed {result.seed} --hours {result.hours:g}" if kept is None else "--kept"
    repeat = f"python -m simulator {one} --trace"
    say(f"  repeat: {repeat}")
    if kept_in is not None:
        say(f"  kept: {_keep(name, result, repeat, kept_in)}")


def _keep(name: str, result: WorldResult, repeat: str, folder: Path) -> Path:
    """Write down what a failing world showed, and its last events."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{quote(name.replace(' ', '-'), safe='')}.txt"
    found = [f"{violation.invariant}: {violation.text}" for violation in result.violations]
    path.write_text("\n".join([repeat, *found, "", *result.trace, ""]))
    return path


def print_hunt(ended: Hunt, say: Say) -> None:
    """Say whether a planted bug was found, and where."""
    if ended.broken is not None:
        broken = ended.broken
        say(
            f"{ended.name}: the world {broken.seed}, {broken.hours:g} h, is broken without the"
            " bug as well:"
        )
        for violation in broken.violations[:SHOWN_MAX]:
            say(f"  {violation.invariant}: {violation.text}")
    if ended.slip:
        say(f"planted {ended.name}: its own code does not fit the product: {ended.slip}")
        return
    cost = f"{ended.worlds} tried, {ended.cost:.1f} s of processor time"
    if ended.found is None:
        say(f"planted {ended.name}: NOT FOUND ({cost})")
        return
    first = ended.found.violations[0]
    say(
        f"planted {ended.name}: found with seed {ended.found.seed}, {ended.found.hours:g} h"
        f" ({cost}): {first.invariant}: {first.text[:160]}"
    )
