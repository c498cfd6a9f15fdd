"""Asks which of the two a device is now that may be a gate and a till."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEventLoop, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gatekeeper.presenters.colors import Theme
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.appearance import dress
from gatekeeper.ui.application import make_application
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.screen_measuring import measure_sizes, screen_extent
from gatekeeper.ui.switching_language import speak_language, system_language
from gatekeeper.ui.widgets.action_grid import ActionGrid
from gatekeeper.ui.widgets.page_parts import make_label
from gatekeeper.wording.texts import TEXTS

GATE: Final = "gate"
TILL: Final = "till"
_LETTERS: Final = 1.6
_KEYS: Final = {Qt.Key.Key_1: GATE, Qt.Key.Key_2: TILL}


class RoleChoice(QWidget):
    """A question with two large answers; 1 and 2, or Tab and Enter, answer it as well.

    Args:
        theme: Its colours.
        panel_inches: The panel's measured diagonal, where it lies about its size.
    """

    answered = Signal(str)  # `gate`, `till`, or "" where it was closed

    def __init__(self, theme: Theme, panel_inches: float | None) -> None:
        super().__init__()
        self.setObjectName("roleChoice")
        self.setWindowTitle(TEXTS.say("name.app"))
        self._theme, self._panel_inches = theme, panel_inches
        sizes = self._measure()
        self._title = make_label(role="title", name="roleTitle")
        self._title.setText(TEXTS.say("role.title"))
        self.grid = ActionGrid(sizes, 2)
        self.grid.set_look(theme.buttons)
        self.grid.set_letters(_LETTERS)
        self.grid.show_options(
            [
                Option(GATE, TEXTS.say("role.gate"), "1"),
                Option(TILL, TEXTS.say("role.till"), "2"),
            ]
        )
        self.grid.chosen.connect(self.answered)
        self._column = fill(QVBoxLayout(self), STRETCH, self._title, self.grid, 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Answer by a number; Esc closes the window."""
        key = Qt.Key(event.key())
        if key in _KEYS:
            self.answered.emit(_KEYS[key])
        elif key == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Be as large as the panel wants it."""
        super().showEvent(event)
        self._resize_design()
        self.grid.focus_first()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take sizes that fit."""
        super().resizeEvent(event)
        self._resize_design()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Answer nothing."""
        event.accept()
        self.answered.emit("")

    def _measure(self) -> Sizes:
        return measure_sizes(self, screen_extent(self), self._panel_inches, 100)

    def _resize_design(self) -> None:
        sizes = self._measure()
        self.grid.set_sizes(sizes)
        self._column.setContentsMargins(sizes.margin, sizes.margin, sizes.margin, sizes.margin)
        dress(self, self._theme, sizes)


def ask_role(
    theme: Theme,
    panel_inches: float | None,
    *,
    language: str,
    is_full_screen: bool,
) -> str:
    """Ask, until it is answered; return `gate`, `till`, or "" where the window was closed.

    Args:
        theme: Its colours.
        panel_inches: The panel's measured diagonal, where it lies about its size.
        language: That it is asked in; "" for the system's.
        is_full_screen: Whether the question takes the whole screen.
    """
    speak_language(make_application(), language or system_language())
    window = RoleChoice(theme, panel_inches)
    answers: list[str] = []
    # Of its own: once the application's loop was told to end, no other turns until it turns again.
    asking = QEventLoop()

    def take(role: str) -> None:
        answers.append(role)
        asking.exit(0)

    window.answered.connect(take)
    extent = screen_extent(window)
    window.resize(int(extent.width * 0.8), int(extent.height * 0.8))
    if is_full_screen:
        window.showFullScreen()
    else:
        window.show()
    asking.exec()
    window.answered.disconnect(take)
    window.hide()
    window.deleteLater()
    return answers[0] if answers else ""
