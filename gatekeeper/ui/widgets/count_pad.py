"""The keys by which staff say how many of a group pass: less, more, and the digits."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from gatekeeper.presenters.colors import Look
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.filled_layouts import edge_to_edge
from gatekeeper.ui.widgets.action_button import ActionButton
from gatekeeper.wording.texts import TEXTS

_DIGITS: Final = 10
_WIDE_COLUMNS: Final = 12
_NARROW_COLUMNS: Final = 6


class CountPad(QWidget):
    """Less, more, and the digits."""

    stepped = Signal(int)
    typed = Signal(int)

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.setObjectName("countPad")
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # as telephones have it
        self._grid = edge_to_edge(QGridLayout(self))
        self._keys = [ActionButton(sizes, self) for _ in range(_DIGITS + 2)]
        less, *digits, more = self._keys
        less.setObjectName("countLess")
        less.clicked.connect(lambda: self.stepped.emit(-1))
        more.setObjectName("countMore")
        more.clicked.connect(lambda: self.stepped.emit(1))
        for place, key in enumerate(digits):
            digit = (place + 1) % _DIGITS
            key.setObjectName(f"count{digit}")
            key.clicked.connect(lambda _=False, digit=digit: self.typed.emit(digit))
        self._columns = 0
        self.set_sizes(sizes)
        self.offer(1, 1)

    def offer(self, count: int, most: int) -> None:
        """Show which keys lead to another number."""
        less, *digits, more = self._keys
        less.show_choice("−", is_main=False)
        less.setAccessibleName(TEXTS.say("decide.less"))
        less.setEnabled(count > 1)
        more.show_choice("+", is_main=False)
        more.setAccessibleName(TEXTS.say("decide.more"))
        more.setEnabled(count < most)
        for place, key in enumerate(digits):
            digit = (place + 1) % _DIGITS
            key.show_choice(str(digit), is_main=digit == count)
            key.setEnabled(most >= _DIGITS or 1 <= digit <= most)

    def set_look(self, look: Look) -> None:
        """Take the colours of the ground."""
        for key in self._keys:
            key.set_look(look)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._grid.setSpacing(sizes.gap)
        for key in self._keys:
            key.set_sizes(sizes)
        self._touch, self._gap = sizes.touch, sizes.gap
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take two rows where one would make the keys too narrow."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        needed = _WIDE_COLUMNS * (self._touch + self._gap)
        columns = _WIDE_COLUMNS if self.width() >= needed else _NARROW_COLUMNS
        if columns == self._columns:
            return
        self._columns = columns
        for place, key in enumerate(self._keys):
            self._grid.addWidget(key, place // columns, place % columns)
        self._grid.invalidate()
        self.updateGeometry()
