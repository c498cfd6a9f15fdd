"""How wrong values are spelled in messages."""

from __future__ import annotations

import pytest

from shared.admission.json_fields import Fields, wrong


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        ("x" * 1000, repr("x" * 40)),
        pytest.param(10**5000, "something else", id="huge"),
        (-3, "-3"),
        (("a",), "a list"),
        (object(), "something else"),
    ],
)
def test_found_value_is_shown_briefly(found: object, shown: str) -> None:
    """A hostile value makes no hostile message."""
    assert str(wrong("a.b", "text", found)) == f"a.b: expected text, found {shown}"


def test_path_of_the_outermost_object_is_the_name_alone() -> None:
    """Paths begin without a dot."""
    assert Fields({}, "").path("id") == "id"
    assert Fields({}, "scan").path("at") == "scan.at"
