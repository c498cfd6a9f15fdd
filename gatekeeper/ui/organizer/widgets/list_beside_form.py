"""The list at the left of a page of the desk, and how narrow it and all else there may become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QListWidget, QWidget

from gatekeeper.ui.organizer.desk_style import called, keep_place

SIDE_LEAST: Final = 145
"""How wide a list beside a form is at least, in pixels, on a small laptop; its rows wrap."""


def stand_beside(part: QWidget, width: int) -> None:
    """Let a part at the left of a page be so wide, and narrower where the window is."""
    part.setMinimumWidth(SIDE_LEAST)
    part.setMaximumWidth(width)


class SideList(QListWidget):
    """The list at the left of a page; its rows are chosen by whoever means to."""

    wished_width = SIDE_LEAST

    def __init__(self) -> None:
        super().__init__()
        self._ids: list[str] = []

    def show_rows(self, rows: Mapping[str, str], marked: str | None) -> None:
        """List what there is, by its ids; who has scrolled the list stays where they are."""
        self._ids = list(rows)
        with QSignalBlocker(self), keep_place(self):  # else a row stays as tall as before
            if self.count() != len(rows):
                self.clear()
                self.addItems([""] * len(rows))
            for row, text in enumerate(rows.values()):
                self.item(row).setText(text)
            self.mark(marked)

    def mark(self, shown: str | None) -> None:
        """Mark what is shown beside the list, if it is in it; nobody has chosen it by that."""
        with QSignalBlocker(self):
            self.setCurrentRow(self._ids.index(shown) if shown in self._ids else -1)

    def sizeHint(self) -> QSize:
        """Be as wide as the page means it to be, where the window has the room."""
        return QSize(self.wished_width, super().sizeHint().height())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Take the keyboard; Qt would choose the first row where none is, and open it."""
        if self.currentRow() >= 0:
            super().focusInEvent(event)
            return
        with QSignalBlocker(self):
            super().focusInEvent(event)
            self.setCurrentRow(-1)


def make_side_list(name: str, title: str, width: int) -> SideList:
    """Make the list at the left of a page, beside which one of its rows is shown."""
    side = called(SideList(), name, title)
    side.setWordWrap(True)
    side.setAlternatingRowColors(True)  # spacing would cut the last line of some
    side.wished_width = width
    stand_beside(side, width)
    side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return side
