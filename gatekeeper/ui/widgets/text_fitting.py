"""Fits a text into a width: smaller in steps, then in more lines, never cut off."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF

from gatekeeper.ui.widgets.window_fonts import make_font
from gatekeeper.wording.texts import hold_points
from shared.kernel.text_direction import set_lines_apart
from shared.kernel.text_in_line import keep_in_line

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
        """Do what `fit` does, without remembering what came of it.

        A smaller size needs no more lines: the smallest one tells how few will do, and of the
        others half are passed over with each look.
        """
        # Painted without a clip: a name's own line ends would stand on what is above and below.
        text = keep_in_line(text)
        sizes = _sizes(preferred, minimum)
        parted = self._part(text, sizes[-1]) if sizes else None
        if parted is not None:
            px, most = sizes[-1], len(parted.starts)
            low, high, look = 0, len(sizes) - 1, 0  # most texts need none below the preferred
            while low < high:
                tried = self._part(text, sizes[look])
                if tried is not None and len(tried.starts) <= most:
                    px, parted, high = sizes[look], tried, look
                else:
                    low = look + 1
                look = (low + high) // 2
            return self._made(px, parted.balanced(text, self.width))
        px = minimum
        while px > 1:
            px = int(px * _STEP)
            if (parted := self._part(text, px)) is not None:
                return self._made(px, parted.balanced(text, self.width))
        return self._made(1, (text,))

    def _made(self, px: int, lines: tuple[str, ...]) -> FittedText:
        metrics = QFontMetricsF(make_font(px, is_bold=self.is_bold))
        # The word is in capitals: nothing of it hangs below the line; other scripts need all.
        below = 0.1 if self.is_bold else 0.45
        if any(_is_tall(line) for line in lines):
            below = 1.4
        return FittedText(px, lines, metrics.ascent() * 0.98 + metrics.descent() * below)

    def _part(self, text: str, px: int) -> _Parted | None:
        """Part a text into as few lines as can be; None if no line holds a word, or too many."""
        metrics = QFontMetricsF(make_font(px, is_bold=self.is_bold))
        # Only at plain spaces: a no-break space holds a gate's name together.
        words = _split(text)
        if not words or metrics.horizontalAdvance(text) <= self.width:
            return _Parted(words, [], 0.0, [0, len(words)])
        advances = [metrics.horizontalAdvance(word) for word in words]
        if max(advances) > self.width:
            return None
        space = metrics.horizontalAdvance(" ")
        if _BREAK in text:
            # Where words follow each other without one, those after a space are wider by it.
            for place, word in enumerate(words[1:], 1):
                advances[place] += 0.0 if word.startswith(_BREAK) else space
            space = 0.0
        starts = _greedy(advances, space, self.width)
        return _Parted(words, advances, space, starts) if len(starts) - 1 <= _LINES_MAX else None


class _Parted(NamedTuple):
    """A text's words in lines: where lines begin, and the end."""

    words: list[str]
    advances: list[float]
    space: float
    starts: list[int]

    def balanced(self, text: str, width: float) -> tuple[str, ...]:
        """Return as many lines, of nearly equal length."""
        best = self.starts
        if len(best) == 2:
            return (_join(self.words),)
        # The narrowest width that needs no more lines balances them.
        low, high = max(self.advances), width
        for _ in range(8):
            middle = (low + high) / 2
            tried = _greedy(self.advances, self.space, middle)
            if len(tried) <= len(best):
                best, high = tried, middle
            else:
                low = middle
        broken = [_join(self.words[start:end]) for start, end in pairwise(best)]
        return set_lines_apart(text, broken)


def _sizes(preferred: int, minimum: int) -> list[int]:
    """Return the sizes to try, the largest first."""
    sizes, px = [], preferred
    while px >= minimum:
        sizes.append(px)
        px = int(px * _STEP)
    return sizes


@lru_cache(maxsize=2_048)
def _fit(fitter: TextFitter, text: str, preferred: int, minimum: int) -> FittedText:
    return fitter.fit_anew(text, preferred, minimum)


def _split(text: str) -> list[str]:
    """Return what a line may end between; a word that follows without a space says so."""
    marked = text.replace(f" {_BREAK}", " ").replace(f"{_BREAK} ", " ")
    return [word for word in hold_points(marked).replace(_BREAK, f" {_BREAK}").split(" ") if word]


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
