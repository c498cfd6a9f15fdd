"""Slanted stripes with a word: what is under them is practice."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPolygon
from PySide6.QtWidgets import QSizePolicy, QWidget

from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.widgets.window_fonts import make_font
from gatekeeper.wording.texts import TEXTS

_DARK: Final = "#101418"
_BRIGHT: Final = "#FFCE3D"
_HEIGHT: Final = 50
_LETTERS: Final = 34


class RehearsalStripes(QWidget):
    """A band across the screen.

    Args:
        sizes: The design's sizes in pixels.
        key: Of its words.
    """

    def __init__(self, sizes: Sizes, key: str) -> None:
        super().__init__()
        self._key = key
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_sizes(sizes)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._letters = sizes.px(_LETTERS)
        self.setFixedHeight(sizes.px(_HEIGHT))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the stripes, then the words on a plain ground of their own."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(_DARK))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(_BRIGHT))
        height = self.height()
        for left in range(-height, self.width() + height, 2 * height):
            painter.drawPolygon(
                QPolygon(
                    [
                        QPoint(left, height),
                        QPoint(left + height, 0),
                        QPoint(left + 2 * height, 0),
                        QPoint(left + height, height),
                    ]
                )
            )
        words = TEXTS.say(self._key)
        self.setAccessibleName(words)
        painter.setFont(make_font(self._letters, is_bold=True))
        width = painter.fontMetrics().horizontalAdvance(words) + 2 * height
        ground = QRect((self.width() - width) // 2, 0, width, height)
        painter.fillRect(ground, QColor(_BRIGHT))
        painter.setPen(QColor(_DARK))
        painter.drawText(ground, int(Qt.AlignmentFlag.AlignCenter), words)
        painter.end()
