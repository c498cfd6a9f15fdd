"""What keypads of codes share: keys for fingers in gloves, in as many columns as have room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.filled_layouts import edge_to_edge
from gatekeeper.ui.widget_texts import call_by, explain_by, speak
from gatekeeper.ui.widgets.action_button import ActionButton

_MOST_COLUMNS: Final = 8
_LEAST_COLUMNS: Final = 6


class KeyGrid(QWidget):
    """Keys in the same order everywhere, with one that erases and one that clears.

    Args:
        sizes: The design's sizes in pixels.
        signs: What the keys write.
        name: What its keys' names begin with.
        letters: How large they are written.
    """

    typed = Signal(str)
    erased = Signal()
    cleared = Signal()

    def __init__(self, sizes: Sizes, signs: Sequence[str], name: str, letters: float) -> None:
        super().__init__()
        # Keys of numbers and Latin letters stand in the same order everywhere.
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._sizes, self._columns = sizes, 0
        self.grid = edge_to_edge(QGridLayout(self))
        self.keys: dict[str, ActionButton] = {}
        for sign in signs:
            key = self.make_key(f"{name}_{ord(sign):02x}")
            key.setText(sign)
            key.set_letters(letters)
            key.clicked.connect(lambda _=False, sign=sign: self.typed.emit(self.say(sign)))
            self.keys[sign] = key
        self.erase = self.make_key("eraseKey" if name == "key" else f"{name}EraseKey")
        speak(self.erase, "manual.erase")
        call_by(self.erase, "manual.erase_name")
        explain_by(self.erase, "manual.erase_name")
        self.erase.clicked.connect(self.erased)
        self.clear = self.make_key("clearKey" if name == "key" else f"{name}ClearKey")
        speak(self.clear, "manual.clear")
        self.clear.clicked.connect(self.cleared)

    def say(self, sign: str) -> str:
        """Return what a key writes now."""
        return sign

    def place(self, columns: int) -> None:
        """Put the signs' keys into so many columns, in their order."""
        for number, key in enumerate(self.keys.values()):
            self.grid.addWidget(key, number // columns, number % columns)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._sizes = sizes
        self.grid.setSpacing(sizes.gap)
        for key in self.findChildren(ActionButton):
            key.set_sizes(sizes)
        self._columns = 0
        self._arrange()

    def key(self, sign: str) -> ActionButton:
        """Return the key of a sign."""
        return self.keys[sign]

    def minimumSizeHint(self) -> QSize:
        """Return what fingers need, in as few columns as there may be."""
        step = self._sizes.touch_least + self._sizes.gap
        return QSize(_LEAST_COLUMNS * step, self.grid.rowCount() * step)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take fewer columns where fingers would have no room."""
        super().resizeEvent(event)
        self._arrange()

    def make_key(self, name: str) -> ActionButton:
        """Make a key."""
        key = ActionButton(self._sizes, self)
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
        self.place(columns)
        self.grid.invalidate()
        self.updateGeometry()
