"""Making this machine a device of an organization, with a one-time code."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from gatekeeper.device.profile_folder import PairingRequest
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.widget_texts import call_by
from gatekeeper.ui.widgets.page_parts import (
    is_escape,
    make_button,
    make_label,
    set_role,
    size_parts,
)
from gatekeeper.ui.widgets.scroll_body import ScrollBody
from gatekeeper.wording.texts import TEXTS

_LINE_BEGIN: Final = "GKE1 "
_LABEL_WIDTH: Final = 460
_NARROW_BELOW: Final = 1_200
_PASTE_WIDTH: Final = 220
_UNBOUNDED: Final = 16_777_215  # Qt's QWIDGETSIZE_MAX


class PairingPage(QWidget):
    """Takes the whole enrolment line, or a server's address and a code."""

    wanted = Signal(object)  # PairingRequest
    left = Signal()

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.setObjectName("pairingPage")
        self._line = self._make_field("pair.line", "pairLine")
        self._url = self._make_field("pair.url", "pairUrl")
        self._url.setPlaceholderText("https://tickets.example.org")
        self._code = self._make_field("pair.code", "pairCode")
        self._message = make_label(name="pairMessage")
        self._start = make_button("pair.start", name="pairStart", is_primary=True)
        self._paste = make_button("pair.paste", name="pairPaste")
        self._back = make_button("manual.back", name="pairBack")
        self._back.hide()
        self._rows = QVBoxLayout(self)
        self._body = ScrollBody(sizes, is_text=True)
        self._fields: list[QBoxLayout] = []
        self._labels: list[QLabel] = []
        self.setFocusProxy(self._line)
        self._compose()
        self.set_sizes(sizes)
        self._start.clicked.connect(self._submit)
        self._paste.clicked.connect(self._paste_line)
        self._back.clicked.connect(self.left)
        for field in (self._line, self._url, self._code):
            field.returnPressed.connect(self._submit)

    def take_scan(self, text: str) -> bool:
        """Use a code that a reader read, if it is one for pairing; tell whether it is."""
        if not text.startswith(_LINE_BEGIN):
            self._say(TEXTS.say("pair.not_for_pairing"), "bad")
            return False
        self._line.setText(text)
        self._submit()
        return True

    def offer_again(self) -> None:
        """Let a gate that its server does not know any more be paired again, or go on as it is."""
        for field in (self._line, self._url, self._code):
            field.clear()
        self._start.setEnabled(True)
        self._back.show()
        self._say(TEXTS.say("trouble.token"), "bad")

    def show_working(self) -> None:
        """Say that the server is being asked."""
        self._start.setEnabled(False)
        self._say(TEXTS.say("pair.working"), "")

    def show_failure(self, why: str) -> None:
        """Say why it did not work, and let it be tried again."""
        self._start.setEnabled(True)
        self._say(f"{TEXTS.say('pair.failed', why=why)} {TEXTS.say('pair.retry')}", "bad")

    def show_no_answer(self) -> None:
        """Say that the server may have taken the code, which is good for this device still."""
        self._start.setEnabled(True)
        self._say(TEXTS.say("pair.no_answer"), "bad")

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        size_parts(self, sizes)
        edge = sizes.margin
        self._rows.setContentsMargins(edge, edge, edge, edge)
        self._rows.setSpacing(sizes.gap)
        self._label_width = sizes.wide(_LABEL_WIDTH)
        self._narrow_below = sizes.wide(_NARROW_BELOW)
        self._paste_width = sizes.wide(_PASTE_WIDTH)
        self._arrange_fields()

    def _make_field(self, key: str, name: str) -> QLineEdit:
        field = QLineEdit()
        field.setObjectName(name)
        call_by(field, key)
        field.setMaxLength(600)
        return field

    def _compose(self) -> None:
        column = self._body.column
        column.addWidget(make_label(key="pair.title", role="title"))
        for key in ("pair.step_1", "pair.step_2", "pair.step_3"):
            column.addWidget(make_label(key=key))
        whole = self._whole = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        fill(whole, (self._line, 1), self._paste)
        column.addStretch(1)
        self._add_row("pair.line", whole)
        self._add_row("pair.url", self._url)
        self._add_row("pair.code", self._code)
        fill(column, self._message, 2)
        self._rows.addWidget(self._body, 1)
        foot = fill(QHBoxLayout(), self._back, self._start)
        self._rows.addLayout(foot)

    def _add_row(self, key: str, field: QLineEdit | QBoxLayout) -> None:
        label = make_label(key=key, role="muted")
        row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        row.addWidget(label)
        if isinstance(field, QLineEdit):
            row.addWidget(field, 1)
        else:
            row.addLayout(field, 1)
        self._labels.append(label)
        self._fields.append(row)
        self._body.column.addLayout(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Esc lead back, where there is something to go back to."""
        if is_escape(event) and not self._back.isHidden():
            self.left.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put what a field is for beside it, or above it where there is no room."""
        super().resizeEvent(event)
        self._arrange_fields()

    def _arrange_fields(self) -> None:
        is_wide = self.width() >= self._narrow_below
        beside, above = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        for label, row in zip(self._labels, self._fields, strict=True):
            row.setDirection(beside if is_wide else above)
            label.setMinimumWidth(self._label_width if is_wide else 0)
            label.setMaximumWidth(self._label_width if is_wide else _UNBOUNDED)
        self._whole.setDirection(beside if is_wide else above)
        self._paste.setMaximumWidth(self._paste_width if is_wide else _UNBOUNDED)
        self._paste.setMinimumWidth(self._paste_width if is_wide else 0)
        self._body.fit()

    def _paste_line(self) -> None:
        self._line.setText(QGuiApplication.clipboard().text().strip())
        self._line.setFocus()

    def _submit(self) -> None:
        if not self._start.isEnabled():
            return
        line = self._line.text().strip()
        request = PairingRequest(
            line=line,
            url="" if line else self._url.text().strip().rstrip("/"),
            code="" if line else self._code.text().strip(),
        )
        if not request.is_complete:
            self._say(TEXTS.say("pair.incomplete"), "bad")
            return
        self.show_working()
        self.wanted.emit(request)

    def _say(self, text: str, role: str) -> None:
        self._message.setText(text)
        self._message.setAccessibleName(text)
        set_role(self._message, role)
        if text:
            self._body.reveal(self._message)
