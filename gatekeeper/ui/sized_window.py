"""A window whose design has the sizes of the panel that it stands on."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from gatekeeper.presenters.colors import Theme
from gatekeeper.presenters.sizes import Extent, Sizes
from gatekeeper.ui.appearance import dress
from gatekeeper.ui.screen_measuring import measure_sizes, screen_extent
from gatekeeper.ui.widgets.action_button import TouchWatch

_SETTLE_MS: Final = 120
_SMALLEST: Final = QSize(320, 240)


class SizedWindow(QWidget):
    """Measures its screen and gives its pages their sizes, once it stands still.

    Attributes:
        sizes: Those that hold now.

    Args:
        theme: Its colours.
        panel_inches: The panel's measured diagonal, where it lies about its size.
    """

    def __init__(self, theme: Theme, panel_inches: float | None) -> None:
        super().__init__()
        self.setMinimumSize(_SMALLEST)
        self._theme, self._panel_inches, self._text_percent = theme, panel_inches, 100
        self.sizes = self._measure()
        self._designed: Sizes | None = None
        self._touches = TouchWatch(self)
        self._settle = QTimer(self, interval=_SETTLE_MS, singleShot=True)
        self._settle.timeout.connect(self._resize_design)

    @property
    def page(self) -> QWidget:
        """The page that is shown; has all the room."""
        raise NotImplementedError

    def _take_sizes(self, sizes: Sizes) -> None:
        """Give every page its sizes."""
        raise NotImplementedError

    def set_text_percent(self, percent: int) -> None:
        """Make texts larger or smaller than the design."""
        if percent != self._text_percent:
            self._text_percent = percent
            self._resize_design()

    def sizeHint(self) -> QSize:
        """Return the size of a window that is not full screen."""
        screen = self._screen_extent()
        return QSize(int(screen.width * 0.8), int(screen.height * 0.8))

    def showEvent(self, event: QShowEvent) -> None:
        """Measure the screen that it is now on."""
        super().showEvent(event)
        if (handle := self.windowHandle()) is not None:  # again and again, it is one filter
            handle.installEventFilter(self._touches)
        self._resize_design()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the page all the room; sizes follow when the window stands still."""
        super().resizeEvent(event)
        self.page.setGeometry(self.rect())
        self._settle.start()

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
        self._take_sizes(sizes)
        self._dress()

    def _dress(self) -> None:
        dress(self, self._theme, self.sizes)
