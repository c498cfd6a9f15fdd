"""From which day until which one: each end may be left open."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from gatekeeper.organizer.afterwards.audit_client import Days
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.widgets.time_field import DayField
from gatekeeper.wording.texts import TEXTS


class DaysField(QWidget):
    """Two days, each with a box that says whether it counts.

    Args:
        name: Begins the names of its parts.

    Attributes:
        boxes, edits: Of `from` and `until`.
    """

    changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        row = edge_to_edge(QHBoxLayout(self))
        self.boxes: dict[str, QCheckBox] = {}
        self.edits: dict[str, DayField] = {}
        for end in ("from", "until"):
            box = self.boxes[end] = QCheckBox(TEXTS.say(f"days.{end}"))
            box.setObjectName(f"{name}_{end}")
            edit = self.edits[end] = DayField()
            edit.setDateRange(QDate(1990, 1, 1), QDate(2200, 12, 31))
            edit.setDate(QDate.currentDate())
            edit.setObjectName(f"{name}_{end}_day")
            edit.setAccessibleName(TEXTS.say(f"days.{end}"))
            edit.setEnabled(False)
            box.toggled.connect(edit.setEnabled)
            box.toggled.connect(self.changed)
            edit.dateChanged.connect(self.changed)
            fill(row, box, edit)
        row.addStretch(1)

    @property
    def days(self) -> Days:
        """What is chosen."""
        return Days(self._day("from"), self._day("until"))

    def choose(self, days: Days) -> None:
        """Show other days."""
        for end, day in (("from", days.since), ("until", days.until)):
            self.boxes[end].setChecked(day is not None)
            if day is not None:
                self.edits[end].setDate(QDate(day.year, day.month, day.day))

    def _day(self, end: str) -> date | None:
        if not self.boxes[end].isChecked():
            return None
        day = self.edits[end].date()
        return date(day.year(), day.month(), day.day())
