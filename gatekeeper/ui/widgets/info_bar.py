"""A bar of short facts that wraps into as many rows as it needs and never cuts one off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gatekeeper.presenters.colors import Look
from gatekeeper.presenters.page_items import Fact
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.icons import draw_icon
from gatekeeper.ui.widget_texts import call_by
from gatekeeper.ui.widgets.text_fitting import PaintedText, TextFitter, width_of_text
from gatekeeper.ui.widgets.window_fonts import make_font
from shared.kernel.text_in_line import keep_in_line

_ROW_FACTOR: Final = 1.6
_GAP_FACTOR: Final = 0.9
_SHRINK: Final = 0.94
_LETTER_LEAST: Final = 8


class InfoBar(QWidget):
    """Facts spread over the width, the first at the left, the last at the right.

    Args:
        sizes: The design's sizes in pixels.
        key: Of its accessible name; the facts become its description.
    """

    def __init__(self, sizes: Sizes, key: str) -> None:
        super().__init__()
        self._sizes = sizes
        self._look = Look("#101418", "#FFFFFF")
        self.facts: tuple[Fact, ...] = ()
        self._rows: list[list[Fact]] = []
        self._px: float = sizes.staff
        self._edge = self._limit = 0
        call_by(self, key)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_facts(self, facts: tuple[Fact, ...]) -> None:
        """Say other facts; nothing is painted again if they are the same."""
        facts = tuple(fact._replace(text=keep_in_line(fact.text)) for fact in facts)
        if facts == self.facts:
            return
        self.facts = facts
        self.setAccessibleDescription(" · ".join(fact.spoken or fact.text for fact in facts))
        self._arrange()

    def set_look(self, look: Look) -> None:
        """Take the colours of the state."""
        if look != self._look:
            self._look = look
            self.update()

    def set_limit(self, limit: int) -> None:
        """Take no more than so many pixels of height for what is secondary; 0 is any height."""
        if limit != self._limit:
            self._limit = limit
            self._arrange()

    def set_edge(self, edge: int) -> None:
        """Keep so many pixels free at both ends."""
        if edge != self._edge:
            self._edge = edge
            self._arrange()

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._sizes = sizes
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange anew."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row_height = self._px * _ROW_FACTOR
        is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        painter.setLayoutDirection(self.layoutDirection())
        for index, row in enumerate(self._rows):
            widths = [self._width_of(fact) for fact in row]
            free = self._room - sum(widths)
            space = free / (len(row) - 1) if len(row) > 1 else 0
            x = float(self._edge)
            for fact, width in zip(row, widths, strict=True):
                left = self.width() - x - width if is_mirrored else x
                box = QRectF(left, index * row_height, width, row_height)
                self._draw_fact(painter, fact, box)
                x += width + space
        painter.end()

    def _arrange(self) -> None:
        """Fill rows from the left; shrink the text a little, then drop facts, then shrink on."""
        kept = list(self.facts)
        self._px = self._sizes.staff
        least = self._sizes.least
        self._fill(kept)
        while self._is_too_high() and self._px * _SHRINK >= max(least, self._sizes.staff * 0.8):
            self._px *= _SHRINK
            self._fill(kept)
        while self._is_too_high() and (spare := _spare_fact(kept)) is not None:
            kept.remove(spare)
            self._fill(kept)
        while self._is_too_high() and self._px * _SHRINK >= least:
            self._px *= _SHRINK
            self._fill(kept)
        height = int(max(1, len(self._rows)) * self._px * _ROW_FACTOR)
        if height != self.height():
            self.setFixedHeight(height)
        self.update()

    def _is_too_high(self) -> bool:
        height = len(self._rows) * self._px * _ROW_FACTOR
        return len(self._rows) > 1 and 0 < self._limit < height

    def _fill(self, facts: Sequence[Fact]) -> None:
        """Put facts into rows; shrink the text only if a single word is too wide."""
        widest_allowed = max(1, self._room)
        pieces = self._pieces(facts)
        while self._px > _LETTER_LEAST and any(self._width_of(f) > widest_allowed for f in pieces):
            self._px = int(self._px * _SHRINK)
            pieces = self._pieces(facts)
        gap = self._px * _GAP_FACTOR
        self._rows = []
        filled = 0.0
        for fact in pieces:
            width = self._width_of(fact)
            if not self._rows or filled + gap + width > widest_allowed:
                self._rows.append([])
                filled = -gap
            self._rows[-1].append(fact)
            filled += gap + width

    def painted_texts(self) -> list[PaintedText]:
        """Return what stands where, for those who look whether it has room."""
        placed = []
        row_height = self._px * _ROW_FACTOR
        for index, row in enumerate(self._rows):
            x = float(self._edge)
            for fact in row:
                width = self._width_of(fact)
                box = QRectF(x, index * row_height, width, row_height)
                x += width
                if fact.text:
                    placed.append(PaintedText(fact.text, box, self._px))
        return placed

    def _pieces(self, facts: Sequence[Fact]) -> list[Fact]:
        """Return the facts, each that is wider than a row in as many lines as it needs."""
        pieces: list[Fact] = []
        for fact in facts:
            if self._width_of(fact) <= self._room:
                pieces.append(fact)
                continue
            width = max(1.0, self._room - self._mark_width(fact) - 1)
            fitter = TextFitter(is_bold=fact.is_bold, width=width)
            px = int(self._px)
            first, *others = fitter.fit(fact.text, preferred=px, minimum=px).lines
            pieces.append(fact._replace(text=first))
            pieces += [fact._replace(text=line, icon="", dot="") for line in others]
        return pieces

    @property
    def _room(self) -> int:
        return self.width() - 2 * self._edge

    def _mark_width(self, fact: Fact) -> float:
        if fact.icon:
            return self._px * (1.4 if fact.text else 1.0)
        return self._px * 0.8 if fact.dot else 0.0

    def _width_of(self, fact: Fact) -> float:
        letters = width_of_text(int(self._px), fact.text, is_bold=fact.is_bold)
        return self._mark_width(fact) + letters + 1

    def _draw_fact(self, painter: QPainter, fact: Fact, box: QRectF) -> None:
        middle = box.center().y()
        is_mirrored = painter.layoutDirection() == Qt.LayoutDirection.RightToLeft
        side = self._px if fact.icon else self._px * 0.55
        left = box.right() - side if is_mirrored else box.left()
        mark = QRectF(left, middle - side / 2, side, side)
        if fact.icon:
            draw_icon(painter, fact.icon, mark, self._look)
        elif fact.dot:
            painter.setPen(QColor(self._look.figure))
            painter.setBrush(QColor(fact.dot))
            painter.drawEllipse(mark)
        painter.setPen(QColor(self._look.figure))
        painter.setFont(make_font(self._px, is_bold=fact.is_bold))
        width = self._mark_width(fact)
        text_box = box.adjusted(-2, 0, -width, 0) if is_mirrored else box.adjusted(width, 0, 2, 0)
        painter.drawText(text_box, _LEFT, fact.text)


def _spare_fact(facts: Sequence[Fact]) -> Fact | None:
    """Return what is left out first: the last plain one that is neither first nor a sign."""
    plain = [fact for fact in facts[1:] if fact.text and not fact.is_bold and not fact.icon]
    return plain[-1] if plain else None


class Banner(InfoBar):
    """A bar with a ground of its own, hidden while it has nothing to say."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground, then the facts."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._look.ground))
        painter.end()
        super().paintEvent(event)


_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
