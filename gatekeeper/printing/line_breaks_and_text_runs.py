"""Where a text on paper breaks into lines, and the runs that a line is drawn by, left to right.

Each run is of one font and one direction.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from itertools import groupby
from typing import Final, NamedTuple

from gatekeeper.printing.paper_fonts import family_of, letters_of
from shared.kernel.text_in_line import keep_in_line
from shared.paper.font_families import SHIPPED
from shared.paper.letters_in_drawn_order import in_drawn_order, levels_of, stands_for

_BREAK: Final = "\u200b"
"""Where a line may end in languages that write no spaces."""
_INVISIBLE: Final = frozenset(
    {chr(point) for point in (*range(0x200B, 0x2010), *range(0x202A, 0x202F), 0xFEFF)}
    | {chr(point) for point in range(0x2060, 0x2070)}
)
_SPACES: Final = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ", "\n": " "})


class DrawnRun(NamedTuple):
    """Letters that are drawn in one go.

    Attributes:
        text: In the order of reading.
        family: The font.
        is_right_to_left: How they run.
    """

    text: str
    family: str
    is_right_to_left: bool


@lru_cache(maxsize=4_096)
def visual_runs(text: str, *, starts_right: bool) -> tuple[DrawnRun, ...]:
    """Return a line's runs from left to right; whoever fits one asks for each of its sizes.

    Args:
        text: One line; what is invisible is left out, what no font has is drawn as such.
        starts_right: The language of the paper runs from right to left.
    """
    text = keep_in_line(text).translate(_SPACES)
    levels = levels_of(text, starts_right=starts_right)
    drawn: list[tuple[str, str, int]] = []
    family = SHIPPED[0]
    for letter, level in levels:
        if letter in _INVISIBLE or unicodedata.category(letter) == "Cc":
            continue
        family, shown = _choose(letter, family)
        if shown:
            drawn.append((shown, family, level))
    runs = [
        (DrawnRun("".join(letter for letter, _, _ in group), family, bool(level % 2)), level)
        for (family, level), group in groupby(drawn, key=lambda one: (one[1], one[2]))
    ]
    return tuple(in_drawn_order(runs))


def _choose(letter: str, family: str) -> tuple[str, str]:
    """Return the family to draw a letter by, staying with the last one, and what is drawn."""
    if not letter.isalnum() and ord(letter) in letters_of(family):
        return family, letter
    found = family_of(letter)
    return (SHIPPED[0], stands_for(letter)) if found is None else (found, letter)


def wrap(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Break a text into lines that are no wider than `width`, at spaces where there are any.

    Args:
        text: Line ends stay.
        width: In the units of `measure`.
        measure: How wide a text is.
    """
    return [line for part in text.split("\n") for line in _wrap_line(part, width, measure)]


def _wrap_line(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    lines, line = [], ""
    for word in text.replace(_BREAK, f"{_BREAK} ").split(" "):
        glue = "" if not line or line.endswith(_BREAK) else " "
        if measure(line + glue + word) <= width:
            line += glue + word
            continue
        if line:
            lines.append(line)
        line = word
        while measure(line) > width and len(line) > 1:
            fits = _fitting(line, width, measure)
            lines.append(line[:fits])
            line = line[fits:]
    return [one.rstrip(_BREAK) for one in [*lines, line]]


def _fitting(word: str, width: float, measure: Callable[[str], float]) -> int:
    """Return how many letters of a word fit, at least one; a mark stays with its letter."""
    count = max(1, int(len(word) * width / measure(word)))
    while count > 1 and measure(word[:count]) > width:
        count -= 1
    while 1 < count < len(word) and unicodedata.combining(word[count]):
        count -= 1
    return count
