"""A worker that cannot begin is tried again ever more seldom, up to a bound."""

from __future__ import annotations

from server.serving.limits_and_times import RESPAWN_MAX_S, RESPAWN_S
from server.serving.worker_rests import Rest

LOOK_S = 0.25


def rested(rest: Rest) -> float:
    """Return how long a rest takes."""
    looks = 1
    while not rest.is_over(LOOK_S):
        looks += 1
    return looks * LOOK_S


def test_workers_that_never_begin_are_tried_ever_more_seldom_and_said_once() -> None:
    """Each says why it ends; that another is started is said by the first."""
    rest, lengths, said = Rest(), [], []
    for _ in range(6):
        lengths.append(rested(rest))
        said.append(rest.end(has_worked=False))
    assert lengths[:3] == [RESPAWN_S, 2 * RESPAWN_S, 4 * RESPAWN_S]
    assert lengths[-1] == RESPAWN_MAX_S
    assert said == [True, *[False] * 5]


def test_a_worker_that_has_worked_is_replaced_as_soon_as_ever() -> None:
    """Whatever was before it."""
    rest = Rest()
    for _ in range(4):
        rested(rest)
        rest.end(has_worked=False)
    rested(rest)
    assert rest.end(has_worked=True)
    assert rested(rest) == RESPAWN_S
