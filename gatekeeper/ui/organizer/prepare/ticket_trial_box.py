"""Would this get in? A ticket, a gate and a time, and what would be decided."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout

from gatekeeper.organizer.prepare.plan_client import EventPlan, PlanKind
from gatekeeper.organizer.prepare.ticket_trial_client import Asked, TrialAnswer
from gatekeeper.presenters.desk.plan_words import spell_found
from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.organizer.desk_style import (
    DeskCard,
    called,
    fit_letters,
    give_role,
    make_button,
    make_text,
)
from gatekeeper.ui.organizer.prepare.field_editors import MomentEdit
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.number_box import NumberBox
from gatekeeper.ui.organizer.widgets.wrapping_row import WrappingRow
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import TRIAL_ENTRIES_MAX
from shared.kernel.errors import BadInput

_ROLES: Final = {"admit": "good", "deny": "bad", "refer": "heading"}

_LETTERS: Final = 10
"""Of a name: two lists, a number and a time stand in one line."""


class TrialBox(DeskCard):
    """Asks what a gate would decide by the plan as it is saved."""

    asked = Signal(object)
    """What is tried."""

    def __init__(self) -> None:
        super().__init__("trialBox")
        self.kind, self.gate, self.ticket = ChoiceBox(), ChoiceBox(), QLineEdit()
        for names in (self.kind, self.gate):
            fit_letters(names)
            names.setMinimumContentsLength(_LETTERS)
        self.before = NumberBox()
        self.before.setRange(0, TRIAL_ENTRIES_MAX)
        self.moment: MomentEdit | None = None
        self.ticket.setPlaceholderText(TEXTS.say("desk.trial.ticket"))
        self.ticket.setMaxLength(16)
        named = (
            (self.kind, "kind"),
            (self.gate, "gate"),
            (self.before, "before"),
            (self.ticket, "ticket"),
        )
        for widget, name in named:
            widget.setObjectName(f"trial_{name}")
            widget.setAccessibleName(TEXTS.say(f"desk.trial.{name}"))
        self.before.setPrefix(TEXTS.say("desk.trial.before") + " ")
        go = make_button(TEXTS.say("desk.trial.go"), "trialGo", self._ask)
        self._said = make_text("", "lead", "trialSaid")
        self._said.hide()
        self._row = WrappingRow(self.kind, self.before, self.gate)
        second = fill(QHBoxLayout(), (self.ticket, 1), go)
        column = QVBoxLayout(self)
        column.addWidget(make_text(TEXTS.say("desk.trial.title"), "heading"))
        column.addLayout(self._row)
        column.addLayout(second)
        column.addWidget(self._said)

    @property
    def said(self) -> str:
        """What the last trial said, or ""."""
        return "" if self._said.isHidden() else self._said.text()

    def show_plan(self, plan: EventPlan) -> None:
        """Offer the plan's types and gates; what was chosen stays."""
        for box, kind in ((self.kind, PlanKind.TYPE), (self.gate, PlanKind.GATE)):
            with QSignalBlocker(box):
                chosen = box.currentData()
                box.clear()
                for thing in plan.of(kind):
                    box.addItem(thing.name, thing.id)
                box.setCurrentIndex(max(0, box.findData(chosen)))
        if self.moment is None:
            moment = MomentEdit(plan.likely_time, plan, is_needed=True)
            self.moment = called(moment, "trial_at", TEXTS.say("desk.trial.at"))
            self._row.addWidget(self.moment)

    def show_found(self, found: TrialAnswer) -> None:
        """Say what would be decided."""
        self._say(spell_found(found), _ROLES.get(found.verdict, "lead"))

    def say_fault(self, text: str) -> None:
        """Say why nothing could be tried."""
        self._say(text, "bad")

    def forget(self) -> None:
        """Forget what was tried: another event's plan comes."""
        self._said.hide()
        if self.moment is not None:
            self._row.removeWidget(self.moment)
            self.moment.hide()
            self.moment.deleteLater()
            self.moment = None

    def _say(self, text: str, role: str) -> None:
        self._said.setText(text)
        give_role(self._said, role)
        self._said.show()

    def _ask(self) -> None:
        if self.moment is None or self.gate.currentData() is None:
            self.say_fault(TEXTS.say("desk.flaw.no_gate"))
            return
        try:
            at = self.moment.read()
        except BadInput as fault:
            self.say_fault(str(fault))
            return
        assert at is not None, "a trial has a time"
        ticket = "".join(self.ticket.text().split()).lower()
        self.asked.emit(
            Asked(
                gate_id=self.gate.currentData(),
                at=at,
                ticket_type_id=self.kind.currentData() or "",
                ticket_id=ticket,
                # As if it had come in just before, so many times.
                entered=(at,) * self.before.value(),
            )
        )
