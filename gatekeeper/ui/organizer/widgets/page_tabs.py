"""Tabs of one page: only the one that is seen needs height."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QTabWidget


class PageTabs(QTabWidget):
    """Needs the height of the page that is shown, and not of the tallest one.

    Else a page that fits would scroll, its buttons under the window's edge, for what is not seen.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        # In a narrow window names are cut: behind arrows nobody looks for the evacuation.
        self.setUsesScrollButtons(False)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.currentChanged.connect(lambda _page: self.updateGeometry())

    def minimumSizeHint(self) -> QSize:
        """Return what the tabs and the page that is shown need."""
        least = super().minimumSizeHint()
        if not self.count():
            return least
        page = self.currentWidget()
        tall = page.minimumSizeHint().expandedTo(page.minimumSize()).height()
        return QSize(least.width(), tall + self._bar)

    def hasHeightForWidth(self) -> bool:
        """Say that words wrap."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return how tall the tabs and the page that is shown are, of a width."""
        if not self.count():
            return super().heightForWidth(width)
        page = self.currentWidget()
        tall = page.heightForWidth(width) if page.hasHeightForWidth() else 0
        return max(tall, page.minimumSizeHint().height()) + self._bar

    @property
    def _bar(self) -> int:
        return self.tabBar().sizeHint().height()
