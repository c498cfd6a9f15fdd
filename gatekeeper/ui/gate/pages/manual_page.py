"""Entering a code by hand: ours with its check symbol verified, or any other as it is printed."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from gatekeeper.presenters.colors import DARK, ButtonLook, Theme
from gatekeeper.presenters.manual_entry import ForeignEntry, ManualEntry, begin_entry
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.ui.lazy_pages import LatePage
from gatekeeper.ui.widget_texts import speak
from gatekeeper.ui.widgets.code_keypad import Keypad
from gatekeeper.ui.widgets.letters_pad import LettersPad
from gatekeeper.ui.widgets.page_parts import (
    color_buttons,
    make_button,
    make_label,
    set_role,
    size_parts,
)
from gatekeeper.ui.widgets.scroll_body import ScrollBody
from gatekeeper.wording.texts import TEXTS

_ENTER: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})
_EDGE: Final = 34
_EDGE_LEAST: Final = 6
_BETWEEN: Final = 30
"""Of the words and the keypad."""


class ManualPage(QWidget):
    """Keypad and keyboard, for the characters under a ticket's QR code.

    Where tickets were imported, a second keypad takes their codes; the page begins with the one
    that was chosen last, as long as the program runs.

    Args:
        sizes: The design's sizes in pixels.
        words: Before the name of each text: where the codes stand that are typed.
    """

    submitted = Signal(str)
    left = Signal()
    touched = Signal()
    letters = LatePage(lambda self: LettersPad(self._sizes))

    def __init__(self, sizes: Sizes, *, words: str = "manual") -> None:
        super().__init__()
        self._words = words
        self.setObjectName("manualPage")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("takesTyping", True)
        self._sizes = sizes
        self.entry: ManualEntry | ForeignEntry = ManualEntry()
        self._has_foreign = self._was_foreign = False
        self._title = make_label(role="title")
        self._code = make_label(role="code", name="manualCode")
        self._code.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._code.setWordWrap(False)
        self._message = make_label(name="manualMessage")
        self._back = make_button("manual.back", name="manualBack", takes_focus=False)
        self._submit = make_button(
            "manual.submit", name="manualSubmit", is_primary=True, takes_focus=False
        )
        self._other = make_button("manual.other", name="manualOther", takes_focus=False)
        self.keypad = Keypad(sizes)
        self._look = DARK.buttons
        self._compose()
        self._connect()
        self.restart()

    @property
    def is_foreign(self) -> bool:
        """Whether a code of another box office is typed."""
        return isinstance(self.entry, ForeignEntry)

    def offer_foreign(self, *, has_foreign: bool) -> None:
        """Offer to type codes of another box office, or not."""
        self._has_foreign = has_foreign
        self._other.setVisible(has_foreign)
        if self.is_foreign and not has_foreign:
            self.restart()

    def change(self) -> None:
        """Begin with a code of the other kind, and so the next time."""
        self._was_foreign = not self.is_foreign
        self._turn(ForeignEntry() if self._was_foreign else ManualEntry())

    def restart(self) -> None:
        """Begin with nothing, and with a code of the kind that was chosen last."""
        ManualPage.letters.if_made(self, lambda letters: letters.set_small(is_small=False))
        self._turn(begin_entry(has_foreign=self._has_foreign, was_foreign=self._was_foreign))

    def retranslate(self) -> None:
        """Say what changes while it is typed in another language."""
        self._turn(self.entry)

    def add_page(self, letters: LettersPad) -> None:
        """Put the other keypad where the first one is."""
        color_buttons(letters, self._look)
        letters.typed.connect(lambda character: self._take(self.entry.type(character)))
        letters.erased.connect(lambda: self._take(self.entry.erase()))
        letters.cleared.connect(lambda: self._take(ForeignEntry()))
        self._split.addWidget(letters, 57)
        letters.setVisible(self.is_foreign)

    def set_look(self, look: ButtonLook) -> None:
        """Take other colours."""
        self._look = look
        color_buttons(self, look)

    def say(self, text: str, role: str) -> None:
        """Say something of what was typed, until more is."""
        self._message.setText(text)
        set_role(self._message, role)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.set_look(theme.buttons)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._sizes = sizes
        size_parts(self, sizes)
        self.keypad.set_sizes(sizes)
        ManualPage.letters.if_made(self, lambda letters: letters.set_sizes(sizes))
        self._column.setSpacing(sizes.gap)
        self._set_edge()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take keys from a keyboard as from the keypad."""
        if event.key() in _ENTER:
            self._try_submit()
        elif event.key() == Qt.Key.Key_Backspace:
            self._take(self.entry.erase())
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif len(event.text()) == 1:
            self._take(self.entry.type(event.text()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the keypad beside the code, or under it on an upright screen."""
        is_wide = event.size().width() >= event.size().height()
        self._split.setDirection(
            QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        )
        self._set_edge()
        super().resizeEvent(event)

    def _set_edge(self) -> None:
        """Leave room around it all, unless the keys would be too small for a finger then."""
        for edge, between in ((_EDGE, _BETWEEN), (_EDGE_LEAST, _EDGE_LEAST)):
            margin = self._sizes.px(edge)
            self._split.setContentsMargins(margin, margin, margin, margin)
            self._split.setSpacing(self._sizes.px(between))
            self._split.invalidate()
            if self._split.minimumSize().height() <= self.height():
                return

    def _compose(self) -> None:
        left = QWidget()
        self._column = edge_to_edge(QVBoxLayout(left))
        self._hint = make_label(role="muted")
        self._body = ScrollBody(self._sizes)
        fill(
            self._body.column, self._title, self._hint, STRETCH, self._code, self._message, STRETCH
        )
        self._body.may_drop(self._hint, self._title, self._message)
        fill(self._column, (self._body, 1), self._other)
        buttons = fill(QHBoxLayout(), self._back, self._submit)
        self._column.addLayout(buttons)
        self._split = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        fill(self._split, (left, 43), (self.keypad, 57))
        self.set_sizes(self._sizes)

    def _connect(self) -> None:
        self.keypad.typed.connect(lambda character: self._take(self.entry.type(character)))
        self.keypad.erased.connect(lambda: self._take(self.entry.erase()))
        self.keypad.cleared.connect(lambda: self._take(ManualEntry()))
        self._other.clicked.connect(self.change)
        self._back.clicked.connect(self.left)
        self._submit.clicked.connect(self._try_submit)

    def _turn(self, entry: ManualEntry | ForeignEntry) -> None:
        """Show the keypad that belongs to a code, and say which one it is."""
        is_foreign = isinstance(entry, ForeignEntry)
        speak(self._title, "manual.title_other" if is_foreign else f"{self._words}.title")
        speak(self._hint, "manual.hint_other" if is_foreign else f"{self._words}.hint")
        speak(self._other, "manual.ours" if is_foreign else "manual.other")
        self._other.setVisible(self._has_foreign)
        self._code.setWordWrap(is_foreign)
        # Characters stand as they are printed, whatever way the words around them are read.
        self._code.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.keypad.setVisible(not is_foreign)
        if is_foreign or ManualPage.letters.made_in(self) is not None:
            self.letters.setVisible(is_foreign)
        self._set_edge()
        self._take(entry)

    def _take(self, entry: ManualEntry | ForeignEntry) -> None:
        self.entry = entry
        self._code.setText(entry.spell())
        if isinstance(entry, ManualEntry):
            self.keypad.allow(entry)
        self._submit.setEnabled(entry.fits)
        self.say(*self._judge())
        self.touched.emit()

    def _judge(self) -> tuple[str, str]:
        entry = self.entry
        if isinstance(entry, ForeignEntry):
            return TEXTS.say("manual.typed", count=entry.count), ""
        if entry.fits:
            return TEXTS.say("manual.fits"), "good"
        if entry.is_full:
            return TEXTS.say("manual.unfit"), "bad"
        if entry.left == 0:
            return TEXTS.say("manual.check_next"), ""
        return TEXTS.say("manual.left", count=entry.left), ""

    def _try_submit(self) -> None:
        entry = self.entry
        if entry.fits:
            is_foreign = isinstance(entry, ForeignEntry)
            self.submitted.emit(entry.text.strip() if is_foreign else entry.spell())
