"""An organization's vouchers: found, made by a form, and withdrawn once that was answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QTableWidgetSelectionRange,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.merging_edits import Fields
from gatekeeper.organizer.prepare.plan_client import EventPlan
from gatekeeper.organizer.prepare.vouchers_client import (
    Made,
    Voucher,
    Vouchers,
    Which,
    find_flaw,
)
from gatekeeper.presenters.desk.voucher_words import spell_voucher, spell_withdrawing
from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.organizer.desk_style import (
    DeskCard,
    called,
    fit_letters,
    headed,
    line_up,
    make_button,
    make_text,
)
from gatekeeper.ui.organizer.prepare.field_editors import MomentEdit
from gatekeeper.ui.organizer.prepare.voucher_codes_card import VoucherCodesCard
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.confirmation_cards import YesOrNo
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.number_box import NumberBox
from gatekeeper.ui.organizer.widgets.plain_table import (
    fill_table,
    fit_column,
    make_table,
    set_figures,
)
from gatekeeper.ui.organizer.widgets.search_field import WordsField
from gatekeeper.ui.organizer.widgets.typed_form import TypedForm
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.typed_amounts import read_amount
from shared.field_limits import (
    SEARCH_SIZE_MAX,
    VOUCHER_NOTE_SIZE_MAX,
    VOUCHERS_AT_ONCE_MAX,
)
from shared.kernel.errors import BadInput

_COLUMNS: Final = ("note", "left", "state", "until", "made")
_HEIGHT: Final = 200


class VouchersPage(LastActLine, QWidget):
    """Lists vouchers, makes others, and shows the codes of those once.

    Attributes:
        codes: The new ones' codes; as long as it shows some, no others are made.
        now: This laptop's clock, which the flow gives it.
    """

    searched = Signal(str, object)
    """Words, or a whole code; and which."""
    wants_more = Signal()
    added = Signal(object)
    """The fields of new ones."""
    withdrawn = Signal(object)
    """The vouchers."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskVouchers")
        self.now: Callable[[], datetime] = lambda: datetime.min.replace(tzinfo=UTC)
        self._found: Vouchers | None = None
        self._asked: tuple[Voucher, ...] = ()
        self._is_busy = False
        self.codes = VoucherCodesCard()
        self.codes.left.connect(self._arrange)
        columns = [TEXTS.say(f"vouchers.column.{one}") for one in _COLUMNS]
        self.table = make_table("vouchers", TEXTS.say("vouchers.title"), columns, _HEIGHT)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.itemSelectionChanged.connect(self.forget_question)
        set_figures(self.table, (_COLUMNS.index("left"),))
        fit_column(self.table, _COLUMNS.index("until"))
        fit_column(self.table, _COLUMNS.index("made"))
        self._none = make_text("", "lead", "vouchersNone")
        self._note = make_text("", "lead", "vouchersNote")
        rows = headed(self, "vouchers")
        rows.addLayout(self._make_search())
        rows.addWidget(self._none)
        rows.addWidget(self.table, 1)
        rows.addLayout(self._make_ways())
        self.card = YesOrNo("voucher")
        self.card.agreed.connect(self._withdraw)
        fill(rows, self.card, self._note, self.codes, self._make_form())
        rows.addStretch()  # where there is no table to take it
        self.forget()

    def _make_search(self) -> QHBoxLayout:
        self.words = WordsField("vouchersSearch", TEXTS.say("vouchers.search"), self._search)
        self.words.setMaxLength(SEARCH_SIZE_MAX)
        self.which = called(ChoiceBox(), "vouchersWhich", TEXTS.say("vouchers.which"))
        fit_letters(self.which)
        for one in Which:
            self.which.addItem(TEXTS.say(f"vouchers.which.{one}"), one)
        self.which.activated.connect(lambda _row: self._search())
        self._find = make_button(TEXTS.say("orders.find"), "vouchersFind", self._search)
        return fill(QHBoxLayout(), (self.words, 1), self.which, self._find)

    def _make_ways(self) -> QHBoxLayout:
        self._more = make_button(TEXTS.say("vouchers.more"), "vouchersMore", self.wants_more)
        self._ask_button = make_button(TEXTS.say("vouchers.withdraw"), "voucherWithdraw")
        self._ask_button.clicked.connect(self._ask)
        row = line_up(self._ask_button)
        row.addWidget(self._more)
        return row

    def _make_form(self) -> QFrame:
        self.value, self.count, self.note_field = QLineEdit(), NumberBox(), QLineEdit()
        self.count.setRange(1, VOUCHERS_AT_ONCE_MAX)
        self.note_field.setMaxLength(VOUCHER_NOTE_SIZE_MAX)
        self.until: MomentEdit | None = None
        self._until_home, self._worth = QVBoxLayout(), QLabel()
        form = QFormLayout()
        form.addRow(self._worth, self.value)
        for key, field in (("count", self.count), ("note", self.note_field)):
            field.setAccessibleName(TEXTS.say(f"vouchers.{key}"))
            field.setObjectName(f"voucher_{key}")
            form.addRow(TEXTS.say(f"vouchers.{key}"), field)
        form.addRow(TEXTS.say("vouchers.ends"), self._until_home)
        self.value.setObjectName("voucher_value")
        self._go = make_button(TEXTS.say("vouchers.go"), "voucherGo", self._send, is_main=True)
        self._form = DeskCard("voucherForm")
        rows = fill(QVBoxLayout(self._form), make_text(TEXTS.say("vouchers.new"), "heading"), form)
        rows.addWidget(self._go, 0, Qt.AlignmentFlag.AlignLeading)
        self._typed = TypedForm(self._form)
        return self._form

    @property
    def is_typed_in(self) -> bool:
        """Whether something of new vouchers is filled in."""
        return self._found is not None and self._typed.is_typed_in

    @property
    def chosen(self) -> tuple[Voucher, ...]:
        """Which vouchers are chosen, as they are listed."""
        rows = {index.row() for index in self.table.selectionModel().selectedRows()}
        vouchers = () if self._found is None else self._found.vouchers
        return tuple(one for row, one in enumerate(vouchers) if row in rows)

    def forget(self) -> None:
        """Show nothing: it was read at another event. Codes stay: they are told once."""
        self._found = None
        self.show_all()
        with QSignalBlocker(self.table):
            self.table.clearSelection()
            fill_table(self.table, ())
        self._none.hide()
        self._more.hide()
        self._form.setEnabled(False)
        self.say("", "lead")
        self.forget_question()
        self._arrange()

    def show_vouchers(self, found: Vouchers, *, is_search: bool = False) -> None:
        """List what was found; what is chosen, asked about and typed stays."""
        chosen, before = {one.id for one in self.chosen}, self._found
        self._found, now = found, self.now()
        with QSignalBlocker(self.table):
            fill_table(self.table, [spell_voucher(one, now) for one in found.vouchers])
            self.table.clearSelection()
            last = len(_COLUMNS) - 1
            for row, one in enumerate(found.vouchers):
                if one.id in chosen:
                    place = QTableWidgetSelectionRange(row, 0, row, last)
                    self.table.setRangeSelected(place, True)
        if {one.id for one in self._asked} - {one.id for one in self.chosen}:
            self.forget_question()
        self._none.setText(TEXTS.say("vouchers.none_found" if is_search else "vouchers.none"))
        self._none.setVisible(not found.vouchers)
        self.table.setVisible(bool(found.vouchers))
        self._more.setVisible(not found.is_all)
        self._form.setEnabled(not self._is_busy)
        if before is None or _clock_of(before.plan) != _clock_of(found.plan):
            self.clear_form()
        self._arrange()

    def show_all(self) -> None:
        """Search for nothing."""
        self.words.clear()
        self.which.setCurrentIndex(0)

    def clear_form(self) -> None:
        """Begin new ones."""
        assert self._found is not None, "vouchers are shown"
        plan = self._found.plan
        self.value.clear()
        self.note_field.clear()
        self.count.setValue(1)
        worth = TEXTS.say("vouchers.value", currency=plan.currency)
        self._worth.setText(worth)
        self.value.setAccessibleName(worth)
        if self.until is not None:
            self._until_home.removeWidget(self.until)
            self.until.hide()
            self.until.deleteLater()
        until = MomentEdit(None, plan, is_needed=False)
        self.until = called(until, "voucher_until", TEXTS.say("vouchers.ends"))
        self._until_home.addWidget(self.until)
        self._typed.emptied()

    def show_made(self, made: tuple[Made, ...]) -> None:
        """Show new codes in the form's place."""
        if self._found is not None:
            self.clear_form()
        self.codes.show_codes(made)
        self._arrange()

    def set_busy(self, *, is_busy: bool) -> None:
        """Let no second act begin before the first one has ended."""
        self._is_busy = is_busy
        for one in (self.words, self.which, self._find, self._more, self.card):
            one.setEnabled(not is_busy)
        self._form.setEnabled(not is_busy and self._found is not None)
        self._arrange()

    def forget_question(self) -> None:
        """Ask nothing."""
        self._asked = ()
        self.card.hide()
        self._arrange()

    def hideEvent(self, event: QHideEvent) -> None:
        """Show no codes that somebody has to whoever comes back."""
        super().hideEvent(event)
        if not event.spontaneous() and self.codes.is_taken:
            self.codes.show_codes(())
            self._arrange()

    def _arrange(self) -> None:
        self._form.setVisible(not self.codes.made)
        can_end = any(one.withdrawn_at is None for one in self.chosen)
        self._ask_button.setEnabled(can_end and not self._is_busy)

    def _ask(self) -> None:
        self._asked = tuple(one for one in self.chosen if one.withdrawn_at is None)
        if self._asked:
            yes = TEXTS.say("vouchers.withdraw.yes")
            self.card.ask(spell_withdrawing(self._asked), yes)

    def _withdraw(self) -> None:
        asked, self._asked = self._asked, ()
        if asked:
            self.withdrawn.emit(asked)

    def _search(self) -> None:
        self.searched.emit(self.words.text().strip(), self.which.currentData())

    def _send(self) -> None:
        if (fields := self._read()) is not None:
            self.added.emit(fields)

    def _read(self) -> Fields | None:
        """Read the form; None once it was said what is wrong."""
        if self._found is None or self.until is None:
            return None
        currency = self._found.plan.currency
        try:
            ends_at = self.until.read()
        except BadInput as flaw:
            self.say(str(flaw), "bad")
            return None
        fields: Fields = {
            "value_minor": _minor_of(self.value.text(), currency),
            "currency": currency,
            "count": self.count.value(),
            "note": self.note_field.text().strip(),
            "ends_at": ends_at,
        }
        if flaw_of := find_flaw(fields, self.now()):
            self.say(TEXTS.say(f"vouchers.flaw.{flaw_of}"), "bad")
            return None
        return fields


def _clock_of(plan: EventPlan) -> tuple[str, str]:
    return plan.currency, plan.timezone


def _minor_of(text: str, currency: str) -> int:
    """Read an amount; what is none is nothing."""
    try:
        return read_amount(text, currency)
    except (BadInput, ValueError):
        return 0
