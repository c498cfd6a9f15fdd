"""This date again and again: how often, which days not, and which dates that gives."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QVBoxLayout,
)

from gatekeeper.organizer.form_defaults import REPETITIONS_PROPOSED
from gatekeeper.organizer.prepare.series_client import (
    DAYS,
    FREQUENCIES,
    RULE_EXAMPLE,
    Repeat,
    Series,
    make_rule,
    read_days,
)
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.organizer.desk_style import DeskCard, make_button, make_text
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.number_box import NumberBox
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import SERIES_DATES_MAX
from shared.kernel.errors import BadInput

_LIST_HEIGHT: Final = 150


class SeriesBox(LastActLine, DeskCard):
    """Asks how a date comes again; its dates are looked at before they are made."""

    asked = Signal(object, bool)
    """The rule, and whether its dates shall be made."""

    def __init__(self) -> None:
        super().__init__("seriesBox")
        self.frequency, self.times = ChoiceBox(), NumberBox()
        self.rule, self.left_out = QLineEdit(), QLineEdit()
        self.dates = QListWidget()
        named = (
            (self.frequency, "frequency"),
            (self.times, "times"),
            (self.rule, "rule"),
            (self.left_out, "left_out"),
            (self.dates, "dates"),
        )
        for widget, name in named:
            widget.setObjectName(f"series_{name}")
            widget.setAccessibleName(TEXTS.say(f"series.{name}"))
        for one in FREQUENCIES:
            self.frequency.addItem(TEXTS.say(f"series.{one.lower()}"), one)
        self.times.setRange(2, SERIES_DATES_MAX)
        self.times.setValue(REPETITIONS_PROPOSED)
        self.times.setPrefix(TEXTS.say("series.times") + " ")
        self.rule.setMaxLength(300)
        self.left_out.setPlaceholderText(TEXTS.say("series.left_out"))
        self.dates.setFixedHeight(_LIST_HEIGHT)
        self._days = {day: self._make_day(number, day) for number, day in enumerate(DAYS, 1)}
        look = make_button(TEXTS.say("series.look"), "seriesLook", lambda: self._ask(makes=False))
        self.go = make_button(TEXTS.say("series.go"), "seriesGo", lambda: self._ask(makes=True))
        self._note = make_text("", "lead", "seriesSaid")
        self.frequency.currentIndexChanged.connect(self._write_rule)
        self.times.valueChanged.connect(self._write_rule)
        for field in (self.rule, self.left_out):
            field.textChanged.connect(self._forget_dates)
        column = fill(QVBoxLayout(self), make_text(TEXTS.say("series.title"), "heading"))
        first = fill(QHBoxLayout(), self.frequency, self.times, STRETCH)
        column.addLayout(first)
        days = QGridLayout()
        for place, box in enumerate(self._days.values()):
            days.addWidget(box, place // 7, place % 7)
        column.addLayout(days)
        rule_name = make_text(TEXTS.say("series.rule"))
        rule_name.setBuddy(self.rule)
        fill(column, rule_name, self.rule)
        hint = TEXTS.say("series.rule.hint", example=RULE_EXAMPLE)
        column.addWidget(make_text(hint, "lead", "seriesRuleHint"))
        second = fill(QHBoxLayout(), (self.left_out, 1), look, self.go)
        fill(column, second, self._note, self.dates)
        self._forget_dates()

    def begin(self, day: str) -> None:
        """Offer a date that is on a day of the week to come again."""
        for name, box in self._days.items():
            box.setChecked(name == day)
        self.left_out.clear()
        self._write_rule()

    def show_dates(self, series: Series) -> None:
        """Show the dates of the rule, and what the clocks do to them."""
        self.dates.clear()
        for one in series.dates:
            said = [TEXTS.isolate(one.local.replace("T", "  "))]
            if one.shift:
                said.append(TEXTS.say(f"series.shift_{one.shift}"))
            if one.exists:
                said.append(TEXTS.say("series.exists"))
            self.dates.addItem("   ".join(said))
        self.dates.show()
        news = sum(not one.exists for one in series.dates)
        if series.made:
            self.say(TEXTS.say("series.made", count=series.made), "good")
        else:
            self.say(TEXTS.say("series.news", count=news, all=len(series.dates)), "lead")
        self.go.setEnabled(news > 0 and not series.made)

    def _make_day(self, number: int, day: str) -> QCheckBox:
        locale = QLocale(TEXTS.language)
        box = QCheckBox(locale.standaloneDayName(number, QLocale.FormatType.ShortFormat))
        box.setObjectName(f"seriesDay_{day}")
        box.setAccessibleName(locale.standaloneDayName(number, QLocale.FormatType.LongFormat))
        box.toggled.connect(self._write_rule)
        return box

    def _write_rule(self) -> None:
        frequency = str(self.frequency.currentData())
        for box in self._days.values():
            box.setEnabled(frequency == "WEEKLY")
        days = [day for day, box in self._days.items() if box.isChecked()]
        self.rule.setText(make_rule(frequency, days, self.times.value()))

    def _forget_dates(self) -> None:
        self.dates.hide()
        self.say("")
        self.go.setEnabled(False)

    def _ask(self, *, makes: bool) -> None:
        try:
            left_out = read_days(self.left_out.text())
        except BadInput as fault:
            self.say(TEXTS.say("series.no_day", day=str(fault)))
            return
        self.asked.emit(Repeat(self.rule.text().strip(), left_out), makes)
