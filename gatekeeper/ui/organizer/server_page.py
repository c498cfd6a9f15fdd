"""Where the server is, and how another desk knows that it is this one."""

from __future__ import annotations

from PySide6.QtWidgets import QFormLayout, QLineEdit, QVBoxLayout, QWidget

from gatekeeper.ui.organizer.looks import make_text
from gatekeeper.wording.texts import TEXTS


class ServerPage(QWidget):
    """Shows the server's address and digits; nothing is done here."""

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
        rows.addStretch(1)
        self._lines: dict[str, QLineEdit] = {}

    def show_server(self, facts: dict[str, str], *, is_own: bool) -> None:
        """Show what is known of it: texts by `address`, `digits` and `folder`."""
        self._lead.setText(TEXTS.say("desk.server.own" if is_own else "desk.server.elsewhere"))
        for key, text in facts.items():
            if key not in self._lines:
                line = self._lines[key] = QLineEdit()
                line.setObjectName(f"server_{key}")
                line.setReadOnly(True)
                self._form.addRow(TEXTS.say(f"desk.server.{key}"), line)
            self._lines[key].setText(text)
            self._lines[key].setCursorPosition(0)
