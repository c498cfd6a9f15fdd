"""Holders by name: a field, letters for fingers, and who was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QScrollArea, QScroller, QVBoxLayout, QWidget

from gatekeeper.presenters.letters import PAGES, first_page, next_page
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.phrases import call_by
from gatekeeper.ui.widgets.action_grid import ActionGrid
from gatekeeper.ui.windows.page_parts import make_label
from gatekeeper.ui.windows.staff_page import StaffPage
from gatekeeper.wording.texts import TEXTS

_SPACE: Final = "space"
_ERASE: Final = "erase"
_TURN: Final = "turn"
_COLUMNS: Final = 11
_KEY_WIDTH: Final = 120
_HOLDERS_ABREAST: Final = 2
_HOLDER_WIDTH: Final = 700
_ASK_AFTER_MS: Final = 120
_TEXT_MAX: Final = 60


class SearchPage(StaffPage):
    """Asks for a name; takes a keyboard of any script as well.

    Args:
        family: The font.
        sizes: The design's sizes in pixels.
    """

    asked = Signal(str)
    picked = Signal(str)  # a ticket id
    touched = Signal()

    def __init__(self, family: str, sizes: Sizes) -> None:
        super().__init__(family, sizes, "searchPage", foot_columns=4)
        self._letters = 0
        self._title = make_label(role="lead")
        self._field = QLineEdit()
        self._field.setObjectName("searchField")
        self._field.setMaxLength(_TEXT_MAX)
        call_by(self._field, "names.title")
        self._found = ActionGrid(family, sizes, _HOLDERS_ABREAST, word_width=_HOLDER_WIDTH)
        self._pad = ActionGrid(family, sizes, _COLUMNS, word_width=_KEY_WIDTH, takes_focus=False)
        self._grids += [self._found, self._pad]
        self._rows.addWidget(self._title)
        self._rows.addWidget(self._field)
        self._rows.addWidget(self._make_scroll(), 1)
        self._rows.addWidget(self._pad)
        self._rows.addWidget(self._foot)
        self.setFocusProxy(self._field)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_ASK_AFTER_MS)
        self._wait.timeout.connect(lambda: self.asked.emit(self.text))
        self._field.textChanged.connect(self._begin_waiting)
        self._pad.chosen.connect(self._press_letter)
        self._found.chosen.connect(self.picked)
        self._foot.chosen.connect(lambda _: self.left.emit())
        self.set_sizes(sizes)

    @property
    def text(self) -> str:
        """What is asked for."""
        return self._field.text()

    @property
    def found(self) -> ActionGrid:
        """Who was found; a button for each."""
        return self._found

    @property
    def pad(self) -> ActionGrid:
        """The letters."""
        return self._pad

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
        self._found.show_options(holders)
        self._scroll.verticalScrollBar().setValue(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let the arrow lead from the field to those who were found."""
        if event.key() == Qt.Key.Key_Down and self._field.hasFocus():
            self._found.focus_first()
        else:
            super().keyPressEvent(event)

    def _make_scroll(self) -> QScrollArea:
        """Give the holders room that a finger can push."""
        self._scroll = QScrollArea()
        self._scroll.setObjectName("deviceScroll")
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        holders = QWidget()
        column = QVBoxLayout(holders)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._found)
        column.addStretch(1)
        self._scroll.setWidget(holders)
        QScroller.grabGesture(
            self._scroll.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture
        )
        return self._scroll

    def _show_letters(self, number: int) -> None:
        self._letters = number
        page = PAGES[number]
        keys = [Option(letter, letter) for letter in page.letters]
        keys.append(Option(_TURN, PAGES[next_page(number)].sign, is_main=True))
        keys.append(Option(_SPACE, "␣", spoken=TEXTS.say("names.space")))
        erase = TEXTS.say("manual.erase_name")
        keys.append(Option(_ERASE, TEXTS.say("manual.erase"), spoken=erase))
        is_mirrored = page.is_right_to_left
        self._pad.setLayoutDirection(
            Qt.LayoutDirection.RightToLeft if is_mirrored else Qt.LayoutDirection.LeftToRight
        )
        self._pad.show_options(keys)

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
