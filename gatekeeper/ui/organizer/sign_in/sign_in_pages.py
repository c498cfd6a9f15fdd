"""The desk's first pages: where the server is, who is there, and what is being done."""

from __future__ import annotations

from functools import partial
from typing import Final, NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import give_role, make_button, make_text
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.scrolling_page import ScrollingPage
from gatekeeper.wording.resource_files import resource_folder
from gatekeeper.wording.texts import TEXTS
from shared.credential.password_rules import PASSWORD_LENGTH_MIN, PasswordFlaw, find_password_flaw
from shared.kernel.email_address import is_email

_MEASURE: Final = 620
"""How wide a page of text is, in pixels of the desktop: a line that is read at ease."""


class FormField(NamedTuple):
    """A field of a form.

    Attributes:
        key: By which its value is given.
        label: What stands beside it.
        hint: What stands in it while it is empty.
        is_secret: Whether it is typed unseen.
        is_chosen: It is a password that is chosen now: one that no server takes is refused at
            once, not after a server was made for a few seconds.
        is_email: It is an e-mail address, and is looked at likewise.
    """

    key: str
    label: str
    hint: str = ""
    is_secret: bool = False
    is_chosen: bool = False
    is_email: bool = False


def new_password_field(label: str) -> FormField:
    """Ask for a password that is chosen now."""
    hint = TEXTS.say("desk.own.password", count=PASSWORD_LENGTH_MIN)
    return FormField("password", label, hint, is_secret=True, is_chosen=True)


def email_field() -> FormField:
    """Ask for somebody's e-mail address."""
    return FormField("email", TEXTS.say("desk.field.email"), "ada@example.org", is_email=True)


class CentredPage(QWidget):
    """A column of text and fields in the middle of the window; it scrolls where it is taller.

    Attributes:
        title, lead: What stands at its head.
    """

    def __init__(self, name: str, title: str, lead: str) -> None:
        super().__init__()
        self.setObjectName(name)
        column = QWidget(maximumWidth=_MEASURE)
        self.rows = QVBoxLayout(column)
        self.rows.setSpacing(14)
        self.title = make_text(title, "title", "deskTitle")
        self.lead = make_text(lead, "lead", "deskLead")
        fill(self.rows, self.title, self.lead)
        page, area = QWidget(), ScrollingPage()
        across = fill(QHBoxLayout(page), STRETCH)
        across.addWidget(column, 8, Qt.AlignmentFlag.AlignVCenter)
        across.addStretch(1)
        area.setFrameShape(ScrollingPage.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it goes to the first field
        area.setWidget(page)
        edge_to_edge(QHBoxLayout(self)).addWidget(area)


class ServerChoicePage(CentredPage):
    """The first question: is there a server already?"""

    chose_own = Signal()
    chose_join = Signal()
    chose_take_over = Signal()

    def __init__(self) -> None:
        super().__init__("deskChoice", TEXTS.say("desk.first.title"), TEXTS.say("desk.first.lead"))
        own = self._add("desk.first.own", "desk.first.own_hint", "chooseOwn")
        own.clicked.connect(self.chose_own)
        join = self._add("desk.first.join", "desk.first.join_hint", "chooseJoin")
        join.clicked.connect(self.chose_join)
        take = self._add("safe.take.title", "safe.take.hint", "chooseTakeOver")
        take.clicked.connect(self.chose_take_over)
        own.setFocus()

    def _add(self, key: str, hint: str, name: str) -> QPushButton:
        button = make_button(TEXTS.say(key), name)
        button.setProperty("role", "choice")
        button.setAccessibleDescription(TEXTS.say(hint))
        way = QVBoxLayout()
        way.setSpacing(4)
        fill(way, button, make_text(TEXTS.say(hint), "lead"))
        way.setContentsMargins(0, 0, 0, 12)
        self.rows.addLayout(way)
        return button


class FormPage(LastActLine, CentredPage):
    """A few fields and one way on.

    Args:
        name: Of the widget.
        title, lead: What stands over the fields.
        fields: In their order.
        button: The way on.
    """

    submitted = Signal(dict)
    left = Signal()

    def __init__(
        self, name: str, title: str, lead: str, fields: tuple[FormField, ...], button: str
    ) -> None:
        super().__init__(name, title, lead)
        form = QFormLayout()
        form.setSpacing(10)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._fields = fields
        self.edits: dict[str, QLineEdit] = {}
        self._secrets: list[QLineEdit] = []
        for field in fields:
            edit = self.edits[field.key] = QLineEdit()
            edit.setObjectName(f"{name}_{field.key}")
            edit.setPlaceholderText(field.hint)
            edit.setAccessibleName(field.label)
            if field.is_secret:
                self._secrets.append(edit)
                _hide_secret(edit)
            edit.returnPressed.connect(partial(self._go_on, edit))
            edit.textEdited.connect(lambda _text: self.say(""))
            form.addRow(field.label, edit)
        self.rows.addLayout(form)
        self._note = make_text("", "bad", "formNote")
        self._note.hide()
        self.rows.addWidget(self._note)
        ways = QHBoxLayout()
        back = make_button(TEXTS.say("desk.back"), "formBack", self.left)
        self.back = back
        self.button = make_button(button, "formGo", self._submit, is_main=True)
        fill(ways, back, STRETCH, self.button)
        self.rows.addLayout(ways)

    def fill(self, values: dict[str, str]) -> None:
        """Put values into fields, and the cursor into the first empty one."""
        for key, value in values.items():
            self.edits[key].setText(value)
        self.begin()

    def begin(self) -> None:
        """Take the keyboard at the first empty field."""
        for edit in self.edits.values():
            if not edit.text():
                edit.setFocus()
                return
        self.button.setFocus()

    def begin_again(self) -> None:
        """Take the keyboard where something was most likely typed wrong: unseen, or at first."""
        first = next(iter(self._secrets or self.edits.values()))
        first.setFocus()
        first.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Esc lead back."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _go_on(self, edit: QLineEdit) -> None:
        """Let Enter lead to the next empty field, and send from the last one."""
        edits = list(self.edits.values())
        at = edits.index(edit)
        empty = [one for one in (*edits[at:], *edits[:at]) if not one.text().strip()]
        if empty and empty[0] is not edit:
            empty[0].setFocus()
        else:
            self._submit()

    def _submit(self) -> None:
        for edit in self.edits.values():
            if not edit.text().strip():
                self.say(TEXTS.say("desk.fill_in"))
                edit.setFocus()
                return
        values = {key: edit.text() for key, edit in self.edits.items()}
        for field in self._fields:
            if field.is_email:
                values[field.key] = values[field.key].strip()
            wrong = _say_wrong(field, values)
            if wrong:
                self.say(wrong)
                self.edits[field.key].setFocus()
                self.edits[field.key].selectAll()
                return
        self.say("")
        self.submitted.emit(values)


def _say_wrong(field: FormField, values: dict[str, str]) -> str:
    """Say what no server would take: a slip in an address, a password beside its person; or ""."""
    value = values[field.key]
    if field.is_email and not is_email(value):
        return TEXTS.say("mailed.flaw.email")
    if not field.is_chosen:
        return ""
    flaw = find_password_flaw(value, values.get("name", ""), values.get("email", ""))
    if flaw is None:
        return ""
    return field.hint if flaw is PasswordFlaw.LENGTH else TEXTS.say(f"desk.password.{flaw.value}")


def _hide_secret(edit: QLineEdit) -> None:
    """Show a secret as dots, with an eye beside them that shows it."""
    edit.setEchoMode(QLineEdit.EchoMode.Password)
    eye = edit.addAction(
        QIcon(str(resource_folder() / "icons" / "reveal.svg")),
        QLineEdit.ActionPosition.TrailingPosition,
    )
    eye.setCheckable(True)
    eye.setToolTip(TEXTS.say("desk.field.reveal"))
    eye.toggled.connect(
        lambda is_seen: edit.setEchoMode(
            QLineEdit.EchoMode.Normal if is_seen else QLineEdit.EchoMode.Password
        )
    )


class ProgressPage(CentredPage):
    """What is being done, and what became of it."""

    retried = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__("deskProgress", "", "")
        self._bar = QProgressBar(textVisible=False)
        self.rows.addWidget(self._bar)
        ways = QHBoxLayout()
        self._back = make_button(TEXTS.say("desk.back"), "progressBack", self.left)
        self._again = make_button(TEXTS.say("desk.again"), "progressAgain", is_main=True)
        self._again.clicked.connect(self.retried)
        fill(ways, self._back, STRETCH, self._again)
        self.rows.addLayout(ways)

    @property
    def said(self) -> str:
        """What stands below the title."""
        return self.lead.text()

    def show_step(self, title: str, lead: str, done: int = 0, of: int = 0) -> None:
        """Say what is being done; `of` is 0 where nobody knows how long it takes."""
        self._write(title, lead, "lead")
        self._bar.setRange(0, of)
        self._bar.setValue(done)
        self._bar.show()
        self._back.hide()
        self._again.hide()

    def show_failure(self, title: str, why: str) -> None:
        """Say what failed; it can be tried again."""
        self._write(title, why, "bad")
        self._offer(TEXTS.say("desk.back"), TEXTS.say("desk.again"))

    def show_question(
        self, title: str, lead: str, leave: str, go: str, *, is_wary: bool = False
    ) -> None:
        """Ask whether to go on with something.

        Args:
            title, lead: What is asked, and why.
            leave, go: What the buttons say.
            is_wary: Whether Enter leaves it.
        """
        self._write(title, lead, "lead")
        self._offer(leave, go)
        if is_wary:
            self._back.setFocus()

    def _offer(self, back: str, again: str) -> None:
        self._back.setText(back)
        self._again.setText(again)
        self._bar.hide()
        self._back.show()
        self._again.show()
        self._again.setFocus()

    def _write(self, title: str, lead: str, role: str) -> None:
        self.title.setText(title)
        self.lead.setText(lead)
        give_role(self.lead, role)


class ComparePage(CentredPage):
    """A server that vouches for itself: a person compares what it shows with what it is."""

    agreed = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__(
            "deskCompare", TEXTS.say("desk.compare.title"), TEXTS.say("desk.compare.lead")
        )
        self._digits = make_text("", "secret", "compareDigits")
        self.rows.addWidget(self._digits)
        ways = QHBoxLayout()
        self._back = make_button(TEXTS.say("desk.back"), "compareBack", self.left)
        go = make_button(TEXTS.say("desk.compare.go"), "compareGo", self.agreed)
        fill(ways, self._back, STRETCH, go)
        self.rows.addLayout(ways)

    def begin(self) -> None:
        """Take the keyboard; Enter must not pass by the digits."""
        self._back.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Esc lead back."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def show_digits(self, digits: str) -> None:
        """Show the server's fingerprint."""
        self._digits.setText(group_digits(digits))


def group_digits(digits: str) -> str:
    """Write a fingerprint in groups of four, as two people compare it over the telephone."""
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))
