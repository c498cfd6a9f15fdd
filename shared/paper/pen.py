"""What draws a page: texts of all scripts, QR codes, colours and pictures, in millimetres."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

POINT: Final = 25.4 / 72
"""Millimetres of a point."""
LEADING: Final = 1.36
"""From line to line, in ems."""
SHRINK: Final = 0.92
"""From one size to the next smaller one that is tried."""
SIZE_MIN: Final = 7.0
"""In points: a text that would need smaller letters goes on in more lines."""

Color = tuple[int, int, int]
BLACK: Final[Color] = (0, 0, 0)


class Column(NamedTuple):
    """Where texts stand: from the left, and how wide, in millimetres."""

    left: float
    width: float


class Box(NamedTuple):
    """A place on the page, in millimetres from its top left corner."""

    left: float
    top: float
    width: float
    height: float


class Pen(Protocol):
    """Draws on one page; sizes of letters are in points, all else is in millimetres."""

    starts_right: bool
    """Whether the language runs from right to left."""

    def fitting_size(
        self, text: str, column: Column, size: float, *, is_bold: bool, lines_max: int = 2
    ) -> float:
        """Return the largest size up to `size` that gives few lines and breaks no word."""
        words = text.replace("\u200b", " ").split()
        while size > SIZE_MIN and (
            len(self.lines(text, column, size, is_bold=is_bold)) > lines_max
            or any(self.width(one, size, is_bold=is_bold) > column.width for one in words)
        ):
            size *= SHRINK
        return size

    def width(self, text: str, size: float, *, is_bold: bool) -> float:
        """Return how wide a text is in one line."""

    def lines(self, text: str, column: Column, size: float, *, is_bold: bool) -> list[str]:
        """Break a text into lines of a column."""

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
        """Put a text into a column, at its `start`, `middle` or `end`; return where it ends."""

    def put_code(self, text: str, left: float, top: float, size: float) -> None:
        """Draw a QR code without its margin, black."""

    def rule(self, left: float, top: float, width: float, *, is_dashed: bool = False) -> None:
        """Draw a grey line across."""

    def frame(self, left: float, top: float, width: float, height: float) -> None:
        """Draw a frame."""

    def band(self, text: str, column: Column, top: float, size: float) -> float:
        """Put a text in white on black; return where it ends."""

    def ink(self, color: Color) -> None:
        """Draw texts and filled boxes in a colour from now on; codes stay black."""

    def fill(self, box: Box) -> None:
        """Fill a box with the ink."""

    def picture(self, digest: str, box: Box, *, covers: bool) -> bool:
        """Draw a picture into a box: cut to cover it, or whole within it.

        Returns:
            Whether the picture was there; nothing is drawn without it.
        """


def line_height(size: float) -> float:
    """Return how high a line of a size in points is."""
    return size * POINT * LEADING
