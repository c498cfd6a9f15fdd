"""Numbers that are typed or counted up and down, with room before them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox

from gatekeeper.ui.organizer.widgets.passed_by_scrolling import PassedBy
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.typed_amounts import with_mark, with_point

_MARGIN: Final = 5


class NumberBox(PassedBy, QSpinBox):
    """A field of the desk that takes a whole number."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setLocale(QLocale.c())  # with the texts' digits, whatever a system's are
        make_room(self)


class PercentBox(PassedBy, QDoubleSpinBox):
    """From none to all, with two decimals at most, typed with a comma or a point."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        make_room(self)
        self.setRange(0, 100)
        self.setLocale(QLocale.c())
        self.setSuffix(TEXTS.percent_mark)

    def validate(self, text: str, place: int) -> tuple[QValidator.State, str, int]:
        """Take a comma as well as a point, and leave what is typed as it is."""
        state = super().validate(with_point(text), place)[0]
        return state, text, place

    def valueFromText(self, text: str) -> float:
        """Read a number, whichever mark stands before its decimals."""
        number = with_point(text.removesuffix(self.suffix()).strip())
        try:
            return float(number)
        except ValueError:
            return self.value()

    def textFromValue(self, value: float) -> str:
        """Write a number as the language does, with the decimals that it has."""
        return with_mark(f"{value:.2f}".rstrip("0").rstrip("."))


def make_room(box: QAbstractSpinBox) -> None:
    """Set the number off from the frame: Qt forgets the style sheet's padding here."""
    box.lineEdit().setTextMargins(_MARGIN, 0, _MARGIN, 0)
