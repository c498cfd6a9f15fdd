"""The till's window: sizes for its panel, colours, and the one page."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent

from gatekeeper.presenters.colors import DARK, Theme
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.sized_window import SizedWindow
from gatekeeper.ui.till.till_page import TillPage
from gatekeeper.wording.texts import TEXTS


class TillWindow(SizedWindow):
    """Holds the till's page.

    Args:
        theme: Its colours.
        panel_inches: The panel's measured diagonal, where it lies about its size.
        may_close: Tells whether a request to close can have come from a person.
    """

    closed = Signal()

    def __init__(
        self,
        theme: Theme = DARK,
        panel_inches: float | None = None,
        may_close: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__(theme, panel_inches)
        self.setObjectName("tillWindow")
        self.setWindowTitle(TEXTS.say("till.title"))
        self._may_close = may_close
        self._page = TillPage(self.sizes, self)
        self._page.set_theme(theme)

    @property
    def page(self) -> TillPage:
        """The till's one page."""
        return self._page

    def enter_full_screen(self) -> None:
        """Take the whole screen."""
        self.setGeometry(self.screen().geometry())
        self.showFullScreen()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close only where a person may have asked for it."""
        if self.isFullScreen() or not self._may_close():
            event.ignore()
            return
        event.accept()
        self.closed.emit()

    def _take_sizes(self, sizes: Sizes) -> None:
        self._page.set_sizes(sizes)
