"""The conflict inbox: what contradicts itself, both sides with evidence, what to decide."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.during.conflicts_client import DISPOSITIONS, Conflict, ConflictSide
from gatekeeper.presenters.desk.conflict_words import (
    spell_conflict,
    spell_detail,
    spell_in_list,
    spell_order,
    spell_side,
)
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.organizer.desk_style import called, keep_place, make_button, make_text
from gatekeeper.ui.organizer.widgets.file_dialogs import ask_where_to_save
from gatekeeper.ui.organizer.widgets.long_names import keep_whole
from gatekeeper.ui.organizer.widgets.search_field import SearchField
from gatekeeper.ui.organizer.widgets.wrapping_row import WrappingRow
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import TEXT_SIZE_MAX


class ConflictsPage(QWidget):
    """A list at the left; the chosen one beside it."""

    chose = Signal(str)
    """A conflict's id, whose sides are wanted."""
    settled = Signal(object, str, str)
    """A conflict as it is shown, what was decided, and a note."""
    wants_evidence = Signal(object, str)
    """A conflict, and the file to write."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskConflicts")
        self._conflicts: tuple[Conflict, ...] = ()
        self._title = make_text("", "title", "conflictsTitle")
        self.list = called(QListWidget(), "conflictsList", TEXTS.say("desk.page.conflicts"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setWordWrap(True)
        self.list.currentRowChanged.connect(self._choose)
        self._what = make_text("", "heading", "conflictWhat")
        self._detail = make_text("", "", "conflictDetail")
        self._sides = make_text("", "", "conflictSides")
        self._order = make_text("", "lead", "conflictOrder")
        self.note = called(QLineEdit(), "conflictNote", TEXTS.say("desk.conflicts.note"))
        self.note.setMaxLength(TEXT_SIZE_MAX)
        self.note.setPlaceholderText(TEXTS.say("desk.conflicts.note"))
        self._buttons = [
            make_button(TEXTS.say(f"settle.{one}"), f"settle_{one}") for one in DISPOSITIONS
        ]
        for button, way in zip(self._buttons, DISPOSITIONS, strict=True):
            button.clicked.connect(lambda _on=False, way=way: self._settle(way))
        self._evidence = make_button(TEXTS.say("desk.conflicts.evidence"), "conflictEvidence")
        self._evidence.clicked.connect(self._save)
        right = QVBoxLayout()
        for widget in (self._what, self._detail, self._sides, self._order, self.note):
            right.addWidget(widget)
        fill(right, WrappingRow(*self._buttons, self._evidence), STRETCH)
        middle = QHBoxLayout()
        left = fill(QVBoxLayout(), SearchField(self.list, "conflictSearch"), (self.list, 1))
        fill(middle, (left, 2), (right, 3))
        fill(QVBoxLayout(self), self._title, (middle, 1))
        self._show_nothing()

    @property
    def chosen(self) -> Conflict | None:
        """The conflict that is looked at."""
        row = self.list.currentRow()
        return self._conflicts[row] if 0 <= row < len(self._conflicts) else None

    def forget(self) -> None:
        """Show nothing of the event before, and nothing of this one that is not known."""
        self._conflicts = ()
        self.list.clear()
        self._title.setText(TEXTS.say("orders.looking"))
        self._show_nothing()

    def show_conflicts(self, conflicts: tuple[Conflict, ...]) -> None:
        """List what there is; the chosen one stays chosen, and what is typed of it typed."""
        count = sum(one.is_open for one in conflicts)
        key = "desk.conflicts.open" if count else "desk.conflicts.none"
        self._title.setText(TEXTS.say(key, count=count))
        if conflicts == self._conflicts:
            return
        former, self._conflicts = self.chosen, conflicts
        ids = [one.id for one in conflicts]
        with keep_place(self.list), QSignalBlocker(self.list):
            self.list.clear()
            for conflict in conflicts:
                self.list.addItem(QListWidgetItem(spell_in_list(conflict)))
            self.list.setCurrentRow(ids.index(former.id) if former and former.id in ids else 0)
        now = self.chosen
        if former and now and now == replace(former, updated_at=now.updated_at):
            self.chose.emit(now.id)  # an entry may have joined it
        else:
            self._choose(self.list.currentRow())

    def show_sides(self, conflict_id: str, sides: Sequence[ConflictSide]) -> None:
        """Show both sides, unless another conflict was chosen meanwhile."""
        chosen = self.chosen
        if chosen is None or chosen.id != conflict_id:
            return
        self._sides.setText("\n".join(spell_side(chosen, side) for side in sides))
        self._order.setText(spell_order(chosen, sides))

    def _choose(self, _row: int) -> None:
        chosen = self.chosen
        if chosen is None:
            self._show_nothing()
            return
        self._what.setText(keep_whole(spell_conflict(chosen)))
        self._detail.setText(spell_detail(chosen))
        self._sides.setText("")
        self._order.setText("")
        self.note.setText(chosen.note)
        self._enable(is_on=True)
        self.chose.emit(chosen.id)

    def _show_nothing(self) -> None:
        for label in (self._what, self._detail, self._sides, self._order):
            label.setText("")
        self._enable(is_on=False)

    def _enable(self, *, is_on: bool) -> None:
        for widget in (*self._buttons, self._evidence, self.note):
            widget.setEnabled(is_on)

    def _settle(self, disposition: str) -> None:
        if self.chosen is not None:
            self.settled.emit(self.chosen, disposition, self.note.text().strip())

    def _save(self) -> None:
        chosen = self.chosen
        if chosen is None:
            return
        title = TEXTS.say("desk.conflicts.evidence")
        if name := ask_where_to_save(self, title, f"evidence-{chosen.id}.jsonl"):
            self.wants_evidence.emit(chosen, name)
