"""Large buttons in rows and columns; as many columns as fingers and words have room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from gatekeeper.presenters.colors import DARK, ButtonLook, Look
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.filled_layouts import edge_to_edge
from gatekeeper.ui.widgets.action_button import ActionButton

WORDS_WIDTH: Final = 380


class ActionGrid(QWidget):
    """Shows options; the same ones keep their buttons, so that a finger's press is not lost.

    Args:
        sizes: The design's sizes in pixels.
        columns: At most so many.
        word_width: How wide a button is at least, in reference pixels; 0 for single signs.
        takes_focus: Whether a keyboard can press them.
        is_tall: Whether they share the height that there is, instead of a finger's.
        is_even: Whether rows that do not hold all of them are filled alike.
    """

    chosen = Signal(str)

    def __init__(
        self,
        sizes: Sizes,
        columns: int,
        *,
        word_width: int = WORDS_WIDTH,
        takes_focus: bool = True,
        is_tall: bool = False,
        is_even: bool = False,
    ) -> None:
        super().__init__()
        self._is_tall, self._is_even = is_tall, is_even
        self._sizes, self._most = sizes, columns
        self._word_width, self._takes_focus = word_width, takes_focus
        self._look: Look | ButtonLook = DARK.buttons
        self._letters = 0.0
        self._has_signs = False
        self._buttons: dict[str, ActionButton] = {}
        self._columns = 0
        self._grid = edge_to_edge(QGridLayout(self))
        self.set_sizes(sizes)

    def show_options(self, options: Sequence[Option]) -> None:
        """Show a button for each option, in their order."""
        keys = [option.key for option in options]
        if keys != list(self._buttons):
            self._rebuild(keys)
        for option in options:
            button = self._buttons[option.key]
            button.show_choice(
                option.label,
                option.hint,
                option.icon,
                is_main=option.is_main,
                is_danger=option.is_danger,
            )
            if option.spoken:
                button.setAccessibleName(option.spoken)
            button.set_label_only(is_label=option.is_label)
            button.setEnabled(option.is_enabled and not option.is_label)

    def button(self, key: str) -> ActionButton:
        """Return an option's button."""
        return self._buttons[key]

    def forget_presses(self) -> None:
        """Mean something else by the same buttons from now on."""
        for button in self._buttons.values():
            button.forget_press()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the options that have a button now."""
        return tuple(self._buttons)

    def focus_first(self) -> None:
        """Give the keyboard to the first button."""
        for button in self._buttons.values():
            if button.isEnabled():
                button.setFocus()
                return

    def set_look(self, look: Look | ButtonLook) -> None:
        """Give all buttons the colours that go with the ground below them."""
        self._look = look
        for button in self._buttons.values():
            button.set_look(look)

    def set_sign_keys(self) -> None:
        """Be keys of single signs, which need no wider ones where texts are larger."""
        self._has_signs = True

    def set_letters(self, share: float) -> None:
        """Make single signs so much larger than staff's texts."""
        self._letters = share

    def set_sizes(self, sizes: Sizes) -> None:
        """Give all buttons other sizes, and place them anew."""
        self._sizes = sizes
        self._grid.setSpacing(sizes.gap)
        for button in self._buttons.values():
            button.set_sizes(sizes)
        self._columns = 0
        self.arrange(self.width())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the button above or below, in the next grid at last; if none, it is the page's."""
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        target = (self._below(step) or self._beyond(step)) if step else None
        if target is None:
            super().keyPressEvent(event)
        else:
            target.setFocus(Qt.FocusReason.TabFocusReason)

    def _below(self, step: int) -> ActionButton | None:
        """Return the next button of the same column that can be pressed."""
        buttons = list(self._buttons.values())
        place = next((at for at, button in enumerate(buttons) if button.hasFocus()), -1)
        while place >= 0 and 0 <= (place := place + step * self._columns) < len(buttons):
            if buttons[place].isEnabled():
                return buttons[place]
        return None

    def _beyond(self, step: int) -> ActionButton | None:
        """Return the next button that the keyboard reaches outside of this grid."""
        at: QWidget | None = self
        while at is not None:
            at = at.nextInFocusChain() if step > 0 else at.previousInFocusChain()
            if at is self:
                break
            if isinstance(at, ActionButton) and _takes_keys(at) and not self.isAncestorOf(at):
                return at
        return None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take fewer columns where they would be too narrow."""
        super().resizeEvent(event)
        self.arrange(self.width())

    def _rebuild(self, keys: list[str]) -> None:
        focused = next((key for key, button in self._buttons.items() if button.hasFocus()), "")
        for button in self._buttons.values():
            self._grid.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = {}
        for key in keys:
            button = ActionButton(self._sizes, self, takes_focus=self._takes_focus)
            button.setObjectName(f"option_{key}")
            if self._is_tall:
                button.take_height(is_tall=True)
            if self._letters:
                button.set_letters(self._letters)
            button.set_look(self._look)
            button.clicked.connect(lambda _=False, key=key: self.chosen.emit(key))
            button.show()
            self._buttons[key] = button
        if focused in self._buttons:  # else the keyboard is with what comes next
            self._buttons[focused].setFocus()
        self._columns = 0
        self.arrange(self.width())

    def hasHeightForWidth(self) -> bool:
        """Tell that fewer columns need more height."""
        return not self._is_tall

    def heightForWidth(self, width: int) -> int:
        """Return what the rows need at that width."""
        buttons = list(self._buttons.values())
        columns, gap = self._columns_in(width), self._sizes.gap
        each = (width - gap * (columns - 1)) // columns
        heights = [button.heightForWidth(each) for button in buttons]
        rows = [max(heights[at : at + columns]) for at in range(0, len(heights), columns)]
        return sum(rows) + gap * max(0, len(rows) - 1)

    def _columns_in(self, width: int) -> int:
        columns = self._most
        if self._word_width:
            gap, sizes = self._sizes.gap, self._sizes
            wanted = sizes.px if self._has_signs else sizes.wide
            least = max(wanted(self._word_width), sizes.touch_least)
            columns = max(1, min(columns, (width + gap) // (least + gap)))
            if not self._has_signs:
                columns = self._readable(columns, width)
        if self._is_even and len(self._buttons) > columns:
            rows = -(-len(self._buttons) // columns)
            columns = -(-len(self._buttons) // rows)
        return columns

    def _readable(self, columns: int, width: int) -> int:
        """Return so few columns that no long word of a language shrinks below what can be read."""
        gap = self._sizes.gap
        for fewer in range(columns, 1, -1):
            each = (width - gap * (fewer - 1)) // fewer
            if all(button.is_readable_in(each) for button in self._buttons.values()):
                return fewer
        return 1

    def arrange(self, width: int) -> None:
        """Stand as a width asks for that is about to be given.

        A layout asks for the height of what stands now: what once had no room would never again.
        """
        columns = self._columns_in(width)
        if columns == self._columns:
            return
        self._columns = columns
        for place, button in enumerate(self._buttons.values()):
            self._grid.addWidget(button, place // columns, place % columns)
        self._grid.invalidate()
        self.updateGeometry()


def _takes_keys(button: ActionButton) -> bool:
    is_reached = button.focusPolicy() != Qt.FocusPolicy.NoFocus
    return is_reached and button.isVisible() and button.isEnabled()
