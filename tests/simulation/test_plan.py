"""What a plan promises: policies cost what the design says that they do."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from shared.admission.offline_policy import OfflinePolicy
from simulator.campaigns.planner import VenueNumbers, run_evening
from simulator.judging.turned_away import GuestCounts
from simulator.nodes.server_image import ServerImage, prepared_image
from tests.factories.migrated_files import copying_unless_whole
from tests.factories.strength import sized

NUMBERS = VenueNumbers(
    gates=sized(2, 3),
    tickets=sized(30, 60),
    hours=sized(0.06, 0.1),
    outages=sized(50, 30),
    outage_minutes=sized(3, 4),
    copied=0.4,
    goes_home=0.9,
    has_lan=False,
)


class Evenings:
    """One evening, under whichever policy and with whichever change."""

    def __init__(self, image: ServerImage) -> None:
        self._image = image
        self.seen: dict[tuple[VenueNumbers, OfflinePolicy], GuestCounts] = {}

    def run(self, policy: OfflinePolicy, **changes: float | bool) -> GuestCounts:
        """Run it once, and nothing may be broken."""
        numbers = msgspec.structs.replace(NUMBERS, **changes)
        if (numbers, policy) not in self.seen:
            counts, found = run_evening(self._image, 1, numbers, policy)
            assert found == []
            self.seen[numbers, policy] = counts
        return self.seen[numbers, policy]


@pytest.fixture(scope="module")
def evenings() -> Iterator[Evenings]:
    with copying_unless_whole(), prepared_image() as image:
        yield Evenings(image)


def test_open_pays_in_doubles_and_turns_nobody_away(evenings: Evenings) -> None:
    """Where copies come and no gate reaches the server."""
    counts = evenings.run(OfflinePolicy.OPEN)
    assert counts.doubles > 0
    assert (counts.turned_away, counts.referred) == (0, 0)
    assert counts.admitted > counts.holders > 0


@pytest.mark.parametrize("policy", [OfflinePolicy.HOME, OfflinePolicy.CLOSED])
def test_the_safe_policies_pay_in_holders_turned_away(
    evenings: Evenings, policy: OfflinePolicy
) -> None:
    """Nobody gets in twice."""
    counts = evenings.run(policy)
    assert counts.doubles == 0
    assert counts.turned_away > 0


def test_home_turns_fewer_away_than_closed(evenings: Evenings) -> None:
    """Most go to the gate on their ticket, and that gate needs nobody."""
    home, closed = evenings.run(OfflinePolicy.HOME), evenings.run(OfflinePolicy.CLOSED)
    assert home.turned_away < closed.turned_away


def test_nobody_is_turned_away_or_in_twice_where_nothing_fails(evenings: Evenings) -> None:
    """The policy costs nothing while the server is reached, and home is asked in time."""
    for policy in sized((OfflinePolicy.HOME,), (OfflinePolicy.HOME, OfflinePolicy.CLOSED)):
        counts = evenings.run(policy, outages=0)
        assert (counts.doubles, counts.turned_away, counts.referred) == (0, 0, 0)


def test_gates_that_ask_each_other_let_fewer_in_twice(evenings: Evenings) -> None:
    """The venue's own network stays where the server goes."""
    with_lan = evenings.run(OfflinePolicy.OPEN, has_lan=True)
    assert with_lan.doubles < evenings.run(OfflinePolicy.OPEN).doubles
