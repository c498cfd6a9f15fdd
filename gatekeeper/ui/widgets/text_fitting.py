"""Fits a text into a width: smaller in steps, then in more lines, never cut off."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF

from gatekeeper.ui.widgets.fonts import make_font
from shared.kernel.text_direction import set_lines_apart

_STEP: Final = 0.96
_LINES_MAX: Final = 8
_BREAK: Final = "\u200b"
"""Languages that write no spaces mark in the catalogue where a line may end."""


class FittedText(NamedTuple):
    """A text in lines, and the font size that they fit in."""

    px: int
    lines: tuple[str, ...]
    line_height: float

    @property
    def height(self) -> float:
        """Of all lines."""
        return self.line_height * len(self.lines)


class PaintedText(NamedTuple):
    """A text that a widget paints by itself, for those who look whether it has room.

    Attributes:
        text: In one line.
        box: Where its letters stand, in the widget's pixels.
        px: The font's size.
    """

    text: str
    box: QRectF
    px: float


@lru_cache(maxsize=4_096)
def width_of_text(px: int, text: str, *, is_bold: bool) -> float:
    """Return how wide a text in one line is in pixels; bars ask it of each fact at each paint."""
    return QFontMetricsF(make_font(px, is_bold=is_bold)).horizontalAdvance(text)


class TextFitter(NamedTuple):
    """Fits texts of one kind.

    Attributes:
        is_bold: Its weight.
        width: Pixels that a line may take.
    """

    is_bold: bool
    width: float

    def fit(self, text: str, *, preferred: int, minimum: int) -> FittedText:
        """Fit a text.

        One line of the preferred size is best; then one line down to the minimum; then two
        lines and more, each as large as possible; at last smaller than the minimum, because a
        text that is cut off says nothing.
        """
        return _fit(self, text, preferred, minimum)

    def fit_anew(self, text: str, preferred: int, minimum: int) -> FittedText:
        """Do what `fit` does, without remembering what came of it."""
        for lines_max in range(1, _LINES_MAX + 1):
            px = preferred
            while px >= minimum:
                if (lines := self._break(text, px, lines_max)) is not None:
                    return self._made(px, lines)
                px = int(px * _STEP)
        px = minimum
        while px > 1:
            px = int(px * _STEP)
            if (lines := self._break(text, px, _LINES_MAX)) is not None:
                return self._made(px, lines)
        return self._made(1, (text,))

    def _made(self, px: int, lines: tuple[str, ...]) -> FittedText:
        metrics = QFontMetricsF(make_font(px, is_bold=self.is_bold))
        # A word in capitals has nothing below its line; other scripts need all.
        below = metrics.descent() * (0.1 if self.is_bold else 0.45)
        if any(_is_tall(line) for line in lines):
            below = metrics.descent() * 1.4
        elif self.is_bold:
            below = max(below, *(metrics.tightBoundingRect(line).bottom() for line in lines))
        return FittedText(px, lines, metrics.ascent() * 0.98 + below)

    def _break(self, text: str, px: int, lines_max: int) -> tuple[str, ...] | None:
        """Return the text in at most so many lines of nearly equal length, or None."""
        metrics = QFontMetricsF(make_font(px, is_bold=self.is_bold))
        # Only at plain spaces: a no-break space holds a gate's name together.
        words = _split(text)
        if not words:
            return ("",)
        advances = [metrics.horizontalAdvance(word) for word in words]
        space = metrics.horizontalAdvance(" ")
        if _BREAK in text:
            # Where words follow each other without one, those after a space are wider by it.
            for place, word in enumerate(words[1:], 1):
                advances[place] += 0.0 if word.startswith(_BREAK) else space
            space = 0.0
        if max(advances) > self.width:
            return None
        if metrics.horizontalAdvance(text) <= self.width:
            return (_join(words),)
        if lines_max == 1:
            return None
        best = _greedy(advances, space, self.width)
        if len(best) - 1 > lines_max:
            return None
        # The narrowest width that needs no more lines balances them.
        low, high = max(advances), self.width
        for _ in range(8):
            middle = (low + high) / 2
            tried = _greedy(advances, space, middle)
            if len(tried) <= len(best):
                best, high = tried, middle
            else:
                low = middle
        broken = [_join(words[start:end]) for start, end in pairwise(best)]
        return set_lines_apart(text, broken)


@lru_cache(maxsize=2_048)
def _fit(fitter: TextFitter, text: str, preferred: int, minimum: int) -> FittedText:
    return fitter.fit_anew(text, preferred, minimum)


def _split(text: str) -> list[str]:
    """Return what a line may end between; a word that follows without a space says so."""
    marked = text.replace(f" {_BREAK}", " ").replace(f"{_BREAK} ", " ")
    return [word for word in marked.replace(_BREAK, f" {_BREAK}").split(" ") if word]


def _join(words: list[str]) -> str:
    """Put the words of a line together again."""
    return " ".join(words).replace(f" {_BREAK}", _BREAK).lstrip(_BREAK)


def _is_tall(text: str) -> bool:
    """Tell whether letters stand higher or hang lower than Latin ones."""
    return any("\u0590" <= character < "\u2000" for character in text)


def _greedy(advances: list[float], space: float, width: float) -> list[int]:
    """Return where lines begin when each takes as many words as fit, and the end."""
    starts, filled = [0], -space
    for index, advance in enumerate(advances):
        if filled + space + advance > width and index > starts[-1]:
            starts.append(index)
            filled = -space
        filled += space + advance
    return [*starts, len(advances)]
