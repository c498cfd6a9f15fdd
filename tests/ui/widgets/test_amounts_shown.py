"""Sums of money as they are drawn: the sign stands before the number, whichever way lines run."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextLayout, QTextOption

from gatekeeper.printing.line_breaks_and_text_runs import visual_runs
from gatekeeper.ui.application import make_application
from gatekeeper.wording.texts import Texts
from shared.kernel.languages import LANGUAGE_NAMES
from shared.kernel.money import Money


def place_of(sign: str, text: str, *, runs_left: bool) -> float:
    """Return how many pixels from the left Qt draws the far edge of a character."""
    layout, option = QTextLayout(text), QTextOption()
    ways = Qt.LayoutDirection
    option.setTextDirection(ways.RightToLeft if runs_left else ways.LeftToRight)
    layout.setTextOption(option)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(10_000)
    layout.endLayout()
    place, _ = cast("tuple[float, int]", line.cursorToX(text.index(sign) + 1))
    return place


@pytest.mark.parametrize("currency", ["EUR", "USD", "EGP", "SAR", "JPY"])
@pytest.mark.parametrize("language", LANGUAGE_NAMES)
def test_a_negative_sum_has_its_sign_before_the_number(language: str, currency: str) -> None:
    """Alone in a label of its own as well as in a sentence, on the screen and on paper."""
    make_application()
    texts = Texts(language)
    amount, runs_left = texts.money(Money(-4_000, currency)), texts.is_right_to_left
    for said in (amount, texts.isolate(amount), texts.beside("Z 2", amount, "مرحبا")):
        sign, digit = (place_of(one, said, runs_left=runs_left) for one in "-4")
        assert sign < digit, ascii(said)
        drawn = "".join(run.text for run in visual_runs(said, starts_right=runs_left))
        assert "-" in drawn[: drawn.index("4")], drawn
