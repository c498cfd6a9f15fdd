"""The editor of seat maps: rows by pattern and by hand, kept for a venue, given to an event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.prepare.seat_draft import (
    SEAT_ROWS_MAX,
    SEATS_IN_ROW_MAX,
    DraftSummary,
    RowPattern,
    SeatDraft,
    SeatDraftFault,
    next_label,
)
from gatekeeper.organizer.prepare.seat_plans_client import SeatType, Venue
from gatekeeper.presenters.colors import Theme
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.organizer.desk_style import called, give_role, make_button, make_text
from gatekeeper.ui.organizer.edit_clash_box import ClashBox
from gatekeeper.ui.organizer.prepare.seat_canvas import TOOLS, SeatCanvas
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.file_dialogs import ask_for_file, ask_where_to_save
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.number_box import NumberBox
from gatekeeper.ui.organizer.widgets.scrolling_page import ScrollingPage
from gatekeeper.ui.organizer.widgets.wrapping_row import WrappingRow
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import VenueId
from shared.seating.seat_map import CATEGORY_DEFAULT, LABEL_SIZE_MAX, SeatKind, SeatMap

_PANEL: Final = 330
_NUMBER_MAX: Final = 99_999


class SeatsPage(LastActLine, QWidget):
    """Draws a seat map; what the server has to do is told by signals.

    Attributes:
        draft: What is drawn.
        canvas: The sheet.
    """

    chose_venue = Signal(object)
    wants_venue = Signal(str, bool)
    wants_file = Signal(Path)
    wants_export = Signal(Path)
    wants_save = Signal()
    wants_give = Signal()
    switched_type = Signal(str, bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("deskSeats")
        self.draft, self.canvas = SeatDraft(), SeatCanvas(theme)
        self._may_save = True
        rows = QVBoxLayout(self)
        rows.addWidget(make_text(TEXTS.say("desk.page.seats"), "title"))
        rows.addWidget(make_text(TEXTS.say("desk.seats.hint"), "lead"))
        rows.addLayout(self._make_head())
        self._note = make_text("", "", "seatsNote")
        self._note.hide()
        self.clash = ClashBox()
        rows.addLayout(self._make_tools())
        rows.addWidget(self._note)  # below all that is pressed: nothing moves under the hand
        rows.addWidget(self.clash)
        middle = QHBoxLayout()
        self.clash.stand_before(self._save)
        sheet = fill(QVBoxLayout(), (self.canvas, 1))
        self._summary = make_text("", "lead", "seatsSummary")
        sheet.addWidget(self._summary)
        fill(middle, (sheet, 1), self._make_panel())
        rows.addLayout(middle, 1)
        self.canvas.chose.connect(self._show)
        self.canvas.drew_row.connect(self._draw_row)
        self.canvas.moved.connect(lambda x, y: self._step(lambda: self.draft.move(x, y)))
        self.canvas.put_focus.connect(lambda x, y: self._step(lambda: self.draft.put_focus(x, y)))
        undo, redo = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo
        for keys, act in ((undo, self._undo), (redo, self._redo)):
            QShortcut(keys, self, act)
        delete = QShortcut(QKeySequence.StandardKey.Delete, self.canvas, self._remove)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        every = QShortcut(QKeySequence.StandardKey.SelectAll, self.canvas, self._choose_all)
        every.setContext(Qt.ShortcutContext.WidgetShortcut)
        self._show()

    # ---- what comes from the server

    @property
    def venue_id(self) -> VenueId | None:
        """The venue that is drawn; None before there is one."""
        venue = self.venues.currentData()
        return None if venue is None else VenueId(venue)

    def show_venues(self, venues: Sequence[Venue], chosen: VenueId | None = None) -> None:
        """Offer the venues; the one that is drawn stays, or another is named."""
        before = chosen or self.venue_id
        self.venues.blockSignals(True)
        self.venues.clear()
        for venue in venues:
            self.venues.addItem(venue.name, venue.id)
            if venue.id == before:
                self.venues.setCurrentIndex(self.venues.count() - 1)
        self.venues.blockSignals(False)
        self._show()

    def show_types(self, types: Sequence[SeatType]) -> None:
        """Show which of the event's ticket types have seats; the list stays where it stands."""
        self.types.blockSignals(True)
        while self.types.count() > len(types):
            self.types.takeItem(self.types.count() - 1)
        for row, one in enumerate(types):
            if row == self.types.count():
                self.types.addItem("")
            item = self.types.item(row)
            item.setText(one.name)
            item.setData(Qt.ItemDataRole.UserRole, one.id)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
            state = Qt.CheckState.Checked if one.has_seats else Qt.CheckState.Unchecked
            item.setCheckState(state)
        self.types.blockSignals(False)

    def show_map(self, seat_map: SeatMap | None) -> None:
        """Draw on a venue's map, or on an empty sheet; what was drawn is a step back."""
        has_lost = self.draft.is_changed
        self.draft.load(SeatMap(()) if seat_map is None else seat_map)
        if not has_lost:
            self.draft.forget_steps()
        self.draft.is_changed = False
        self.say("")
        self._show()

    def take_map(self, seat_map: SeatMap) -> None:
        """Take a map from a file; it is a step that can be undone."""
        self._step(lambda: self.draft.load(seat_map))

    def let_save(self, *, is_free: bool) -> None:
        """Let the map be saved, or not while it is on its way; it is drawn on meanwhile."""
        self._may_save = is_free
        self._show()

    def show_saved(self, saved: SeatMap) -> None:
        """Say that the server has a map; what was drawn since it was sent is not saved."""
        self.draft.is_changed = self.draft.seat_map() != saved
        self._show()
        self.say(TEXTS.say("desk.seats.saved", count=len(saved.seats)), "good")

    def show_given(self, count: int) -> None:
        """Say that the event has them, and who is to sit there where nobody is yet."""
        given = TEXTS.say("desk.seats.given", count=count)
        items = [self.types.item(row) for row in range(self.types.count())]
        if any(item.checkState() is Qt.CheckState.Checked for item in items):
            self.say(given, "good")
            return
        self.say(f"{given}. {TEXTS.say('desk.seats.given_none')}", "warn")
        self._panel.ensureWidgetVisible(self.types)

    # ---- parts

    def _make_head(self) -> WrappingRow:
        head = WrappingRow()
        self.venues = called(ChoiceBox(), "seatsVenue")
        self.venues.setMinimumWidth(200)
        self.venues.setAccessibleName(TEXTS.say("desk.seats.venue"))
        self.venues.activated.connect(lambda _row: self.chose_venue.emit(self.venue_id))
        self._save = make_button(TEXTS.say("desk.seats.save"), "seatsSave", is_main=True)
        self._save.clicked.connect(self._press_save)
        self._give = make_button(TEXTS.say("desk.seats.give"), "seatsGive", self.wants_give)
        new = make_button(TEXTS.say("desk.seats.new_venue"), "seatsNewVenue")
        new.clicked.connect(lambda: self._ask_venue(is_to_save=False))
        load = make_button(TEXTS.say("desk.seats.import"), "seatsImport", self._ask_file)
        self._undo_button = make_button(TEXTS.say("desk.seats.undo"), "seatsUndo", self._undo)
        self._redo_button = make_button(TEXTS.say("desk.seats.redo"), "seatsRedo", self._redo)
        keep = make_button(TEXTS.say("desk.seats.export"), "seatsExport", self._ask_target)
        for part in (self.venues, new, load, keep):
            head.addWidget(part)
        head.addWidget(self._undo_button)
        head.addWidget(self._redo_button)
        return head

    def _make_tools(self) -> WrappingRow:
        tools = WrappingRow()
        self._tools: dict[str, QPushButton] = {}
        for tool in TOOLS:
            button = make_button(TEXTS.say(f"desk.seats.tool.{tool}"), f"seatsTool_{tool}")
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, tool=tool: self._take_tool(tool))
            self._tools[tool] = button
            tools.addWidget(button)
        for sign, key, act in (
            ("+", "seat.nearer", self.canvas.nearer),
            ("−", "seat.farther", self.canvas.farther),
        ):
            button = make_button(sign, key.replace(".", "_"))
            button.setAccessibleName(TEXTS.say(key))
            button.setToolTip(TEXTS.say(key))
            button.clicked.connect(act)
            tools.addWidget(button)
        tools.addWidget(self._give)
        tools.addWidget(self._save)
        self._take_tool(TOOLS[0])
        return tools

    def _make_panel(self) -> ScrollingPage:
        body = QWidget()
        rows = QVBoxLayout(body)
        rows.addWidget(make_text(TEXTS.say("desk.seats.pattern"), "heading"))
        rows.addLayout(self._make_pattern())
        self._chosen = make_text("", "heading", "seatsChosen")
        rows.addWidget(self._chosen)
        rows.addLayout(self._make_chosen())
        rows.addWidget(make_text(TEXTS.say("desk.seats.types"), "heading"))
        self.types = called(QListWidget(), "seatsTypes")
        self.types.setMaximumHeight(130)
        self.types.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.types.setWordWrap(True)
        self.types.setAccessibleName(TEXTS.say("desk.seats.types"))
        self.types.itemChanged.connect(self._switch_type)
        fill(rows, self.types, STRETCH)
        self._panel = panel = ScrollingPage()
        panel.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        panel.setFixedWidth(_PANEL)
        panel.setWidget(body)
        return panel

    def _make_pattern(self) -> QFormLayout:
        form = QFormLayout(rowWrapPolicy=QFormLayout.RowWrapPolicy.WrapLongRows)
        self.section = _field("seatsSection", TEXTS.say("desk.seats.section_first"))
        self.first_row = _field("seatsFirstRow", "A")
        self.rows = _number("seatsRows", 1, SEAT_ROWS_MAX, 10)
        self.count = _number("seatsCount", 1, SEATS_IN_ROW_MAX, 20)
        self.first = _number("seatsFirst", 0, _NUMBER_MAX, 1)
        self.step = _number("seatsStep", 1, 10, 1)
        self.aisle = _number("seatsAisle", 0, SEATS_IN_ROW_MAX, 0)
        self.curve = _number("seatsCurve", 0, 60, 0)
        self.curve.setSuffix(TEXTS.percent_mark)
        self.category = _field("seatsCategory", CATEGORY_DEFAULT)
        self.from_right = called(QCheckBox(TEXTS.say("desk.seats.from_right")), "seatsFromRight")
        fields = {
            "section": self.section,
            "first_row": self.first_row,
            "rows": self.rows,
            "count": self.count,
            "first": self.first,
            "step": self.step,
            "aisle": self.aisle,
            "curve": self.curve,
            "category": self.category,
        }
        for key, widget in fields.items():
            form.addRow(TEXTS.say(f"desk.seats.{key}"), widget)
        form.addRow(self.from_right)
        add = make_button(TEXTS.say("desk.seats.add"), "seatsAdd", self._add_rows)
        form.addRow(add)
        return form

    def _make_chosen(self) -> QFormLayout:
        form = QFormLayout(rowWrapPolicy=QFormLayout.RowWrapPolicy.WrapLongRows)
        self.new_section = _field("seatsNewSection", "")
        self.new_row = _field("seatsNewRow", "")
        self.new_category = _field("seatsNewCategory", "")
        self.kind = called(ChoiceBox(), "seatsKind")
        for kind in SeatKind:
            self.kind.addItem(TEXTS.say(f"desk.seats.kind.{kind.value}"), kind)
        self.kind.activated.connect(self._set_kind)
        form.addRow(TEXTS.say("desk.seats.section"), self.new_section)
        form.addRow(TEXTS.say("desk.seats.row"), self.new_row)
        form.addRow(TEXTS.say("desk.seats.category"), self.new_category)
        form.addRow(TEXTS.say("desk.seats.kind"), self.kind)
        for field, key in ((self.new_section, "section"), (self.new_category, "category")):
            said = TEXTS.about(TEXTS.say("desk.seats.apply"), TEXTS.say(f"desk.seats.{key}"))
            field.setAccessibleName(said)  # those of new rows are on the page besides
        self._acts = []
        for key, act in (
            ("apply", self._relabel),
            ("renumber", self._renumber),
            ("remove", self._remove),
        ):
            button = make_button(TEXTS.say(f"desk.seats.{key}"), f"seats_{key}", act)
            self._acts.append(button)
            form.addRow(button)
        return form

    # ---- steps

    def _pattern(self) -> RowPattern:
        return RowPattern(
            section=self.section.text().strip(),
            first_row=self.first_row.text().strip(),
            rows=self.rows.value(),
            seats=self.count.value(),
            first_number=self.first.value(),
            step=self.step.value(),
            is_from_right=self.from_right.isChecked(),
            aisle_after=self.aisle.value(),
            curve_percent=self.curve.value(),
            category=self.category.text().strip(),
        )

    def _add_rows(self) -> None:
        pattern = self._pattern()
        if self._step(lambda: self.draft.add_rows(pattern)):
            label = pattern.first_row
            for _ in range(pattern.rows):
                label = next_label(label)
            self.first_row.setText(label)

    def _draw_row(self, x1: int, y1: int, x2: int, y2: int) -> None:
        pattern = self._pattern()
        if self._step(lambda: self.draft.draw_row(pattern, (x1, y1), (x2, y2))):
            self.first_row.setText(next_label(pattern.first_row))

    def _relabel(self) -> None:
        fields = (self.new_section, self.new_row, self.new_category)
        section, row, category = (one.text().strip() for one in fields)
        if self._step(lambda: self.draft.set_labels(section=section, row=row, category=category)):
            for one in fields:
                one.clear()

    def _renumber(self) -> None:
        is_from_right = self.from_right.isChecked()
        first, step = self.first.value(), self.step.value()
        self._step(lambda: self.draft.renumber(first, step, is_from_right=is_from_right))

    def _set_kind(self, row: int) -> None:
        kind = SeatKind(self.kind.itemData(row))
        self._step(lambda: self.draft.set_kind(kind))

    def _remove(self) -> None:
        self._step(self.draft.remove)

    def _choose_all(self) -> None:
        self.draft.select([one.id for one in self.draft.seats])
        self._show()

    def _undo(self) -> None:
        self._step(self.draft.undo)

    def _redo(self) -> None:
        self._step(self.draft.redo)

    def _step(self, step: Callable[[], None]) -> bool:
        """Do a step, or say why it cannot be done; tell whether it was."""
        try:
            step()
        except SeatDraftFault as fault:
            said = TEXTS.say(f"desk.seats.flaw.{fault.flaw.value}", detail=fault.detail)
            self.say(said)
            return False
        self.say("")
        self._show()
        return True

    def _take_tool(self, tool: str) -> None:
        self.canvas.tool = tool
        for name, button in self._tools.items():
            button.setChecked(name == tool)
            give_role(button, "main" if name == tool else "")

    def _switch_type(self, item: QListWidgetItem) -> None:
        has_seats = item.checkState() is Qt.CheckState.Checked
        self.switched_type.emit(str(item.data(Qt.ItemDataRole.UserRole)), has_seats)

    def _show(self) -> None:
        draft = self.draft
        self.canvas.show_draft(draft)
        self._summary.setText(_spell_summary(draft.summary(), is_changed=draft.is_changed))
        self._chosen.setText(TEXTS.say("desk.seats.chosen", count=len(draft.selected)))
        for button in self._acts:
            button.setEnabled(bool(draft.selected))
        self.kind.setEnabled(bool(draft.selected))
        self._undo_button.setEnabled(draft.can_undo)
        self._redo_button.setEnabled(draft.can_redo)
        has_venue, has_seats = self.venue_id is not None, bool(draft.seats)
        self._save.setEnabled(has_seats and draft.is_changed and self._may_save)
        self._give.setEnabled(has_venue and has_seats and not draft.is_changed)

    def _press_save(self) -> None:
        if self.venue_id is None:
            self._ask_venue(is_to_save=True)
        else:
            self.wants_save.emit()

    def _ask_venue(self, *, is_to_save: bool) -> None:
        """Ask for a new venue's name; what is drawn may be saved for it at once."""
        title, label = TEXTS.say("desk.seats.new_venue"), TEXTS.say("desk.seats.venue")
        name, is_given = QInputDialog.getText(self, title, label)
        if is_given and name.strip():
            self.wants_venue.emit(name.strip(), is_to_save)

    def _ask_file(self) -> None:
        kinds = "CSV, SVG (*.csv *.svg *.txt *.tsv);;* (*)"
        if name := ask_for_file(self, TEXTS.say("desk.seats.import"), kinds):
            self.wants_file.emit(Path(name))

    def _ask_target(self) -> None:
        if name := ask_where_to_save(self, TEXTS.say("desk.seats.export"), "seats.csv", "svg"):
            self.wants_export.emit(Path(name))


def _spell_summary(found: DraftSummary, *, is_changed: bool) -> str:
    parts = [TEXTS.say("desk.seats.total", count=found.seats)]
    parts += [TEXTS.about(name, TEXTS.number(count)) for name, count in found.categories.items()]
    parts += [
        TEXTS.about(TEXTS.say(f"desk.seats.kind.{kind.value}"), TEXTS.number(count))
        for kind, count in found.kinds.items()
        if kind is not SeatKind.ORDINARY
    ]
    if found.close:
        parts.append(TEXTS.say("desk.seats.close", number=found.close))
    if is_changed:
        parts.append(TEXTS.say("desk.seats.unsaved"))
    return "  ·  ".join(parts)


def _field(name: str, text: str) -> QLineEdit:
    field = called(QLineEdit(text), name)
    field.setMaxLength(LABEL_SIZE_MAX)
    return field


def _number(name: str, least: int, most: int, value: int) -> QSpinBox:
    box = called(NumberBox(), name)
    box.setRange(least, most)
    box.setValue(value)
    return box
