"""Guests and foreign codes from a spreadsheet: tried first, taken whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from gatekeeper.organizer.desk import GuestList
from gatekeeper.organizer.office import WrongField
from gatekeeper.presenters.desk_words import spell_guests
from gatekeeper.ui.organizer.looks import give_role, make_button, make_text
from gatekeeper.wording.texts import TEXTS


class GuestsPage(QWidget):
    """Chooses a file, shows what it would do, and does it."""

    chosen = Signal(Path)
    taken = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskGuests")
        rows = QVBoxLayout(self)
        rows.addWidget(make_text(TEXTS.say("desk.guests.title"), "title"))
        rows.addWidget(make_text(TEXTS.say("desk.guests.lead"), "lead"))
        sample = QPlainTextEdit(
            "code,type,name,email\nLN-100001,Standing,Klara Nováková,klara@example.org\n"
        )
        sample.setReadOnly(True)
        sample.setMaximumHeight(70)
        sample.setAccessibleName(TEXTS.say("desk.guests.lead"))
        rows.addWidget(sample)
        ways = QHBoxLayout()
        choose = make_button(TEXTS.say("desk.guests.choose"), "guestsChoose", is_main=True)
        choose.clicked.connect(self._choose)
        self._go = make_button(TEXTS.say("desk.guests.go"), "guestsGo")
        self._go.setEnabled(False)
        self._go.clicked.connect(self.taken)
        ways.addWidget(choose)
        ways.addWidget(self._go)
        ways.addStretch(1)
        rows.addLayout(ways)
        self._note = make_text("", "", "guestsNote")
        rows.addWidget(self._note)
        self.wrong = QPlainTextEdit()
        self.wrong.setObjectName("guestsWrong")
        self.wrong.setReadOnly(True)
        self.wrong.hide()
        rows.addWidget(self.wrong, 1)
        rows.addStretch(1)

    @property
    def note(self) -> str:
        """What is said of the list."""
        return self._note.text()

    def show_busy(self, text: str) -> None:
        """Say that the list is being read."""
        self._say(text, "lead")
        self._go.setEnabled(False)

    def show_result(self, found: GuestList | tuple[WrongField, ...]) -> None:
        """Say what became of the list, or would; or which lines are wrong."""
        if isinstance(found, GuestList):
            self._say(spell_guests(found), "good")
            self._go.setEnabled(found.is_dry and found.lines > 0)
            self._list(())
            return
        self._say(TEXTS.say("desk.guests.wrong", count=len(found)), "bad")
        self._go.setEnabled(False)
        self._list(found)

    def show_fault(self, text: str) -> None:
        """Say what went wrong."""
        self._say(text, "bad")
        self._go.setEnabled(False)

    def _list(self, wrong: Sequence[WrongField]) -> None:
        self.wrong.setVisible(bool(wrong))
        self.wrong.setPlainText("\n".join(f"{one.field}: {one.message}" for one in wrong))

    def _say(self, text: str, role: str) -> None:
        self._note.setText(text)
        give_role(self._note, role)

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, TEXTS.say("desk.guests.choose"), "", "CSV (*.csv *.txt *.tsv);;* (*)"
        )
        if name:
            self.chosen.emit(Path(name))
