"""Which cases of a test are tried where not all of them are."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from tests.factories.sampled import sampled


def made(name: str, every: int = 0, **params: str) -> Any:
    """Make what stands for a test's case."""
    return SimpleNamespace(
        nodeid=f"{name}[{'-'.join(params.values())}]",
        callspec=SimpleNamespace(params=params),
        get_closest_marker=lambda _: pytest.mark.sampled(every).mark if every else None,
    )


def test_every_second_case_is_tried_and_on_postgresql_the_others() -> None:
    """So that each is tried on one of the two; tests without the mark try all of theirs."""
    cases = [
        made("marked", 2, database=database, case=case)
        for database, case in product(("sqlite", "postgresql"), "abcde")
    ]
    others = [made("others", case=case) for case in "ab"]
    assert [item.nodeid for item in sampled([*cases, *others])] == [
        *(f"marked[sqlite-{case}]" for case in "ace"),
        *(f"marked[postgresql-{case}]" for case in "bd"),
        *(f"others[{case}]" for case in "ab"),
    ]
