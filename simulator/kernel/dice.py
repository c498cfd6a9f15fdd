"""All chance of a world: named streams that are drawn from one seed.

Each use has a stream of its own, so that one more draw in one place leaves the others alone.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from random import Random  # noqa: TID251 - the simulator's chance is the seed, by design
from typing import TypeVar

from shared.kernel.instant import Duration

Item = TypeVar("Item")


class Dice:
    """One stream of chance.

    Attributes:
        name: The seed and what the stream is for; the same name gives the same draws on every
            platform and with every PYTHONHASHSEED.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._random = Random(name)  # noqa: S311 - nothing here is secret

    def stream(self, name: str) -> Dice:
        """Give a stream of its own to a named use."""
        return Dice(f"{self.name}/{name}")

    def chance(self, probability: float) -> bool:
        """Say yes with a probability of 0 to 1."""
        return self._random.random() < probability

    def below(self, count: int) -> int:
        """Draw a whole number from 0 to `count`-1."""
        return int(self._random.random() * count)

    def between(self, low: int, high: int) -> int:
        """Draw a whole number, both ends included."""
        return low + int(self._random.random() * (high - low + 1))

    def exponential(self, mean: float) -> Duration:
        """Draw the waiting time to an event that happens every `mean` on average, at least 1."""
        return Duration(max(1, round(self._random.expovariate(1.0 / mean))))

    def pick(self, items: Sequence[Item]) -> Item:
        """Draw one of some items."""
        return items[self.below(len(items))]

    def shuffle(self, items: MutableSequence[Item]) -> None:
        """Put items into a random order."""
        self._random.shuffle(items)

    def bytes(self, size: int) -> bytes:
        """Draw bytes."""
        return self._random.randbytes(size)
