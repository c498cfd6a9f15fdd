"""What a soak does and when comes from its seed alone."""

from __future__ import annotations

from collections import defaultdict

from soak.plan import FaultKind, Size, draw_plan

SIZE = Size(lanes=6, tickets=80, seconds=10.0, server_kills=2, lane_kills=3, cuts=4)


def test_draw_plan_is_the_same_for_the_same_seed() -> None:
    """A soak that found something can be run again."""
    assert draw_plan(5, SIZE) == draw_plan(5, SIZE)
    assert draw_plan(5, SIZE) != draw_plan(6, SIZE)


def test_draw_plan_shows_each_ticket_at_one_to_five_different_lanes() -> None:
    """Every ticket is shown, nowhere twice, and each lane's tickets are in order of time."""
    lanes: dict[int, list[int]] = defaultdict(list)
    for number, showings in enumerate(draw_plan(5, SIZE).showings):
        assert [one.at_s for one in showings] == sorted(one.at_s for one in showings)
        for showing in showings:
            assert showing.lane == number
            lanes[showing.ticket].append(number)
    assert set(lanes) == set(range(SIZE.tickets))
    assert all(1 <= len(at) <= 5 and len(set(at)) == len(at) for at in lanes.values())


def test_draw_plan_breaks_as_much_as_it_was_told() -> None:
    """Faults of each kind come in their number, while tickets are shown."""
    faults = draw_plan(5, SIZE).faults
    kinds = [fault.kind for fault in faults]
    assert kinds.count(FaultKind.SERVER) + kinds.count(FaultKind.WORKER) == SIZE.server_kills
    assert kinds.count(FaultKind.LANE) == SIZE.lane_kills
    assert kinds.count(FaultKind.CUT) == SIZE.cuts
    assert all(0 <= fault.at_s <= SIZE.seconds for fault in faults)
