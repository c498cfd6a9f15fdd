"""A text and an amount beside it, on paper of every width."""

from __future__ import annotations

import numpy as np
import pytest

from gatekeeper.printing.escpos_dialect import _pair_lines
from gatekeeper.printing.letters_as_dots import Canvas
from gatekeeper.printing.painting import Painter
from gatekeeper.printing.slip_items import Height, Pair

NARROW = 384
"""Dots of a line on paper of 58 mm."""
COLUMNS = 16
"""Large letters of the printer's own on it."""


def painted(text: str, amount: str, dots: int = NARROW) -> Canvas:
    return Painter(dots, 4, starts_right=False).paint(Pair(text, amount, True, Height.LARGE))


def test_a_painted_word_is_not_broken_for_an_amount_beside_it() -> None:
    """The amount stands under it then, and over nothing."""
    word = painted("Fehlbetrag", "")
    both = painted("Fehlbetrag", "-12.345.678,50 EUR")
    assert len(both) == 2 * len(word)
    assert np.array_equal(both[: len(word)], word)
    assert both[len(word) :].any()


def test_an_amount_is_painted_beside_a_word_where_both_fit() -> None:
    """A line is saved."""
    assert len(painted("Fehlbetrag", "-1.234,50 EUR")) == len(painted("Fehlbetrag", ""))


@pytest.mark.parametrize(
    ("text", "amount", "lines"),
    [
        ("Fehlbetrag", "-0,50", ["Fehlbetrag -0,50"]),
        ("Fehlbetrag", "-20,50", ["Fehlbetrag", "          -20,50"]),
        ("Fehlbetrag", "-1.234,50 EUR", ["Fehlbetrag", "   -1.234,50 EUR"]),
        ("In der Lade", "200,00", ["In der", "Lade      200,00"]),
        ("Short", "", ["Short           "]),
    ],
)
def test_a_word_in_the_printers_letters_is_not_broken_for_an_amount(
    text: str, amount: str, lines: list[str]
) -> None:
    """No line is longer than the paper."""
    assert _pair_lines(text, amount, COLUMNS) == lines
