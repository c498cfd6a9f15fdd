"""For how long guests' names are kept: the rule, what it would mean, and a question before it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gatekeeper.organizer.afterwards.retention_client import Retention
from gatekeeper.organizer.form_defaults import NAMES_KEPT_DAYS_PROPOSED
from gatekeeper.presenters.desk.retention_words import spell_kept, spell_rule, spell_would
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.organizer.desk_style import called, line_up, make_button, make_text
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.number_box import NumberBox
from gatekeeper.ui.organizer.widgets.plain_table import fill_table, make_table
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import (
    NAMES_KEPT_DAYS_MAX,
    NAMES_KEPT_DAYS_MIN,
)

_COLUMNS = ("event", "named", "goes")
_HEIGHT = 200


class RetentionCard(LastActLine, QWidget):
    """Shows the rule, asks what another one would mean, and sets it."""

    _keeps_room = True
    asked = Signal(int)
    """What so many days would mean."""
    chosen = Signal(object)
    """So many days, or None to let names stay."""

    def __init__(self) -> None:
        super().__init__()
        self._shown_for: int | None = None
        self._going, self._has_rule = 0, False
        rows = QVBoxLayout(self)
        rows.addWidget(make_text(TEXTS.say("keep.title"), "heading"))
        rows.addWidget(make_text(TEXTS.say("keep.lead"), "lead"))
        self._rule = make_text("", "", "retentionRule")
        fill(rows, self._rule, self._make_field())
        self._would = make_text("", "lead", "retentionWould")
        rows.addWidget(self._would)
        columns = [TEXTS.say(f"keep.column.{one}") for one in _COLUMNS]
        self.table = make_table("retentionEvents", TEXTS.say("keep.list"), columns, _HEIGHT)
        rows.addWidget(self.table, 4)
        # A box by itself breaks no line: its words stand beside it.
        self.sure = called(QCheckBox(), "retentionSure")
        self.sure.toggled.connect(lambda _on: self._show_ways())
        self._sure_words = QLabel(wordWrap=True)
        self._sure_words.setObjectName("retentionSureWords")
        self._sure_words.setBuddy(self.sure)
        question = fill(QHBoxLayout(), self.sure, (self._sure_words, 1))
        fill(rows, question, self._make_ways())
        self._note = make_text("", "lead", "retentionNote")
        fill(rows, self._note, STRETCH)
        self.forget()

    def _make_field(self) -> QHBoxLayout:
        self.days = called(NumberBox(), "retentionDays")
        self.days.setRange(NAMES_KEPT_DAYS_MIN, NAMES_KEPT_DAYS_MAX)
        self.days.setValue(NAMES_KEPT_DAYS_PROPOSED)
        self.days.setAccessibleName(TEXTS.say("keep.days"))
        self.days.valueChanged.connect(lambda _days: self._show_ways())
        self.preview = make_button(TEXTS.say("keep.preview"), "retentionPreview")
        self.preview.clicked.connect(lambda: self.asked.emit(self.days.value()))
        return line_up(make_text(TEXTS.say("keep.days")), self.days, self.preview)

    def _make_ways(self) -> QHBoxLayout:
        self.save = make_button(TEXTS.say("keep.save"), "retentionSave")
        self.save.clicked.connect(lambda: self.chosen.emit(self.days.value()))
        self.off = make_button(TEXTS.say("keep.off"), "retentionOff")
        self.off.clicked.connect(lambda: self.chosen.emit(None))
        return line_up(self.save, self.off)

    def forget(self) -> None:
        """Show nothing of any organization."""
        self._rule.setText("")
        self._has_rule = False
        self._show_rows(())
        self._show_sums(None, 0)
        self.say("", "lead")

    def show_rule(self, found: Retention, now: datetime) -> None:
        """Show the rule that holds, and what it means by now."""
        self._has_rule = found.days is not None
        self._rule.setText(spell_rule(found))
        if found.days is not None:
            self.days.setValue(found.days)
        self._show_rows([spell_kept(one, now) for one in found.events])
        self._show_sums(found.days, found.count_going(now))
        self._would.setText("")

    def show_preview(self, found: Retention, days: int, now: datetime) -> None:
        """Show what a rule would mean that does not hold yet."""
        self._show_rows([spell_kept(one, now) for one in found.events])
        self._show_sums(days, found.count_going(now))
        self._would.setText(spell_would(found))

    def _show_rows(self, rows: Sequence[Sequence[str]]) -> None:
        fill_table(self.table, rows)
        self.table.setVisible(bool(rows))

    def _show_sums(self, days: int | None, going: int) -> None:
        self._shown_for, self._going = days, going
        self.sure.setChecked(False)
        self._sure_words.setText(TEXTS.say("keep.sure", count=self._going))
        self.sure.setAccessibleName(self._sure_words.text())
        self._show_ways()

    def _show_ways(self) -> None:
        """Nothing is saved that was not shown; what goes at once takes a tick besides."""
        is_shown = self._shown_for == self.days.value()
        needs_tick = is_shown and bool(self._going)
        for widget in (self.sure, self._sure_words):
            widget.setVisible(needs_tick)
        self.save.setEnabled(is_shown and (not needs_tick or self.sure.isChecked()))
        self.off.setVisible(self._has_rule)
