"""What is kept back from sale: listed, made by a form, released once that was answered."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QFrame, QLineEdit, QVBoxLayout, QWidget

from gatekeeper.organizer.prepare.holds_client import KeptBack, StockHold
from gatekeeper.organizer.prepare.plan_client import EventPlan
from gatekeeper.presenters.desk.hold_words import spell_hold, spell_stock, spell_what
from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.organizer.desk_style import DeskCard, fit_letters, make_button, make_text
from gatekeeper.ui.organizer.prepare.field_editors import MomentEdit
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.confirmation_cards import YesOrNo
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.number_box import NumberBox
from gatekeeper.ui.organizer.widgets.plain_table import (
    chosen_of,
    fill_table,
    make_table,
    stay_at_row,
)
from gatekeeper.ui.organizer.widgets.typed_form import TypedForm
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import HELD_TICKETS_MAX, NAME_SIZE_MAX, TEXT_SIZE_MAX
from shared.kernel.errors import BadInput

_COLUMNS: Final = ("name", "what", "reason", "until")
_HEIGHT: Final = 120
_TOUCH: Final = 36
_NUMBER: Final = 140


class HoldsPage(LastActLine, QWidget):
    """Lists what is kept back, and keeps more.

    Attributes:
        kept: What is shown; None before it was read.
    """

    added = Signal(object)
    """The fields of a new one."""
    released = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskHolds")
        self.kept: KeptBack | None = None
        self._plan: EventPlan | None = None
        self._is_busy = False
        columns = [TEXTS.say(f"holds.column.{one}") for one in _COLUMNS]
        self.table = make_table("holds", TEXTS.say("holds.title"), columns, _HEIGHT)
        self.table.itemSelectionChanged.connect(self._turn)
        self._none = make_text(TEXTS.say("holds.none"), "lead", "holdsNone")
        self._over = make_text(TEXTS.say("holds.over"), "warn", "holdsOver")
        self._note = make_text("", "lead", "holdsNote")
        self._release = make_button(TEXTS.say("holds.release"), "holdRelease", self._ask)
        self.question = YesOrNo("holdRelease")
        self.question.agreed.connect(self._answer)
        self._asked_for: StockHold | None = None
        rows = QVBoxLayout(self)
        fill(rows, make_text(TEXTS.say("holds.lead"), "lead"), self._over, self._none)
        rows.addWidget(self.table, 1)
        rows.addWidget(self._release, 0, Qt.AlignmentFlag.AlignLeading)
        fill(rows, self.question, self._note, self._make_form(), 0)
        self.forget()

    def _make_form(self) -> QFrame:
        self.kind, self.quantity = ChoiceBox(), NumberBox()
        fit_letters(self.kind)
        self.kind.currentIndexChanged.connect(lambda _row: self._say_stock())
        self.quantity.setRange(1, HELD_TICKETS_MAX)
        self.name, self.reason = QLineEdit(), QLineEdit()
        self.name.setMaxLength(NAME_SIZE_MAX)
        self.reason.setMaxLength(TEXT_SIZE_MAX)
        self.quantity.setMinimumWidth(_NUMBER)
        self._form = QFormLayout()
        self.left = make_text("", "lead", "holdsLeft")
        named: tuple[tuple[str, QWidget], ...] = (
            *(("kind", self.kind), ("quantity", self.quantity)),
            *(("name", self.name), ("reason", self.reason)),
        )
        for key, field in named:
            field.setObjectName(f"hold_{key}")
            field.setAccessibleName(TEXTS.say(f"holds.{key}"))
            field.setMinimumHeight(_TOUCH)
        self._form.addRow(TEXTS.say("holds.kind"), self.kind)
        self._form.addRow("", self.left)
        self._form.addRow(TEXTS.say("holds.quantity"), self.quantity)
        self._form.addRow(TEXTS.say("holds.name"), self.name)
        self._form.addRow(TEXTS.say("holds.reason"), self.reason)
        self.until: MomentEdit | None = None
        self._until_home = QVBoxLayout()
        self._form.addRow(TEXTS.say("holds.until"), self._until_home)
        self._go = make_button(TEXTS.say("holds.go"), "holdGo", self._send, is_main=True)
        self._card = DeskCard("holdForm")
        rows = QVBoxLayout(self._card)
        rows.addWidget(make_text(TEXTS.say("holds.new"), "heading"))
        rows.addLayout(self._form)
        rows.addWidget(self._go, 0, Qt.AlignmentFlag.AlignLeading)
        self._typed = TypedForm(self._card)
        return self._card

    @property
    def is_typed_in(self) -> bool:
        """Whether something is filled in that shall be kept back."""
        return self._plan is not None and self._typed.is_typed_in

    @property
    def chosen(self) -> StockHold | None:
        """Which hold is looked at."""
        return chosen_of(self.table, () if self.kept is None else self.kept.holds)

    def forget(self) -> None:
        """Show nothing: it was another event's."""
        self.kept = self._plan = self._asked_for = None
        fill_table(self.table, ())
        self.table.clearSelection()
        self._none.hide()
        self.question.hide()
        self.kind.clear()
        for field in (self.name, self.reason):
            field.clear()
        self.quantity.setValue(1)
        self._set_until(None)
        self.say("", "lead")
        self._arrange()

    def show_plan(self, plan: EventPlan) -> None:
        """Learn the event's clock, and whether something of it can be kept back still."""
        before, self._plan = self._plan, plan
        if before is None or before.timezone != plan.timezone:
            self._set_until(plan)
        self._arrange()

    def show_kept(self, kept: KeptBack) -> None:
        """List what is kept back; what is typed, chosen and asked stays."""
        before = self.chosen
        self.kept = kept
        fill_table(self.table, [spell_hold(one, kept) for one in kept.holds])
        self._none.setVisible(not kept.holds)
        self.table.setVisible(bool(kept.holds))
        stay_at_row(
            self.table, [one.id for one in kept.holds], None if before is None else before.id
        )
        self._offer_types(kept)
        if self._asked_for is not None and self._asked_for not in kept.holds:
            self._forget_question()  # released, or another amount, by somebody else meanwhile
        self._arrange()

    def show_made(self) -> None:
        """Empty the form but for the type, as what was filled in there is kept back."""
        for field in (self.name, self.reason):
            field.clear()
        self.quantity.setValue(1)
        self._set_until(self._plan)

    def set_busy(self, *, is_busy: bool) -> None:
        """Let no second act begin before the first one has ended."""
        self._is_busy = is_busy
        self._arrange()

    def _offer_types(self, kept: KeptBack) -> None:
        offered = [(one.name, one.id) for one in kept.types if not one.is_seated]
        count = self.kind.count()
        shown = [(self.kind.itemText(row), self.kind.itemData(row)) for row in range(count)]
        if shown != offered:
            chosen = self.kind.currentData()
            self.kind.clear()
            for name, type_id in offered:
                self.kind.addItem(name, type_id)
            self.kind.setCurrentIndex(max(0, self.kind.findData(chosen)))
        self._say_stock()

    def _say_stock(self) -> None:
        if self.kept is None:
            self.left.setText("")
            return
        stock = self.kept.find_type(self.kind.currentData())
        self.left.setText(TEXTS.say("holds.no_type") if stock is None else spell_stock(stock))

    def _set_until(self, plan: EventPlan | None) -> None:
        if self.until is not None:
            self._until_home.removeWidget(self.until)
            self.until.hide()
            self.until.deleteLater()
            self.until = None
        if plan is not None:
            self.until = MomentEdit(None, plan, is_needed=False)
            self.until.setAccessibleName(TEXTS.say("holds.until"))
            self._until_home.addWidget(self.until)
            self._typed.emptied()

    def _arrange(self) -> None:
        is_open = self._plan is not None and self._plan.is_editable
        self._over.setVisible(self._plan is not None and not is_open)
        is_ready = self.kept is not None and is_open and not self._is_busy
        self._card.setEnabled(is_ready and self.kind.count() > 0)
        self._release.setEnabled(is_ready and self.chosen is not None)
        self.question.setEnabled(not self._is_busy)

    def _turn(self) -> None:
        one = self.chosen
        if self._asked_for is not None and (one is None or one.id != self._asked_for.id):
            self._forget_question()
        self._arrange()

    def _forget_question(self) -> None:
        self._asked_for = None
        self.question.hide()

    def _ask(self) -> None:
        if (one := self.chosen) is not None and self.kept is not None:
            self._asked_for = one
            what = spell_what(one, self.kept)
            asked = TEXTS.say("holds.release.ask", what=what, name=one.name)
            self.question.ask(asked, TEXTS.say("holds.release.yes"))

    def _answer(self) -> None:
        one, self._asked_for = self._asked_for, None
        if one is not None:
            self.released.emit(one)

    def _send(self) -> None:
        name = self.name.text().strip()
        if not name:
            self.say(TEXTS.say("holds.flaw.name"), "bad")
            self.name.setFocus()
            return
        try:
            until = None if self.until is None else self.until.read()
        except BadInput as flaw:
            self.say(str(flaw), "bad")
            return
        self.added.emit(
            {
                "name": name,
                "reason": self.reason.text().strip(),
                "ticket_type_id": self.kind.currentData(),
                "quantity": self.quantity.value(),
                "ends_at": until,
            }
        )
