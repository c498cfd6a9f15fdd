"""A page of PDF on which texts of all scripts and QR codes are put at places in millimetres."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from fpdf import FPDF
from fpdf.line_break import Fragment

from gatekeeper.printing.letters_as_dots import text_width
from gatekeeper.printing.line_breaks_and_text_runs import visual_runs, wrap
from gatekeeper.printing.paper_fonts import font_path
from gatekeeper.printing.pictures_as_dots import (
    FindPicture,
    no_pictures,
    picture_size,
    sound_picture,
)
from gatekeeper.printing.qr_modules import dark_runs, qr_modules
from shared.paper.pen import BLACK, LEADING, POINT, Box, Color, Column, Pen

_ASCENT: Final = 1.07
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Equal documents are equal bytes, so no clock is asked."""


class _WholeRuns(FPDF):
    """Shapes a run as a whole, as it was measured: it has one font, and one direction.

    fpdf would cut it wherever the script changes, and so at each vowel sign and doubling of an
    Arabic word: the letters beside it stood unjoined, and words on each other.
    """

    def _preload_bidirectional_text(self, text: str, _: bool) -> Sequence[Fragment]:  # noqa: FBT001 - fpdf calls it
        shaping = self.text_shaping
        assert shaping is not None, "all that is drawn is shaped"
        shaping["fragment_direction"] = shaping["direction"]
        return (Fragment(text, self._get_current_graphics_state(), self.k),)


class PdfPaper(Pen):
    """One document; texts are shaped and every font that is used is embedded.

    Args:
        starts_right: The language runs from right to left.
        find_picture: Finds what a ticket's design names.
    """

    def __init__(self, *, starts_right: bool, find_picture: FindPicture = no_pictures) -> None:
        self.starts_right, self._find_picture = starts_right, find_picture
        self._ink = BLACK
        self._pdf = _WholeRuns(unit="mm")
        self._pdf.set_auto_page_break(False)
        self._pdf.set_creation_date(_LONG_AGO)
        self._pdf.set_text_shaping(True)
        self._pdf.c_margin = 0
        self._fonts: set[tuple[str, bool]] = set()

    def add_page(self, width: float, height: float) -> None:
        """Begin a page of a size in millimetres."""
        orientation = "landscape" if width > height else "portrait"
        # fpdf takes the page upright and turns it.
        self._pdf.add_page(orientation, (min(width, height), max(width, height)))

    def set_title(self, title: str) -> None:
        """Name the document as a viewer's window shows it."""
        self._pdf.set_title(title)

    def width(self, text: str, size: float, *, is_bold: bool) -> float:
        """Return how wide a text is in one line."""
        return text_width(text, size * POINT, is_bold=is_bold)

    def lines(self, text: str, column: Column, size: float, *, is_bold: bool) -> list[str]:
        """Break a text into lines of a column."""
        em = size * POINT
        return wrap(text, column.width, lambda line: text_width(line, em, is_bold=is_bold))

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
        """Put a text into a column and return where the next one begins.

        Args:
            text: Broken into lines where it does not fit.
            column: Where.
            top: From the page's top, in millimetres.
            size: In points.
            is_bold: In the bold font.
            place: `start` where the language's lines begin, `end`, or `middle`.
        """
        em = size * POINT
        for line in self.lines(text, column, size, is_bold=is_bold):
            free = column.width - text_width(line, em, is_bold=is_bold)
            is_right = (place == "start") == self.starts_right
            x = column.left + (free / 2 if place == "middle" else free if is_right else 0)
            self._draw(line, x, top, size, is_bold=is_bold)
            top += em * LEADING
        return top

    def put_pair(
        self, text: str, amount: str, column: Column, top: float, size: float, *, is_bold: bool
    ) -> float:
        """Put a text where lines begin and an amount where they end; return where it goes on."""
        em = size * POINT
        beside = self._beside(amount, column, size, is_bold=is_bold)
        below = self.put(text, beside, top, size, is_bold=is_bold)
        self.put(amount, column, below - em * LEADING, size, is_bold=is_bold, place="end")
        return below

    def pair_lines(
        self, text: str, amount: str, column: Column, size: float, *, is_bold: bool
    ) -> int:
        """Return how many lines `put_pair` takes."""
        beside = self._beside(amount, column, size, is_bold=is_bold)
        return len(self.lines(text, beside, size, is_bold=is_bold))

    def _beside(self, amount: str, column: Column, size: float, *, is_bold: bool) -> Column:
        """Return what an amount leaves of a column."""
        taken = text_width(amount, size * POINT, is_bold=is_bold)
        room = max(column.width - taken - 2, column.width / 3)
        return Column(column.left + (column.width - room if self.starts_right else 0), room)

    def put_code(self, text: str, left: float, top: float, size: float) -> None:
        """Draw a QR code without its margin, as one path of rectangles."""
        self._pdf.set_fill_color(0)
        modules = qr_modules(text)
        side = size / len(modules)
        for row, first, length in dark_runs(modules):
            # A hair's breadth of overlap, so that no viewer shows white lines between rows.
            self._pdf.rect(
                left + first * side, top + row * side, length * side, side * 1.02, style="F"
            )
        self._pdf.set_fill_color(*self._ink)

    def ink(self, color: Color) -> None:
        """Draw texts and filled boxes in a colour from now on; codes stay black."""
        self._ink = color
        self._pdf.set_text_color(*color)
        self._pdf.set_fill_color(*color)

    def fill(self, box: Box) -> None:
        """Fill a box with the ink."""
        self._pdf.rect(*box, style="F")

    def picture(self, digest: str, box: Box, *, covers: bool) -> bool:
        """Draw a picture into a box: cut to cover it, or whole within it.

        Returns:
            Whether it was there and could be drawn.
        """
        content = sound_picture(self._find_picture, digest)
        size = None if content is None else picture_size(content)
        if content is None or size is None:
            return False
        choose = max if covers else min
        share = choose(box.width / size[0], box.height / size[1])
        width, height = size[0] * share, size[1] * share
        left, top = box.left + (box.width - width) / 2, box.top + (box.height - height) / 2
        with self._pdf.rect_clip(*box):
            self._pdf.image(content, left, top, width, height)
        return True

    def rule(self, left: float, top: float, width: float, *, is_dashed: bool = False) -> None:
        """Draw a line across."""
        self._pdf.set_line_width(0.2)
        self._pdf.set_draw_color(120)
        if is_dashed:
            self._pdf.set_dash_pattern(dash=1.2, gap=1.2)
        self._pdf.line(left, top, left + width, top)
        self._pdf.set_dash_pattern()
        self._pdf.set_draw_color(0)

    def frame(self, left: float, top: float, width: float, height: float) -> None:
        """Draw a frame with round corners."""
        self._pdf.set_line_width(0.4)
        self._pdf.rect(left, top, width, height, round_corners=True, corner_radius=3)

    def band(self, text: str, column: Column, top: float, size: float) -> float:
        """Put a text in white on black and return where the next one begins."""
        em = size * POINT
        count = len(self.lines(text, column, size, is_bold=True))
        height = em * (LEADING * count + 0.5)
        self._pdf.set_fill_color(0)
        self._pdf.rect(column.left, top, column.width, height, style="F")
        self._pdf.set_text_color(255)
        self.put(text, column, top + em * 0.25, size, is_bold=True, place="middle")
        self._pdf.set_text_color(*self._ink)
        self._pdf.set_fill_color(*self._ink)
        return top + height + 1

    def output(self) -> bytes:
        """Return the document."""
        return bytes(self._pdf.output())

    def _draw(self, line: str, x: float, top: float, size: float, *, is_bold: bool) -> None:
        em = size * POINT
        for run in visual_runs(line, starts_right=self.starts_right):
            self._use_font(run.family, size, is_bold=is_bold)
            width = text_width(run.text, em, is_bold=is_bold)
            direction = "rtl" if run.is_right_to_left else "ltr"
            self._pdf.set_text_shaping(True, direction=direction)
            # fpdf puts a cell's baseline at half its height plus 0.3 of the font's.
            self._pdf.set_xy(x, top + em * (_ASCENT - 0.8))
            self._pdf.cell(w=width, h=em, text=run.text)
            x += width

    def _use_font(self, family: str, size: float, *, is_bold: bool) -> None:
        style = "B" if is_bold else ""
        if (family, is_bold) not in self._fonts:
            self._pdf.add_font(family, style, font_path(family, is_bold=is_bold))
            self._fonts.add((family, is_bold))
        self._pdf.set_font(family, style, size)
