"""How much a run of tests tries: a sample in `make test`, the whole in `make soak`.

Where a promise holds for very many things (orders, worlds, damaged codes), `make test` tries so
many that a break is likely to be seen within minutes, and `make soak`, which runs every test with
`--whole`, all of them. What is asserted about each is the same.
"""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


class Strength:
    """Of this run; set before the tests' files are read."""

    is_whole = False


def sized(sample: T, whole: T) -> T:
    """Return what this run tries of something: the sample or the whole."""
    return whole if Strength.is_whole else sample
