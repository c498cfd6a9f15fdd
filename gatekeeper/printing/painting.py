"""Items of a slip as pictures: for the display, and where a printer lacks the letters."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from gatekeeper.printing.letters_as_dots import (
    Canvas,
    ascent,
    draw_text,
    line_height,
    text_width,
)
from gatekeeper.printing.line_breaks_and_text_runs import wrap
from gatekeeper.printing.pictures_as_dots import (
    FindPicture,
    no_pictures,
    paint_picture,
    sound_picture,
)
from gatekeeper.printing.qr_modules import QUIET_MODULES, qr_modules
from gatekeeper.printing.slip_items import (
    Band,
    Gap,
    Height,
    Item,
    Logo,
    Pair,
    Rule,
    Slip,
    SlipCode,
    SlipText,
)

_EM: Final = {Height.SMALL: 19.0, Height.NORMAL: 24.0, Height.LARGE: 40.0}
"""Dots of the em on a line of 576 dots, about 72 mm; narrower paper has smaller letters."""
_LINE_OF: Final = 576
_PAIR_GAP: Final = 18
_BAND_MARGIN: Final = 8
_MARGIN: Final = 24
"""Around a whole picture."""


class Painter:
    """Paints items on a paper of a width.

    Args:
        dots: How wide the paper is.
        module_dots: Dots of one module of a QR code.
        starts_right: The language runs from right to left.
        find_picture: Finds a logo.
    """

    def __init__(
        self,
        dots: int,
        module_dots: int,
        *,
        starts_right: bool,
        find_picture: FindPicture = no_pictures,
    ) -> None:
        self._dots, self._module_dots = dots, module_dots
        self._starts_right, self._find_picture = starts_right, find_picture
        self._scale = max(0.75, min(1.0, dots / _LINE_OF))

    def paint(self, item: Item) -> Canvas:
        """Return an item as rows of dots, 255 where there is ink."""
        match item:
            case SlipText():
                em = _EM[item.height] * self._scale
                place = "middle" if item.is_centred else "start"
                return self._lines(item.text, em, place, is_bold=item.is_bold)
            case Pair():
                return self._pair(item)
            case Band():
                em = _EM[Height.NORMAL] * self._scale
                lines = self._lines(item.text, em, "middle", is_bold=True)
                return np.asarray(
                    255 - np.pad(lines, ((_BAND_MARGIN, _BAND_MARGIN), (0, 0))), dtype=np.uint8
                )
            case SlipCode():
                return self._code(item)
            case Rule():
                rule = np.zeros((round(24 * self._scale), self._dots), np.uint8)
                rule[len(rule) // 2 - 1 : len(rule) // 2 + 1] = 255
                return rule
            case Logo():
                return self._logo(item)
            case Gap():
                return np.zeros((round(16 * self._scale), self._dots), np.uint8)

    def _lines(self, text: str, em: float, place: str, *, is_bold: bool) -> Canvas:
        def measure(line: str) -> float:
            return text_width(line, em, is_bold=is_bold)

        lines = wrap(text, self._dots, measure)
        height = line_height(em, text)
        canvas = np.zeros((height * len(lines), self._dots), np.uint8)
        for number, line in enumerate(lines):
            free = self._dots - measure(line)
            x = free / 2 if place == "middle" else free if self._starts_right else 0.0
            self._draw(canvas, line, x, number * height, em, is_bold=is_bold)
        return canvas

    def _pair(self, pair: Pair) -> Canvas:
        em, is_bold = _EM[pair.height] * self._scale, pair.is_bold

        def measure(line: str) -> float:
            return text_width(line, em, is_bold=is_bold)

        amount = measure(pair.amount)
        room = self._dots - amount - _PAIR_GAP
        if amount and max(map(measure, pair.text.split()), default=0.0) > room:
            # A word would be broken, or stand under the amount: that has a line of its own.
            lines = [*wrap(pair.text, self._dots, measure), ""]
        else:
            lines = wrap(pair.text, room, measure)
        height = line_height(em, pair.text)
        canvas = np.zeros((height * len(lines), self._dots), np.uint8)
        for number, line in enumerate(lines):
            x = self._dots - measure(line) if self._starts_right else 0.0
            self._draw(canvas, line, x, number * height, em, is_bold=is_bold)
        x = 0.0 if self._starts_right else self._dots - amount
        self._draw(canvas, pair.amount, x, (len(lines) - 1) * height, em, is_bold=is_bold)
        return canvas

    def _draw(
        self, canvas: Canvas, line: str, x: float, top: float, em: float, *, is_bold: bool
    ) -> None:
        place = (x, top + ascent(em))
        draw_text(canvas, line, place, em, is_bold=is_bold, starts_right=self._starts_right)

    def _code(self, code: SlipCode) -> Canvas:
        dark = qr_modules(code.text)
        room = self._dots // (len(dark) + 2 * QUIET_MODULES)
        dots = max(1, min(self._module_dots // (2 if code.is_small else 1), room))
        picture = np.kron(dark.astype(np.uint8) * 255, np.ones((dots, dots), np.uint8))
        left = (self._dots - picture.shape[1]) // 2
        quiet = QUIET_MODULES * dots
        sides = (left, self._dots - picture.shape[1] - left)
        return np.asarray(np.pad(picture, ((quiet, quiet), sides)), dtype=np.uint8)

    def _logo(self, logo: Logo) -> Canvas:
        content = sound_picture(self._find_picture, logo.digest)
        width, height = self._dots * 2 // 3, self._dots * 5 // 16
        painted = None if content is None else paint_picture(content, width, height)
        if painted is None:
            return np.zeros((0, self._dots), np.uint8)
        left = (self._dots - painted.shape[1]) // 2
        sides = (left, self._dots - painted.shape[1] - left)
        below = round(8 * self._scale)
        return np.asarray(np.pad(painted, ((0, below), sides)), dtype=np.uint8)


def paint_slip(slip: Slip, dots: int, *, starts_right: bool, find_picture: FindPicture) -> bytes:
    """Return a whole slip as a PNG picture, black on white.

    Args:
        slip: The items.
        dots: How wide the picture is.
        starts_right: The language runs from right to left.
        find_picture: Finds a logo.
    """
    painter = Painter(
        dots - 2 * _MARGIN,
        max(2, dots // 64),
        starts_right=starts_right,
        find_picture=find_picture,
    )
    ink = np.pad(np.vstack([painter.paint(item) for item in slip]), _MARGIN)
    was_made, data = cv2.imencode(".png", 255 - ink)
    assert was_made
    return bytes(data)
