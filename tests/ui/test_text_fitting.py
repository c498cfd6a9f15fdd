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
