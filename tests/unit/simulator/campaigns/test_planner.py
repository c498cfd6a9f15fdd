"""The planner's numbers: what it takes, what it refuses, and how it counts holders."""

from __future__ import annotations

import pytest

from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.instant import MINUTE
from simulator.campaigns import planner
from simulator.campaigns.planner import PolicyCost, VenueNumbers, make_scenario, make_table

NUMBERS = VenueNumbers(
    gates=3,
    tickets=60,
    hours=0.5,
    outages=6,
    outage_minutes=4,
    copied=0.1,
    goes_home=0.9,
    has_lan=False,
)


@pytest.mark.parametrize(
    ("option", "text", "said"),
    [
        ("--gates", "0", "'0' is not a whole number from 1 to 64"),
        ("--gates", "-3", "'-3' is not a whole number from 1 to 64"),
        ("--gates", "2.5", "'2.5' is not a whole number from 1 to 64"),
        ("--gates", "many", "'many' is not a whole number from 1 to 64"),
        ("--tickets", "0", "'0' is not a whole number from 1 to 20000"),
        ("--hours", "0", "'0' is not a number above 0 and up to 24"),
        ("--hours", "nan", "'nan' is not a number above 0 and up to 24"),
        ("--hours", "inf", "'inf' is not a number above 0 and up to 24"),
        ("--outages", "-1", "'-1' is not a number from 0 to 60"),
        ("--outage-minutes", "0", "'0' is not a number above 0 and up to 600"),
        ("--copied", "7", "'7' is not a number from 0 to 1"),
        ("--goes-home", "x", "'x' is not a number from 0 to 1"),
        ("--evenings", "0", "'0' is not a whole number from 1 to 100"),
        ("--jobs", "0", "'0' is not a whole number from 1 to 100"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_at_once(
    capsys: pytest.CaptureFixture[str], option: str, text: str, said: str
) -> None:
    """The option and what it takes are named, and no evening is run."""
    with pytest.raises(SystemExit) as ended:
        planner.main([f"{option}={text}"])
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"argument {option}: {said}" in err


def test_an_outage_is_all_that_goes_wrong_in_a_plan() -> None:
    """As often and as long as the organizer says, and no other fault."""
    rates = make_scenario(NUMBERS, OfflinePolicy.OPEN).fault_rates
    assert (rates.outage, rates.outage_lasts) == (10 * MINUTE, 4 * MINUTE)
    others = rates.partition, rates.server_stop, rates.gate_stop, rates.links
    assert set(others) == {None}


def test_the_table_has_a_line_for_each_policy() -> None:
    """Words for a person; figures are those of the lines."""
    costs = [PolicyCost(policy.value, 198, 60, 12.34, 250.06, 0.0) for policy in OfflinePolicy]
    lines = make_table(costs)
    assert [line.split() for line in lines if line.startswith(tuple(OfflinePolicy))] == [
        [policy.value, "198", "12.3", "250.1", "0.0"] for policy in OfflinePolicy
    ]
