"""What a till may sell on its own: its sizes of each type, what it holds and has sold."""

from __future__ import annotations

from typing import Final, NamedTuple

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.before_doors.devices_client import Device
from gatekeeper.organizer.before_doors.till_stock_client import (
    LOW,
    RETURNS,
    SELLING,
    SIZE,
    StockOfTill,
    TillStockLine,
    field_of,
    find_flaw,
)
from gatekeeper.organizer.merging_edits import Fields
from gatekeeper.presenters.desk.till_stock_words import spell_stock_field, spell_unset
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import DeskCard, called, line_up, make_button, make_text
from gatekeeper.ui.organizer.edit_clash_box import ClashBox
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.long_names import let_break
from gatekeeper.ui.organizer.widgets.number_box import NumberBox
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import TILL_STOCK_MAX

_UNSET: Final = -1
_TOUCH, _WIDTH = 36, 150
_COLUMNS: Final = ("type", "size", "low", "unsold", "sold")


class CountField(NumberBox):
    """A number, or none: whoever empties it sets none.

    Args:
        unset: What stands there then.
    """

    def __init__(self, unset: str) -> None:
        super().__init__()
        self.setRange(_UNSET, TILL_STOCK_MAX)
        self.setSpecialValueText(unset)
        self.setMinimumWidth(_WIDTH)
        self.lineEdit().textEdited.connect(self._follow)

    @property
    def count(self) -> int | None:
        """The number; None for none."""
        return None if self.value() == _UNSET else self.value()

    def show_count(self, count: int | None) -> None:
        """Show a number or none."""
        self.setValue(_UNSET if count is None else count)

    def sizeHint(self) -> QSize:
        """Be high enough for a finger, whatever the style sheet says."""
        return super().sizeHint().expandedTo(QSize(_WIDTH, _TOUCH))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Let the first figure take the place of the words."""
        super().focusInEvent(event)
        if self.count is None:
            QTimer.singleShot(0, self.selectAll)  # after the press that brought the focus

    def _follow(self, text: str) -> None:
        if not text.strip():
            self.setValue(_UNSET)
            self.selectAll()  # what is typed next takes the place of the words


class _Row(NamedTuple):
    """A type's parts in the grid."""

    line: TillStockLine
    size: CountField
    low: CountField
    unsold: QLabel
    sold: QLabel


class StockCard(LastActLine, DeskCard):
    """Shows the stock of the chosen device; hidden while that sells nothing, or is revoked.

    Attributes:
        device: Whose; None for none.
        base: As it was read when the fields were filled; None before.
        may_edit: Whether one's role lets one size it.
    """

    entered = Signal()
    """Another till is shown, of which nothing is read yet."""
    saved = Signal(object, object)
    """The stock as the fields were filled, and its fields as they shall be."""
    busy = Signal(bool)
    """An act began, or is over: meanwhile no other device is chosen."""

    def __init__(self) -> None:
        super().__init__("stockCard")
        self.device: Device | None = None
        self.base: StockOfTill | None = None
        self.may_edit = True
        self.rows: dict[str, _Row] = {}
        self._drafts: dict[str, tuple[StockOfTill, Fields]] = {}
        self._title = make_text("", "heading", "stockTitle")
        self._empty = make_text(_spell_empty(), "lead", "stockEmpty")
        self._seats = make_text("", "", "stockSeats")
        self._table: QWidget | None = None
        self._table_home = QVBoxLayout()
        self.returns = called(QCheckBox(TEXTS.say("stock.returns")), "stockReturns")
        self.returns.setMinimumHeight(_TOUCH)
        self.returns.toggled.connect(lambda _on: self._arrange())
        self.clash = ClashBox()
        self._note = make_text("", "lead", "stockNote")
        rows = fill(QVBoxLayout(self), self._title)
        for key in ("stock.lead", "stock.hint"):
            rows.addWidget(make_text(TEXTS.say(key), "lead"))
        rows.addWidget(self._empty)
        rows.addLayout(self._table_home)
        rows.addWidget(self._seats)
        rows.addWidget(self.returns)
        rows.addWidget(make_text(TEXTS.say("stock.keeps"), "lead"))
        rows.addLayout(self._make_ways())
        self.clash.stand_before(self._save)
        fill(rows, self.clash, self._note)
        for part in (self, self._empty, self._seats, self._note):
            part.hide()
        self._arrange()

    def _make_ways(self) -> QHBoxLayout:
        self._save = make_button(TEXTS.say("staff.save"), "stockSave", self._send)
        self._back = make_button(TEXTS.say("programs.undo"), "stockUndo", self.undo)
        return line_up(self._save, self._back)

    @property
    def is_typed_in(self) -> bool:
        """Whether it shows something else than it was filled with."""
        return self.base is not None and self.typed != self.base.fields

    @property
    def typed(self) -> Fields:
        """The fields as they stand; a low mark is none where the size is."""
        fields: Fields = {RETURNS: self.returns.isChecked()}
        for type_id, row in self.rows.items():
            size = row.size.count
            fields[field_of(SIZE, type_id)] = size
            fields[field_of(LOW, type_id)] = None if size is None else row.low.count
        return fields

    def let_edit(self, *, may_edit: bool) -> None:
        """Let the sizes be set, or only be looked at."""
        self.may_edit = may_edit
        self._arrange()

    def forget(self) -> None:
        """Show nothing, and keep nothing that was typed: it was of another event."""
        self.base = None
        self.show_device(None)
        self._drafts.clear()

    def show_device(self, device: Device | None) -> None:
        """Show the chosen device; what was typed of another one is kept until that is shown."""
        sells = device is not None and device.role in SELLING and not device.is_revoked
        shown = device if sells else None
        before, self.device = self.device, shown
        self.setVisible(shown is not None)
        if shown is not None:
            self._title.setText(let_break(TEXTS.say("stock.title", name=shown.name)))
        if (before and before.id) == (shown and shown.id):
            return
        if before is not None and self.base is not None and self.is_typed_in:
            self._drafts[before.id] = (self.base, self.typed)
        self.base = None
        self.clash.clear()
        self.say("", "lead")
        self._fill(None)
        if shown is not None:
            if shown.id in self._drafts:
                self.base, typed = self._drafts.pop(shown.id)
                self._fill(self.base)
                self._show_fields(typed)
            self.entered.emit()

    def show_stock(self, stock: StockOfTill, *, is_anew: bool = False) -> None:
        """Show a stock; what is typed stays, unless it is to be shown anew."""
        if not is_anew and (self.is_typed_in or not self.clash.isHidden()):
            self._count(stock)
            return
        if is_anew or self.base is None or self.base.fields != stock.fields:
            self.base = stock
            self._fill(stock)
            self.undo()
        else:
            self.base = stock
        self._count(stock)

    def undo(self) -> None:
        """Show what was read."""
        self.clash.clear()
        if self.base is not None:
            self._show_fields(self.base.fields)
        self._arrange()

    def set_busy(self, *, is_busy: bool) -> None:
        """Let no second act begin before the first one has ended."""
        self.clash.setEnabled(not is_busy)
        self._arrange(is_busy=is_busy)
        self.busy.emit(is_busy)

    def _fill(self, stock: StockOfTill | None) -> None:
        """Make a row of each type, unless those that stand are of the same ones."""
        lines = () if stock is None else stock.lines
        self._empty.setVisible(stock is not None and not lines)
        named = {one.ticket_type_id: one.name for one in lines}
        if named == {type_id: row.line.name for type_id, row in self.rows.items()}:
            return
        if self._table is not None:
            self._table_home.removeWidget(self._table)
            self._table.hide()
            self._table.deleteLater()
            self._table = None
        self.rows.clear()
        if not lines:
            return
        self._table = QWidget()
        grid = edge_to_edge(QGridLayout(self._table))
        for column, name in enumerate(_COLUMNS):
            grid.addWidget(make_text(TEXTS.say(f"stock.column.{name}"), "lead"), 0, column)
        for place, line in enumerate(lines, 1):
            row = self._make_row(line)
            self.rows[line.ticket_type_id] = row
            parts = (make_text(let_break(line.name)), row.size, row.low, row.unsold, row.sold)
            for column, part in enumerate(parts):
                grid.addWidget(part, place, column)
        grid.setColumnStretch(0, 2)
        for column in (3, 4):
            grid.setColumnStretch(column, 1)
        self._table_home.addWidget(self._table)

    def _make_row(self, line: TillStockLine) -> _Row:
        made = []
        for what in (SIZE, LOW):
            field = called(CountField(spell_unset(what)), f"stock_{what}_{line.code}")
            field.setAccessibleName(spell_stock_field(line.name, what))
            field.valueChanged.connect(lambda _value: self._arrange())
            made.append(field)
        return _Row(line, made[0], made[1], make_text(""), make_text(""))

    def _show_fields(self, fields: Fields) -> None:
        self.returns.setChecked(fields[RETURNS])
        for type_id, row in self.rows.items():
            row.size.show_count(fields.get(field_of(SIZE, type_id)))
            row.low.show_count(fields.get(field_of(LOW, type_id)))

    def _count(self, stock: StockOfTill) -> None:
        """Tell what it holds and has sold, whatever is typed beside that."""
        for line in stock.lines:
            row = self.rows.get(line.ticket_type_id)
            if row is not None:
                row.unsold.setText(TEXTS.number(line.unsold))
                row.sold.setText(TEXTS.number(line.sold))
        self._seats.setText(TEXTS.say("stock.seats", count=stock.seats) if stock.seats else "")
        self._seats.setVisible(bool(stock.seats))
        self._arrange()

    def _arrange(self, *, is_busy: bool = False) -> None:
        is_open = self.base is not None and self.may_edit and not is_busy
        self.returns.setEnabled(is_open)
        for row in self.rows.values():
            row.size.setEnabled(is_open)
            row.low.setEnabled(is_open and row.size.count is not None)
        for button in (self._save, self._back):
            button.setVisible(self.may_edit)
            button.setEnabled(is_open and self.is_typed_in)

    def _send(self) -> None:
        if self.base is None or not self.is_typed_in or not self.may_edit:
            return
        fields = self.typed
        flaw = find_flaw(fields, tuple(self.rows))
        if flaw:
            self.say(TEXTS.say("stock.flaw", type=self.rows[flaw].line.name), "bad")
            self.rows[flaw].low.setFocus()
            return
        self.saved.emit(self.base, fields)


def _spell_empty() -> str:
    return TEXTS.say("stock.empty", page=TEXTS.say("desk.page.plan"))
