"""The event in numbers while doors are open: inside by zone, came and went by gate."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.during import Counts
from gatekeeper.presenters.desk_words import spell_zone_count
from gatekeeper.ui.organizer.looks import make_text
from gatekeeper.wording.texts import TEXTS


class DuringPage(QWidget):
    """Shows counts; a number that may be off says so."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskDuring")
        rows = QVBoxLayout(self)
        self._title = make_text("", "title", "duringTitle")
        self._lead = make_text("", "lead", "duringLead")
        self.zones = _make_table("duringZones", ("zone", "now", "capacity"))
        self.gates = _make_table("duringGates", ("gate", "came", "went"))
        rows.addWidget(self._title)
        rows.addWidget(self._lead)
        rows.addWidget(self.zones, 1)
        rows.addWidget(self.gates, 1)

    @property
    def title(self) -> str:
        """What stands over the tables."""
        return self._title.text()

    def show_counts(self, counts: Counts) -> None:
        """Show how things stand."""
        self._title.setText(TEXTS.say("desk.during.inside", count=counts.inside))
        self._lead.setText(TEXTS.say("desk.during.admitted", count=counts.admitted))
        limitless = TEXTS.say("desk.draft.no_limit")
        zones = [
            (
                zone.name,
                spell_zone_count(zone),
                limitless if zone.capacity is None else f"{zone.capacity}",
            )
            for zone in counts.zones
        ]
        _fill(self.zones, zones)
        _fill(self.gates, [(one.name, f"{one.came}", f"{one.went}") for one in counts.gates])


def _make_table(name: str, columns: Sequence[str]) -> QTableWidget:
    table = QTableWidget(0, len(columns))
    table.setObjectName(name)
    table.setHorizontalHeaderLabels([TEXTS.say(f"desk.during.{one}") for one in columns])
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    return table


def _fill(table: QTableWidget, rows: Sequence[Sequence[str]]) -> None:
    table.setRowCount(len(rows))
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            item = table.item(row, column)
            if item is None:
                table.setItem(row, column, QTableWidgetItem(text))
            else:
                item.setText(text)
