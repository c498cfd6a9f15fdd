"""Questions before what cannot be undone: yes or no, or the name of what it would end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QLineEdit, QVBoxLayout, QWidget
from shiboken6 import isValid

from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.organizer.desk_style import DeskCard, called, line_up, make_button, make_text
from gatekeeper.wording.texts import TEXTS


class YesOrNo(QFrame):
    """Asks; the way back has the keyboard, and either answer gives it back to what had it.

    Args:
        name: Before `Ask`, `Yes` and `No` in the names of its parts.
        between: What is filled in before the answer.
        no: The catalogue's key of what the way back says.
    """

    agreed = Signal()

    def __init__(self, name: str, *between: QWidget, no: str = "programs.keep") -> None:
        super().__init__()
        self._before: QWidget | None = None
        self.setProperty("role", "card")
        self._text = make_text("", "", f"{name}Ask")
        self._yes = make_button("", f"{name}Yes", self._agree)
        self._no = make_button(TEXTS.say(no), f"{name}No", self._go_back)
        row = line_up(self._no, self._yes)
        fill(QVBoxLayout(self), self._text, *between, row)

    @property
    def asked(self) -> str:
        """What is asked; "" for nothing."""
        return "" if self.isHidden() else self._text.text()

    def ask(self, question: str, yes: str) -> None:
        """Ask, and say what the button does."""
        self._text.setText(question)
        self._yes.setText(yes)
        for answer in (self._no, self._yes):  # whoever hears the page comes to these at once
            answer.setAccessibleDescription(question)
        self.show()
        now = self.window().focusWidget()
        if now not in self.findChildren(QWidget):  # else it is asked once more
            self._before = now
        self._no.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Esc mean no, and not the way back from the page that asks."""
        if event.key() == Qt.Key.Key_Escape:
            self._no.click()
        else:
            super().keyPressEvent(event)

    def _go_back(self) -> None:
        if self._before is not None and isValid(self._before):
            self._before.setFocus()
        self.hide()

    def _agree(self) -> None:
        self._go_back()  # first: what is done may put the keyboard elsewhere
        self.agreed.emit()


class LossQuestion(YesOrNo):
    """Asks before what is shown this once goes, whatever would take it away.

    Args:
        name: Before `Ask`, `Yes` and `No` in the names of its parts.
        words: What it is: `secret` or `badges`, as the catalogue names its words.
        is_safe: Whether nothing is lost: nothing is shown, or somebody has it.
        forget: Takes it away.
    """

    def __init__(
        self, name: str, words: str, is_safe: Callable[[], bool], forget: Callable[[], object]
    ) -> None:
        super().__init__(name, no="lose.stay")
        self._words, self._is_safe, self._forget = words, is_safe, forget
        self._then: Callable[[], object] = lambda: None
        self.agreed.connect(self._go_on)
        self.hide()

    @property
    def is_safe(self) -> bool:
        """Whether what is shown can go without a loss."""
        return self._is_safe()

    def before(self, act: Callable[[], object]) -> None:
        """Do what takes away what is shown: at once if nothing is lost, else after a yes."""
        if self.is_safe:
            act()
            return
        self._then = act
        self.ask(*(TEXTS.say(f"lose.{self._words}.{one}") for one in ("ask", "yes")))

    def _go_on(self) -> None:
        self._forget()
        self._then()


class EditLoss(YesOrNo):
    """Asks before what is filled in and not saved goes.

    Args:
        name: Before `Ask`, `Yes` and `No` in the names of its parts.

    Attributes:
        is_agreed: It goes now: whoever takes it away need not ask again.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name, no="lose.stay")
        self.is_agreed = False
        self._act: Callable[[], object] = lambda: None
        self.agreed.connect(self._go_on)
        self.hide()

    def before(self, act: Callable[[], object], pages: Sequence[str]) -> None:
        """Do an act that takes away what is filled in, after a yes.

        Args:
            act: Takes it away.
            pages: What they are called on which it is filled in.
        """
        self._act = act
        said = TEXTS.say("lose.edits.ask", pages=TEXTS.list(pages))
        self.ask(said, TEXTS.say("lose.edits.yes"))

    def _go_on(self) -> None:
        self.is_agreed = True
        self._act()
        self.is_agreed = False


class TypedName(DeskCard):
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
        self._text = make_text("", "", f"{name}Ask")
        # To be copied where the keyboard has not the name's letters.
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.typed = called(QLineEdit(), f"{name}Typed")
        self.go = make_button(go, go_name)
        last = fill(QHBoxLayout(), (self.typed, 1), self.go)
        rows = QVBoxLayout(self)
        for one in above:
            if isinstance(one, QLayout):
                rows.addLayout(one)
            else:
                rows.addWidget(one)
        fill(rows, self._text, last)

    def ask(self, question: str) -> None:
        """Say what is to be typed."""
        self._text.setText(question)
        self.typed.setAccessibleName(question)
