"""The event as it was set up: its things at the left, the form of the chosen one beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.merging_edits import Clash, flatten
from gatekeeper.organizer.prepare.plan_client import (
    EventPlan,
    Freeze,
    PlanItem,
    PlanKind,
    merge_paths,
    new_thing,
)
from gatekeeper.organizer.prepare.plan_fields import SPECS
from gatekeeper.organizer.prepare.series_client import day_of
from gatekeeper.presenters.desk.plan_words import (
    spell_field,
    spell_kind,
    spell_list_flaws,
    spell_standing,
    spell_tree,
    words_of_plan,
)
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import called, keep_place, make_button, make_text
from gatekeeper.ui.organizer.edit_clash_box import ClashBox
from gatekeeper.ui.organizer.prepare.field_editors import FieldEditor, make_editors
from gatekeeper.ui.organizer.prepare.freeze_box import FreezeBox
from gatekeeper.ui.organizer.prepare.holds_page import HoldsPage
from gatekeeper.ui.organizer.prepare.series_box import SeriesBox
from gatekeeper.ui.organizer.prepare.ticket_trial_box import TrialBox
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.list_beside_form import stand_beside
from gatekeeper.ui.organizer.widgets.long_names import let_break
from gatekeeper.ui.organizer.widgets.page_tabs import PageTabs
from gatekeeper.ui.organizer.widgets.scrolling_page import ScrollingPage
from gatekeeper.ui.organizer.widgets.search_field import WordsField
from gatekeeper.ui.organizer.widgets.watched_board import WatchedBoard
from gatekeeper.ui.organizer.widgets.wrapping_row import WrappingRow
from gatekeeper.wording.names_in_order import by_number
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import BadInput
from shared.kernel.list_search_folding import fold_text

FORM_LOOK_MS: Final = 150
"""At whether a form of many kinds of fields says anything else by now than it was filled with."""

_LIST_WIDTH: Final = 240
_FORM_LEAST: Final = 455
"""Before the form scrolls sideways the list beside it is narrower."""
_GAP: Final = 6
_MAKABLE: Final = (PlanKind.DATE, PlanKind.ZONE, PlanKind.GATE, PlanKind.TYPE, PlanKind.VENUE)
_TRIED: Final = (PlanKind.ZONE, PlanKind.GATE)
_HEADS: Final = (PlanKind.EVENT, PlanKind.DATE, PlanKind.ZONE, PlanKind.TYPE, PlanKind.VENUE)
"""What the tree shows, each under a head of its own; gates stand under their zones."""
_ID: Final = Qt.ItemDataRole.UserRole


class PlanPage(LastActLine, QWidget):
    """Shows one event's plan and edits one thing of it at a time."""

    saved = Signal(object, object)
    """A thing, and what its fields shall be."""
    removed = Signal(object)
    undone = Signal()
    chose = Signal(object)
    """Whose value of each field shall hold."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskPlan")
        self.may_edit = True
        self.plan: EventPlan | None = None
        self.thing: PlanItem | None = None
        self._listed: tuple[object, ...] = ()
        self._shown_freeze = Freeze()
        self.editors: list[FieldEditor] = []
        self._body: QWidget | None = None
        self._note = make_text("", "bad", "planNote")
        self._note.hide()
        self.clash = ClashBox()
        self.clash.chosen.connect(self.chose)
        self.trial, self.series = TrialBox(), SeriesBox()
        for of_a_thing in (self.trial, self.series):
            of_a_thing.hide()
        self._things = things = WatchedBoard(FORM_LOOK_MS)
        things.wanted.connect(self._offer_to_discard)
        row = QHBoxLayout(things)
        row.setContentsMargins(0, _GAP, 0, 0)
        fill(row, self._build_list(), (self._build_form(), 1))
        self.holds, self.tabs = HoldsPage(), PageTabs("planTabs")
        self.tabs.addTab(things, TEXTS.say("desk.page.plan"))
        self.tabs.addTab(self.holds, TEXTS.say("holds.title"))
        fill(edge_to_edge(QVBoxLayout(self)), self.tabs)
        self._resting = (self._things,)

    @property
    def is_touched(self) -> bool:
        """Whether something is filled in that is not saved."""
        return any(editor.is_touched for editor in self.editors)

    def show_plan(self, plan: EventPlan, *, can_undo: bool) -> None:
        """Show the plan; what somebody is filling in stays."""
        self.plan = plan
        self._undo.setEnabled(can_undo)
        self._standing.setText(spell_standing(plan))
        self.freeze.show_freeze(plan.freeze, plan.timezone)
        for kind, button in self._adders.items():
            button.setEnabled(not plan.is_locked(kind))
            button.setToolTip(TEXTS.say("freeze.why") if plan.is_locked(kind) else "")
        self._list_things()
        self.trial.show_plan(plan)
        self.holds.show_plan(plan)
        if self.is_touched or self.clash.isVisible() or (self.thing and not self.thing.id):
            return
        now = plan.event if self.thing is None else plan.find(self.thing.id) or plan.event
        if now != self.thing or plan.freeze != self._shown_freeze:
            self.show_thing(now)

    def show_thing(self, thing: PlanItem) -> None:
        """Show the form of a thing."""
        assert self.plan is not None, "a thing is of a plan"
        self.thing, self._shown_freeze = thing, self.plan.freeze
        self.clash.clear()
        self.say("")
        self._title.setText(let_break(thing.name) or spell_kind(thing.kind))
        self._kind.setText(spell_kind(thing.kind))
        self.editors = make_editors(SPECS[thing.kind], flatten(thing.fields), self.plan)
        body = QWidget()
        form = QFormLayout(body)
        form.setContentsMargins(0, _GAP, _GAP, _GAP)  # a type's form needs all of the width
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for editor in self.editors:
            label = QLabel(spell_field(editor.spec.path, thing.kind))
            label.setBuddy(editor.widget)
            editor.widget.setAccessibleName(label.text())
            if thing.id and self.plan.is_locked(thing.kind, editor.spec.path):
                label.setText(TEXTS.say("freeze.field", field=label.text()))
                editor.widget.setEnabled(False)
                editor.widget.setToolTip(TEXTS.say("freeze.why"))
            form.addRow(label, editor.widget)
        is_open = self.may_edit and (self.plan.is_editable or thing.kind is PlanKind.VENUE)
        body.setEnabled(is_open)
        self._show_body(body)
        self._save.setEnabled(is_open)
        is_removable = bool(thing.id) and thing.kind is not PlanKind.EVENT
        is_removable = is_removable and not self.plan.is_locked(thing.kind)
        self._remove.setEnabled(is_open and is_removable)
        self.trial.setVisible(thing.kind in _TRIED)
        is_repeatable = is_open and thing.kind is PlanKind.DATE and bool(thing.id)
        self.series.setVisible(is_repeatable)
        if is_repeatable:
            self.series.begin(day_of(thing, str(self.plan.event.fields["timezone"])))
        self._mark(thing)
        self._offer_to_discard()

    def show_clash(self, clash: Clash) -> None:
        """Show what somebody else changed of the thing in the form."""
        assert self.plan is not None, "a clash is of a plan"
        assert self.thing is not None, "a clash is of a thing"
        assert self._body is not None, "a thing has a form"
        self.clash.show_clash(clash, words_of_plan(self.thing.kind, self.plan))
        self._save.setEnabled(False)  # what shall hold is chosen above
        self._body.setEnabled(False)
        self._scroll.verticalScrollBar().setValue(0)
        self.trial.hide()
        self.series.hide()
        self._offer_to_discard()

    def read(self) -> dict[str, Any] | None:
        """Return what the form's thing shall be; None where that cannot be meant, and is said."""
        assert self.thing is not None, "a form is of a thing"
        flat, wrong = {}, list[str]()
        for editor in self.editors:
            path = editor.spec.path
            try:
                # What is new is said in full; what was not touched may be more than is shown.
                if editor.is_touched or not self.thing.id:
                    flat[path] = editor.read()
            except BadInput as fault:
                wrong.append(TEXTS.about(spell_field(path, self.thing.kind), fault))
        fields = merge_paths(self.thing.fields, flat)
        if self.thing.kind is PlanKind.TYPE and not wrong:
            wrong += spell_list_flaws(fields)
        self.say("\n".join(wrong))
        return None if wrong else fields

    def add(self, kind: PlanKind) -> None:
        """Begin a new thing."""
        if self.plan is not None and not self.holds_back():
            self.show_thing(new_thing(kind, self.plan))
            self.editors[0].widget.setFocus()

    def forget(self) -> None:
        """Show another event's plan next, whatever was filled in here."""
        self.plan, self.thing, self.editors = None, None, []
        self.clash.clear()
        self.trial.forget()
        self.set_busy(is_busy=False)
        self.say("")

    def holds_back(self) -> bool:
        """Whether something is filled in that another form would take away; then it is said."""
        is_held = self.is_touched or self.clash.isVisible()
        if is_held:
            self.say(TEXTS.say("desk.plan.save_first"))
        return is_held

    def _offer_to_discard(self) -> None:
        is_new = self.thing is not None and not self.thing.id
        self._drop.setEnabled(self.is_touched or is_new or self.clash.isVisible())

    def drop(self) -> None:
        """Forget what was filled in and not saved."""
        if self.plan is not None and self.thing is not None:
            self.show_thing(self.plan.find(self.thing.id) or self.plan.event)

    def _build_list(self) -> QVBoxLayout:
        self.tree = called(QTreeWidget(), "planTree")
        self.search = WordsField("planSearch", TEXTS.say("desk.search"), found=self.tree)
        self.search.textChanged.connect(self._filter)
        self.tree.setHeaderHidden(True)
        self.tree.currentItemChanged.connect(self._choose)
        self.tree.setAccessibleName(TEXTS.say("desk.page.plan"))
        adders, self._adders = QGridLayout(), dict[PlanKind, QPushButton]()
        for place, kind in enumerate(_MAKABLE):
            button = make_button(TEXTS.say(f"desk.plan.add.{kind}"), f"planAdd_{kind}")
            button.clicked.connect(lambda _on=False, one=kind: self.add(one))
            adders.addWidget(button, place, 0)
            self._adders[kind] = button
        column = QVBoxLayout()
        for widget in (self.search, self.tree):
            stand_beside(widget, _LIST_WIDTH)
            column.addWidget(widget)
        column.addLayout(adders)
        return column

    def _build_form(self) -> QVBoxLayout:
        self._title, self._kind = make_text("", "title", "planTitle"), make_text("", "lead")
        self._standing = make_text("", "lead", "planStanding")
        self._remove = make_button(TEXTS.say("desk.plan.remove"), "planRemove")
        self._remove.clicked.connect(lambda: self.removed.emit(self.thing))
        self._undo = make_button(TEXTS.say("desk.plan.undo"), "planUndo", self.undone)
        self._drop = make_button(TEXTS.say("desk.plan.drop"), "planDrop", self.drop)
        self._save = make_button(TEXTS.say("desk.plan.save"), "planSave", is_main=True)
        self._save.clicked.connect(self._ask_to_save)
        for button in (self._remove, self._undo, self._drop, self._save):
            button.setEnabled(False)  # until there is something to be seen
        ways = QHBoxLayout()
        ways.addLayout(WrappingRow(self._remove, self._undo), 1)
        ways.addLayout(WrappingRow(self._drop, self._save))
        self.freeze = FreezeBox()
        parts = QWidget()
        self._parts = edge_to_edge(QVBoxLayout(parts))
        for part in (self.freeze, self.clash, self.trial, self.series):
            self._parts.addWidget(part)
        self._parts.addStretch(1)
        # It alone scrolls, so that the buttons under it are always in sight.
        self._scroll = ScrollingPage()
        self._scroll.setMinimumWidth(_FORM_LEAST)
        self._scroll.setWidget(parts)
        column = QVBoxLayout()
        for widget in (self._kind, self._title, self._standing):
            column.addWidget(widget)
        fill(column, (self._scroll, 1), self._note, ways)
        return column

    def _show_body(self, body: QWidget) -> None:
        """Show a form in the former one's place, from its top."""
        former, self._body = self._body, body
        if former is not None:
            self._parts.removeWidget(former)
            former.hide()
            former.deleteLater()
        self._parts.insertWidget(self._parts.indexOf(self.trial), body)
        self._scroll.verticalScrollBar().setValue(0)

    def _ask_to_save(self) -> None:
        fields = self.read()
        if fields is not None:
            self.saved.emit(self.thing, fields)

    def _list_things(self) -> None:
        """List the things by kind, each gate under its zone; what is chosen stays chosen."""
        plan = self.plan
        assert plan is not None, "a plan is shown"
        listed = tuple(
            (one.id, one.kind, one.fields.get("zone_id"), spell_tree(one)) for one in plan.things
        )
        if listed == self._listed:
            return  # what is chosen is marked already: every few seconds nothing is to be done
        self._listed = listed
        with keep_place(self.tree):
            self._fill_tree(plan)
            if self.thing is not None:
                self._mark(self.thing)

    def _fill_tree(self, plan: EventPlan) -> None:
        with QSignalBlocker(self.tree):
            self.tree.clear()
            for kind in _HEADS:
                head = QTreeWidgetItem([TEXTS.say(f"desk.plan.kinds.{kind}")])
                head.setFlags(Qt.ItemFlag.ItemIsEnabled)
                self.tree.addTopLevelItem(head)
                for thing in _in_order(plan, kind):
                    item = _item(thing, head)
                    for gate in _gates_of(plan, thing):
                        _item(gate, item)
            self.tree.expandAll()
        self._filter()

    def _items(self) -> list[QTreeWidgetItem]:
        flags = Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive
        return self.tree.findItems("", flags)

    def _filter(self) -> None:
        """Show what the words of the search are in, with what it stands under."""
        words = fold_text(self.search.text()).split()
        for item in reversed(self._items()):  # those below first
            below = [item.child(row) for row in range(item.childCount())]
            is_found = all(word in fold_text(item.text(0)) for word in words)
            is_thing = item.data(0, _ID) is not None
            item.setHidden(
                bool(words)
                and not (is_found and is_thing)
                and all(child is None or child.isHidden() for child in below)
            )

    def _mark(self, thing: PlanItem) -> None:
        with QSignalBlocker(self.tree):
            found = [item for item in self._items() if item.data(0, _ID) == (thing.id or None)]
            if thing.id and found:
                self.tree.setCurrentItem(found[0])
            else:
                self.tree.clearSelection()

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        thing_id = None if item is None else item.data(0, _ID)
        thing = None if thing_id is None or self.plan is None else self.plan.find(thing_id)
        if thing is None or self.thing is None or thing.id == self.thing.id:
            return
        if self.holds_back():
            # The list selects what was pressed only after this.
            QTimer.singleShot(0, self, self._mark_shown)
        else:
            self.show_thing(thing)

    def _mark_shown(self) -> None:
        if self.thing is not None:
            self._mark(self.thing)

    def choose(self, thing_id: str) -> None:
        """Choose a thing in the list, as a click does."""
        for item in self._items():
            if item.data(0, _ID) == thing_id:
                self.tree.setCurrentItem(item)


def _in_order(plan: EventPlan, kind: PlanKind) -> Sequence[PlanItem]:
    """Return the things of a kind; gates by their numbers, zones in the order of their dates."""
    if kind is PlanKind.GATE:
        return sorted(plan.of(kind), key=lambda one: by_number(one.name))
    if kind is not PlanKind.ZONE:
        return plan.of(kind)
    places = {one.id: place for place, one in enumerate(plan.of(PlanKind.DATE))}
    return sorted(plan.of(kind), key=lambda one: places.get(one.fields["occurrence_id"], -1))


def _gates_of(plan: EventPlan, thing: PlanItem) -> list[PlanItem]:
    """Return the gates of a zone; none of whatever else it is."""
    gates = _in_order(plan, PlanKind.GATE)
    return [gate for gate in gates if gate.fields["zone_id"] == thing.id]


def _item(thing: PlanItem, above: QTreeWidgetItem) -> QTreeWidgetItem:
    item = QTreeWidgetItem(above, [TEXTS.isolate(spell_tree(thing))])
    item.setData(0, _ID, thing.id)
    return item
