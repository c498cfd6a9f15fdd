"""Finds words that have no room on a screen."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QWidget

from gatekeeper.ui.widgets.action_button import ActionButton
from gatekeeper.ui.widgets.info_bar import InfoBar
from gatekeeper.ui.windows.gate_window import GateWindow


def cut_off_on(window: GateWindow) -> list[str]:
    """Return every text of the screen that is shown that is cut off or outside of it."""
    page = window.page
    found = []
    for label in page.findChildren(QLabel):
        if label.isVisible() and label.text():
            needed = label.heightForWidth(label.width()) if label.wordWrap() else 0
            width = 0 if label.wordWrap() else label.fontMetrics().horizontalAdvance(label.text())
            if (
                needed > label.height() + 1
                or width > label.width()
                or not _is_inside(label, window)
            ):
                found.append(label.text())
    for button in page.findChildren(QPushButton):
        if button.isVisible():
            width = button.fontMetrics().horizontalAdvance(button.text())
            if width > button.width() or not _is_inside(button, window):
                found.append(button.text())
    for action in page.findChildren(ActionButton):
        if action.isVisible():
            words, hint = action.fitted()
            smallest = min(words.px, hint.px) if hint.height else words.px
            is_small = smallest < window.sizes.staff * 0.5
            is_high = words.height + hint.height > action.height()
            if is_small or is_high or not _is_inside(action, window):
                found.append(action.text())
    for bar in page.findChildren(InfoBar):
        if bar.isVisible() and bar._px < window.sizes.staff * 0.99:
            found += [f"small: {fact.text}" for fact in bar.facts]
    return found


def _is_inside(widget: QWidget, window: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            return True  # a finger brings it into view
        parent = parent.parentWidget()
    corner = widget.mapTo(window, QPoint(widget.width() - 1, widget.height() - 1))
    return window.rect().contains(corner)
