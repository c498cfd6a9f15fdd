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
