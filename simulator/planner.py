"""`python -m simulator plan`: what each offline policy would cost at a venue, in numbers.

The same evenings are run under each policy with the venue's own gates, guests and outages. What
comes out is doubles and turned-away holders per thousand: the organizer chooses with open eyes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Final

import msgspec

from shared.admission.policy import OfflinePolicy
from shared.kernel.instant import HOUR, MINUTE, SECOND
from simulator.campaign import image_here, workers
from simulator.run import run_world
from simulator.scenario import Guests, Scenario, Weather
from simulator.turned_away import GuestCounts

THOUSAND: Final = 1_000
GREETING: Final = 5 * SECOND
EXAMPLE: Final = """\
example:
  python -m simulator plan --gates 8 --tickets 2000 --hours 2 --outages 3 --outage-minutes 4
  python -m simulator plan --gates 8 --tickets 2000 --lan
"""


class PolicyCost(msgspec.Struct):
    """One line of the plan.

    Attributes:
        policy: Who may admit when the network fails.
        admitted: Persons let in, over all evenings.
        doubles_per_thousand: Persons beyond what tickets stand for, per thousand let in.
        turned_away_per_thousand: Presentations of good tickets that did not see green, per
            thousand of them.
    """

    policy: str
    admitted: int
    doubles_per_thousand: float
    turned_away_per_thousand: float


def main(arguments: Sequence[str]) -> int:
    """Print a line for each policy; returns the exit status."""
    options = _parser().parse_args(arguments)
    asked = [
        (f"plan {number}", make_scenario(options, policy))
        for policy in OfflinePolicy
        for number in range(1, options.evenings + 1)
    ]
    totals = {policy.value: GuestCounts() for policy in OfflinePolicy}
    with workers(options.jobs) as pool:
        for policy, counts in pool.imap_unordered(_run, asked):
            total = totals[policy]
            total.admitted += counts.admitted
            total.valid += counts.valid
            total.turned_away += counts.turned_away
            total.doubles += counts.doubles
    for policy, total in totals.items():
        sys.stdout.write(msgspec.json.encode(_cost(policy, total)).decode() + "\n")
    return 0


def make_scenario(options: argparse.Namespace, policy: OfflinePolicy) -> Scenario:
    """Say a venue's own numbers as a world: only the network fails there."""
    outage = None if not options.outages else round(HOUR / options.outages)
    return Scenario(
        hours=options.hours,
        gates=options.gates,
        tills=1,
        tickets=options.tickets,
        early_tickets=0,
        group_tickets=0,
        policy=policy,
        has_reentry=True,
        has_restore=False,
        sale_every=5 * MINUTE,
        has_push=False,
        poll=30 * SECOND,
        skew_max=SECOND,
        drift_ppm_max=20,
        weather=Weather(
            partition=outage,
            partition_lasts=(round(options.outage_minutes * MINUTE),),
            server_stop=None,
            gate_stop=None,
            disk_full=None,
            clock_step=None,
            links=None,
        ),
        guests=Guests(
            copied=options.copied,
            void=0.005,
            reissued=0.005,
            undone=0.002,
            forged=0.005,
            goes_home=options.goes_home,
        ),
        hello_every=GREETING if options.lan else None,
    )


def _run(asked: tuple[str, Scenario]) -> tuple[str, GuestCounts]:
    seed, scenario = asked
    result = run_world(image_here(), seed, scenario.hours, scenario=scenario)
    return scenario.policy.value, result.guests


def _cost(policy: str, total: GuestCounts) -> PolicyCost:
    return PolicyCost(
        policy=policy,
        admitted=total.admitted,
        doubles_per_thousand=round(THOUSAND * total.doubles / max(1, total.admitted), 2),
        turned_away_per_thousand=round(THOUSAND * total.turned_away / max(1, total.valid), 2),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator plan",
        description="Say what each offline policy costs at a venue with these numbers.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--gates", type=int, default=4, help="gates of the venue")
    parser.add_argument("--tickets", type=int, default=600, help="tickets sold before doors")
    parser.add_argument("--hours", type=float, default=2.0, help="how long guests arrive")
    parser.add_argument("--outages", type=float, default=2.0, help="network outages per hour")
    parser.add_argument("--outage-minutes", type=float, default=5.0, help="mean length of one")
    parser.add_argument("--copied", type=float, default=0.02, help="share of tickets copied")
    parser.add_argument(
        "--goes-home",
        type=float,
        default=0.9,
        help="share of holders who go to the gate printed on their ticket, under home",
    )
    parser.add_argument(
        "--lan", action="store_true", help="gates ask each other while the server is away"
    )
    parser.add_argument("--evenings", type=int, default=3, help="evenings for each policy")
    parser.add_argument("--jobs", type=int, default=2, help="evenings at once")
    return parser
