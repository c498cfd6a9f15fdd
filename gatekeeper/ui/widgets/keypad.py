"""A keypad on the screen: the characters of a manual code, for fingers in gloves."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from gatekeeper.presenters.manual_entry import CHECK_KEYS, CODE_KEYS, ManualEntry
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.phrases import call_by, explain_by, speak
from gatekeeper.ui.widgets.action_button import ActionButton

_MOST_COLUMNS: Final = 8
_LEAST_COLUMNS: Final = 6
_LETTERS: Final = 1.5


class Keypad(QWidget):
    """Keys in the same order everywhere; those that cannot follow are off.

    Args:
        family: The font.
        sizes: The design's sizes in pixels.
    """

    typed = Signal(str)
    erased = Signal()
    cleared = Signal()

    def __init__(self, family: str, sizes: Sizes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("keypad")
        # Keys of numbers and Latin letters stand in the same order everywhere.
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._family, self._sizes, self._columns = family, sizes, 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._keys: dict[str, ActionButton] = {}
        for character in (*CODE_KEYS, *CHECK_KEYS):
            key = self._make_key(f"key_{ord(character):02x}")
            key.setText(character)
            key.set_letters(_LETTERS)
            key.clicked.connect(lambda _=False, sign=character: self.typed.emit(sign))
            self._keys[character] = key
        self._erase = self._make_key("eraseKey")
        speak(self._erase, "manual.erase")
        call_by(self._erase, "manual.erase_name")
        explain_by(self._erase, "manual.erase_name")
        self._erase.clicked.connect(self.erased)
        self._clear = self._make_key("clearKey")
        speak(self._clear, "manual.clear")
        self._clear.clicked.connect(self.cleared)
        self.set_sizes(sizes)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._sizes = sizes
        self._grid.setSpacing(sizes.gap)
        for key in self.findChildren(ActionButton):
            key.set_sizes(sizes)
        self._columns = 0
        self._arrange()

    def allow(self, entry: ManualEntry) -> None:
        """Switch on the keys that may follow."""
        for character, key in self._keys.items():
            key.setEnabled(entry.may_follow(character))

    def key(self, character: str) -> ActionButton:
        """Return the key of a character."""
        return self._keys[character]

    def minimumSizeHint(self) -> QSize:
        """Return what fingers need, in as few columns as there may be."""
        step = self._sizes.touch_least + self._sizes.gap
        return QSize(_LEAST_COLUMNS * step, self._grid.rowCount() * step)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take fewer columns where fingers would have no room."""
        super().resizeEvent(event)
        self._arrange()

    def _make_key(self, name: str) -> ActionButton:
        key = ActionButton(self._family, self._sizes, self)
        key.setObjectName(name)
        key.take_height(is_tall=True)
        return key

    def _arrange(self) -> None:
        gap = self._sizes.gap
        fitting = (self.width() + gap) // (self._sizes.touch_least + gap)
        columns = max(_LEAST_COLUMNS, min(_MOST_COLUMNS, fitting))
        if columns == self._columns:
            return
        self._columns = columns
        rows = -(-len(CODE_KEYS) // columns)
        for place, character in enumerate(CODE_KEYS):
            self._grid.addWidget(self._keys[character], place // columns, place % columns)
        for place, character in enumerate(CHECK_KEYS):
            self._grid.addWidget(self._keys[character], rows, place)
        last = len(CHECK_KEYS)
        self._grid.addWidget(self._erase, rows, last)
        if columns - last > 1:
            self._grid.addWidget(self._clear, rows, last + 1, 1, columns - last - 1)
        else:  # beside the last letters, which fill no row
            begin = len(CODE_KEYS) % columns
            self._grid.addWidget(self._clear, rows - 1, begin, 1, columns - begin)
        self._grid.invalidate()
        self.updateGeometry()
