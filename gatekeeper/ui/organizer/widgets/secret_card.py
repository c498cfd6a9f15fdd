"""A secret that is shown once: to be copied, and taken away."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout

from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.organizer.desk_style import DeskCard, called, make_button, make_text
from gatekeeper.ui.organizer.widgets.confirmation_cards import LossQuestion
from gatekeeper.wording.texts import TEXTS


class SecretCard(DeskCard):
    """Shows a secret until whoever reads it has it.

    Args:
        name: Before `Secret`, `Once`, `Copy` and `Kept` in the names of its parts.
        title: What the secret is called.

    Attributes:
        field: Where it stands.
        question: Comes before whatever would take it away while nobody has it.
    """

    copied = Signal()

    def __init__(self, name: str, title: str) -> None:
        super().__init__()
        self.field = called(QLineEdit(), f"{name}Secret")
        self.field.setReadOnly(True)
        # It stands from left to right everywhere.
        self.field.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.field.setAccessibleName(title)
        self._once = make_text("", "", f"{name}Once")
        self._copy_it = make_button(TEXTS.say("programs.copy"), f"{name}Copy", is_main=True)
        self._copy_it.clicked.connect(self._copy)
        kept = make_button(TEXTS.say("programs.kept"), f"{name}Kept", self._forget)
        self._is_taken = False
        self.question = LossQuestion(f"{name}Lose", "secret", self._is_safe, self._forget)
        row = fill(QHBoxLayout(), (self.field, 1), self._copy_it, kept)
        fill(QVBoxLayout(self), self._once, row, self.question)

    def show_secret(self, secret: str, said: str) -> None:
        """Show a secret, and say of it that it can be had no second time; "" takes it away."""
        self._is_taken = False
        self.question.hide()
        self.field.setText(secret)
        self.field.setCursorPosition(0)
        self._once.setText(said)
        self.setVisible(bool(secret))

    def begin(self) -> None:
        """Give the keyboard to the copying."""
        self._copy_it.setFocus()

    def turn_away(self) -> None:
        """Show it no longer to whoever comes back; what nobody has stays."""
        if self._is_safe():
            self._forget()

    def _is_safe(self) -> bool:
        return not self.field.text() or self._is_taken

    def _forget(self) -> None:
        self.show_secret("", "")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.field.text())
        self._is_taken = True
        self.question.hide()
        self.copied.emit()
