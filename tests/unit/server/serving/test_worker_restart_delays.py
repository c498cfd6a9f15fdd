"""A worker that cannot begin is tried again ever more seldom, up to a bound."""

from __future__ import annotations

from server.serving.worker_restart_delays import RESPAWN_MAX_S, RESPAWN_S, RestartDelay

LOOK_S = 0.25


def waited(delay: RestartDelay) -> float:
    """Return how long a delay lasts."""
    looks = 1
    while not delay.is_over(LOOK_S):
        looks += 1
    return looks * LOOK_S


def test_workers_that_never_begin_are_tried_ever_more_seldom_and_said_once() -> None:
    """Each says why it ends; that another is started is said by the first."""
    delay, lengths, said = RestartDelay(), [], []
    for _ in range(6):
        lengths.append(waited(delay))
        said.append(delay.end(has_worked=False))
    assert lengths[:3] == [RESPAWN_S, 2 * RESPAWN_S, 4 * RESPAWN_S]
    assert lengths[-1] == RESPAWN_MAX_S
    assert said == [True, *[False] * 5]


def test_a_worker_that_has_worked_is_replaced_as_soon_as_ever() -> None:
    """Whatever was before it."""
    delay = RestartDelay()
    for _ in range(4):
        waited(delay)
        delay.end(has_worked=False)
    waited(delay)
    assert delay.end(has_worked=True)
    assert waited(delay) == RESPAWN_S
