"""Names with figures, in the order in which somebody looks for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.wording.names_in_order import by_number


@pytest.mark.parametrize(
    "names",
    [
        ["Gate 1", "Gate 2", "gate 3", "Gate 10", "Gate 10 B", "Gate 11"],
        ["2", "10", "North"],
        ["Hall 2, door 9", "Hall 2, door 10", "Hall 10, door 1"],
        ["بوابة ٢", "بوابة ١٠"],
        ["", "7"],
    ],
)
def test_figures_count_by_their_value(names: list[str]) -> None:
    """Of thirty gates the tenth stood behind the first."""
    backwards = list(reversed(names))
    backwards.sort(key=by_number)
    assert backwards == names


@given(st.lists(st.text()))
def test_any_names_have_one_order(names: list[str]) -> None:
    """Whatever somebody calls a gate, the list is the same each time."""
    backwards = list(reversed(names))
    backwards.sort(key=by_number)
    assert sorted(names, key=by_number) == backwards
