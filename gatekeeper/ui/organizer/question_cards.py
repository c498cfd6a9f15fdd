"""Questions before what cannot be undone: yes or no, or the name of what it would end."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QLineEdit, QVBoxLayout, QWidget

from gatekeeper.ui.organizer.looks import make_button, make_text
from gatekeeper.wording.texts import TEXTS


class YesOrNo(QFrame):
    """Asks; the way back has the keyboard.

    Args:
        name: Before `Ask`, `Yes` and `No` in the names of its parts.
    """

    agreed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._text = make_text("", "", f"{name}Ask")
        self._yes = make_button("", f"{name}Yes")
        self._yes.clicked.connect(self._agree)
        self._no = make_button(TEXTS.say("programs.keep"), f"{name}No")
        self._no.clicked.connect(self.hide)
        row = QHBoxLayout()
        row.addWidget(self._no)
        row.addWidget(self._yes)
        row.addStretch(1)
        rows = QVBoxLayout(self)
        rows.addWidget(self._text)
        rows.addLayout(row)

    @property
    def asked(self) -> str:
        """What is asked; "" for nothing."""
        return "" if self.isHidden() else self._text.text()

    def ask(self, question: str, yes: str) -> None:
        """Ask, and say what the button does."""
        self._text.setText(question)
        self._yes.setText(yes)
        self.show()
        self._no.setFocus()

    def _agree(self) -> None:
        self.hide()
        self.agreed.emit()


class TypedName(QFrame):
    """Asks for the name of what would be ended to be typed.

    Args:
        name: Before `Ask` and `Typed` in the names of its parts.
        go: What the button says.
        go_name: The button's own name.
        above: What stands above the question.

    Attributes:
        typed: Where it is typed.
        go: The button.
    """

    def __init__(
        self, name: str, go: str, go_name: str, above: Sequence[QWidget | QLayout] = ()
    ) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._text = make_text("", "", f"{name}Ask")
        self.typed = QLineEdit()
        self.typed.setObjectName(f"{name}Typed")
        self.go = make_button(go, go_name)
        last = QHBoxLayout()
        last.addWidget(self.typed, 1)
        last.addWidget(self.go)
        rows = QVBoxLayout(self)
        for one in above:
            if isinstance(one, QLayout):
                rows.addLayout(one)
            else:
                rows.addWidget(one)
        rows.addWidget(self._text)
        rows.addLayout(last)

    def ask(self, question: str) -> None:
        """Say what is to be typed."""
        self._text.setText(question)
        self.typed.setAccessibleName(question)
