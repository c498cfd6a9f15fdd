"""One supervisor, steward or cashier: name, rights, badge, PIN; a question before each end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gatekeeper.organizer.organization.new_staff import SUPERVISOR
from gatekeeper.organizer.organization.staff_client import Staff
from gatekeeper.presenters.desk.staff_words import spell_may, spell_staff
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import DeskCard, line_up, make_button, make_text
from gatekeeper.ui.organizer.edit_clash_box import ClashBox
from gatekeeper.ui.organizer.organization.rights_form import RightsForm
from gatekeeper.ui.organizer.widgets.confirmation_cards import LossQuestion, YesOrNo
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import ORGANIZATION_CLOCK
from shared.kernel.errors import BadInput

Question = Literal["", "renew", "pin", "withdraw", "remove"]


class StaffCard(LastActLine, DeskCard):
    """Shows whoever was chosen; hidden while nobody is.

    Attributes:
        staff: Who is shown; None for nobody.
        base: As they were read when the form was filled.
        may_edit: Whether one's role lets one change anything.
    """

    saved = Signal(object, object)
    """Somebody as the form was filled, and their fields as they shall be."""
    renewed = Signal(object)
    pin_renewed = Signal(object)
    withdrawn = Signal(object)
    removed = Signal(object)

    def __init__(self) -> None:
        super().__init__("staffCard")
        self.staff: Staff | None = None
        self.base: Staff | None = None
        self.may_edit = True
        self._question: Question = ""
        self._asked_of: Staff | None = None
        self._currency = "EUR"
        self._title = make_text("", "heading", "staffTitle")
        self.may = make_text("", "lead", "staffMay")
        self._note = make_text("", "lead", "staffNote")
        self._secret = make_text("", "secret", "staffPin")
        self._kept = make_button(TEXTS.say("programs.kept"), "staffPinKept", self._forget_pin)
        self.loss = LossQuestion("staffPinLose", "secret", self._is_safe, self._forget_pin)
        self.card = YesOrNo("staff")
        self.card.agreed.connect(self._answer)
        self.form, self.clash = RightsForm(), ClashBox(ORGANIZATION_CLOCK)
        self.form.changed.connect(self._arrange)
        self.form.name.returnPressed.connect(self._send)
        rows = fill(
            QVBoxLayout(self),
            *(self._title, self.may, self._make_ways(), self.card, self._secret),
            *(self.loss, self._note, self.clash, self.form),
        )
        at = rows.indexOf(self.loss)
        rows.insertWidget(at, self._kept, 0, Qt.AlignmentFlag.AlignLeading)
        rows.addLayout(self._make_saving())
        self.clash.stand_before(self._save)
        rows.addStretch(1)
        self.show_staff(None)

    def _make_saving(self) -> QHBoxLayout:
        self._save = make_button(TEXTS.say("staff.save"), "staffSave", self._send)
        self._undo = make_button(TEXTS.say("programs.undo"), "staffUndo", self.undo)
        return line_up(self._save, self._undo)

    def _make_ways(self) -> QWidget:
        self._ways = QWidget()
        grid = edge_to_edge(QGridLayout(self._ways))
        grid.setColumnStretch(2, 1)
        self._renew = self._way(grid, "renew", lambda: self.ask("renew"))
        self._pin = self._way(grid, "pin", lambda: self.ask("pin"))
        self._withdraw = self._way(grid, "withdraw", lambda: self.ask("withdraw"))
        self._way(grid, "remove", lambda: self.ask("remove"))
        return self._ways

    def _way(self, grid: QGridLayout, key: str, act: Callable[[], object]) -> QPushButton:
        button = make_button(TEXTS.say(f"staff.{key}"), f"staff_{key}", lambda _on=False: act())
        grid.addWidget(button, *divmod(grid.count(), 2))
        return button

    @property
    def is_typed_in(self) -> bool:
        """Whether rights are filled in that are not saved."""
        return self.staff is not None and self.form.is_typed_in

    def show_staff(self, staff: Staff | None, currency: str = "EUR") -> None:
        """Show somebody anew, or nobody."""
        self.staff = self.base = staff
        self._currency = currency
        self.setVisible(staff is not None)
        self.clash.clear()
        self.show_pin("")
        self.ask("")
        self.say("", "lead")
        if staff is not None:
            self.form.show_staff(staff, currency)
            self._show_state(staff)

    def look_again(self, staff: Staff) -> None:
        """Show somebody as they are now; what is typed stays, and what it began with."""
        self.staff = staff
        if not self.form.is_typed_in and self.base != staff:
            self.base = staff
            self.form.show_staff(staff, self._currency)
        self._show_state(staff)

    def undo(self) -> None:
        """Show what is at the server."""
        if self.staff is not None:
            self.base = self.staff
            self.clash.clear()
            self.form.show_staff(self.staff, self._currency)

    def show_pin(self, text: str) -> None:
        """Show a new PIN, which can be had no second time; "" for none."""
        self._secret.setText(text)
        self.loss.hide()
        for widget in (self._secret, self._kept):
            widget.setVisible(bool(text))

    def _is_safe(self) -> bool:
        return not self._secret.text()

    def _forget_pin(self) -> None:
        self.show_pin("")

    def ask(self, question: Question) -> None:
        """Ask before what cannot be undone; nothing for ""."""
        # As they were when it was asked: another desk may draw a badge before the answer.
        self._question, self._asked_of = question, self.staff
        self.card.hide()
        if question and self.staff is not None:
            asked = TEXTS.say(f"staff.{question}.ask", name=self.staff.name)
            self.card.ask(asked, TEXTS.say(f"staff.{question}.yes"))

    def _show_state(self, staff: Staff) -> None:
        self._title.setText(spell_staff(staff))
        self.may.setText(spell_may(staff, self._currency))
        key = "staff.renew" if staff.has_badge else "staff.draw"
        self._renew.setText(TEXTS.say(key))
        self._pin.setVisible(staff.role == SUPERVISOR)
        self._withdraw.setVisible(staff.has_badge)
        self._ways.setVisible(self.may_edit)
        self._arrange()

    def _arrange(self) -> None:
        self.form.setEnabled(self.may_edit)
        for button in (self._save, self._undo):
            button.setVisible(self.may_edit)
            button.setEnabled(self.form.is_typed_in)

    def _send(self) -> None:
        if self.base is None or not self.form.is_typed_in or not self.may_edit:
            return
        try:
            fields = self.form.read()
        except BadInput as flaw:
            self.say(str(flaw), "bad")
            return
        self.saved.emit(self.base, fields)

    def _answer(self) -> None:
        question, staff = self._question, self._asked_of
        self.ask("")
        acts = {
            "renew": self.renewed,
            "pin": self.pin_renewed,
            "withdraw": self.withdrawn,
            "remove": self.removed,
        }
        if question and staff is not None:
            acts[question].emit(staff)
