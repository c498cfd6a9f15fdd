"""A list to choose from; a name that has no room is cut with dots and told whole."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QStyle, QStyledItemDelegate, QStyleOptionComboBox

from gatekeeper.ui.organizer.widgets.long_names import cut_with_dots
from gatekeeper.ui.organizer.widgets.passed_by_scrolling import PassedBy
from gatekeeper.ui.widget_texts import plain_tip


class ChoiceBox(PassedBy, QComboBox):
    """Shows what is chosen, as much of it as there is room; the rest stands in its tool tip."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # The system's own delegate knows no height of the style sheet's: a finger needs 9 mm.
        self.setItemDelegate(QStyledItemDelegate(self))
        self.currentTextChanged.connect(self._tell_whole)

    def _tell_whole(self, text: str) -> None:
        self.setToolTip(plain_tip(text))

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        """Say what is drawn: the system draws a name that is too long up to the frame."""
        super().initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = (
            self.style()
            .subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self)
            .width()
        )
        option.currentText = cut_with_dots(self.currentText(), self.fontMetrics(), room)

    def showPopup(self) -> None:
        """Open the list at a height that cuts no line of it in half."""
        view, rows = self.view(), min(self.count(), self.maxVisibleItems())
        view.setMinimumHeight(sum(view.sizeHintForRow(row) for row in range(rows)))
        super().showPopup()
