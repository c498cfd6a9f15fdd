"""Where the server is, how another desk knows that it is this one, and how it is copied."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.before_doors.doors_ready_lines import Light
from gatekeeper.presenters.desk.doors_ready_words import SIGNS
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.organizer.desk_style import DeskCard, give_role, make_button, make_text
from gatekeeper.ui.organizer.organization.second_factor_card import SecondFactorCard
from gatekeeper.ui.organizer.widgets.file_dialogs import ask_for_folder
from gatekeeper.ui.organizer.widgets.usb_stick_buttons import StickButtons
from gatekeeper.ui.widgets.qr_picture import QrPicture
from gatekeeper.wording.texts import TEXTS

_QR_SIDE: Final = 300
_ROLES: Final = {Light.GREEN: "good", Light.AMBER: "warn", Light.RED: "bad"}


class ServerPage(QWidget):
    """Shows the server's address and digits; of one of this laptop also its copies."""

    chose_folder = Signal(Path)
    """Copies are to go there."""
    wants_sheet = Signal()
    """A new recovery sheet."""
    gave_up = Signal(str)
    """A device that will not come back is not to be waited for."""
    moved = Signal(str)
    """The server, which is elsewhere, is at this address by now."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskServer")
        rows = fill(QVBoxLayout(self), make_text(TEXTS.say("desk.server.title"), "title"))
        self._lead = make_text("", "lead", "serverLead")
        rows.addWidget(self._lead)
        self._form = QFormLayout()
        self._form.setSpacing(10)
        rows.addLayout(self._form)
        self._move = make_button(TEXTS.say("desk.join.go"), "serverMoved", self._say_moved)
        rows.addWidget(self._move, 0, Qt.AlignmentFlag.AlignLeading)
        self.word, self._picture = "", QrPicture(_QR_SIDE)
        self.factor = SecondFactorCard()
        self._copies = self._make_copies()
        fill(rows, self.factor, self._copies)
        self._address = self._make_address()
        rows.addWidget(self._address)
        self.missing = make_text("", name="serverMissing")
        self.missing.hide()
        rows.addWidget(self.missing)
        self._awaited = QHBoxLayout()
        rows.addLayout(self._awaited)
        self._shown: tuple[str, ...] = ()
        rows.addStretch(1)
        self._lines: dict[str, QLineEdit] = {}

    def show_server(self, facts: dict[str, str], *, is_own: bool) -> None:
        """Show what is known of it: texts by `address`, `digits` and `folder`."""
        self._lead.setText(TEXTS.say("desk.server.own" if is_own else "desk.server.elsewhere"))
        self._copies.setVisible(is_own)
        self._address.setVisible(is_own)
        self._move.setVisible(not is_own)
        for key, text in facts.items():
            if key not in self._lines:
                line = self._lines[key] = QLineEdit()
                line.setObjectName(f"server_{key}")
                line.setReadOnly(is_own)
                line.returnPressed.connect(self._say_moved)
                self._form.addRow(TEXTS.say(f"desk.server.{key}"), line)
            self._lines[key].setText(text)
            self._lines[key].setCursorPosition(0)

    def _say_moved(self) -> None:
        if not self._move.isHidden():
            self.moved.emit(self._lines["address"].text())

    def show_copies(self, light: Light, said: str, advice: str) -> None:
        """Say how the copies stand, as the board does, and what to do."""
        self.copied.setText(f"{SIGNS[light]}  {said}")
        give_role(self.copied, _ROLES[light])
        self.advice.setText(advice)
        self.advice.setVisible(bool(advice))

    def show_address(self, word: str) -> None:
        """Show the signed word that gates scan; it changes seldom."""
        if word and word != self.word:
            self.word = word
            self._picture.show_code(word)

    def show_missing(self, said: str, awaited: dict[str, str]) -> None:
        """Say what only the dead server held; name those who are waited for, by id."""
        self.missing.setText(said)
        self.missing.setVisible(bool(said))
        if tuple(awaited) == self._shown:
            return
        self._shown = tuple(awaited)
        while (item := self._awaited.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for device_id, name in awaited.items():
            button = make_button(TEXTS.say("safe.missing.wait_no_longer", name=name), "noLonger")
            button.clicked.connect(lambda _on=False, one=device_id: self.gave_up.emit(one))
            self._awaited.addWidget(button)

    def _make_address(self) -> QFrame:
        card = DeskCard()
        text = QVBoxLayout()
        text.addWidget(make_text(TEXTS.say("safe.address.title"), "heading"))
        text.addWidget(make_text(TEXTS.say("safe.address.lead"), "lead"))
        text.addStretch(1)
        fill(QHBoxLayout(card), self._picture, (text, 1))
        return card

    def _make_copies(self) -> QFrame:
        card = DeskCard()
        rows = QVBoxLayout(card)
        rows.addWidget(make_text(TEXTS.say("safe.title"), "heading"))
        rows.addWidget(make_text(TEXTS.say("safe.lead"), "lead"))
        self.copied = make_text("", name="serverCopied")
        self.advice = make_text("", "lead", "serverCopyAdvice")
        fill(rows, self.copied, self.advice)
        self.sticks = StickButtons()
        self.sticks.chosen.connect(self.chose_folder)
        rows.addWidget(self.sticks, 0, Qt.AlignmentFlag.AlignLeading)
        ways = QHBoxLayout()
        choose = make_button(TEXTS.say("safe.choose"), "copyFolder", self._choose)
        sheet = make_button(TEXTS.say("safe.new_sheet"), "newSheet", self.wants_sheet)
        fill(ways, choose, sheet, STRETCH)
        rows.addLayout(ways)
        return card

    def _choose(self) -> None:
        if name := ask_for_folder(self, TEXTS.say("safe.choose")):
            self.chose_folder.emit(Path(name))
