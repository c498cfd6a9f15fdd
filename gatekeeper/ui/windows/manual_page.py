"""Entering a code by hand, with the check symbol verified as it is typed."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from gatekeeper.presenters.manual_entry import ManualEntry
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.appearance import load_font_family
from gatekeeper.ui.widgets.keypad import Keypad
from gatekeeper.ui.widgets.scroll_body import ScrollBody
from gatekeeper.ui.windows.page_parts import make_button, make_label, set_role, size_parts
from gatekeeper.wording.texts import TEXTS

_ENTER: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


class ManualPage(QWidget):
    """Keypad and keyboard, for the characters under a ticket's QR code.

    Args:
        sizes: The design's sizes in pixels.
    """

    submitted = Signal(str)
    left = Signal()

    def __init__(self, sizes: Sizes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("manualPage")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("takesTyping", True)
        self._sizes = sizes
        self._entry = ManualEntry()
        self._title = make_label(key="manual.title", role="title")
        self._code = make_label(role="code", name="manualCode")
        self._code.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._code.setWordWrap(False)
        self._message = make_label(name="manualMessage")
        self._back = make_button("manual.back", name="manualBack", takes_focus=False)
        self._submit = make_button(
            "manual.submit", name="manualSubmit", is_primary=True, takes_focus=False
        )
        self.keypad = Keypad(load_font_family(), sizes)
        self._compose()
        self._connect()
        self.restart()

    @property
    def entry(self) -> ManualEntry:
        """What stands there."""
        return self._entry

    def restart(self) -> None:
        """Begin with nothing."""
        self._take(ManualEntry())

    def retranslate(self) -> None:
        """Say what changes while it is typed in another language."""
        self._take(self._entry)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._sizes = sizes
        size_parts(self, sizes)
        self.keypad.set_sizes(sizes)
        edge = sizes.px(34)
        self._split.setContentsMargins(edge, edge, edge, edge)
        self._split.setSpacing(sizes.px(30))
        self._column.setSpacing(sizes.gap)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take keys from a keyboard as from the keypad."""
        if event.key() in _ENTER:
            self._try_submit()
        elif event.key() == Qt.Key.Key_Backspace:
            self._take(self._entry.erase())
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif len(event.text()) == 1:
            self._take(self._entry.type(event.text()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the keypad beside the code, or under it on an upright screen."""
        is_wide = event.size().width() >= event.size().height()
        self._split.setDirection(
            QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        )
        super().resizeEvent(event)

    def _compose(self) -> None:
        left = QWidget()
        self._column = QVBoxLayout(left)
        self._column.setContentsMargins(0, 0, 0, 0)
        hint = make_label(key="manual.hint", role="muted")
        self._body = ScrollBody(self._sizes)
        self._body.column.addWidget(self._title)
        self._body.column.addWidget(hint)
        self._body.column.addStretch(1)
        self._body.column.addWidget(self._code)
        self._body.column.addWidget(self._message)
        self._body.column.addStretch(1)
        self._body.may_drop(hint, self._title)
        self._column.addWidget(self._body, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self._back)
        buttons.addWidget(self._submit)
        self._column.addLayout(buttons)
        self._split = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._split.addWidget(left, 43)
        self._split.addWidget(self.keypad, 57)
        self.set_sizes(self._sizes)

    def _connect(self) -> None:
        self.keypad.typed.connect(lambda character: self._take(self._entry.type(character)))
        self.keypad.erased.connect(lambda: self._take(self._entry.erase()))
        self.keypad.cleared.connect(self.restart)
        self._back.clicked.connect(self.left)
        self._submit.clicked.connect(self._try_submit)

    def _take(self, entry: ManualEntry) -> None:
        self._entry = entry
        self._code.setText(entry.spell())
        self.keypad.allow(entry)
        self._submit.setEnabled(entry.fits)
        message, role = self._judge()
        self._message.setText(message)
        set_role(self._message, role)

    def _judge(self) -> tuple[str, str]:
        if self._entry.fits:
            return TEXTS.say("manual.fits"), "good"
        if self._entry.is_full:
            return TEXTS.say("manual.unfit"), "bad"
        if self._entry.left == 0:
            return TEXTS.say("manual.check_next"), ""
        return TEXTS.say("manual.left", count=self._entry.left), ""

    def _try_submit(self) -> None:
        if self._entry.fits:
            self.submitted.emit(self._entry.spell())
