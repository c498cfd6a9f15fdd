"""Names that are longer than any usual one: they stretch no page of the desk."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

_ENDLESS: Final = re.compile(r"\S{24}(?=\S{8})")


class OneLine(QLabel):
    """A line at the far side that ends in dots where it has no room; its tip has all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        self._whole = ""

    def say(self, text: str) -> None:
        """Show a line."""
        self._whole = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self._cut()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much as there is room for."""
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        dots = Qt.TextElideMode.ElideRight
        self.setText(self.fontMetrics().elidedText(self._whole, dots, self.width()))


def let_break(text: str) -> str:
    """Let a word that is longer than any usual one break where it has no room."""
    return _ENDLESS.sub(lambda found: found[0] + "\u200b", text)
