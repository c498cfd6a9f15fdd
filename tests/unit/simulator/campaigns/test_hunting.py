"""In which worlds a planted bug is looked for."""

from __future__ import annotations

from simulator.campaigns.hunting import SOONEST, worlds_of
from simulator.planted_bugs.all_bugs import BUGS


def test_a_hunt_begins_where_the_bug_was_seen_and_goes_on_elsewhere() -> None:
    """What is noted saves time; it is not all that is tried."""
    for name, bug in BUGS.items():
        tries = list(worlds_of(bug))
        if name in SOONEST:
            number, hours = SOONEST[name]
            assert tries[0] == (f"{name} {number}", hours)
        assert len({seed for seed, _ in tries}) >= 40, name
        assert len(set(tries)) == len(tries), name
        assert max(length for _, length in tries) >= bug.hours, name


def test_no_world_is_noted_for_a_bug_that_is_gone() -> None:
    """The notes are for the bugs that there are."""
    assert SOONEST.keys() <= BUGS.keys()
