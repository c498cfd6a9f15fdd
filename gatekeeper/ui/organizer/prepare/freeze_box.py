"""What is locked of a plan since gates were handed it, and the way to lift that with a reason."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout

from gatekeeper.organizer.prepare.plan_client import Freeze
from gatekeeper.presenters.desk.plan_words import spell_freeze
from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.organizer.desk_style import DeskCard, called, give_role, make_button, make_text
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import REASON_SIZE_MAX


class FreezeBox(DeskCard):
    """Says what is locked and why; a reason lifts it."""

    lifted = Signal(str)

    def __init__(self) -> None:
        super().__init__("freezeBox")
        self._said = make_text("", "lead", "freezeSaid")
        self.reason = called(QLineEdit(), "freezeReason")
        self.reason.setMaxLength(REASON_SIZE_MAX)
        self.reason.setPlaceholderText(TEXTS.say("freeze.reason"))
        self.reason.setAccessibleName(TEXTS.say("freeze.reason"))
        self.reason.textChanged.connect(self._arrange)
        self.go = make_button(TEXTS.say("freeze.lift"), "freezeLift")
        self.go.clicked.connect(lambda: self.lifted.emit(self.reason.text().strip()))
        ways = fill(QHBoxLayout(), (self.reason, 1), self.go)
        fill(QVBoxLayout(self), self._said, ways)
        self.hide()

    @property
    def said(self) -> str:
        """What is said of the freeze, or ""."""
        return "" if self.isHidden() else self._said.text()

    def show_freeze(self, freeze: Freeze, timezone: str) -> None:
        """Show how it stands; what somebody is typing stays."""
        said = spell_freeze(freeze, timezone)
        self._said.setText(said)
        give_role(self._said, "lead" if freeze.is_frozen else "bad")
        self.setVisible(bool(said))
        for widget in (self.reason, self.go):
            widget.setVisible(freeze.is_frozen)
        if not freeze.is_frozen:
            self.reason.clear()
        self._arrange()

    def _arrange(self) -> None:
        self.go.setEnabled(bool(self.reason.text().strip()))
