"""Where the server is, how another desk knows that it is this one, and how it is copied."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.ui.organizer.looks import make_button, make_text
from gatekeeper.wording.texts import TEXTS


class ServerPage(QWidget):
    """Shows the server's address and digits; of one of this laptop also its copies."""

    chose_folder = Signal(Path)
    """Copies are to go there."""
    wants_sheet = Signal()
    """A new recovery sheet."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskServer")
        rows = QVBoxLayout(self)
        rows.addWidget(make_text(TEXTS.say("desk.server.title"), "title"))
        self._lead = make_text("", "lead", "serverLead")
        rows.addWidget(self._lead)
        self._form = QFormLayout()
        self._form.setSpacing(10)
        rows.addLayout(self._form)
        self._copies = self._make_copies()
        rows.addWidget(self._copies)
        rows.addStretch(1)
        self._lines: dict[str, QLineEdit] = {}

    def show_server(self, facts: dict[str, str], *, is_own: bool) -> None:
        """Show what is known of it: texts by `address`, `digits` and `folder`."""
        self._lead.setText(TEXTS.say("desk.server.own" if is_own else "desk.server.elsewhere"))
        self._copies.setVisible(is_own)
        for key, text in facts.items():
            if key not in self._lines:
                line = self._lines[key] = QLineEdit()
                line.setObjectName(f"server_{key}")
                line.setReadOnly(True)
                self._form.addRow(TEXTS.say(f"desk.server.{key}"), line)
            self._lines[key].setText(text)
            self._lines[key].setCursorPosition(0)

    def show_copies(self, said: str, advice: str) -> None:
        """Say how the copies stand, and what to do."""
        self.copied.setText(said)
        self.advice.setText(advice)
        self.advice.setVisible(bool(advice))

    def _make_copies(self) -> QFrame:
        card = QFrame()
        card.setProperty("role", "card")
        rows = QVBoxLayout(card)
        rows.addWidget(make_text(TEXTS.say("safe.title"), "heading"))
        rows.addWidget(make_text(TEXTS.say("safe.lead"), "lead"))
        self.copied = make_text("", name="serverCopied")
        self.advice = make_text("", "lead", "serverCopyAdvice")
        rows.addWidget(self.copied)
        rows.addWidget(self.advice)
        ways = QHBoxLayout()
        choose = make_button(TEXTS.say("safe.choose"), "copyFolder")
        choose.clicked.connect(self._choose)
        sheet = make_button(TEXTS.say("safe.new_sheet"), "newSheet")
        sheet.clicked.connect(self.wants_sheet)
        ways.addWidget(choose)
        ways.addWidget(sheet)
        ways.addStretch(1)
        rows.addLayout(ways)
        return card

    def _choose(self) -> None:
        name = QFileDialog.getExistingDirectory(self, TEXTS.say("safe.choose"))
        if name:
            self.chose_folder.emit(Path(name))
