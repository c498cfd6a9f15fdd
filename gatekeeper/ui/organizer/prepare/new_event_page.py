"""One page for a new event: name, dates, zones with their gates, ticket types, supervisors."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, cast

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.form_defaults import EVENING_HOURS_PROPOSED
from gatekeeper.organizer.prepare.event_draft import (
    MAY_RETURN,
    DateDraft,
    DraftFlaw,
    EventDraft,
    FlawKind,
    TypeDraft,
    ZoneDraft,
    to_utc,
)
from gatekeeper.presenters.desk.event_draft_words import spell_flaw
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.organizer.desk_style import called, make_button, make_text
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.confirmation_cards import EditLoss
from gatekeeper.ui.organizer.widgets.hour_that_comes_twice import WhichOfTwo
from gatekeeper.ui.organizer.widgets.number_box import NumberBox
from gatekeeper.ui.organizer.widgets.rows_editor import MakeRow, RowsEditor
from gatekeeper.ui.organizer.widgets.scrolling_page import ScrollingPage
from gatekeeper.ui.organizer.widgets.time_field import TimeField
from gatekeeper.ui.organizer.widgets.time_zone_box import TimeZoneBox
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.typed_amounts import read_amount, with_mark
from gatekeeper.wording.wall_clocks import find_zone
from shared.field_limits import PLACES_MAX
from shared.kernel.currencies import OFFERED
from shared.kernel.errors import BadInput

_WIDTH: Final = 900
_COMMA: Final = re.compile("[,،]")
"""As it is typed, in Arabic too."""

_COLUMNS: Final = {
    FlawKind.NO_GATE: 1,
    FlawKind.SAME_GATE: 1,
    FlawKind.LONG_GATE: 1,
    FlawKind.DOORS_LATE: 1,
    FlawKind.ENDS_EARLY: 3,
    FlawKind.BEYOND: 1,
}
"""In which field of its row a flaw is mended; any other one in the name, which is the first."""

_SEEN_AROUND: Final = 90
"""Pixels above and below a field with a flaw that are seen too: its heading, and what is wrong."""


class PriceError(BadInput):
    """A price that cannot be read.

    Attributes:
        row: Of which ticket type, from 0.
    """

    def __init__(self, text: str, row: int) -> None:
        super().__init__(text)
        self.row = row


class DraftPage(QWidget):
    """A form; what it holds is a draft.

    Args:
        today: The day on which it is filled in, by this laptop.
        zone: The time zone that is offered, which is most often the venue's.
        currency: The organization's, which is offered first.
    """

    submitted = Signal()
    left = Signal()

    def __init__(self, today: datetime, zone: str, currency: str = "EUR") -> None:
        super().__init__()
        self.setObjectName("deskDraft")
        self._evening = (today + timedelta(days=1)).replace(
            hour=18, minute=0, second=0, microsecond=0
        )
        body = QWidget(maximumWidth=_WIDTH)
        self._rows = QVBoxLayout(body)
        self._rows.setSpacing(12)
        self._rows.addWidget(make_text(TEXTS.say("desk.draft.title"), "title"))
        self._note = make_text("", "bad", "draftNote")
        self._build_event(zone, currency)
        self.dates = self._section("dates", ("name", "doors", "starts", "ends"), self._date_row)
        self._which = WhichOfTwo(self._times, lambda: find_zone(self.timezone.zone))
        self._rows.addWidget(self._which)
        self.dates.changed.connect(self._which.tell)
        self.timezone.currentTextChanged.connect(self._which.tell)
        self.zones = self._section("zones", ("name", "gates", "capacity", "return"), _zone_row)
        self.types = self._section("types", ("name", "price", "quantity"), _type_row)
        self.people = self._section("supervisors", ("name",), lambda: (QLineEdit(),))
        for section in (self.dates, self.zones, self.types, self.people):
            section.add()
        self._rows.addStretch(1)
        self._scroll = ScrollingPage()
        self._scroll.setWidget(body)
        outer = fill(QVBoxLayout(self), (self._scroll, 1), self._note)
        self._loss = EditLoss("draftLoss")
        outer.addWidget(self._loss)
        ways = QHBoxLayout()
        back = make_button(TEXTS.say("desk.back"), "draftBack", self.left)
        go = make_button(TEXTS.say("desk.draft.go"), "draftGo", self.submitted, is_main=True)
        fill(ways, back, STRETCH, go)
        outer.addLayout(ways)
        self._empty = self._typed()

    def may_close(self, close: Callable[[], object]) -> bool:
        """Tell whether the window may close; else ask, and call `close` on a yes."""
        if self._typed() == self._empty:
            return True

        def go() -> None:
            self._empty = self._typed()  # what else would be lost may be asked about next
            close()

        self._loss.before(go, [TEXTS.say("desk.new_event")])
        return False

    def _typed(self) -> list[str]:
        return [field.text() for field in self.findChildren(QLineEdit)]

    def begin(self) -> None:
        """Take the keyboard."""
        self.name.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Esc lead back; what was typed is kept."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def read(self) -> EventDraft:
        """Return what the form holds.

        Raises:
            PriceError: if a price cannot be read; for `show_price_fault`.
        """
        currency = self.currency.currentText()
        return EventDraft(
            name=self.name.text(),
            timezone=self.timezone.zone,
            currency=currency,
            dates=tuple(self._read_date(row) for row in self.dates.rows),
            zones=tuple(_read_zone(row) for row in self.zones.rows),
            types=tuple(
                _read_type(row, currency, number) for number, row in enumerate(self.types.rows)
            ),
            supervisors=tuple(_text(row[0]) for row in self.people.rows if _text(row[0]).strip()),
            names_at_gates=self.names.isChecked(),
        )

    def show_flaws(self, flaws: Sequence[DraftFlaw]) -> None:
        """Say what is wrong, each at its place, with the cursor at the first one."""
        places = self._places()
        for field, editor in places.items():
            found = [spell_flaw(flaw) for flaw in flaws if flaw.field == field]
            editor.say("\n".join(dict.fromkeys(found)))
        own = [spell_flaw(flaw) for flaw in flaws if flaw.field == "event"]
        self._note.setText("\n".join(own) if own else TEXTS.say("desk.draft.mend") * bool(flaws))
        if flaws:
            order = ("event", *places)
            self._go_to(min(flaws, key=lambda flaw: (order.index(flaw.field), flaw.row or 0)))

    def show_price_fault(self, fault: PriceError) -> None:
        """Say which price cannot be read, and put the cursor into it."""
        said = TEXTS.say("desk.flaw.price")
        self.types.say(TEXTS.say("desk.flaw.row", row=fault.row + 1, said=said))
        self._note.setText(TEXTS.say("desk.draft.mend"))
        self._put_cursor(self.types.rows[fault.row][1])

    def _times(self) -> list[datetime]:
        return [_moment(field) for row in self.dates.rows for field in row[1:]]

    def _read_date(self, row: Sequence[QWidget]) -> DateDraft:
        doors, starts, ends = (self._which.meant(_moment(field)) for field in row[1:])
        return DateDraft(name=_text(row[0]), doors=doors, starts=starts, ends=ends)

    def _places(self) -> dict[str, RowsEditor]:
        """Return the editors of rows by their fields' names, from top to bottom."""
        return {
            "dates": self.dates,
            "zones": self.zones,
            "types": self.types,
            "supervisors": self.people,
        }

    def _go_to(self, flaw: DraftFlaw) -> None:
        """Put the cursor where a flaw is mended: a field of its row, or what adds a row."""
        if flaw.field == "event":
            is_zone = flaw.flaw is FlawKind.NO_ZONE_TIME
            self._put_cursor(self.timezone if is_zone else self.name)
            return
        editor = self._places()[flaw.field]
        if flaw.row is None:
            self._put_cursor(editor.adder)
            return
        row = editor.rows[flaw.row]
        is_named = bool(_text(row[0]).strip())
        at = _COLUMNS.get(flaw.flaw, 0) if is_named else 0
        if flaw.flaw is FlawKind.NO_SUCH_TIME and (zone := find_zone(self.timezone.zone)):
            at = next(at for at in (1, 2, 3) if to_utc(_moment(row[at]), zone) is None)
        self._put_cursor(row[at])

    def _put_cursor(self, field: QWidget) -> None:
        field.setFocus()
        self._scroll.ensureWidgetVisible(field, 0, _SEEN_AROUND)

    def _build_event(self, zone: str, currency: str) -> None:
        form = QFormLayout()
        self.name = called(QLineEdit(), "draftName")
        self.name.textEdited.connect(lambda _text: self._note.clear())
        self.timezone = called(TimeZoneBox(zone), "draftTimezone")
        self.currency = called(ChoiceBox(), "draftCurrency")
        self.currency.addItems(list(dict.fromkeys((currency, *OFFERED))))
        self.names = called(QCheckBox(TEXTS.say("desk.draft.names")), "draftNames")
        form.addRow(TEXTS.say("desk.draft.name"), self.name)
        form.addRow(TEXTS.say("desk.draft.timezone"), self.timezone)
        form.addRow(TEXTS.say("desk.draft.currency"), self.currency)
        form.addRow("", self.names)
        self._rows.addLayout(form)

    def _section(self, name: str, columns: Sequence[str], make_row: MakeRow) -> RowsEditor:
        title = TEXTS.say(f"desk.draft.{name}")
        self._rows.addWidget(make_text(title, "heading"))
        self._rows.addWidget(make_text(TEXTS.say(f"desk.draft.{name}_hint"), "lead"))
        headings = tuple(TEXTS.say(f"desk.draft.column.{column}") for column in columns)
        add = TEXTS.say(f"desk.draft.{name}_add")
        editor = RowsEditor(name, headings, add, make_row, title=title)
        self._rows.addWidget(editor)
        return editor

    def _date_row(self) -> tuple[QWidget, ...]:
        """Guess the next evening: a day after the last one, at its hours."""
        rows = self.dates.rows if hasattr(self, "dates") else []
        times = [self._evening + timedelta(hours=hours) for hours in EVENING_HOURS_PROPOSED]
        if rows:
            times = [_moment(field) + timedelta(days=1) for field in rows[-1][1:]]
        name = QLineEdit(TEXTS.say("desk.draft.night", count=len(rows) + 1))
        fields = TimeField(), TimeField(), TimeField()
        # As the venue's clock shows it: the laptop's own zone has no part in it.
        for field, moment in zip(fields, times, strict=True):
            field.show_moment(moment)
        _move_together(fields)
        for field in fields:
            field.dateTimeChanged.connect(self._which.tell)
        return name, *fields


def _move_together(fields: Sequence[TimeField]) -> None:
    """Move what comes later along with a time that is changed, by days and hours alike."""
    before = [field.moment for field in fields]

    def follow(place: int) -> None:
        by = fields[place].moment - before[place]
        for later in fields[place + 1 :]:
            with QSignalBlocker(later):
                later.show_moment(later.moment + by)
        before[:] = [field.moment for field in fields]

    for place, field in enumerate(fields):
        field.dateTimeChanged.connect(lambda _moment, place=place: follow(place))


def _zone_row() -> tuple[QWidget, ...]:
    gates = QLineEdit(placeholderText=TEXTS.say("desk.draft.gates_hint"))
    back = QCheckBox()
    back.setChecked(MAY_RETURN)
    return QLineEdit(), gates, _limit(), back


def _type_row() -> tuple[QWidget, ...]:
    price = QLineEdit()
    price.setPlaceholderText(with_mark("0.00"))  # what is meant by a field that is left so
    return QLineEdit(), price, _limit()


def _limit() -> QSpinBox:
    box = NumberBox()
    box.setRange(0, PLACES_MAX)
    box.setSpecialValueText(TEXTS.say("desk.draft.no_limit"))
    return box


def _text(widget: QWidget) -> str:
    return cast("QLineEdit", widget).text()


def _count(widget: QWidget) -> int | None:
    return cast("QSpinBox", widget).value() or None


def _moment(widget: QWidget) -> datetime:
    return cast("TimeField", widget).moment


def _read_zone(row: Sequence[QWidget]) -> ZoneDraft:
    gates = tuple(name.strip() for name in _COMMA.split(_text(row[1])) if name.strip())
    may_return = cast("QCheckBox", row[3]).isChecked()
    return ZoneDraft(
        name=_text(row[0]), gates=gates, capacity=_count(row[2]), may_return=may_return
    )


def _read_type(row: Sequence[QWidget], currency: str, number: int) -> TypeDraft:
    text = _text(row[1])
    try:
        price = read_amount(text, currency)
    except (BadInput, ValueError) as fault:
        raise PriceError(str(fault), number) from fault
    if price < 0:
        raise PriceError(text, number)
    return TypeDraft(name=_text(row[0]), price_minor=price, quantity=_count(row[2]))
