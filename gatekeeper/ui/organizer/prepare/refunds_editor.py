"""The refund terms of an event: until when, what share, what fee is kept; said in words below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from PySide6.QtWidgets import QDoubleSpinBox, QLineEdit, QVBoxLayout, QWidget

from gatekeeper.organizer.prepare.plan_client import EventPlan
from gatekeeper.organizer.prepare.refund_rules import (
    Rule,
    find_flaw,
    guess_until,
    in_order,
    terms_for,
)
from gatekeeper.presenters.desk.refund_words import spell_flaw, spell_terms
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import give_role, make_text
from gatekeeper.ui.organizer.widgets.number_box import PercentBox
from gatekeeper.ui.organizer.widgets.rows_editor import RowsEditor
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.typed_amounts import read_amount, write_amount
from shared.field_limits import REFUND_FEE_MAX
from shared.kernel.errors import BadInput
from shared.sales.dividing_money import WHOLE

_COLUMNS: Final = ("until", "percent", "fee")
MakeMoment = Callable[[str, Callable[[], None]], tuple[QWidget, Callable[[], str | None]]]


class RefundsEditor(QWidget):
    """Rows of rules, in whatever order; below them stands what they mean for one ticket.

    Args:
        rules: As the API has them.
        plan: For the event's clock, currency and prices.
        make_moment: Makes the field of a time, told when it changes, and what reads it.
    """

    def __init__(self, rules: Sequence[Rule], plan: EventPlan, make_moment: MakeMoment) -> None:
        super().__init__()
        self._plan, self._make_moment = plan, make_moment
        self._readers: dict[QWidget, Callable[[], str | None]] = {}
        self._next: Rule = {}
        headings = tuple(TEXTS.say(f"refunds.column.{one}") for one in _COLUMNS)
        self.rows = RowsEditor("refunds", headings, TEXTS.say("refunds.add"), self._make)
        for rule in rules:
            self._next = rule
            self.rows.add()
        self._next = {}
        self.words = make_text("", "lead", "refundsWords")
        column = edge_to_edge(QVBoxLayout(self))
        fill(column, make_text(TEXTS.say("refunds.lead"), "lead"), self.rows, self.words)
        self.rows.changed.connect(self._tell)
        self._tell()

    def read(self) -> list[dict[str, Any]]:
        """Return the rules as the API has them, in order of date.

        Raises:
            BadInput: if a row cannot be meant, in words that name it.
        """
        rules = [self._read(number, row) for number, row in enumerate(self.rows.rows, 1)]
        flaw = find_flaw(rules)
        if flaw is not None:
            raise BadInput(spell_flaw(*flaw))
        return [dict(rule) for rule in in_order(rules)]

    def _make(self) -> Sequence[QWidget]:
        rule = self._next or {"until": guess_until(self._plan, len(self.rows.rows))}
        until, read = self._make_moment(rule["until"], self._tell)
        self._readers[until] = read
        percent = PercentBox()
        percent.setValue(rule.get("percent_points", WHOLE) / 100)
        percent.valueChanged.connect(self._tell)
        fee = QLineEdit(write_amount(rule.get("fee_minor", 0), self._plan.currency))
        fee.textChanged.connect(self._tell)
        return until, percent, fee

    def _read(self, number: int, row: Sequence[QWidget]) -> dict[str, Any]:
        try:
            fee = read_amount(cast("QLineEdit", row[2]).text(), self._plan.currency)
        except (BadInput, ValueError):
            fee = -1
        if not 0 <= fee <= REFUND_FEE_MAX:
            said = TEXTS.say("desk.flaw.price")
            raise BadInput(TEXTS.say("desk.flaw.row", row=number, said=said))
        try:
            until = self._readers[row[0]]()
        except BadInput as fault:
            said = str(fault)
            raise BadInput(TEXTS.say("desk.flaw.row", row=number, said=said)) from fault
        points = round(cast("QDoubleSpinBox", row[1]).value() * 100)
        return {"until": until, "percent_points": points, "fee_minor": fee}

    def _tell(self) -> None:
        """Say what the rows mean now, or what is wrong."""
        try:
            said, role = spell_terms(self.read(), terms_for(self._plan)), "lead"
        except BadInput as fault:
            said, role = str(fault), "bad"
        self.words.setText(said)
        give_role(self.words, role)
