"""Whole venues from seeds: clean worlds show nothing, and play all that the product can say."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec
import pytest

from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.instant import MINUTE, SECOND
from simulator.fault_rates import FaultRates
from simulator.further_events.single_dates import evening as single_dates
from simulator.further_events.take_over import evening as take_over
from simulator.further_events.take_over import tills as taken_tills
from simulator.judging.enum_coverage import NOT_PLAYED, RARE, all_members
from simulator.kernel.dice import Dice
from simulator.nodes.server_image import ServerImage, prepared_image
from simulator.planted_bugs.second_event import with_a_pause
from simulator.planted_bugs.tills_and_money import at_the_desk
from simulator.run import WorldResult, run_world
from simulator.scenario import Scenario, draw_scenario, limit, plain, with_further
from tests.factories.migrated_files import copying_unless_whole
from tests.factories.strength import sized


def homes(scenario: Scenario) -> Scenario:
    """Let homes move, one be declared lost, and people go out of a limited zone."""
    rates = FaultRates(partition=MINUTE, gate_stop=2 * MINUTE, clock_step=MINUTE)
    moved = msgspec.structs.replace(
        plain(scenario),
        gates=3,
        policy=OfflinePolicy.HOME,
        moves_every=MINUTE,
        loses_home=True,
        has_restore=False,
        has_push=True,
        poll=SECOND,
        hello_every=5 * SECOND,
        fault_rates=rates,
        guests=msgspec.structs.replace(scenario.guests, copied=0.7, void=0.2, undone=0.2),
    )
    return limit(moved, 0.3)


def small(scenario: Scenario) -> Scenario:
    """Let there be few devices, each of which asks and greets through all that is drawn.

    Of what is drawn, a series, a second server, a copy and moved tenders stay: further evenings
    have devices of their own, and mails with the job that ends its worker last for hours of all.
    """
    few = msgspec.structs.replace(plain(scenario), gates=2, tills=1)
    return with_further(few, "copy", "tenders", "series", "take_over")


def mailed(scenario: Scenario) -> Scenario:
    """Let tickets be mailed."""
    few = msgspec.structs.replace(plain(scenario), gates=1, tills=1, poll=MINUTE, hello_every=None)
    some = msgspec.structs.replace(few, mailed_orders=sized(8, few.mailed_orders))
    return with_further(msgspec.structs.replace(some, has_poison=sized(False, True)), "mails")


def strict(policy: OfflinePolicy) -> Callable[[Scenario], Scenario]:
    """Let gates let in nobody alone."""

    def change(scenario: Scenario) -> Scenario:
        return msgspec.structs.replace(
            plain(scenario),
            gates=2,
            policy=policy,
            hello_every=None,
            has_restore=False,
            guests=msgspec.structs.replace(scenario.guests, forged=0.5),
        )

    return change


TOURS: Final[dict[str, tuple[Callable[[Scenario], Scenario], float]]] = {
    "as drawn": (sized(small, lambda scenario: scenario), sized(0.02, 0.2)),
    "mailed": (mailed, sized(0.01, 0.1)),
    "a fair": (with_a_pause, sized(0.08, 0.25)),
    "homes": (homes, sized(0.06, 0.15)),
    "the desk": (at_the_desk, sized(0.03, 0.1)),
    "closed": (strict(OfflinePolicy.CLOSED), sized(0.06, 0.1)),
    "supervisor": (strict(OfflinePolicy.SUPERVISOR), sized(0.06, 0.1)),
}
"""How each differs from what is drawn, and its hours."""

AGAIN: Final = sized("supervisor", "homes")
"""The tour that is run twice."""


FEWER: Final = sized(
    {
        (single_dates, "CARDS"): 2,
        (single_dates, "FIRST_ORDERS"): 5,
        (single_dates, "VISITS"): 2,
        (take_over, "SALES"): 10,
        (take_over, "TICKETS"): 20,
        (taken_tills, "SALES"): 12,
    },
    {},
)
"""How many guests and sales the further evenings have in place of what they say: these evenings
take most of a short world."""


@pytest.fixture(scope="module")
def image() -> Iterator[ServerImage]:
    with (
        pytest.MonkeyPatch.context() as patch,
        copying_unless_whole(),
        prepared_image() as prepared,
    ):
        for (module, name), number in FEWER.items():
            patch.setattr(module, name, number)
        yield prepared


def _findings(result: WorldResult) -> list[str]:
    return [f"{violation.invariant}: {violation.text}" for violation in result.violations]


class Tours:
    """Worlds that between them play all that worlds play; each is run once."""

    def __init__(self, image: ServerImage) -> None:
        self._image = image
        self._seen: dict[str, WorldResult] = {}

    def take(self, name: str) -> WorldResult:
        """Run one of them."""
        if name not in self._seen:
            scenario, hours = TOURS[name]
            drawn = scenario(draw_scenario(Dice(name).stream("scenario"), hours))
            self._seen[name] = run_world(self._image, name, hours, scenario=drawn)
        return self._seen[name]


def take_in_a_process_of_its_own(name: str) -> list[str]:
    """Run a tour in another process; returns its digest and its number of steps.

    By a program that is started anew: the processes of a campaign begin with what their parent is,
    which here is a test's.
    """
    words = (
        "from tests.factories.migrated_files import copying_unless_whole\n"
        "from simulator.nodes.server_image import prepared_image\n"
        "from tests.simulation.test_worlds import Tours\n"
        "with copying_unless_whole(), prepared_image() as image:\n"
        f"    took = Tours(image).take({name!r})\n"
        "print(took.digest, took.steps)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", words],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.split()


@pytest.fixture(scope="module")
def tours(image: ServerImage) -> Tours:
    return Tours(image)


@pytest.mark.parametrize("name", TOURS)
def test_a_world_keeps_every_promise(tours: Tours, name: str) -> None:
    """Faults of all kinds break no invariant."""
    result = tours.take(name)
    assert _findings(result) == []
    assert result.scans > 0


def test_worlds_play_all_that_the_product_can_say(tours: Tours) -> None:
    """What an enumeration gains is played by some world, or is known not to be, and why."""
    played = frozenset().union(*(tours.take(name).kinds for name in TOURS))
    assert all_members() - played - RARE == NOT_PLAYED.keys()
    assert not RARE - all_members()


def test_the_same_seed_gives_the_same_world_whichever_came_before(tours: Tours) -> None:
    """Two runs of one seed agree in every event, though worlds of a process share much.

    None of them changes what they share, and nothing of a process is in them, its number or the
    order of its sets: else a seed alone repeats nothing.
    """
    first = tours.take(AGAIN)
    assert first.crashes > 0
    assert first.partitions > 0
    assert take_in_a_process_of_its_own(AGAIN) == [first.digest, str(first.steps)]
