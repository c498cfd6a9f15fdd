"""A guest's own data: found at the left, all that is held of them beside it, saved or erased."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QListWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.gate.holder_search import LETTERS_MIN
from gatekeeper.organizer.afterwards.guest_data_client import FoundPerson, FoundPersons, Held
from gatekeeper.organizer.before_doors.event_cancelling_client import is_typed, word_to_type
from gatekeeper.presenters.desk.guest_data_words import (
    spell_count,
    spell_person,
    spell_record,
    spell_texts,
)
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.afterwards.retention_card import RetentionCard
from gatekeeper.ui.organizer.desk_style import called, headed, line_up, make_button, make_text
from gatekeeper.ui.organizer.widgets.confirmation_cards import TypedName
from gatekeeper.ui.organizer.widgets.file_dialogs import ask_where_to_save
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.page_tabs import PageTabs
from gatekeeper.ui.organizer.widgets.plain_table import fill_table, fit_column, make_table
from gatekeeper.ui.organizer.widgets.search_field import WordsField
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import SEARCH_SIZE_MAX

_COLUMNS = ("what", "event", "said", "stays")
_HEIGHT = 150
_ALL = 100
"""The share of the height of what takes all that is left of it."""


class GuestDataPage(LastActLine, QWidget):
    """Searches, shows what is held of one person, and asks before it is erased.

    Attributes:
        person: Who is shown.
        held: What is held of them; None until it is read.
        retention: For how long names are kept.
        tabs: Change between the two.
    """

    _keeps_room = True
    searched = Signal(str)
    chose = Signal(object)
    saved = Signal(str)
    """All that is held, as a file of that name."""
    erased = Signal(object)
    """Places of records that are of somebody else."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskPersons")
        self.person: FoundPerson | None = None
        self.held: Held | None = None
        self._found: FoundPersons = FoundPersons(items=(), is_cut=False)
        one = QWidget()
        rows = fill(headed(one, "persons"), self._make_search())
        self.list = called(QListWidget(), "personsList")
        self.list.setWordWrap(True)
        self.list.setSpacing(4)
        self.list.setAccessibleName(TEXTS.say("persons.list"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentRowChanged.connect(self._choose)
        self._count = make_text("", "lead", "personsCount")
        left = fill(QVBoxLayout(), (self.list, 1), self._count)
        middle = fill(QHBoxLayout(), (left, 2), (self._make_right(), 3))
        rows.addLayout(middle, 1)
        self.retention = RetentionCard()
        self.tabs = PageTabs("personsTabs")
        self.tabs.addTab(one, TEXTS.say("persons.tab"))
        self.tabs.addTab(self.retention, TEXTS.say("keep.title"))
        fill(edge_to_edge(QVBoxLayout(self)), self.tabs)
        self.forget()
        self._resting = (self._question, self._save, self.list)

    def _make_search(self) -> QHBoxLayout:
        self.words = WordsField("personsSearch", TEXTS.say("persons.search"), self._search)
        self.words.setMaxLength(SEARCH_SIZE_MAX)
        find = make_button(TEXTS.say("orders.find"), "personsFind", self._search, is_main=True)
        return fill(QHBoxLayout(), (self.words, 1), find)

    def _make_right(self) -> QVBoxLayout:
        self._title = make_text("", "heading", "personTitle")
        columns = [TEXTS.say(f"persons.column.{one}") for one in _COLUMNS]
        self.table = make_table("personRecords", TEXTS.say("persons.records"), columns, _HEIGHT)
        fit_column(self.table, _COLUMNS.index("said"))
        # As tall as their words once the columns have their widths.
        fit = QHeaderView.ResizeMode.ResizeToContents
        self.table.verticalHeader().setSectionResizeMode(fit)
        self._theirs = make_text(TEXTS.say("persons.theirs"), "lead")
        self._texts = make_text("", "", "personTexts")
        self._save = make_button(TEXTS.say("persons.save"), "personSave", self._choose_file)
        self._note = make_text("", "lead", "personsNote")
        right = fill(QVBoxLayout(), self._title, self._theirs, (self.table, _ALL), self._texts)
        ways = line_up(self._save)
        fill(right, ways, self._make_question(), self._note)
        right.addStretch(1)  # where no table is shown, words stay together at the top
        return right

    def _make_question(self) -> TypedName:
        self._question = TypedName("person", TEXTS.say("persons.erase"), "personErase")
        self.typed = self._question.typed
        self.typed.textChanged.connect(lambda _text: self._show_ways())
        self._question.go.clicked.connect(self._do_erase)
        return self._question

    @property
    def spared(self) -> list[str]:
        """Places of the records that somebody has said are of another person."""
        records = () if self.held is None else self.held.records
        return [
            record.place
            for row, record in enumerate(records)
            if self._item(row).checkState() is Qt.CheckState.Unchecked
        ]

    def forget(self) -> None:
        """Show nobody: names stay on the screen no longer than they are looked at."""
        self.words.clear()
        self.await_found()
        self.say("", "lead")

    def await_found(self) -> None:
        """Show nobody found before: beside other words they would pass for whom these mean."""
        self.show_found(FoundPersons(items=(), is_cut=False))
        self._count.setText("")

    def show_found(self, found: FoundPersons) -> None:
        """List who was found; the only one is opened at once."""
        self.show_held(None, None)
        self.list.clear()
        self._found = found
        self.list.addItems([spell_person(one) for one in found.items])
        self._count.setText(spell_count(found))
        if len(found.items) == 1:
            self.list.setCurrentRow(0)

    def show_held(
        self, person: FoundPerson | None, held: Held | None, spared: Sequence[str] = ()
    ) -> None:
        """Show what is held of somebody, all of it theirs but what was said to be another's."""
        self.person, self.held = person, held
        records = () if held is None else held.records
        self._title.setText("" if person is None else TEXTS.isolate(person.shown))
        fill_table(self.table, [spell_record(one) for one in records])
        for row, record in enumerate(records):
            item, is_theirs = self._item(row), record.place not in spared
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if is_theirs else Qt.CheckState.Unchecked)
        self._texts.setText("" if held is None else spell_texts(held))
        word = "" if person is None else word_to_type(person.shown)
        self._question.ask(TEXTS.say("persons.ask", name=word))
        self.typed.clear()
        is_there = bool(records) or bool(held is not None and held.texts)
        for widget in (self.table, self._save, self._question, self._theirs):
            widget.setVisible(is_there)
        self._texts.setVisible(bool(self._texts.text()))
        self._show_ways()

    def show_left(self, person: FoundPerson, held: Held) -> None:
        """Show what is still held of somebody after an erasure; of nobody, no name stays here."""
        if held.records or held.texts:
            self.show_held(person, held)
            return
        row = list(self._found.items).index(person) if person in self._found.items else -1
        with QSignalBlocker(self.list):
            self.list.takeItem(row)
            self.list.setCurrentRow(-1)
        others = tuple(one for one in self._found.items if one != person)
        self._found = FoundPersons(items=others, is_cut=self._found.is_cut)
        self._count.setText(spell_count(self._found))
        self.words.clear()
        self.show_held(None, None)

    def _item(self, row: int) -> QTableWidgetItem:
        item = self.table.item(row, 0)
        assert item is not None, "each record has its row"
        return item

    def _search(self) -> None:
        words = self.words.text().strip()
        if len(words) < LETTERS_MIN:
            self.say(TEXTS.say("persons.short"), "bad")
            return
        self.searched.emit(words)

    def _choose(self, row: int) -> None:
        if row >= 0:
            self.say("", "lead")
            self.chose.emit(self._found.items[row])

    def _choose_file(self) -> None:
        if name := ask_where_to_save(self, TEXTS.say("persons.save"), "person.zip"):
            self.saved.emit(name)

    def _show_ways(self) -> None:
        is_meant = self.person is not None and is_typed(self.person.shown, self.typed.text())
        self._question.go.setEnabled(is_meant and bool(self.typed.text().strip()))

    def _do_erase(self) -> None:
        self.erased.emit(self.spared)
