"""`python -m simulator plan`: what each offline policy would cost at a venue, in numbers.

The same evenings are run under each policy with the venue's own gates, guests and outages. What
comes out is doubles and turned-away holders per thousand: the organizer chooses with open eyes.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.instant import HOUR, MINUTE, SECOND, Duration
from simulator.campaigns.workers import image_here, workers
from simulator.fault_rates import NO_FAULTS
from simulator.guest_habits import Guests
from simulator.judging.evidence import Violation
from simulator.judging.turned_away import GuestCounts
from simulator.nodes.server_image import ServerImage
from simulator.run import run_world
from simulator.scenario import Scenario

DONE: Final = 0
BROKEN: Final = 3
THOUSAND: Final = 1_000
GREETING: Final = 5 * SECOND
GATES_MAX: Final = 64
TICKETS_MAX: Final = 20_000
HOURS_MAX: Final = 24
EVENINGS_MAX: Final = 100
EXAMPLE: Final = """\
One line of JSON for each policy goes to standard output, a table and progress to standard error.
It takes about a minute of processor time for 4,000 arrivals; the same numbers give the same plan.

example:
  python -m simulator plan --gates 8 --tickets 2000 --hours 2 --outages 3 --outage-minutes 4
  python -m simulator plan --gates 8 --tickets 2000 --lan
"""


class VenueNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """What an organizer knows or expects.

    Attributes:
        gates: How many.
        tickets: Sold before doors.
        hours: How long guests arrive.
        outages: How often in an hour no gate reaches the server.
        outage_minutes: For how long on average.
        copied: Share of tickets of which a copy comes as well.
        goes_home: Share of holders who go to the gate printed on their ticket, under `home`.
        has_lan: Whether gates ask each other while the server cannot be reached.
    """

    gates: int
    tickets: int
    hours: float
    outages: float
    outage_minutes: float
    copied: float
    goes_home: float
    has_lan: bool


class PolicyCost(msgspec.Struct):
    """One line of the plan.

    Attributes:
        policy: Who may admit when the network fails.
        admitted: Persons let in, over all evenings.
        holders: Holders of good tickets who came, over all evenings.
        doubles_per_thousand: Persons let in beyond what tickets stand for, per thousand let in.
        turned_away_per_thousand: Holders of good tickets who were turned away at least once, be
            it to another gate or until later, per thousand holders.
        to_supervisor_per_thousand: Holders of good tickets who were sent to a supervisor.
    """

    policy: str
    admitted: int
    holders: int
    doubles_per_thousand: float
    turned_away_per_thousand: float
    to_supervisor_per_thousand: float


def main(arguments: Sequence[str]) -> int:
    """Print a line for each policy; returns the exit status."""
    options = _parser().parse_args(arguments)
    numbers = VenueNumbers(
        gates=options.gates,
        tickets=options.tickets,
        hours=options.hours,
        outages=options.outages,
        outage_minutes=options.outage_minutes,
        copied=options.copied,
        goes_home=options.goes_home,
        has_lan=options.lan,
    )
    asked = [
        (number, numbers, policy)
        for policy in OfflinePolicy
        for number in range(1, options.evenings + 1)
    ]
    totals = {policy.value: GuestCounts() for policy in OfflinePolicy}
    is_broken = False
    with workers(options.jobs) as crew:
        for done, (policy, counts, found) in enumerate(crew.do(_run, asked), 1):
            _say(f"evening {done} of {len(asked)}: {policy}, {counts.admitted} let in")
            totals[policy].add(counts)
            for violation in found:
                is_broken = True
                _say(f"  broken: {violation.invariant}: {violation.text}")
    costs = [_cost(policy, total) for policy, total in totals.items()]
    for line in make_table(costs):
        _say(line)
    for cost in costs:
        sys.stdout.write(msgspec.json.encode(cost).decode() + "\n")
    return BROKEN if is_broken else DONE


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def make_scenario(numbers: VenueNumbers, policy: OfflinePolicy) -> Scenario:
    """Say a venue's own numbers as a world: only the network fails there."""
    return Scenario(
        hours=numbers.hours,
        gates=numbers.gates,
        tills=1,
        tickets=numbers.tickets,
        early_tickets=0,
        group_tickets=0,
        policy=policy,
        has_reentry=True,
        has_restore=False,
        sale_every=5 * MINUTE,
        has_push=True,
        poll=30 * SECOND,
        skew_max=SECOND,
        drift_ppm_max=20,
        fault_rates=msgspec.structs.replace(
            NO_FAULTS,
            outage=Duration(round(HOUR / numbers.outages)) if numbers.outages else None,
            outage_lasts=Duration(round(numbers.outage_minutes * MINUTE)),
        ),
        guests=Guests(
            copied=numbers.copied,
            void=0.005,
            reissued=0.005,
            undone=0.002,
            forged=0.005,
            goes_home=numbers.goes_home,
        ),
        hello_every=GREETING if numbers.has_lan else None,
    )


def run_evening(
    image: ServerImage, number: int, numbers: VenueNumbers, policy: OfflinePolicy
) -> tuple[GuestCounts, list[Violation]]:
    """Run one evening: the same guests and outages under each policy.

    Returns:
        What it came to, and the promises that were broken: none, else the counts mean little.
    """
    scenario = make_scenario(numbers, policy)
    result = run_world(image, f"plan {number}", scenario.hours, scenario=scenario)
    return result.guests, result.violations


def _run(
    asked: tuple[int, VenueNumbers, OfflinePolicy],
) -> tuple[str, GuestCounts, list[Violation]]:
    return asked[2].value, *run_evening(image_here(), *asked)


def _cost(policy: str, total: GuestCounts) -> PolicyCost:
    def share(count: int, whole: int) -> float:
        return round(THOUSAND * count / max(1, whole), 2)

    return PolicyCost(
        policy=policy,
        admitted=total.admitted,
        holders=total.holders,
        doubles_per_thousand=share(total.doubles, total.admitted),
        turned_away_per_thousand=share(total.turned_away, total.holders),
        to_supervisor_per_thousand=share(total.referred, total.holders),
    )


def make_table(costs: Sequence[PolicyCost]) -> list[str]:
    """Put the plan into lines for a person."""
    lines = [
        "",
        f"{'':12}{'let in':>10}{'twice':>10}{'turned away':>14}{'to a supervisor':>18}",
        f"{'policy':12}{'persons':>10}{'per 1000':>10}{'per 1000':>14}{'per 1000':>18}",
    ]
    lines += [
        f"{cost.policy:12}{cost.admitted:>10}{cost.doubles_per_thousand:>10.1f}"
        f"{cost.turned_away_per_thousand:>14.1f}{cost.to_supervisor_per_thousand:>18.1f}"
        for cost in costs
    ]
    return [
        *lines,
        "Who does not see green tries twice more within a minute, and then leaves.",
        "",
    ]


def _whole(least: int, most: int) -> Callable[[str], int]:
    """Read a whole number within bounds."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            message = f"{text!r} is not a whole number from {least} to {most}"
            raise argparse.ArgumentTypeError(message)
        return number

    return read


def _real(least: float, most: float, *, is_open: bool = False) -> Callable[[str], float]:
    """Read a number within bounds; where it `is_open`, `least` itself is none of them."""

    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not least <= number <= most or (is_open and number == least):
            bounds = f"above {least:g} and up to" if is_open else f"from {least:g} to"
            message = f"{text!r} is not a number {bounds} {most:g}"
            raise argparse.ArgumentTypeError(message)
        return number

    return read


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator plan",
        description="Show what each offline policy costs at a venue with these numbers.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    evenings, share = _whole(1, EVENINGS_MAX), _real(0, 1)

    def add(name: str, read: Callable[[str], float], default: float, what: str) -> None:
        kind = "N" if isinstance(default, int) else "X"
        parser.add_argument(
            name, type=read, default=default, metavar=kind, help=f"{what} (default {default})"
        )

    add("--gates", _whole(1, GATES_MAX), 4, "gates of the venue")
    add("--tickets", _whole(1, TICKETS_MAX), 600, "tickets sold before doors")
    add("--hours", _real(0, HOURS_MAX, is_open=True), 2.0, "how long guests arrive")
    add("--outages", _real(0, 60), 2.0, "how often in an hour no gate reaches the server")
    add("--outage-minutes", _real(0, 600, is_open=True), 5.0, "mean length of an outage")
    add("--copied", share, 0.02, "share of tickets of which a copy comes, 0 to 1")
    add("--goes-home", share, 0.9, "share of holders at the gate on their ticket, under home")
    parser.add_argument(
        "--lan",
        action="store_true",
        help="gates ask each other while the server cannot be reached",
    )
    add("--evenings", evenings, 3, "evenings for each policy; more make the figures more reliable")
    add("--jobs", evenings, 2, "evenings at once")
    return parser
