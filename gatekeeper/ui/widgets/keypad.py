"""A keypad on the screen: the characters of a manual code, for fingers in gloves."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

from gatekeeper.presenters.manual_entry import CHECK_KEYS, CODE_KEYS, ManualEntry
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.phrases import call_by, explain_by, speak

_COLUMNS: Final = 8
_CHECK_ROW: Final = 4


class Keypad(QWidget):
    """Keys of a fixed layout; those that cannot follow are off.

    Args:
        sizes: The design's sizes in pixels.
    """

    typed = Signal(str)
    erased = Signal()
    cleared = Signal()

    def __init__(self, sizes: Sizes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("keypad")
        # Keys of numbers and Latin letters stand in the same order everywhere.
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._keys: dict[str, QPushButton] = {}
        for index, character in enumerate(CODE_KEYS):
            self._add_character(character, index // _COLUMNS, index % _COLUMNS)
        for index, character in enumerate(CHECK_KEYS):
            self._add_character(character, _CHECK_ROW, index)
        erase = self._add("", "eraseKey", _CHECK_ROW, 5)
        speak(erase, "manual.erase")
        call_by(erase, "manual.erase_name")
        explain_by(erase, "manual.erase_name")
        erase.clicked.connect(self.erased)
        clear = self._add("", "clearKey", _CHECK_ROW, 6, columns=2)
        speak(clear, "manual.clear")
        clear.clicked.connect(self.cleared)
        self.set_sizes(sizes)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._grid.setSpacing(sizes.gap)
        for key in self.findChildren(QPushButton):
            key.setMinimumSize(sizes.small_touch, sizes.small_touch)

    def allow(self, entry: ManualEntry) -> None:
        """Switch on the keys that may follow."""
        for character, key in self._keys.items():
            key.setEnabled(entry.may_follow(character))

    def key(self, character: str) -> QPushButton:
        """Return the key of a character."""
        return self._keys[character]

    def _add_character(self, character: str, row: int, column: int) -> None:
        key = self._add(character, f"key_{ord(character):02x}", row, column)
        key.clicked.connect(lambda: self.typed.emit(character))
        self._keys[character] = key

    def _add(self, text: str, name: str, row: int, column: int, columns: int = 1) -> QPushButton:
        key = QPushButton(text)
        key.setObjectName(name)
        key.setProperty("role", "key")
        key.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        key.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._grid.addWidget(key, row, column, 1, columns)
        return key
