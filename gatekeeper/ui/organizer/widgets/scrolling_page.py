"""A page that scrolls where it is taller than the window, to whatever has the focus."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QScrollArea, QTextEdit, QWidget
from shiboken6 import isValid

_PART_MOST: Final = 60
"""Pixels of what is brought into sight whole: a field or a button, and no table."""
_AROUND: Final = 60
_TURNS: Final = 8
"""Of the event loop until all is laid out: pages in tabs in pages take one each."""


class ScrollingPage(QScrollArea):
    """Brings what gets the focus into sight: a question is put where nobody has scrolled to.

    Tab comes to the page itself, whose bar is coloured then; a click beside its fields does not.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._turns = 0
        self._asked: QWidget | None = None
        self._soon = QTimer(self, interval=0)
        self._soon.timeout.connect(self._look)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._look_soon)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show by the bar that the arrows scroll."""
        super().focusInEvent(event)
        self._colour_bar(is_held=True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that they scroll no more."""
        super().focusOutEvent(event)
        self._colour_bar(is_held=False)

    def _colour_bar(self, *, is_held: bool) -> None:
        bar = self.verticalScrollBar()
        bar.setProperty("held", is_held)
        bar.style().unpolish(bar)
        bar.style().polish(bar)

    def bring(self, part: QWidget) -> None:
        """Scroll to what somebody has just asked for, as soon as it is laid out."""
        self._asked = part
        self._look_soon()

    def _look_soon(self) -> None:
        """Look at what has the focus now until it is laid out."""
        self._turns = _TURNS
        self._soon.start()

    def _look(self) -> None:
        self._show_focus()
        if self._asked is not None and isValid(self._asked):
            self.show_whole(self._asked)
        self._turns -= 1
        if not self._turns:
            self._soon.stop()
            self._asked = None

    def _show_focus(self) -> None:
        part = QApplication.focusWidget()
        if part is None or not self.isAncestorOf(part):
            return
        is_note = isinstance(part, QPlainTextEdit | QTextEdit)
        if is_note and part.height() <= self.viewport().height():
            # Of a field of several lines `ensureWidgetVisible` shows the cursor's line alone.
            self.show_whole(part)
        elif part.height() <= _PART_MOST:
            self.ensureWidgetVisible(part, 0, _AROUND)

    def show_whole(self, part: QWidget) -> None:
        """Scroll to a part of the page: to its beginning where it is taller than the window."""
        page = self.widget()
        if page is None:
            return
        top = part.mapTo(page, QPoint()).y()
        self.ensureVisible(0, top + part.height(), 0, 0)
        self.ensureVisible(0, top, 0, 0)


def bring_into_sight(part: QWidget) -> None:
    """Scroll the desk to what somebody has just asked for, as soon as it is laid out."""
    area: QWidget | None = part
    while area is not None and not isinstance(area, ScrollingPage):
        area = area.parentWidget()
    if area is not None:
        area.bring(part)
