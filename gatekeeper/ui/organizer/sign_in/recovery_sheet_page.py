"""The recovery sheet at the first start, and whenever a new one is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout

from gatekeeper.organizer.own_server_copies import RecoverySheet
from gatekeeper.organizer.saved_file import write_whole
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_file_fault
from gatekeeper.printing.ports import Paper
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.organizer.desk_style import make_button, make_text
from gatekeeper.ui.organizer.sign_in.sign_in_pages import CentredPage
from gatekeeper.ui.organizer.widgets.file_dialogs import ask_where_to_save
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.wording.texts import TEXTS

_NAME: Final = "gatekeeper-recovery.pdf"


class SheetPage(LastActLine, CentredPage):
    """Shows the recovery code once and writes the sheet; goes on when it is on paper."""

    taken = Signal()
    printed = Signal(object)
    """The sheet, at this laptop's printer."""

    def __init__(self) -> None:
        super().__init__("deskSheet", TEXTS.say("safe.sheet.title"), TEXTS.say("safe.sheet.lead"))
        self._sheet: RecoverySheet | None = None
        self.code = make_text("", "secret", "sheetCode")
        self._note = make_text("", "good", "sheetNote")
        self._note.hide()
        fill(self.rows, self.code, make_text(TEXTS.say("safe.sheet.secret"), "lead"), self._note)
        ways = QHBoxLayout()
        save = make_button(TEXTS.say("safe.sheet.save"), "sheetSave", self._choose, is_main=True)
        go = make_button(TEXTS.say("safe.sheet.go"), "sheetGo", self._go)
        paper = make_button(TEXTS.say("staff.badge.print"), "sheetPrint")
        paper.clicked.connect(lambda: self.printed.emit(Paper("recovery", self.write(), 0)))
        self._save = save
        fill(ways, go, STRETCH, paper, save)
        self.rows.addLayout(ways)

    def show_sheet(self, sheet: RecoverySheet) -> None:
        """Show a sheet; what it holds is shown this once."""
        self._sheet = sheet
        self.setEnabled(True)
        self.code.setText(sheet.code)
        self._note.hide()

    def begin(self) -> None:
        """Take the keyboard; Enter must not pass by the only look at it."""
        self._save.setFocus()

    def write(self) -> bytes:
        """Return the sheet as PDF."""
        from gatekeeper.printing.pdf_recovery import write_recovery_sheet

        sheet = self._sheet
        assert sheet is not None, "a sheet is shown"
        return write_recovery_sheet(
            TEXTS,
            organization=sheet.organization,
            email=sheet.email,
            code=sheet.code,
            digits=sheet.digits,
            made_on=sheet.made_on,
        )

    def save(self, file: Path) -> None:
        """Write the sheet, and say what became of it."""
        try:
            write_whole(file, self.write())
        except OSError as fault:
            self.say(spell_file_fault(file.name, fault), "bad")
            return
        self.say(TEXTS.say("safe.sheet.saved", name=file.name), "good")

    def _choose(self) -> None:
        if name := ask_where_to_save(self, TEXTS.say("safe.sheet.save"), _NAME):
            self.save(Path(name))
            QDesktopServices.openUrl(QUrl.fromLocalFile(name))

    def _go(self) -> None:
        self._sheet = None
        self.setEnabled(False)  # a second press finds nothing to save or to print
        self.code.clear()
        self.taken.emit()
