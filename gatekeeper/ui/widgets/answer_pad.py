"""The answers to a question at the door: one large button for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from gatekeeper.presenters.colors import Look
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.filled_layouts import edge_to_edge
from gatekeeper.ui.widgets.action_button import ActionButton
from shared.manifest.door_questions import ANSWERS_MAX

_COLUMNS: Final = {2: 2, 3: 3, 4: 2, 5: 3, 6: 3}
"""Of so many buttons, where there is room."""
_BUTTON_WIDTH: Final = 270
LETTERS: Final = (1.15, 1.0, 0.87, 0.75, 0.65, 0.56, 0.48)
"""Times the size of staff's texts: the buttons' letters, in steps until they have room."""


class AnswerPad(QWidget):
    """Two to six buttons in a grid; none where nothing is asked."""

    chosen = Signal(int)  # the number of the answer, from 0

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.setObjectName("answerPad")
        self._grid = edge_to_edge(QGridLayout(self))
        self._buttons = [ActionButton(sizes, self) for _ in range(ANSWERS_MAX)]
        self._offered = self._columns = self._limit = 0
        self._share = LETTERS[0]
        for number, button in enumerate(self._buttons):
            button.setObjectName(f"answer{number + 1}")
            button.clicked.connect(lambda _=False, number=number: self.chosen.emit(number))
        self.set_sizes(sizes)
        self.offer(())

    @property
    def buttons(self) -> tuple[ActionButton, ...]:
        """Those that can be pressed now, in order."""
        return tuple(self._buttons[: self._offered])

    def offer(self, replies: Sequence[str]) -> None:
        """Show these answers and no others.

        A quick second tap was meant for the question before: it is passed over.
        """
        self._offered = min(len(replies), len(self._buttons))
        for number, button in enumerate(self._buttons):
            button.forget_press()
            button.setVisible(number < self._offered)
            if number < self._offered:
                button.show_choice(replies[number], is_main=False)
        self.setVisible(bool(replies))
        self._arrange(is_new=True)

    def set_look(self, look: Look) -> None:
        """Take the colours of the ground."""
        for button in self._buttons:
            button.set_look(look)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._sizes = sizes
        self._grid.setSpacing(sizes.gap)
        for button in self._buttons:
            button.set_sizes(sizes)
        self._arrange(is_new=True)

    def set_limit(self, height: int) -> None:
        """Know the height that there is: larger letters end where they would need more."""
        if height != self._limit:
            self._limit = height
            self._arrange(is_new=True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take fewer columns where words would have no room."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self, *, is_new: bool = False) -> None:
        """Put the buttons in as many columns as words have room in, or as the height needs."""
        most = least = _COLUMNS.get(self._offered, 1)
        while least > 1 and self.width() < least * self._sizes.wide(_BUTTON_WIDTH):
            least -= 1
        columns, share = self._fit(least, most)
        if (columns, share) == (self._columns, self._share) and not is_new:
            return
        self._columns, self._share = columns, share
        for button in self._buttons:
            self._grid.removeWidget(button)
            button.set_letters(share)
        for number, button in enumerate(self.buttons):
            self._grid.addWidget(button, number // columns, number % columns)
        for column in range(ANSWERS_MAX):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        self._grid.invalidate()
        self.updateGeometry()

    def _fit(self, least: int, most: int) -> tuple[int, float]:
        """Return how many columns, and how large letters, keep the rows within the height."""
        for columns in range(least, most + 1):
            for share in LETTERS:
                if not self._limit or self._height_at(columns, share) <= self._limit:
                    return columns, share
        return most, LETTERS[-1]

    def _height_at(self, columns: int, share: float) -> int:
        return height_of_rows(self.buttons, columns, self.width(), self._sizes.gap, share)


def height_of_rows(
    shown: Sequence[ActionButton], columns: int, width: int, gap: int, share: float
) -> int:
    """Return the height that buttons need in so many columns; they keep such letters."""
    for button in shown:
        button.set_letters(share)
    each = (width - (columns - 1) * gap) // columns
    rows = [shown[at : at + columns] for at in range(0, len(shown), columns)]
    needed = sum(max(button.heightForWidth(each) for button in row) for row in rows)
    return needed + max(0, len(rows) - 1) * gap
