"""A rule of admission as rows: a condition in words, and its value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

from PySide6.QtWidgets import QComboBox, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from gatekeeper.organizer.prepare.simple_rules import Condition, RuleRow, rows_of, rule_of
from gatekeeper.presenters.desk.plan_words import spell_rule
from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import fit_letters, make_text
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.rows_editor import RowsEditor
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import BadInput

_HINTS: Final = {
    Condition.FROM_CLOCK: "18:00",
    Condition.UNTIL_CLOCK: "21:30",
    Condition.BEFORE_DOORS: "30",
    Condition.AFTER_START: "60",
    Condition.AFTER_END: "0",
    Condition.ENTRIES: "3",
    Condition.ENTRIES_TODAY: "1",
    Condition.WEEKDAYS: "5, 6",
}
"""What a value looks like; digits are the same in every language here."""


class RuleEditor(QWidget):
    """Rows, all of which must hold; a rule beyond them is shown and kept as it is."""

    def __init__(self, rule: Any) -> None:
        super().__init__()
        self._rule, known = rule, rows_of(rule)
        column = edge_to_edge(QVBoxLayout(self))
        self.rows: RowsEditor | None = None
        if known is None:
            column.addWidget(make_text(spell_rule(rule), "lead", "ruleSaid"))
            return
        headings = tuple(TEXTS.say(f"desk.plan.rule.column.{one}") for one in ("when", "value"))
        self.rows = RowsEditor("rule", headings, TEXTS.say("desk.plan.rule.add"), _make_row)
        for row in known:
            _fill_row(self.rows.add(), row)
        fill(column, make_text(TEXTS.say("desk.plan.rule.lead"), "lead"), self.rows, STRETCH)

    def read(self) -> Any:
        """Return the rule as the API has it.

        Raises:
            BadInput: if a value cannot be meant, in words.
        """
        if self.rows is None:
            return self._rule
        rows = [_read_row(row) for row in self.rows.rows]
        if tuple(rows) == rows_of(self._rule):
            return self._rule
        try:
            return rule_of(rows)
        except BadInput as fault:
            raise BadInput(TEXTS.say("desk.plan.rule.wrong", value=str(fault))) from fault


def _make_row() -> Sequence[QWidget]:
    when, value = ChoiceBox(), QLineEdit()
    fit_letters(when)  # in a narrow window; else it has the room that its words need
    when.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    for condition in Condition:
        when.addItem(TEXTS.say(f"desk.plan.rule.{condition}"), condition)
    value.setMaximumWidth(140)
    when.currentIndexChanged.connect(
        lambda _row: value.setPlaceholderText(_HINTS[when.currentData()])
    )
    value.setPlaceholderText(_HINTS[when.currentData()])
    return when, value


def _fill_row(fields: Sequence[QWidget], row: RuleRow) -> None:
    when, value = cast("QComboBox", fields[0]), cast("QLineEdit", fields[1])
    when.setCurrentIndex(when.findData(row.condition))
    value.setText(row.value)


def _read_row(fields: Sequence[QWidget]) -> RuleRow:
    when, value = cast("QComboBox", fields[0]), cast("QLineEdit", fields[1])
    return RuleRow(Condition(when.currentData()), value.text().strip())
