"""Copying an event: how it is called, when it begins, what comes along and what does not."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.prepare.event_copying import CopyPreview, CopyWanted, Source, suggest_day
from gatekeeper.presenters.desk.event_copy_words import (
    spell_coming,
    spell_dates,
    spell_source,
    spell_staying,
)
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import called, line_up, make_button, make_text
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.plain_table import fill_table, fit_column, make_table
from gatekeeper.ui.organizer.widgets.scrolling_page import ScrollingPage
from gatekeeper.ui.organizer.widgets.time_field import DayField
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import NAME_SIZE_MAX

_TABLE_HEIGHT, _TABLE_MOST = 60, 420
_EDGES: Final = 12
"""Of the style sheet, around a table's rows."""
_FIRST_YEAR, _LAST_YEAR = 1, 9_998


class EventCopyPage(LastActLine, QWidget):
    """Asks for a name and a day, shows what the copy would be, and has it made when told again.

    Attributes:
        source: What is copied; None before it was read.
        wanted: What was looked at and may be made now; None after any change.
    """

    wants_preview = Signal(object)
    made = Signal(object)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskCopy")
        self.source: Source | None = None
        self.wanted: CopyWanted | None = None
        self._lead = make_text("", "lead", "copyLead")
        self._form = self._make_form()
        columns = [TEXTS.say(f"copying.column.{one}") for one in ("date", "was", "then")]
        self.dates = make_table("copyDates", TEXTS.say("copying.dates"), columns, _TABLE_HEIGHT)
        self.staying = make_table(
            "copyStaying", TEXTS.say("copying.stays"), ("", ""), _TABLE_HEIGHT
        )
        self.coming = make_table("copyComing", TEXTS.say("copying.comes"), ("", ""), _TABLE_HEIGHT)
        fit_column(self.dates, 1)
        self._note = make_text("", "lead", "copyNote")
        seen = QWidget()
        parts = edge_to_edge(QVBoxLayout(seen))
        self._parts: list[QWidget] = []
        for key, table in zip(("dates", "stays", "comes"), self.tables(), strict=True):
            heading = make_text(TEXTS.say(f"copying.{key}"), "heading")
            fill(parts, heading, table)
            self._parts += [heading, table]
        parts.addStretch(1)
        self._seen = ScrollingPage()
        self._seen.setWidget(seen)
        rows = QVBoxLayout(self)
        fill(rows, make_text(TEXTS.say("copying.title"), "title"), self._lead, self._form)
        fill(rows, (self._seen, 1), self._note, self._make_ways())
        self.forget()
        self._resting = (self._form, self._try, self._go)

    def _make_form(self) -> QWidget:
        self.name = called(QLineEdit(), "copyName")
        self.name.setMaxLength(NAME_SIZE_MAX)
        self.name.textChanged.connect(lambda _text: self._change())
        self.name.returnPressed.connect(self._go_on)
        self.day = called(DayField(), "copyDay")
        self.day.setDateRange(QDate(_FIRST_YEAR, 1, 1), QDate(_LAST_YEAR, 12, 31))
        self.day.dateChanged.connect(lambda _day: self._change())
        self.weekday = called(QLabel(), "copyWeekday")
        self.first_only = called(QCheckBox(TEXTS.say("copying.first_only")), "copyFirstOnly")
        self.first_only.toggled.connect(lambda _on: self._change())
        self._day_row = QWidget()
        line = edge_to_edge(QHBoxLayout(self._day_row))
        fill(line, self.day, self.weekday, self.first_only)
        line.addStretch(1)
        form = QWidget()
        self._fields = QFormLayout(form)
        self._fields.setContentsMargins(0, 0, 0, 0)
        self._fields.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._fields.addRow(TEXTS.say("copying.name"), self.name)
        self._fields.addRow(TEXTS.say("copying.day"), self._day_row)
        self.name.setAccessibleName(TEXTS.say("copying.name"))
        self.day.setAccessibleName(TEXTS.say("copying.day"))
        return form

    def _make_ways(self) -> QHBoxLayout:
        self._back = make_button(TEXTS.say("desk.back"), "copyBack", self.left)
        self._try = make_button(TEXTS.say("copying.try"), "copyTry", self._preview, is_main=True)
        self._go = make_button(TEXTS.say("copying.go"), "copyGo", self._make, is_main=True)
        ways = line_up(self._back)
        fill(ways, self._try, self._go)
        return ways

    def forget(self) -> None:
        """Show nothing: another event is to be copied."""
        self.source = None
        self._lead.setText(TEXTS.say("calloff.looking"))
        self.first_only.setChecked(False)
        self.name.clear()
        self.say("", "lead")
        self._change()

    def show_source(self, source: Source, today: date) -> None:
        """Offer to copy an event: by its own name, on the next day of the same weekday."""
        self.source = source
        self._lead.setText(spell_source(source))
        self.name.setText(source.name)
        first = source.first_day
        if first is not None:
            day = suggest_day(first, today)
            self.day.setDate(QDate(day.year, day.month, day.day))
        self.first_only.setVisible(source.dates > 1)
        self._fields.setRowVisible(self._day_row, first is not None)
        self._change()
        self.name.setFocus()
        self.name.selectAll()

    def show_preview(self, wanted: CopyWanted, preview: CopyPreview, now: datetime) -> None:
        """Show what a copy would be; it may be made now, as it stands."""
        self.wanted = wanted
        fill_table(self.dates, spell_dates(preview))
        fill_table(self.coming, spell_coming(preview))
        fill_table(self.staying, spell_staying(preview, now))
        self._show_ways()
        self._fit()
        self._seen.verticalScrollBar().setValue(0)
        self._go.setFocus()

    def tables(self) -> tuple[QTableWidget, ...]:
        """Return what a preview fills."""
        return self.dates, self.staying, self.coming

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the tables what their words need at another width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Let the page scroll and not its tables, unless they are very long."""
        for table in self.tables():
            layout = self.layout()
            if layout is not None:
                layout.activate()
            table.resizeRowsToContents()
            header = table.horizontalHeader()
            needed = table.verticalHeader().length() + 2 * table.frameWidth() + _EDGES
            needed += 0 if header.isHidden() else header.sizeHint().height()
            table.setFixedHeight(min(needed, _TABLE_MOST))
            table.scrollToTop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Esc lead back."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _change(self) -> None:
        """Another copy is meant: it was not looked at yet."""
        self.wanted = None
        weekday = self.day.date().dayOfWeek() - 1
        self.weekday.setText(TEXTS.say(f"mailed.weekday.{weekday}"))
        self._show_ways()

    def _show_ways(self) -> None:
        is_known, is_seen = self.source is not None, self.wanted is not None
        self._form.setVisible(is_known)
        self._try.setVisible(is_known and not is_seen)
        self._go.setVisible(is_seen)
        for widget in self._parts:
            widget.setVisible(is_seen)
        is_dated = self.source is not None and self.source.dates > 0
        for widget in self._parts[:2]:
            widget.setVisible(is_seen and is_dated)

    def _go_on(self) -> None:
        """Let Enter look first, and make what was looked at."""
        if self.wanted is None:
            self._preview()
        else:
            self._make()

    def _preview(self) -> None:
        source = self.source
        if source is None:
            return
        name = self.name.text().strip()
        if not name:
            self.say(TEXTS.say("copying.no_name"), "bad")
            self.name.setFocus()
            return
        day = self.day.date()
        first_day = date(day.year(), day.month(), day.day())
        self.wants_preview.emit(
            CopyWanted(
                name=name,
                first_day=first_day if source.dates else None,
                is_first_only=self.first_only.isChecked() and source.dates > 1,
            )
        )

    def _make(self) -> None:
        if self.wanted is not None:
            self.made.emit(self.wanted)
