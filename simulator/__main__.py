"""`python -m simulator`: whole venues from seeds, and planted bugs that must be found.

Standard output gets one JSON line at the end; progress and findings go to standard error.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from command_line.exit_statuses import EXIT_DONE, EXIT_NO, EXIT_WRONG_USE, run_to_status
from simulator.campaigns import planner
from simulator.campaigns.campaign import Campaign, run_campaign
from simulator.planted_bugs.all_bugs import BUGS

EXAMPLE: Final = """\
example:
  python -m simulator --seeds 20 --hours 2
  python -m simulator --seed 17 --hours 2 --trace
  python -m simulator --planted no_fsync
  python -m simulator --kept
  python -m simulator plan --help
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; returns the exit status."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["plan"]:
        return planner.main(given[1:])
    options = _parser().parse_args(given)
    if options.planted not in {None, "all", "none", *BUGS}:
        names = ", ".join(BUGS)
        _say(f"no such planted bug: {options.planted}; there are: {names}")
        return EXIT_WRONG_USE
    if not 0 < options.hours < math.inf or options.seeds < 0 or options.jobs < 1:
        _say("hours and jobs must be above 0, seeds not below")
        return EXIT_WRONG_USE
    campaign = Campaign(
        seeds=_seeds(options),
        hours=options.hours,
        planted=_planted(options),
        jobs=options.jobs,
        shows_trace=options.trace,
        kept_in=options.keep,
        has_kept=_has_kept(options),
    )
    summary = run_campaign(campaign, _say)
    sys.stdout.write(msgspec.json.encode(summary).decode() + "\n")
    is_clean = summary.violations == 0 and summary.planted.found == summary.planted.of
    return EXIT_DONE if is_clean else EXIT_NO


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _has_kept(options: argparse.Namespace) -> bool:
    return options.kept or (options.seed is None and options.planted in {None, "all"})


def _seeds(options: argparse.Namespace) -> list[str]:
    if options.kept:
        return []
    if options.seed is not None:
        return [options.seed]
    if options.planted is not None and options.planted != "all":
        return [] if options.planted in BUGS else [str(n) for n in range(1, options.seeds + 1)]
    return [str(number) for number in range(1, options.seeds + 1)]


def _planted(options: argparse.Namespace) -> list[str]:
    if options.kept:
        return []
    if options.planted == "none" or (options.planted is None and options.seed is not None):
        return []
    if options.planted in {None, "all"}:
        return list(BUGS)
    return [options.planted]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="Run whole venues in virtual time, with faults, and judge them.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--seeds", type=int, default=20, help="how many worlds, starting with seed 1"
    )
    parser.add_argument(
        "--hours", type=float, default=2.0, help="how long the doors are open in each"
    )
    parser.add_argument("--seed", help="run only this world, without planted bugs")
    parser.add_argument(
        "--planted",
        metavar="NAME",
        help="run one planted bug, all, or none; default: seeds, kept seeds and all bugs",
    )
    parser.add_argument(
        "--kept", action="store_true", help="run only the worlds that once found a real bug"
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="save each failing world to a file there"
    )
    parser.add_argument("--jobs", type=int, default=_jobs(), help="how many worlds to run at once")
    parser.add_argument("--trace", action="store_true", help="print a failing world's last events")
    return parser


def _jobs() -> int:
    from server.host_machine import cpu_count

    return cpu_count()


if __name__ == "__main__":
    sys.exit(run_to_status("simulator", main))
