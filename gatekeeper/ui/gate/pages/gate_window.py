"""The one window: its screens, their sizes, full screen, and when it may close."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from PySide6.QtCore import Property, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from gatekeeper.presenters.colors import DARK, Theme
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.gate.pages.fault_page import FaultPage
from gatekeeper.ui.gate.pages.gate_choice_page import GateChoicePage
from gatekeeper.ui.gate.pages.gate_page import GatePage
from gatekeeper.ui.gate.pages.manual_page import ManualPage
from gatekeeper.ui.gate.pages.pairing_page import PairingPage
from gatekeeper.ui.gate.pages.supervisor_frame import SupervisorFrame
from gatekeeper.ui.gate.pages.sync_page import SyncPage
from gatekeeper.ui.gate.pages.unlock_page import UnlockPage
from gatekeeper.ui.lazy_pages import LatePage
from gatekeeper.ui.sized_window import SizedWindow
from gatekeeper.ui.widget_texts import retranslate
from gatekeeper.ui.widgets.page_parts import color_buttons, give_focus
from gatekeeper.wording.texts import TEXTS

_Late: TypeAlias = ManualPage | PairingPage | SyncPage | GateChoicePage | FaultPage


def _is_free() -> bool:
    """Let anybody close the window."""
    return True


class GateWindow(SizedWindow):
    """Holds every screen and shows one.

    The property `state` says what the gate's screen shows: `idle`, `checking`, `admit`, `deny`,
    `refer`, `exit` or `paused`.

    Args:
        theme: Colours of everything that is no verdict.
        panel_inches: The panel's measured diagonal, where it lies about its size.
        may_close: Tells whether a request to close can have come from a person who is free to.
    """

    state_changed = Signal(str)
    closed = Signal()
    manual_page = LatePage(lambda self: ManualPage(self.sizes))
    pairing_page = LatePage(lambda self: PairingPage(self.sizes))
    sync_page = LatePage(lambda self: SyncPage(self.sizes))
    gate_choice_page = LatePage(lambda self: GateChoicePage(self.sizes))
    fault_page = LatePage(lambda self: FaultPage(self.sizes))

    def __init__(
        self,
        theme: Theme = DARK,
        panel_inches: float | None = None,
        may_close: Callable[[], bool] = _is_free,
    ) -> None:
        super().__init__(theme, panel_inches)
        self.setObjectName("gateWindow")
        self.setWindowTitle(TEXTS.say("name.app"))
        self.gate_page = GatePage(self.sizes, theme, self)
        self.supervisor_frame = SupervisorFrame(self.sizes, theme, self)
        self._late: list[_Late] = []
        self._page: QWidget = self.gate_page
        self._may_close = may_close
        self._normal = self.geometry()
        self._refocus = QTimer(self, interval=0, singleShot=True)
        self._refocus.timeout.connect(self._hold_focus)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._miss_focus)
        self.gate_page.state_changed.connect(self.state_changed)
        self.show_page(self.gate_page)

    def _state(self) -> str:
        return self.gate_page.state.value

    state = Property(str, _state, notify=state_changed)

    @property
    def page(self) -> QWidget:
        """The screen that is shown."""
        return self._page

    def add_page(self, page: _Late) -> None:
        """Own and color a page that was just made; it has its sizes."""
        page.setParent(self)
        self._late.append(page)
        self._color_buttons(page)

    def show_page(self, page: QWidget) -> None:
        """Show one screen."""
        self._page = page
        page.setGeometry(self.rect())
        for other in (self.gate_page, self.supervisor_frame, *self._late):
            other.setVisible(other is page)
        page.setFocus(Qt.FocusReason.OtherFocusReason)
        self._hold_focus()

    def _hold_focus(self) -> None:
        """Give the keyboard to something on the page: without, Esc and Tab do nothing."""
        page = self._page
        if page is not self.gate_page and page.isVisible():
            give_focus(self.supervisor_frame.part if page is self.supervisor_frame else page)

    def _miss_focus(self, before: QWidget | None, now: QWidget | None) -> None:
        """Notice that what had the keyboard is gone."""
        if now is None and self.isActiveWindow():
            self._refocus.start()

    @property
    def covers_screen(self) -> bool:
        """Whether nothing else of this screen can be seen.

        A kiosk compositor gives its one window all the room without calling that full screen.
        """
        return self.isFullScreen() or self.size() == self.screen().size()

    def enter_full_screen(self) -> None:
        """Take the whole screen, also where no window manager is there to do it."""
        self._normal = self.geometry()
        self.setGeometry(self.screen().geometry())
        self.showFullScreen()

    def toggle_full_screen(self) -> None:
        """Take the whole screen, or give it back."""
        if self.isFullScreen():
            self.showNormal()
            self.setGeometry(self._normal)
        else:
            self.enter_full_screen()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        for page in self._late:
            self._color_buttons(page)
        self.gate_page.set_theme(theme)
        self.supervisor_frame.set_theme(theme)
        self._dress()
        self.update()

    def retranslate(self) -> None:
        """Say everything anew in the language that holds now."""
        self.setWindowTitle(TEXTS.say("name.app"))
        retranslate(self)
        has, frame = SupervisorFrame, self.supervisor_frame
        for page in (*self._late, has.unlock.made_in(frame), has.paper.made_in(frame)):
            if isinstance(page, ManualPage | GateChoicePage | UnlockPage):
                page.retranslate()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground under the screens."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self._theme.page.ground))
        painter.end()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close only a window that a person may close: not full screen, not by a scanner."""
        if self.covers_screen or not self._may_close():
            event.ignore()
            return
        event.accept()
        self.closed.emit()

    def _take_sizes(self, sizes: Sizes) -> None:
        for page in (self.gate_page, self.supervisor_frame, *self._late):
            page.set_sizes(sizes)

    def _color_buttons(self, page: _Late) -> None:
        if isinstance(page, ManualPage | GateChoicePage):
            page.set_look(self._theme.buttons)
        else:
            color_buttons(page, self._theme.buttons)
