"""Many worlds: clean ones that must show nothing, and bugs that must show."""

from __future__ import annotations

from pathlib import Path

import msgspec

from simulator.campaigns.hunting import Hunt, hunt
from simulator.campaigns.printed_results import (
    PlantedSummary,
    Say,
    Summary,
    print_hunt,
    print_world,
)
from simulator.campaigns.workers import image_here, workers
from simulator.campaigns.worlds_that_found_bugs import KeptWorld, list_kept, run_kept
from simulator.checkers.doubles import Doubles
from simulator.run import WorldResult, run_world


class Campaign(msgspec.Struct, frozen=True):
    """What to run.

    Attributes:
        seeds: Worlds without a planted bug.
        hours: How long doors are open in these.
        planted: Names of bugs to look for.
        jobs: Worlds at once.
        shows_trace: Print the last events of a failing world.
        kept_in: Folder that gets a file for each failing world; None to keep nothing.
        has_kept: Run the worlds that once found a bug of ours as well; of the summary's numbers
            they count among violations alone.
    """

    seeds: list[str]
    hours: float
    planted: list[str]
    jobs: int = 1
    shows_trace: bool = False
    kept_in: Path | None = None
    has_kept: bool = False


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
    doubles = Doubles()
    with workers(campaign.jobs) as crew:
        results = crew.do(_run_seed, [(seed, campaign.hours) for seed in campaign.seeds])
        kept_results = crew.do(_run_kept, list_kept() if campaign.has_kept else [])
        hunts = crew.do(_hunt, campaign.planted)
        for result in results:
            summary.add(result)
            doubles = doubles.plus(result.doubles)
            print_world(result, say, shows_trace=campaign.shows_trace, kept_in=campaign.kept_in)
        say(f"of all seeds: {doubles.explain()}")
        for kept, result in kept_results:
            summary.violations += len(result.violations)
            print_world(
                result, say, kept, shows_trace=campaign.shows_trace, kept_in=campaign.kept_in
            )
        for ended in hunts:
            summary.planted.found += ended.found is not None
            summary.violations += 0 if ended.broken is None else len(ended.broken.violations)
            print_hunt(ended, say)
    summary.virtual_hours = round(summary.virtual_hours, 3)
    return summary


# -- in the worker processes ---------------------------------------------------------------------


def _run_seed(asked: tuple[str, float]) -> WorldResult:
    seed, hours = asked
    return run_world(image_here(), seed, hours)


def _run_kept(kept: KeptWorld) -> tuple[KeptWorld, WorldResult]:
    return kept, run_kept(image_here(), kept)


def _hunt(name: str) -> Hunt:
    return hunt(image_here(), name)
