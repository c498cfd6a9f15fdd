"""Draws tickets, as `shared.paper.ticket_page` lays them out, on the pages of a PDF."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

import segno

from server.paper.lettering import runs_right, shape, wrap
from server.paper.pdf_pictures import picture_size
from server.paper.pdf_stream import PdfSheet, PdfStream
from shared.paper.pen import BLACK, LEADING, POINT, Box, Color, Column, Pen

_ASCENT: Final = 1.07
"""From a line's top to its baseline, in ems."""
_WHITE: Final = (255, 255, 255)
_DASH: Final = 1.2
_LINES_KEPT: Final = 4_096

MakeCode = Callable[[str], segno.QRCode]


class TicketPen(Pen):
    """Draws on one sheet, from a corner on.

    Args:
        stream: The document, which has each picture once.
        sheet: The page.
        pictures: Bytes by their SHA-256 in hex.
        make_code: Makes the QR code of a text.
        starts_right: The language runs from right to left.
        corner: Where the ticket's own corner lies on the page.
    """

    def __init__(
        self,
        stream: PdfStream,
        sheet: PdfSheet,
        pictures: Mapping[str, bytes],
        make_code: MakeCode,
        *,
        starts_right: bool,
        corner: tuple[float, float],
    ) -> None:
        self._stream, self._sheet, self._pictures = stream, sheet, pictures
        self._make_code, self.starts_right = make_code, starts_right
        self._left, self._top = corner
        self._ink: Color = BLACK

    def width(self, text: str, size: float, *, is_bold: bool) -> float:
        """Return how wide a text is in one line."""
        return _width(text, is_bold=is_bold) * size * POINT

    def lines(self, text: str, column: Column, size: float, *, is_bold: bool) -> list[str]:
        """Break a text into lines of a column."""
        return list(_lines(text, round(column.width / (size * POINT), 4), is_bold=is_bold))

    def put(
        self,
        text: str,
        column: Column,
        top: float,
        size: float,
        *,
        is_bold: bool = False,
        place: str = "start",
    ) -> float:
        """Put a text into a column; return where the next one begins."""
        em = size * POINT
        for words in self.lines(text, column, size, is_bold=is_bold):
            starts_right = runs_right(words, otherwise=self.starts_right)
            line = shape(words, is_bold=is_bold, starts_right=starts_right)
            free = column.width - line.width * em
            is_right = (place == "start") == self.starts_right
            left = column.left + (free / 2 if place == "middle" else free if is_right else 0)
            self._sheet.put(line, self._left + left, self._top + top + em * _ASCENT, size)
            top += em * LEADING
        return top

    def put_code(self, text: str, left: float, top: float, size: float) -> None:
        """Draw a QR code without its margin, black."""
        rows = self._make_code(text).matrix
        self._sheet.ink(*BLACK)
        self._sheet.fill(_runs(rows, self._left + left, self._top + top, size / len(rows)))
        self._sheet.ink(*self._ink)

    def rule(self, left: float, top: float, width: float, *, is_dashed: bool = False) -> None:
        """Draw a line across."""
        self._sheet.dash(_DASH if is_dashed else 0)
        self._sheet.rule(self._left + left, self._top + top, width)
        self._sheet.dash(0)

    def frame(self, left: float, top: float, width: float, height: float) -> None:
        """Draw a frame."""
        self._sheet.box(self._left + left, self._top + top, width, height)

    def band(self, text: str, column: Column, top: float, size: float) -> float:
        """Put a text in white on black; return where it ends."""
        em = size * POINT
        count = len(self.lines(text, column, size, is_bold=True))
        height = em * (LEADING * count + 0.5)
        self._sheet.ink(*BLACK)
        self.fill(Box(column.left, top, column.width, height))
        self._sheet.ink(*_WHITE)
        self.put(text, column, top + em * 0.25, size, is_bold=True, place="middle")
        self._sheet.ink(*self._ink)
        return top + height + 1

    def ink(self, color: Color) -> None:
        """Draw texts and filled boxes in a colour from now on; codes stay black."""
        if color != self._ink:
            self._ink = color
            self._sheet.ink(*color)

    def fill(self, box: Box) -> None:
        """Fill a box with the ink."""
        left, top, width, height = box
        self._sheet.fill([(self._left + left, self._top + top, width, height)])

    def picture(self, digest: str, box: Box, *, covers: bool) -> bool:
        """Draw a picture into a box; return whether it was there."""
        content = self._pictures.get(digest)
        if content is None:
            return False
        across, down = picture_size(content)
        choose = max if covers else min
        share = choose(box.width / across, box.height / down)
        width, height = across * share, down * share
        moved = Box(self._left + box.left, self._top + box.top, box.width, box.height)
        left, top = (
            moved.left + (box.width - width) / 2,
            moved.top + (box.height - height) / 2,
        )
        self._sheet.picture(self._stream.name_picture(content), moved, (left, top, width, height))
        return True


@lru_cache(_LINES_KEPT)
def _lines(text: str, width: float, *, is_bold: bool) -> tuple[str, ...]:
    return tuple(wrap(text, width, is_bold=is_bold))


def _width(text: str, *, is_bold: bool) -> float:
    return shape(text, is_bold=is_bold).width


def _runs(
    rows: Sequence[Sequence[int]], left: float, top: float, module: float
) -> Iterator[tuple[float, float, float, float]]:
    for number, row in enumerate(rows):
        begin = None
        for column, dark in enumerate([*row, 0]):
            if dark and begin is None:
                begin = column
            elif not dark and begin is not None:
                yield (
                    left + begin * module,
                    top + number * module,
                    (column - begin) * module,
                    module,
                )
                begin = None
