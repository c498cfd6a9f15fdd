"""The desk's window, in which one page stands at a time: the first ones, then an event's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from gatekeeper.ui.organizer.tab_order import step_focus
from gatekeeper.wording.texts import TEXTS

_SIZE: Final = QSize(1180, 760)


class DeskWindow(QStackedWidget):
    """Shows one page at a time.

    Attributes:
        may_close: Tells whether the window may close; if not, it has asked why not.
    """

    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskWindow")
        self.setWindowTitle(TEXTS.say("desk.title"))
        self.may_close: Callable[[], bool] = lambda: True

    def sizeHint(self) -> QSize:
        """Return the size of a desktop program, or what a smaller screen has."""
        return _SIZE.boundedTo(self.screen().availableSize())

    def keep(self, *pages: QWidget) -> None:
        """Own pages from now on: Python's collector runs in any thread, and may delete none."""
        for page in pages:
            if self.indexOf(page) < 0:
                self.addWidget(page)

    def show_page(self, page: QWidget) -> None:
        """Show a page, kept from then on."""
        self.keep(page)
        self.setCurrentWidget(page)

    def drop(self, page: QWidget) -> None:
        """Let a page go that is not needed any more."""
        self.removeWidget(page)
        page.deleteLater()

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002, FBT001 - as Qt calls it
        """Let Tab come to what was made anew where it stands."""
        return step_focus(self, is_forth=next)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell that the window is gone, unless something would be lost with it."""
        if not self.may_close():
            event.ignore()
            return
        super().closeEvent(event)
        self.closed.emit()
