"""Holders by name: a field, letters for fingers, and who was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from gatekeeper.presenters.keyboard_letters import PAGES, first_page, next_page
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.gate.pages.supervisor_page import SupervisorPage
from gatekeeper.ui.widget_texts import call_by
from gatekeeper.ui.widgets.action_grid import ActionGrid
from gatekeeper.ui.widgets.page_parts import make_label
from gatekeeper.wording.texts import TEXTS

NAME_ASKED_AFTER_MS: Final = 120
"""After the last letter of a name: while somebody types on, nobody is looked for."""

_SPACE: Final = "space"
_ERASE: Final = "erase"
_TURN: Final = "turn"
_COLUMNS: Final = 10
_KEY_WIDTH: Final = 120
_HOLDERS_ABREAST: Final = 2
_BACK_WIDTH: Final = 220
_HOLDER_WIDTH: Final = 700
_TEXT_MAX: Final = 60


class SearchPage(SupervisorPage):
    """Asks for a name; takes a keyboard of any script as well."""

    asked = Signal(str)
    picked = Signal(str)  # a ticket id
    touched = Signal()

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes, "searchPage", foot_columns=1)
        self._letters = 0
        self._title = make_label(role="lead")
        self._field = QLineEdit()
        self._field.setObjectName("searchField")
        self._field.setMaxLength(_TEXT_MAX)
        call_by(self._field, "names.title")
        self.found = ActionGrid(sizes, _HOLDERS_ABREAST, word_width=_HOLDER_WIDTH)
        self.pad = ActionGrid(sizes, _COLUMNS, word_width=_KEY_WIDTH, takes_focus=False)
        # Beside the letters, whichever way they run: what turns them is where it was before.
        self.tools = ActionGrid(sizes, 1, word_width=0, takes_focus=False)
        for keys in (self.pad, self.tools):
            keys.set_sign_keys()
        self._grids += [self.found, self.pad, self.tools]
        # The way back stands beside the field: a row of its own would leave no room for names.
        self._head = fill(QHBoxLayout(), (self._field, 1), self._foot)
        self._rows.addLayout(self._head)
        fill(self._body.column, self._title, self.found, STRETCH)
        self._rows.addWidget(self._body, 1)
        self._keyboard = fill(QHBoxLayout(), (self.pad, _COLUMNS), (self.tools, 1))
        self._rows.addLayout(self._keyboard)
        self.setFocusProxy(self._field)
        self._wait = QTimer(self, interval=NAME_ASKED_AFTER_MS, singleShot=True)
        self._wait.timeout.connect(lambda: self.asked.emit(self.text))
        self._field.textChanged.connect(self._begin_waiting)
        self.pad.chosen.connect(self._press_letter)
        self.tools.chosen.connect(self._press_letter)
        self.found.chosen.connect(self.picked)
        self._foot.chosen.connect(lambda _: self.left.emit())
        self.set_sizes(sizes)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        super().set_sizes(sizes)
        for row in (self._head, self._keyboard):
            row.setSpacing(sizes.gap)
        self.tools.setMinimumWidth(sizes.touch_least)
        self._foot.setFixedWidth(sizes.wide(_BACK_WIDTH))
        self._field.setMinimumHeight(sizes.touch)

    @property
    def text(self) -> str:
        """What is asked for."""
        return self._field.text()

    def restart(self) -> None:
        """Ask for a name, with the letters of the language that is spoken."""
        self._field.clear()
        self._wait.stop()
        self._show_letters(first_page(TEXTS.language))
        self.show_found(TEXTS.say("names.hint"), [])
        self._foot.show_options([Option("back", TEXTS.say("manual.back"))])
        self._field.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_found(self, said: str, holders: Sequence[Option]) -> None:
        """Show who was found, each by the id of their ticket."""
        self._title.setText(said)
        self.found.show_options(holders)
        self._body.show_top()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let the arrow lead from the field to those who were found."""
        if event.key() == Qt.Key.Key_Down and self._field.hasFocus():
            self.found.focus_first()
        else:
            super().keyPressEvent(event)

    def _show_letters(self, number: int) -> None:
        self._letters = number
        page = PAGES[number]
        erase, space = TEXTS.say("manual.erase_name"), TEXTS.say("names.space")
        tools = [
            Option(_ERASE, TEXTS.say("manual.erase"), spoken=erase),
            Option(_TURN, PAGES[next_page(number)].sign),
            Option(_SPACE, "␣", spoken=space),
        ]
        self.tools.show_options(tools)
        is_mirrored = page.is_right_to_left
        self.pad.setLayoutDirection(
            Qt.LayoutDirection.RightToLeft if is_mirrored else Qt.LayoutDirection.LeftToRight
        )
        self.pad.show_options([Option(letter, letter) for letter in page.letters])

    def _begin_waiting(self) -> None:
        self.touched.emit()
        self._wait.start()

    def _press_letter(self, key: str) -> None:
        if key == _TURN:
            self.touched.emit()
            self._show_letters(next_page(self._letters))
        elif key == _ERASE:
            self._field.backspace()
        else:
            self._field.insert(" " if key == _SPACE else key.lower())
