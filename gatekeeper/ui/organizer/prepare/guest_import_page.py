"""Guests and foreign codes from a spreadsheet: looked at, taken as one, given up or undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QPlainTextEdit,
    QProgressBar,
    QStyle,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.failed_work import FailedWork
from gatekeeper.organizer.prepare.guest_imports_client import (
    BUSY,
    FIELDS,
    ListImport,
    WrongLine,
    has_codes,
    makes_codes,
)
from gatekeeper.presenters.desk.guest_import_words import (
    spell_list,
    spell_types,
    spell_wrong_lines,
)
from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import called, give_role, line_up, make_button, make_text
from gatekeeper.ui.organizer.failed_work_box import FailedWorkBox
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.confirmation_cards import YesOrNo
from gatekeeper.ui.organizer.widgets.file_dialogs import ask_for_file, ask_where_to_save
from gatekeeper.ui.organizer.widgets.long_names import let_break
from gatekeeper.ui.organizer.widgets.plain_table import (
    dress_table,
    fill_table,
    fit_column,
    head_table,
    make_table,
    set_figures,
)
from gatekeeper.ui.organizer.widgets.wrapping_row import WrappingRow
from gatekeeper.wording.texts import TEXTS

_SAMPLE_HEIGHT = 150
_TYPES_HEIGHT = 110
_WRONG_HEIGHT = 90
"""Pixels: three lines at least."""
_SHORT = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
_LETTERS = 5
"""Of a column's name that are seen; the list that opens shows all."""
_UPRIGHT = Qt.AlignmentFlag.AlignVertical_Mask
_ALL = "type:"
"""Before the id of a type that all lines are of."""
_MADE_HERE = "made:"
"""In place of a column of codes: there is none, and tickets are made of the lines."""


class GuestListPage(QWidget):
    """Chooses a file, says which column holds what, shows what it would do, and does it."""

    chosen = Signal(Path)
    checked = Signal(tuple, dict)
    taken = Signal(bool)
    ended = Signal(str)
    wants_report = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskGuests")
        rows = QVBoxLayout(self)
        rows.addWidget(make_text(TEXTS.say("desk.guests.title"), "title"))
        rows.addWidget(make_text(TEXTS.say("lists.lead"), "lead"))
        self._choose_file = choose = make_button(TEXTS.say("desk.guests.choose"), "guestsChoose")
        choose.clicked.connect(self._choose)
        self._sample = called(QTableWidget(0, 0), "guestsSample", TEXTS.say("lists.mapping"))
        dress_table(self._sample)
        self._sample.horizontalHeader().show()
        self._sample.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)
        self._sample.setMaximumHeight(_SAMPLE_HEIGHT)
        self.letters = make_text(TEXTS.say("lists.letters"), "", "guestsLetters")
        self._columns = QWidget()
        self._boxes = self._make_boxes()
        self.failed = FailedWorkBox()
        self._bar = QProgressBar(textVisible=False)
        self.note = make_text("", "", "guestsNote")
        columns = [TEXTS.say("lists.column.type")]
        columns += [TEXTS.say(f"lists.count.{one}") for one in ("new", "known", "wrong")]
        self.types = make_table("guestsTypes", TEXTS.say("lists.types"), columns, _TYPES_HEIGHT)
        set_figures(self.types, range(1, len(columns)))
        for column in range(1, len(columns)):
            fit_column(self.types, column)
        self._names: Mapping[str, str] = {}
        self._leave_out = called(QCheckBox(TEXTS.say("lists.leave_out")), "guestsLeaveOut")
        self._leave_out.toggled.connect(lambda _on: self._show_ways())
        self.wrong = called(QPlainTextEdit(), "guestsWrong", TEXTS.say("problem.invalid-fields"))
        self.wrong.setReadOnly(True)
        self.wrong.setMinimumHeight(_WRONG_HEIGHT)
        lines = self.wrong.document().defaultTextOption()
        lines.setTextDirection(self.layoutDirection())
        lines.setAlignment(
            QStyle.visualAlignment(self.layoutDirection(), Qt.AlignmentFlag.AlignLeft)
        )
        self.wrong.document().setDefaultTextOption(lines)
        head = line_up(choose)
        fill(rows, head, self._sample)
        for widget in (self.letters, self._columns, self._bar, self.note, self.failed):
            rows.addWidget(widget)
        rows.addWidget(self.wrong, 1)
        for widget in (self.types, self._leave_out):
            rows.addWidget(widget)
        rows.addLayout(self._make_ways())
        self._undoes = "undo"
        self.question = YesOrNo("guestsUndo")
        self.question.agreed.connect(lambda: self.ended.emit(self._undoes))
        fill(rows, self.question, STRETCH)
        self._list: ListImport | None = None
        self.forget()

    def _make_boxes(self) -> dict[str, ChoiceBox]:
        grid = edge_to_edge(QGridLayout(self._columns))
        boxes = {}
        for place, field in enumerate(FIELDS):
            label = make_text(TEXTS.say(f"lists.column.{field}"))
            box = called(ChoiceBox(), f"guestsColumn_{field}")
            # Else one long name of a column makes every page wider than the window.
            box.setSizeAdjustPolicy(_SHORT)
            box.setMinimumContentsLength(_LETTERS)
            label.setBuddy(box)
            label.setAlignment(label.alignment() & ~_UPRIGHT | Qt.AlignmentFlag.AlignBottom)
            grid.addWidget(label, 0, place)
            grid.addWidget(box, 1, place)
            boxes[field] = box
        return boxes

    def _make_ways(self) -> WrappingRow:
        self._check = make_button(TEXTS.say("lists.check"), "guestsCheck", self._say_columns)
        self._go = make_button(TEXTS.say("desk.guests.go"), "guestsGo")
        self._go.clicked.connect(lambda: self.taken.emit(self._leave_out.isChecked()))
        self._cancel = make_button(TEXTS.say("lists.cancel"), "guestsCancel")
        self._cancel.clicked.connect(lambda: self.ended.emit("cancel"))
        self._undo = make_button(TEXTS.say("lists.undo"), "guestsUndo", self._ask_to_undo)
        self._report = make_button(TEXTS.say("lists.report"), "guestsReport", self._save_report)
        return WrappingRow(self._check, self._go, self._cancel, self._undo, self._report)

    def forget(self) -> None:
        """Show no list."""
        self._list = None
        self._sample.setRowCount(0)
        self.failed.show_work(None)
        for widget in (self._sample, self.letters, self._columns, self._bar, self.types):
            widget.hide()
        for widget in (self._leave_out, self.wrong):
            widget.hide()
        self._say("", "lead")
        self._show_ways()

    def show_types(self, types: Mapping[str, str]) -> None:
        """Offer the event's types for lists without a column of them, and name what is counted."""
        self._names = types
        box = self._boxes["type"]
        while box.count() and str(box.itemData(box.count() - 1)).startswith(_ALL):
            box.removeItem(box.count() - 1)
        for type_id, name in types.items():
            box.addItem(TEXTS.say("lists.all_lines", name=name), f"{_ALL}{type_id}")
        chosen = self._list.mapping["ticket_type_id"] if self._list is not None else None
        if len(types) == 1 and not box.currentData():
            (chosen,) = types
        if chosen is not None:
            box.setCurrentIndex(max(0, box.findData(f"{_ALL}{chosen}")))
        self._count_types()

    def show_columns(self, found: ListImport) -> None:
        """Show a list's first lines, and which column probably holds what."""
        self._list = found
        self._sample.setColumnCount(len(found.columns))
        head_table(self._sample, found.columns)
        self._sample.setRowCount(len(found.sample))
        for row, cells in enumerate(found.sample):
            for column, text in enumerate(cells[: len(found.columns)]):
                self._sample.setItem(row, column, QTableWidgetItem(TEXTS.isolate(text)))
        for field, box in self._boxes.items():
            box.clear()
            box.addItem(TEXTS.say("lists.nothing"), "")
            for column_name in found.columns:
                box.addItem(column_name, column_name)
            if field == "code":
                box.addItem(TEXTS.say("lists.make_codes"), _MADE_HERE)
            is_made = field == "code" and makes_codes(found.mapping)
            chosen = _MADE_HERE if is_made else found.mapping[field]
            box.setCurrentIndex(max(0, box.findData(chosen)))
        self._sample.show()
        self._columns.show()
        self.show_wrong(())

    def show_list(self, found: ListImport) -> None:
        """Say how far the list is."""
        self._list = found
        if found.state not in BUSY:
            self.failed.show_work(None)
        is_stopped = self.failed.work is not None
        is_busy = found.state in BUSY and not is_stopped
        self._bar.setVisible(is_busy)
        self._bar.setRange(0, found.size)
        self._bar.setValue(min(found.position, found.size))
        has_wrong = found.state == "checked" and found.wrong > 0
        if not has_wrong:
            self._leave_out.setChecked(False)
        self._leave_out.setVisible(has_wrong and found.wrong < found.lines)
        lacks_codes = found.state == "uploaded" and not has_codes(found.mapping)
        is_bad = has_wrong or bool(found.said) or is_stopped or lacks_codes
        said = spell_list(found, is_stopped=is_stopped)
        self._say(said, "lead" if is_busy else "bad" if is_bad else "good")
        self._count_types()
        self._show_ways()

    def show_failed(self, work: FailedWork | None) -> None:
        """Say that the list's work failed for good, or that it goes on."""
        self.failed.show_work(work)
        if self._list is not None:
            self.show_list(self._list)

    def _count_types(self) -> None:
        rows = () if self._list is None else spell_types(self._list, self._names)
        self.types.setVisible(bool(rows))
        fill_table(self.types, rows)

    def show_wrong(self, lines: Sequence[WrongLine]) -> None:
        """Name the wrong lines; they take the room of the first ones, to be seen at once.

        Not of those whose letters were guessed: the others may be taken without the wrong ones.
        """
        self.wrong.setVisible(bool(lines))
        has_names = self._list is not None and self._sample.rowCount() > 0
        is_guess = self._list is not None and self._list.has_guessed_letters
        self._sample.setVisible(has_names and (is_guess or not lines))
        self.letters.setVisible(has_names and is_guess)
        self.wrong.setPlainText(spell_wrong_lines(lines, self._names.values()))

    def show_busy(self, text: str) -> None:
        """Say that the file is being sent."""
        self.forget()
        self._bar.setRange(0, 0)
        self._bar.show()
        self._say(text, "lead")

    def show_fault(self, text: str) -> None:
        """Say what went wrong."""
        self._bar.hide()
        self._say(text, "bad")
        self._show_ways()

    def _show_ways(self) -> None:
        found = self._list
        state = "" if found is None else found.state
        leading = [one for one in (self._check, self._go) if one.hasFocus()]
        self._check.setVisible(state in {"uploaded", "checked"})
        is_right = found is not None and (not found.wrong or self._leave_out.isChecked())
        has_some = found is not None and found.lines > found.wrong and not found.said
        self._go.setVisible(state in {"", "uploaded", "checking", "checked"})
        self._go.setEnabled(state == "checked" and is_right and has_some)
        self._cancel.setVisible(state in {"uploaded", "checking", "checked", "placing"})
        self._undo.setVisible(state == "done")
        if state != "done":
            self.question.hide()
        # What leads on is lit: one button at a time.
        give_role(self._go, "main" if self._go.isEnabled() else "")
        give_role(self._choose_file, "" if self._go.isEnabled() else "main")
        focused = QApplication.focusWidget()
        if state == "done" and focused is not None and self.isAncestorOf(focused):
            self._choose_file.setFocus()
        self._report.setVisible(state in {"checked", "done", "undone"})
        if any(one.isHidden() or not one.isEnabled() for one in leading):
            self._choose_file.setFocus()  # else Enter presses what gives the list up

    def _ask_to_undo(self) -> None:
        """Ask before the list's tickets go, with their number."""
        if self._list is not None:
            self._undoes = "undo"
            count = self._list.added + self._list.again
            asked = TEXTS.say("lists.undo.ask", count=count)
            self.question.ask(asked, TEXTS.say("lists.undo.yes"))

    def ask_to_keep(self, used: int) -> None:
        """Ask whether the others go: on so many of the list's tickets somebody has come in."""
        if self._list is not None:
            self._say(spell_list(self._list), "lead")
            self._undoes = "undo_unused"
            asked = TEXTS.say("lists.undo.used", count=used)
            self.question.ask(asked, TEXTS.say("lists.undo.others"))

    def _say_columns(self) -> None:
        if self._list is not None:
            self.checked.emit(self._list.columns, self._mapping())

    def _mapping(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            field: str(box.currentData() or "") for field, box in self._boxes.items()
        }
        found["ticket_type_id"] = None
        if found["type"].startswith(_ALL):
            found["ticket_type_id"], found["type"] = found["type"].removeprefix(_ALL), ""
        if found["code"] == _MADE_HERE:
            found["code"], found["makes_codes"] = "", True
        return found

    def _say(self, text: str, role: str) -> None:
        self.note.setText(let_break(text))
        give_role(self.note, role)

    def _choose(self) -> None:
        kinds = "CSV, XLSX (*.csv *.txt *.tsv *.xlsx);;* (*)"
        if name := ask_for_file(self, TEXTS.say("desk.guests.choose"), kinds):
            self.chosen.emit(Path(name))

    def _save_report(self) -> None:
        if name := ask_where_to_save(self, TEXTS.say("lists.report"), "report.csv"):
            self.wants_report.emit(name)
