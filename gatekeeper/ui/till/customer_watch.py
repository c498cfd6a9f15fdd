"""Keeps the customer's display in step with the till, and on the screen that is not the till's."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from gatekeeper.presenters.till.customer_display_content import show_customer
from gatekeeper.presenters.till.state import TillState
from gatekeeper.ui.till.customer_display_window import CustomerDisplay


class DisplayWish(StrEnum):
    """When there is a display."""

    AUTO = "auto"
    """Where there is a second screen."""
    ALWAYS = "always"
    """Also without one, as a window."""
    NEVER = "never"


class CustomerWatch(QObject):
    """Shows the till's state to the customer.

    Args:
        display: The second window.
        till: The till's window.
        wish: When it is shown.
    """

    def __init__(self, display: CustomerDisplay, till: QWidget, wish: DisplayWish) -> None:
        super().__init__(till)
        self.display = display
        self._till, self._wish = till, wish
        # Screens come and go with their cables; the system tells so before it has moved windows.
        self._settle = QTimer(self, interval=300, singleShot=True)
        self._settle.timeout.connect(self.take_place)
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.screenAdded.connect(self._settle.start)
        app.screenRemoved.connect(self._settle.start)

    def take_place(self) -> None:
        """Show the display where it belongs, or hide it."""
        if self._wish is DisplayWish.NEVER:
            self.display.hide()
        else:
            is_wanted = self._wish is DisplayWish.ALWAYS
            self.display.take_place(self._till.screen(), is_wanted=is_wanted)

    def take_state(self, state: TillState) -> None:
        """Show what the customer may see of where the till stands."""
        self.display.show_screen(show_customer(state, self.display.texts))

    def end(self) -> None:
        """Take the display away."""
        self._settle.stop()
        self.display.close()
