"""The foot of a verdict's screen: what a person can say to it, and how many pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from gatekeeper.presenters.colors import Look
from gatekeeper.presenters.gate.decision_buttons_and_keys import Choice
from gatekeeper.presenters.gate.open_decision import Act
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.widgets.action_button import ActionButton
from gatekeeper.ui.widgets.answer_pad import LETTERS, AnswerPad, height_of_rows
from gatekeeper.ui.widgets.count_pad import CountPad

_BUTTON_WIDTH: Final = 270
_REPLIES_SHARE: Final = 0.26
"""Of the page's height: what answers to a question may take before their letters shrink."""
_ACTS_SHARE: Final = 0.14
"""The same of the other buttons, while there are answers above them."""


class ActionBar(QWidget):
    """Buttons in a row; none where there is nothing to say."""

    acted = Signal(str)
    stepped = Signal(int)
    typed = Signal(int)
    replied = Signal(int)

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.setObjectName("actionBar")
        self._sizes = sizes
        self._buttons: dict[Act, ActionButton] = {}
        self.choices: tuple[Choice, ...] = ()
        self._page_height = 0
        self._rows = edge_to_edge(QVBoxLayout(self))
        self.pad = CountPad(sizes)
        self.pad.stepped.connect(self.stepped)
        self.pad.typed.connect(self.typed)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.replies = AnswerPad(sizes)
        self.replies.chosen.connect(self.replied)
        fill(self._rows, self.replies, self.pad, self._row)
        for act in Act:
            self._buttons[act] = self._make_button(act)
        self.set_sizes(sizes)
        self.show_choices(())

    def button(self, act: Act) -> ActionButton:
        """Return the button that says something."""
        return self._buttons[act]

    def show_choices(
        self,
        choices: Sequence[Choice],
        *,
        count: int | None = None,
        most: int = 1,
        replies: Sequence[str] = (),
    ) -> None:
        """Offer these and no others.

        Args:
            choices: In the order of the buttons.
            count: The number chosen so far, where one is asked for.
            most: The highest that can be chosen.
            replies: Answers to a question, above the other buttons.
        """
        self.choices = tuple(choices)
        self.replies.offer(replies)
        self.pad.setVisible(count is not None)
        if count is not None:
            self.pad.offer(count, most)
        for act, button in self._buttons.items():
            button.setVisible(any(choice.act is act for choice in choices))
        for choice in choices:
            button = self._buttons[choice.act]
            self._row.removeWidget(button)
            self._row.addWidget(button)
            button.show_choice(choice.label, choice.hint, choice.icon, is_main=choice.is_main)
        self.setVisible(bool(choices))
        self._arrange()

    def forget_presses(self) -> None:
        """Mean something else by the same buttons from now on."""
        for button in self._buttons.values():
            button.forget_press()

    def set_look(self, look: Look) -> None:
        """Take the colours of the ground."""
        self.replies.set_look(look)
        self.pad.set_look(look)
        for button in self._buttons.values():
            button.set_look(look)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._sizes = sizes
        self._rows.setSpacing(sizes.gap)
        self._row.setSpacing(sizes.gap * 2)
        self.replies.set_sizes(sizes)
        self.pad.set_sizes(sizes)
        for button in self._buttons.values():
            button.set_sizes(sizes)

    def set_page_height(self, height: int) -> None:
        """Know the height of the page, of which it leaves most to the question's words."""
        if height != self._page_height:
            self._page_height = height
            self.replies.set_limit(int(height * _REPLIES_SHARE))
            self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the buttons below each other where words would have no room beside each other."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        needed = len(self.choices) * self._sizes.wide(_BUTTON_WIDTH)
        # Answers take the height: the others then stand beside each other in any case.
        is_asking = bool(self.replies.buttons)
        beside = is_asking or self.width() >= needed
        self._row.setDirection(
            QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        )
        gap = self._sizes.gap * 2 if beside else self._sizes.gap
        self._row.setSpacing(gap)
        shown = [self._buttons[choice.act] for choice in self.choices]
        columns = max(1, len(shown)) if beside else 1
        limit = self._page_height * _ACTS_SHARE if is_asking else 0
        for share in LETTERS:
            if height_of_rows(shown, columns, self.width(), gap, share) <= limit or not limit:
                break

    def _make_button(self, act: Act) -> ActionButton:
        button = ActionButton(self._sizes, self)
        button.setObjectName(f"{act}Button")
        button.clicked.connect(lambda: self.acted.emit(act.value))
        return button
