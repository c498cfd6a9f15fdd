"""Processes that run worlds, when the last of them ends amid what is asked of them."""

from __future__ import annotations

from concurrent.futures import Future
from typing import cast

import pytest
from pebble import ProcessPool

from shared.kernel.errors import EnvironmentFault
from simulator.campaigns import workers
from simulator.campaigns.workers import Workers


class BrokenPool:
    """A pool whose last process has ended; what it takes nobody takes from it."""

    active = False

    def __init__(self, *, is_known: bool) -> None:
        self._is_known = is_known

    def schedule(self, *_work: object, **_asked: object) -> Future[str]:
        """Take a piece of work, or refuse it where it is known that nobody is left."""
        if self._is_known:
            raise RuntimeError("Unexpected error within the Pool")
        return Future()


@pytest.mark.parametrize("is_known", [True, False])
def test_what_is_asked_as_the_last_process_ends_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, *, is_known: bool
) -> None:
    """A campaign that waits for a world that nobody runs says nothing, for ever."""
    monkeypatch.setattr(workers, "LOOKS_AGAIN_S", 0.01)
    some = Workers(cast("ProcessPool", BrokenPool(is_known=is_known)))
    with pytest.raises(EnvironmentFault, match="--jobs 1"):
        list(some.do(str, [1]))


class ForgetfulPool:
    """A pool of which one process ended when it had just taken the first piece of work."""

    active = True

    def __init__(self) -> None:
        self._asked = 0

    def schedule(self, *_work: object, **_asked: object) -> Future[str]:
        """Do all but the first, which nobody knows of any more."""
        self._asked += 1
        made = Future[str]()
        if self._asked > 1:
            made.set_result("done")
        return made


@pytest.mark.parametrize("asked", [1, 2])
def test_what_a_process_had_just_taken_when_it_ended_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, asked: int
) -> None:
    """The others live on, and the pool has nobody by whom it would end that piece."""
    monkeypatch.setattr(workers, "LOOKS_AGAIN_S", 0.01)
    some = Workers(cast("ProcessPool", ForgetfulPool()))
    with pytest.raises(EnvironmentFault, match="--jobs 1"):
        list(some.do(str, range(asked)))


class SlowPool(ForgetfulPool):
    """A pool whose one process is at work, and takes the rest when it is done."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Future[str]] = []

    def schedule(self, *_work: object, **_asked: object) -> Future[str]:
        """Do one after another, each when two more were asked for."""
        self.waiting.append(Future[str]())
        if len(self.waiting) > 2:
            self.waiting[len(self.waiting) - 3].set_result("done")
        return self.waiting[-1]


def test_what_waits_for_its_turn_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for nothing comes behind it, and says nothing of it."""
    monkeypatch.setattr(workers, "LOOKS_AGAIN_S", 0.01)
    pool = SlowPool()
    some = Workers(cast("ProcessPool", pool))
    results = some.do(str, [1, 2, 3])
    assert next(results) == "done"
    for one in pool.waiting[1:3]:
        one.set_result("done")
    assert list(results) == ["done", "done"]
