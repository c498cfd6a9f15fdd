"""Orders the files of a run that several processes share: what waits among what computes.

Tests of programs, devices and networks wait for half of their time, those of a server in their own
process for none. One kind after the other, two cores idle for a quarter of the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Final, TypeVar

import pytest

T = TypeVar("T")

_TESTS: Final = Path(__file__).parents[1]
_COMPUTING: Final = (
    *("integration/server", "integration/server_sync", "integration/homes"),
    *("integration/purposes", "simulation"),
)
_WINDOWS: Final = "ui"
_SHORT: Final = "unit"
"""These come last, so that all processes end at once; the longest, those of all pages and of all
sources, before the others: they stand in a kind's folder itself."""


def mix(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the tests in an order that keeps all cores busy; those of a file stay together."""
    kinds: dict[str, list[list[pytest.Item]]] = {}
    for path, tests in groupby(items, lambda item: item.path):
        kinds.setdefault(_kind(path), []).append([*tests])
    waiting, computing = (kinds.get(kind, []) for kind in ("waiting", "computing"))
    windows, short = (
        sorted(kinds.get(kind, []), key=lambda tests: tests[0].path.parent != _TESTS / kind)
        for kind in (_WINDOWS, _SHORT)
    )
    files = spread(waiting, computing) + spread(windows, short)
    return [test for tests in files for test in tests]


def spread(some: Sequence[T], others: Sequence[T]) -> list[T]:
    """Put some things evenly among others; each kind keeps its order."""
    placed = [
        ((number + 0.5) / len(kind), first, number)
        for first, kind in enumerate((some, others))
        for number in range(len(kind))
    ]
    return [(some, others)[kind][number] for _, kind, number in sorted(placed)]


def _kind(path: Path) -> str:
    parts = path.relative_to(_TESTS).parts
    if parts[0] in {_WINDOWS, _SHORT}:
        return parts[0]
    is_computing = parts[0] in _COMPUTING or "/".join(parts[:2]) in _COMPUTING
    return "computing" if is_computing else "waiting"
