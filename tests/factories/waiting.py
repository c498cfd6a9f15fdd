"""Waiting for a fact that another thread brings about."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(fact: Callable[[], T], *, seconds: float = 10) -> T:
    """Return the first true value that `fact` gives; fail if none comes in time."""
    pause = threading.Event()
    end = time.monotonic() + seconds
    while True:
        value = fact()
        if value:
            return value
        assert time.monotonic() < end, "it did not come about"
        pause.wait(0.005)


def collect(poll: Callable[[], list[T]], count: int = 1, *, seconds: float = 10) -> list[T]:
    """Ask again and again until at least `count` things have come; return all that came."""
    collected: list[T] = []

    def is_enough() -> bool:
        collected.extend(poll())
        return len(collected) >= count

    until(is_enough, seconds=seconds)
    return collected
