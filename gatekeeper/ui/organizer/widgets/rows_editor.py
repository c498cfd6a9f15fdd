"""Rows of a few fields each, with one to add a row and one at each row to take it away."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from gatekeeper.ui.filled_layouts import edge_to_edge
from gatekeeper.ui.organizer.desk_style import make_button, make_text
from gatekeeper.wording.texts import TEXTS

MakeRow = Callable[[], Sequence[QWidget]]


class RowsEditor(QWidget):
    """A small table of fields.

    Args:
        name: Of the widget; its rows' fields are called `name_row_column`.
        headings: Over the columns.
        add: What the button says that adds a row.
        make_row: Gives the fields of a new row, filled as far as can be guessed.
        spans: Of a row that is too wide for one line: how many columns each field takes, line by
            line; its headings stand at the fields then, row by row.
        title: Over it, where others like it are on the page.
    """

    changed = Signal()
    """A row was added or taken away."""

    def __init__(
        self,
        name: str,
        headings: Sequence[str],
        add: str,
        make_row: MakeRow,
        spans: Sequence[Sequence[int]] = (),
        title: str = "",
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self._name, self._headings, self._make_row = name, headings, make_row
        self.rows: list[Sequence[QWidget]] = []
        self._spans, self._title = spans, title
        self._removers: list[QPushButton] = []
        self._labels: list[list[QLabel]] = []
        outer = edge_to_edge(QVBoxLayout(self))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(8)
        outer.addLayout(self._grid)
        self._note = make_text("", "bad", f"{name}_note")
        self._note.hide()
        outer.addWidget(self._note)
        self.adder = make_button(add, f"{name}_add", self._add_and_begin)
        outer.addWidget(self.adder, 0, Qt.AlignmentFlag.AlignLeading)

    def add(self) -> Sequence[QWidget]:
        """Add a row; returns its fields."""
        fields = self._make_row()
        remover = make_button("×", "", lambda: self._remove(fields))
        for field in fields:
            if isinstance(field, QLineEdit):
                field.textEdited.connect(lambda _text: self.say(""))
        self.rows.append(fields)
        self._removers.append(remover)
        self._labels.append([QLabel(one) for one in self._headings] if self._spans else [])
        self._lay_out()
        return fields

    def say(self, text: str) -> None:
        """Say what is wrong with the rows, or nothing for ""."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def _add_and_begin(self) -> None:
        self.add()[0].setFocus()

    def _remove(self, fields: Sequence[QWidget]) -> None:
        place = self.rows.index(fields)
        del self.rows[place]
        remover = self._removers.pop(place)
        for widget in (*fields, remover, *self._labels.pop(place)):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._lay_out()
        # Left to Qt, the keyboard would be at the window's first field, and overwrite it.
        (self.rows[place][0] if place < len(self.rows) else self.adder).setFocus()

    def _lay_out(self) -> None:
        """Put every field at its place again."""
        for row, (fields, remover) in enumerate(zip(self.rows, self._removers, strict=True)):
            for column, field in enumerate(fields):
                field.setObjectName(f"{self._name}_{row}_{column}")
                field.setAccessibleName(
                    self._call("desk.draft.field", row, field=self._headings[column])
                )
            remover.setObjectName(f"{self._name}_{row}_remove")
            called = self._call("desk.draft.remove", row)
            remover.setAccessibleName(called)
            remover.setToolTip(called)
            if self._spans:
                self._place_in_lines(row, fields, remover)
            else:
                self._place_in_table(row, fields, remover)
        self.changed.emit()

    def _call(self, key: str, row: int, **values: str) -> str:
        """Name a part for whoever hears it without its row and without what stands over it."""
        said = TEXTS.say(key, number=row + 1, **values)
        return TEXTS.about(self._title, said) if self._title else said

    def _place_in_table(self, row: int, fields: Sequence[QWidget], remover: QPushButton) -> None:
        """Put a row's fields under the headings of all."""
        if self._grid.itemAtPosition(0, 0) is None:
            for column, heading in enumerate(self._headings):
                self._grid.addWidget(QLabel(heading), 0, column)
        for column, field in enumerate(fields):
            self._grid.addWidget(field, row + 1, column)
            self._grid.setColumnStretch(column, int(isinstance(field, QLineEdit)))
        self._grid.addWidget(remover, row + 1, len(fields))

    def _place_in_lines(self, row: int, fields: Sequence[QWidget], remover: QPushButton) -> None:
        """Put a row's fields in several lines, each under a heading of its own."""
        pairs = iter(zip(self._labels[row], fields, strict=True))
        top = row * 2 * len(self._spans)
        width = max(sum(line) for line in self._spans)
        self._grid.addWidget(remover, top + 1, width)
        for number, line in enumerate(self._spans):
            column = 0
            for span, (label, field) in zip(line, pairs, strict=False):
                self._grid.addWidget(label, top + 2 * number, column, 1, span)
                self._grid.addWidget(field, top + 2 * number + 1, column, 1, span)
                column += span
        for column in range(width):
            self._grid.setColumnStretch(column, 1)
