"""A text that a widget paints by itself is fitted whatever it is."""

from __future__ import annotations

import pytest

from gatekeeper.ui.app import make_application
from gatekeeper.ui.widgets.text_fitting import TextFitter

pytestmark = pytest.mark.ui


@pytest.mark.parametrize("text", ["", " ", " " * 400], ids=["empty", "a space", "many spaces"])
def test_a_text_without_a_word_is_one_empty_line(text: str) -> None:
    """A name of spaces alone, wider than its place, breaks no screen."""
    make_application()
    fitted = TextFitter(is_bold=True, width=60).fit(text, preferred=40, minimum=20)
    assert (fitted.lines, fitted.px) == (("",), 40)


def test_no_line_begins_with_the_point_between_two_parts() -> None:
    """It ends the line of what stands before it, however narrow the place is."""
    make_application()
    for width in range(60, 400, 20):
        fitted = TextFitter(is_bold=False, width=width).fit(
            "Circle, left · G · 20 · …1180 · 38,00 €", preferred=20, minimum=20
        )
        assert not [line for line in fitted.lines if line.startswith("·")], width
