"""The till's window: sizes for its panel, colours, and the one page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from gatekeeper.presenters.colors import DARK, Theme
from gatekeeper.presenters.sizes import Extent, Sizes
from gatekeeper.ui.appearance import dress
from gatekeeper.ui.panels import measure_sizes, screen_extent
from gatekeeper.ui.till.till_page import TillPage
from gatekeeper.wording.texts import TEXTS

_SETTLE_MS: Final = 120
_SMALLEST: Final = QSize(320, 240)


class TillWindow(QWidget):
    """Holds the till's page.

    Args:
        family: The font.
        theme: Its colours.
        panel_inches: The panel's measured diagonal, where it lies about its size.
        may_close: Tells whether a request to close can have come from a person.
    """

    closed = Signal()

    def __init__(
        self,
        family: str,
        theme: Theme = DARK,
        panel_inches: float | None = None,
        may_close: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__()
        self.setObjectName("tillWindow")
        self.setWindowTitle(TEXTS.say("till.title"))
        self.setMinimumSize(_SMALLEST)
        self._theme, self._panel_inches, self._text_percent = theme, panel_inches, 100
        self._may_close = may_close
        self.sizes = self._measure()
        self._designed: Sizes | None = None
        self.page = TillPage(family, self.sizes, self)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._resize_design)
        self.page.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.page.set_theme(theme)
        self._dress()

    def set_text_percent(self, percent: int) -> None:
        """Make texts larger or smaller than the design."""
        self._text_percent = percent
        self._resize_design()

    def enter_full_screen(self) -> None:
        """Take the whole screen."""
        self.setGeometry(self.screen().geometry())
        self.showFullScreen()

    def sizeHint(self) -> QSize:
        """Return the size of a window that is not full screen."""
        screen = self._screen_extent()
        return QSize(int(screen.width * 0.8), int(screen.height * 0.8))

    def showEvent(self, event: QShowEvent) -> None:
        """Measure the screen that it is now on."""
        super().showEvent(event)
        self._resize_design()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the page all the room; sizes follow when the window stands still."""
        super().resizeEvent(event)
        self.page.setGeometry(self.rect())
        self._settle.start()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close only where a person may have asked for it."""
        if self.isFullScreen() or not self._may_close():
            event.ignore()
            return
        event.accept()
        self.closed.emit()

    def _measure(self) -> Sizes:
        return measure_sizes(self, self._screen_extent(), self._panel_inches, self._text_percent)

    def _screen_extent(self) -> Extent:
        return screen_extent(self)

    def _resize_design(self) -> None:
        self._settle.stop()
        sizes = self._measure()
        if sizes == self._designed:
            return
        self.sizes = self._designed = sizes
        self.page.set_sizes(sizes)
        self._dress()

    def _dress(self) -> None:
        dress(self, self._theme, self.sizes)
