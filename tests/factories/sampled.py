"""Tries a part of a test's cases where all of them are one promise: `@pytest.mark.sampled(3)`.

Every third then, from the first on; on PostgreSQL from the third on, so that a test that runs on
both databases tries other cases there. The whole tries all. Cases that are ways of their own
through the product stand in tests without this mark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest


def sampled(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the tests without the cases that only the whole tries; they keep their order."""
    numbers = Counter[tuple[str, bool]]()
    return [item for item in items if _is_chosen(item, numbers)]


def is_on_postgres(item: pytest.Item) -> bool:
    """Tell whether a test runs on PostgreSQL by one of its parameters."""
    called = getattr(item, "callspec", None)  # none where there is nothing to choose
    values = () if called is None else called.params.values()
    return not {"postgres", "postgresql"}.isdisjoint(
        value for value in values if isinstance(value, str)
    )


def _is_chosen(item: pytest.Item, numbers: Counter[tuple[str, bool]]) -> bool:
    mark = item.get_closest_marker("sampled")
    if mark is None:
        return True
    (every,) = mark.args
    cases = item.nodeid.partition("[")[0], is_on_postgres(item)
    first = every - 1 if cases[1] else 0
    numbers[cases] += 1
    return bool((numbers[cases] - 1) % every == first)
