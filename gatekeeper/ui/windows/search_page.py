"""Holders by name: a field, letters for fingers, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit

from gatekeeper.ui.phrases import call_by
from gatekeeper.ui.sizes import Sizes
from gatekeeper.ui.texts import TEXTS
from gatekeeper.ui.widgets.action_grid import ActionGrid, Option
from gatekeeper.ui.windows.device_page import DevicePage, Row

_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SPACE: Final = "space"
_ERASE: Final = "erase"
_COLUMNS: Final = 10
_ASK_AFTER_MS: Final = 120
_TEXT_MAX: Final = 60


class SearchPage(DevicePage):
    """Asks for a name; takes a keyboard of any script as well.

    Args:
        family: The font.
        sizes: The design's sizes in pixels.
    """

    asked = Signal(str)
    touched = Signal()

    def __init__(self, family: str, sizes: Sizes) -> None:
        super().__init__(family, sizes)
        self.setObjectName("searchPage")
        self._field = QLineEdit()
        self._field.setObjectName("searchField")
        self._field.setMaxLength(_TEXT_MAX)
        call_by(self._field, "names.title")
        self._pad = ActionGrid(family, sizes, _COLUMNS, word_width=0, takes_focus=False)
        self._pad.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._grids.append(self._pad)
        self._rows.insertWidget(1, self._field)
        self._rows.insertWidget(self._rows.count() - 1, self._pad)
        self.setFocusProxy(self._field)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_ASK_AFTER_MS)
        self._wait.timeout.connect(lambda: self.asked.emit(self.text))
        self._field.textChanged.connect(self._begin_waiting)
        self._pad.chosen.connect(self._press_letter)

    @property
    def text(self) -> str:
        """What is asked for."""
        return self._field.text()

    def restart(self) -> None:
        """Ask for a name."""
        self._field.clear()
        self._wait.stop()
        keys = [Option(letter, letter) for letter in _LETTERS]
        keys.append(Option(_SPACE, "␣", is_label=False))
        keys.append(Option(_ERASE, TEXTS.say("manual.erase")))
        self._pad.show_options(keys)
        self.show_found(TEXTS.say("names.hint"), [])
        self._field.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_found(self, said: str, rows: Sequence[Row]) -> None:
        """Show who was found."""
        self.show_rows(rows, said, [])

    def _begin_waiting(self) -> None:
        self.touched.emit()
        self._wait.start()

    def _press_letter(self, key: str) -> None:
        if key == _ERASE:
            self._field.backspace()
        else:
            self._field.insert(" " if key == _SPACE else key.lower())
