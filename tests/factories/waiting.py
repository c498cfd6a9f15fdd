"""Waiting for a fact that another thread brings about."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

PATIENCE_S: Final = 60
"""So long a test waits for what takes no second on a quiet machine: others are slow and busy."""


def until(fact: Callable[[], T], *, seconds: float = PATIENCE_S) -> T:
    """Return the first true value that `fact` gives; fail if none comes in time."""
    pause = threading.Event()
    end = time.monotonic() + seconds
    while True:
        value = fact()
        if value:
            return value
        assert time.monotonic() < end, "it did not come about"
        pause.wait(0.005)


def collect(
    poll: Callable[[], list[T]], count: int = 1, *, seconds: float = PATIENCE_S
) -> list[T]:
    """Ask again and again until at least `count` things have come; return all that came."""
    collected: list[T] = []

    def is_enough() -> bool:
        collected.extend(poll())
        return len(collected) >= count

    until(is_enough, seconds=seconds)
    return collected
