"""What several events came to from a day to another: chosen, shown table by table, saved."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QWidget,
)

from gatekeeper.organizer.afterwards.period_report_client import PeriodReport, PeriodWanted
from gatekeeper.organizer.afterwards.reports_client import FORMS
from gatekeeper.presenters.desk.period_report_words import TABLES, spell_made, spell_table
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.organizer.desk_style import called, headed, make_button, make_text
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.days_field import DaysField
from gatekeeper.ui.organizer.widgets.file_dialogs import ask_where_to_save
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.plain_table import (
    fill_table,
    fit_column,
    head_table,
    make_table,
    set_figures,
)
from gatekeeper.ui.organizer.widgets.tick_list import TickList
from gatekeeper.wording.texts import TEXTS

_EVENTS_HEIGHT = 120
_HEIGHT = 160
_APART = 6
"""Boxes that a finger can tell apart."""


class PeriodPage(LastActLine, QWidget):
    """Asks which events and days, and shows what they came to."""

    _keeps_room = True
    wanted = Signal()
    """The report of what is chosen."""
    saved = Signal(str, str)
    """A form, and the file's name."""

    def __init__(self) -> None:
        super().__init__()
        self._report: PeriodReport | None = None
        rows = fill(headed(self, "period"), make_text(TEXTS.say("period.events")))
        self.events = called(TickList(_EVENTS_HEIGHT), "periodEvents", TEXTS.say("period.events"))
        self.events.setSpacing(_APART)
        rows.addWidget(self.events)
        self.days = DaysField("period")
        show = make_button(TEXTS.say("period.show"), "periodShow", self.wanted, is_main=True)
        row = fill(QHBoxLayout(), (self.days, 1), show)
        rows.addLayout(row)
        self.tables = called(ChoiceBox(), "periodTables", TEXTS.say("period.table"))
        self.tables.currentIndexChanged.connect(self._show_table)
        rows.addWidget(self.tables)
        self.table = make_table("periodTable", TEXTS.say("period.table"), [""], _HEIGHT)
        fill(rows, (self.table, 4), self._make_ways())
        self._note = make_text("", "lead", "periodNote")
        fill(rows, self._note, STRETCH)
        self.forget()
        self._resting = self.saves

    def _make_ways(self) -> QHBoxLayout:
        ways = QHBoxLayout()
        self.saves = []
        for one in FORMS:
            button = make_button(TEXTS.say("reports.save", form=one.upper()), f"periodSave_{one}")
            button.clicked.connect(lambda _on=False, form=one: self._choose_file(form))
            self.saves.append(button)
            ways.addWidget(button)
        ways.addStretch(1)
        return ways

    @property
    def chosen(self) -> PeriodWanted:
        """Which events and days are asked for."""
        return PeriodWanted(tuple(self.events.ticked), self.days.days)

    def forget(self) -> None:
        """Show nothing of any organization."""
        self.events.clear()
        self.drop()

    def drop(self) -> None:
        """Show no figures."""
        self._report = None
        self.tables.clear()
        for widget in (self.tables, self.table, *self.saves):
            widget.setVisible(False)
        self.say("", "lead")

    def show_events(self, names: Mapping[str, str]) -> None:
        """Offer events, none of them ticked: all are meant."""
        self.events.offer(names, ())

    def show_report(self, report: PeriodReport) -> None:
        """Show a report, at the table that was looked at before."""
        before = self.tables.currentData()
        self._report = None
        self.tables.clear()
        there = {one.name for one in report.tables}
        for name in TABLES:
            if name in there:
                self.tables.addItem(TEXTS.say(f"period.table.{name}"), name)
        self._report = report
        self.tables.setCurrentIndex(max(self.tables.findData(before), 0))
        for widget in (self.tables, self.table, *self.saves):
            widget.setVisible(True)
        self._show_table()
        self.say(spell_made(report), "lead")

    def _show_table(self) -> None:
        name = self.tables.currentData()
        tables = () if self._report is None else self._report.tables
        found = next((one for one in tables if one.name == name), None)
        if found is None:
            return
        shown = spell_table(found)
        self.table.clear()
        self.table.setColumnCount(len(shown.columns))
        head_table(self.table, shown.columns)
        self.table.horizontalHeader().setVisible(True)
        set_figures(self.table, [column for column, one in enumerate(shown.numbers) if one])
        for column in range(1, len(shown.columns)):
            fit_column(self.table, column)  # their names are read whole on a small laptop too
        fill_table(self.table, shown.rows)

    def _choose_file(self, form: str) -> None:
        title = TEXTS.say("reports.save", form=form.upper())
        if name := ask_where_to_save(self, title, f"report.{form}"):
            self.saved.emit(form, name)
