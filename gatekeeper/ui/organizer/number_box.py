"""Numbers that are typed or counted up and down, with room before them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox

_MARGIN: Final = 5


class NumberBox(QSpinBox):
    """A whole number; a wheel that only passes by leaves it alone."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        make_room(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the page scroll."""
        event.ignore()


class PercentBox(QDoubleSpinBox):
    """From none to all, with two decimals, typed with a comma or a point as amounts are."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        make_room(self)
        self.setRange(0, 100)
        self.setSuffix("\N{NO-BREAK SPACE}%")

    def validate(self, text: str, place: int) -> tuple[QValidator.State, str, int]:
        """Take a comma as the point: most of the languages write it so."""
        return super().validate(text.replace(",", "."), place)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the page scroll."""
        event.ignore()


def make_room(box: QAbstractSpinBox) -> None:
    """Set the number off from the frame: Qt forgets the style sheet's padding here."""
    box.lineEdit().setTextMargins(_MARGIN, 0, _MARGIN, 0)
